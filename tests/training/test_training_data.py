"""The training data: the split, and the text the model is trained on."""

import json

import pytest

from training.data import Example, answer_text, is_validation, load, prompt_text, split


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


def test_the_prompt_ends_in_the_blank_that_is_a_token_of_its_own():
    assert prompt_text("A\n title", "Some  text.") == "Title: A title\nAbstract: Some text.\nClaims: "


def test_the_answer_is_compact_json_in_the_order_of_the_schema():
    shuffled = dict(reversed(claim(setting="naïve Bayes").items()))
    assert answer_text((shuffled,)) == (
        '{"claims":[{"improvement":"2.3x","metric":"speed","direction":"increase","effect":"better",'
        '"method":"TileForge","baseline":null,"hardware":null,"setting":"naïve Bayes"}]}'
    )


def test_no_claims_are_an_empty_list():
    assert answer_text(()) == '{"claims":[]}'


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
