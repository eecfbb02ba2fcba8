import json

import pytest
from reading import Reader

ONE = {"id": "a1", "title": "One", "abstract": "First abstract."}
TWO = {"title": "Two", "abstract": "Second abstract."}


def test_an_array(read: Reader) -> None:
    found = read("a.json", json.dumps([ONE, TWO], indent=2))
    assert found.titles == ["One", "Two"]
    assert found.papers[0].external_id == "a1"


def test_an_object_with_a_list_of_records(read: Reader) -> None:
    document = {"count": 2, "tags": ["x"], "papers": [ONE, TWO], "meta": {"source": "x"}}
    for indent in (None, 2):
        found = read("a.json", json.dumps(document, indent=indent))
        assert found.titles == ["One", "Two"]
        assert found.rejects == []


def test_the_list_of_papers_is_told_from_others(read: Reader) -> None:
    for document in (
        {"title": "My library", "papers": [ONE, TWO]},
        {"facets": [{"name": "Year"}], "papers": [ONE, TWO]},
        {"title": "My library", "facets": [{"name": "Year"}], "papers": [{"Title": "One", "Abstract": "First."}, TWO]},
    ):
        assert read("a.json", json.dumps(document)).titles == ["One", "Two"]


def test_a_record_may_hold_lists(read: Reader) -> None:
    assert read("a.json", json.dumps(ONE | {"references": [TWO]})).titles == ["One"]
    assert read("a.json", json.dumps(ONE | {"authors": [{"name": "Ann Doe"}]})).titles == ["One"]
    assert read("a.json", json.dumps({"title": "One", "authors": [{"name": "Ann Doe"}]})).rejects == [
        "a.json:1: entry has no abstract",
        "a.json: no paper with an abstract found",
    ]


def test_a_single_record(read: Reader) -> None:
    assert read("a.json", json.dumps(ONE, indent=2)).titles == ["One"]
    assert read("b", json.dumps(ONE)).titles == ["One"]


def test_a_damaged_record_does_not_lose_the_others(read: Reader) -> None:
    for separator in (",\n", ","):
        records = [json.dumps(ONE), '{"title": "Broken", "abstract": }', json.dumps(TWO)]
        found = read("a.json", f"[{separator.join(records)}]")
        assert found.titles == ["One", "Two"]
        assert [reject.partition(": ")[0] for reject in found.rejects] == [f"a.json:{1 + separator.count(chr(10))}"]


def test_a_cut_array_gives_what_is_there(read: Reader) -> None:
    found = read("a.json", json.dumps([ONE, TWO])[:-9])
    assert found.titles == ["One"]
    assert len(found.rejects) == 1


def test_deep_nesting_is_no_crash(read: Reader) -> None:
    assert read("a.json", '{"a":' * 5000).rejects == ["a.json: no paper with an abstract found"]


@pytest.mark.parametrize(
    "author",
    [
        {"name": "Ann van Doe"},
        {"given": "Ann", "non-dropping-particle": "van", "family": "Doe"},
        {"first": "Ann", "middle": ["van"], "last": "Doe", "suffix": ""},
        {"author_position": "first", "author": {"id": "A1", "display_name": "Ann van Doe"}},
        ["van Doe", "Ann", ""],
    ],
)
def test_the_forms_of_an_author(read: Reader, author: object) -> None:
    (paper,) = read("a.json", json.dumps([ONE | {"authors": [author, {"literal": "The Group"}, {}, 7]}])).papers
    assert (paper.authors, paper.n_authors) == (("Ann van Doe", "The Group"), 2)


@pytest.mark.parametrize("key", ["author", "authorships", "authors_parsed", "paper_authors", "Authors"])
def test_the_names_of_the_authors(read: Reader, key: str) -> None:
    assert read("a.json", json.dumps([ONE | {key: [["Doe", "Ann", ""]]}])).papers[0].authors == ("Ann Doe",)


@pytest.mark.parametrize(
    ("details", "printed"),
    [
        ({"issued": {"date-parts": [["2025", 1, 6]]}}, "2025-01-06"),
        ({"issued": {"date-parts": [[2025]]}}, "2025"),
        ({"issued": {"date-parts": [[]]}}, None),
        ({"year": 2025, "publicationDate": "2025-01-06"}, "2025-01-06"),
        ({"date": None, "publication_date": "", "Publication Year": 2025}, "2025"),
    ],
)
def test_the_forms_of_a_date(read: Reader, details: dict[str, object], printed: str | None) -> None:
    assert read("a.json", json.dumps([ONE | details])).papers[0].date == printed


@pytest.mark.parametrize("title", ["Title", "paper_title", "Paper Title", "paperTitle", "Document Title"])
def test_the_names_of_the_title(read: Reader, title: str) -> None:
    assert read("a.json", json.dumps([{title: "One", "abstractText": "First."}])).titles == ["One"]


def test_the_records_of_openreview(read: Reader) -> None:
    content = {"title": {"value": "One"}, "abstract": {"value": "First."}, "authors": {"value": ["Ann Doe"]}}
    found = read("a.json", json.dumps({"notes": [{"id": "x1", "content": content}, {"content": TWO}], "count": 2}))
    assert [(paper.title, paper.authors) for paper in found.papers] == [("One", ("Ann Doe",)), ("Two", ())]
    assert found.papers[0].external_id == "x1"
