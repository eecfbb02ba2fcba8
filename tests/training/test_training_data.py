"""The training data: the split, and the text the model is trained on."""

import json

import pytest

from training.data import Example, is_validation, load, question, split


def claim(**fields):
    blank = {"baseline": None, "hardware": None, "setting": None}
    return {
        "improvement": "2.3x",
        "metric": "speed",
        "direction": "increase",
        "effect": "better",
        "method": "TileForge",
        **blank,
        **fields,
    }


def test_the_model_is_asked_about_the_numbers_and_answers_about_each():
    example = Example("p1", "TileForge", "On 4 nodes it runs 2.3x faster.", (claim(),))
    assert question(example) == (
        "Title: TileForge\nAbstract: On 4 nodes it runs 2.3x faster.\n"
        "Again: On [1] 4 nodes it runs [2] 2.3x faster.\nClaims:\n",
        "[1] no\n[2] 2.3x | speed | increase | better | TileForge | - | - | -\n",
    )


def test_about_an_abstract_without_a_number_it_is_not_asked():
    assert question(Example("p1", "TileForge", "It is fast.", ())) is None


def test_the_split_is_a_property_of_the_id_alone():
    examples = [Example(f"paper-{n}", "", "", ()) for n in range(2000)]
    train, validation = split(examples)
    assert sorted(e.id for e in train + validation) == sorted(e.id for e in examples)
    assert 150 < len(validation) < 300
    assert all(is_validation(e.id) for e in validation)
    assert split(list(reversed(examples)))[1] == list(reversed(validation))


def write(folder, name, *rows):
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_loading_folds_white_space_and_orders_fields(tmp_path):
    write(tmp_path, "abstracts.jsonl", {"id": "p1", "title": "A  b", "abstract": "It runs\n2.3x faster."})
    write(tmp_path, "labels.jsonl", {"id": "p1", "claims": [claim(method="Tile\nForge")]})
    (example,) = load(tmp_path)
    assert (example.title, example.abstract) == ("A b", "It runs 2.3x faster.")
    assert example.claims == (claim(method="Tile Forge"),)


def test_an_abstract_without_labels_is_named(tmp_path):
    write(tmp_path, "abstracts.jsonl", {"id": "p1", "title": "", "abstract": ""})
    write(tmp_path, "labels.jsonl")
    with pytest.raises(SystemExit, match=r"labels\.jsonl: no labels for p1"):
        load(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SystemExit, match=r"abstracts\.jsonl: No such file"):
        load(tmp_path)
