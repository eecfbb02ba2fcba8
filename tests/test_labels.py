"""Label and prediction files, and how labels meet the papers of a store."""

import json
from pathlib import Path

import pytest
from factories import WORK, make_claim, make_extraction, make_paper

from extractor.errors import StoreError, UsageError
from extractor.ingest import read_papers
from extractor.labels import Label, Prediction, predictions_from_store, read_labels, read_predictions, read_titles
from extractor.papers import Paper
from extractor.records import Work
from extractor.store import Store

ROOT = Path(__file__).parents[1]
GOLD = ROOT / "tests" / "gold"
CLAIM = {
    "method": "Tiler", "baseline": None, "hardware": None, "metric": "speed", "setting": None,
    "improvement": "2x", "direction": "increase", "effect": "better",
}  # fmt: skip
OTHER = Work("other-model", "claims", "p1", "s1")


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def save(store: Store, *papers: Paper, improvement: str = "2x", work: Work = WORK, days: int = 0) -> None:
    claim = {"improvement": improvement}
    store.save(
        store.start_run(work, options={}),
        [make_extraction(paper, make_claim(paper, **claim), work=work, days=days) for paper in papers],
    )


# --- files


def test_labels_are_read_by_id_in_order(tmp_path: Path) -> None:
    path = write(
        tmp_path / "gold.jsonl", {"id": "b", "claims": [CLAIM | {"note": "ignored"}]}, "", {"id": 7, "claims": []}
    )
    assert read_labels(path) == {"b": [Label.model_validate(CLAIM)], "7": []}


def test_a_line_separator_inside_a_string_does_not_end_the_line(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    line = json.dumps({"id": "a", "claims": [CLAIM | {"setting": "one\u2028two"}]}, ensure_ascii=False)
    path.write_bytes(b"\xef\xbb\xbf" + line.encode() + b"\r\n")
    assert read_labels(path)["a"][0].setting == "one\u2028two"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"gold.jsonl:2: Invalid JSON: EOF while parsing an object at column 1$"),
        ("\ud800".encode("utf-8", "surrogatepass"), r"gold.jsonl:2: Invalid JSON"),
        ([], r"gold.jsonl:2: Input should be an object"),
        ({"claims": []}, r"gold.jsonl:2: id: Field required"),
        ({"id": "b"}, r"gold.jsonl:2: claims: Field required"),
        ({"id": "b", "claims": [CLAIM, {"metric": "speed"}]}, r"gold.jsonl:2: claims.2.improvement: Field required"),
        ({"id": "b", "claims": [CLAIM | {"direction": "up"}]}, r"gold.jsonl:2: claims.1.direction: .*'increase'"),
        ({"id": "b", "claims": [CLAIM | {"method": None}]}, r"gold.jsonl:2: claims.1.method: "),
        ({"id": "a", "claims": []}, r"gold.jsonl:2: the id 'a' stands in an earlier line"),
    ],
)
def test_a_damaged_label_line_is_named(tmp_path: Path, line: object, message: str) -> None:
    path = tmp_path / "gold.jsonl"
    second = line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
    path.write_bytes(b'{"id": "a", "claims": []}\n' + second + b"\n")
    with pytest.raises(UsageError, match=message):
        read_labels(path)


def test_files_that_are_empty_or_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"empty.jsonl: holds no labels"):
        read_labels(write(tmp_path / "empty.jsonl", ""))
    with pytest.raises(UsageError, match=r"none.jsonl: cannot read: No such file"):
        read_predictions(tmp_path / "none.jsonl")
    assert read_predictions(tmp_path / "empty.jsonl") == {}, "a model that answered nothing"


def test_predictions_may_lack_fields(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", {"id": "a", "claims": [{"improvement": "2x", "direction": "up"}], "answer": "…"})
    assert read_predictions(path) == {"a": [Prediction(improvement="2x", direction="up")]}


def test_a_paper_may_have_a_line_for_each_of_its_documents(tmp_path: Path) -> None:
    lines = [{"id": "a", "title": "One"}, {"id": "a", "title": "One"}, {"id": "a", "title": "One (extended)"}]
    assert read_titles(write(tmp_path / "papers.jsonl", *lines)) == {"a": {"One", "One (extended)"}}


# --- the store


def test_labels_meet_papers_by_external_id(store: Store) -> None:
    papers = [make_paper(number, external_id=f"p{number}") for number in (1, 2, 3)]
    store.add_papers(papers)
    save(store, *papers[:2])
    found = predictions_from_store(store.path, ["p2", "p3", "p1", "p4"])
    assert list(found.claims) == ["p2", "p1"]
    claim = found.claims["p1"][0]
    assert (claim.improvement, claim.method, claim.baseline, claim.hardware) == ("2x", "Method1", "vLLM", None)
    assert found.not_extracted == ("p3",)
    assert found.not_stored == ("p4",)


def test_else_by_title_whatever_its_case_and_white_space(store: Store, tmp_path: Path) -> None:
    paper = make_paper(title="Élan: Fast Kernels", external_id="another id")
    store.add_papers([paper])
    save(store, paper)
    papers_file = write(tmp_path / "papers.jsonl", {"id": "a", "title": " ÉLAN:  fast\nkernels "})
    assert list(predictions_from_store(store.path, ["a"], papers_file).claims) == ["a"]


def test_two_labels_with_one_title_both_get_the_papers_claims(store: Store, tmp_path: Path) -> None:
    store.add_papers([make_paper(1)])
    save(store, make_paper(1))
    papers_file = write(tmp_path / "papers.jsonl", *({"id": name, "title": "Paper 1"} for name in "ab"))
    found = predictions_from_store(store.path, ["a", "b"], papers_file)
    assert len(found.claims["a"]) == 1
    assert found.claims["a"] == found.claims["b"]


def test_of_two_papers_with_one_title_the_extracted_one_counts(store: Store, tmp_path: Path) -> None:
    first, second = (make_paper(number, title="One Title") for number in (1, 2))
    store.add_papers([first, second])
    save(store, second)
    papers_file = write(tmp_path / "papers.jsonl", {"id": "a", "title": "One Title"})
    assert len(predictions_from_store(store.path, ["a"], papers_file).claims["a"]) == 1


def test_papers_that_share_an_id_are_told_apart_by_title(store: Store, tmp_path: Path) -> None:
    papers = [make_paper(number, external_id="1") for number in (1, 2)]
    store.add_papers(papers)
    save(store, papers[0])
    save(store, papers[1], improvement="2 tuning runs")
    with pytest.raises(UsageError, match=r"2 papers have the external_id '1'; .* --papers"):
        predictions_from_store(store.path, ["1"])
    papers_file = write(tmp_path / "papers.jsonl", {"id": "1", "title": "Paper 2"})
    assert predictions_from_store(store.path, ["1"], papers_file).claims["1"][0].improvement == "2 tuning runs"


def test_the_latest_successful_extraction_counts_unless_a_model_is_named(store: Store) -> None:
    paper = make_paper(external_id="a")
    store.add_papers([paper])
    save(store, paper)
    save(store, paper, improvement="one", work=OTHER, days=1)
    failed = Work("third-model", "claims", "p1", "s1")
    store.save(store.start_run(failed, options={}), [make_extraction(paper, work=failed, days=2, status="failed")])

    def improvements(model: str | None) -> list[str | None]:
        return [claim.improvement for claim in predictions_from_store(store.path, ["a"], model=model).claims["a"]]

    assert improvements(None) == ["one"]
    assert improvements("test-model") == ["2x"]
    with pytest.raises(
        UsageError, match=r"no extraction by 'gpt'; the models are: other-model, test-model, third-model"
    ):
        improvements("gpt")
    with pytest.raises(UsageError, match=r"none of the 1 labelled papers is extracted by third-model"):
        improvements("third-model")


def test_a_paper_without_claims_is_extracted_all_the_same(store: Store) -> None:
    paper = make_paper(external_id="a")
    store.add_papers([paper])
    store.save(store.start_run(WORK, options={}), [make_extraction(paper)])
    assert predictions_from_store(store.path, ["a"]).claims == {"a": []}


def test_labels_that_cannot_be_looked_up_are_a_usage_error(store: Store, tmp_path: Path) -> None:
    store.add_papers([make_paper(1)])
    with pytest.raises(UsageError, match=r"holds none of the 1 labelled papers; .* --papers"):
        predictions_from_store(store.path, ["a"])
    papers_file = write(tmp_path / "papers.jsonl", {"id": "b", "title": "Paper 1"})
    with pytest.raises(UsageError, match=r"papers.jsonl: no title for the label 'a', and no paper .* external_id"):
        predictions_from_store(store.path, ["a", "b"], papers_file)
    papers_file = write(tmp_path / "papers.jsonl", {"id": "a", "title": "Another paper"})
    with pytest.raises(UsageError, match=r"holds none of the 1 labelled papers; extract the papers first"):
        predictions_from_store(store.path, ["a"], papers_file)
    with pytest.raises(StoreError, match="no such store"):
        predictions_from_store(tmp_path / "none.duckdb", ["a"])


def test_every_label_of_the_seeds_meets_its_paper(store: Store) -> None:
    papers = [paper for paper in read_papers([ROOT / "seeds"]) if isinstance(paper, Paper)]
    store.add_papers(papers)
    store.save(store.start_run(WORK, options={}), [make_extraction(paper) for paper in store.papers()])
    labels = read_labels(GOLD / "seeds.labels.jsonl")
    found = predictions_from_store(store.path, labels, GOLD / "seeds.papers.jsonl")
    assert list(found.claims) == list(labels)
    assert len(labels) == 101
