import json

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
