"""Writing the alias file, and proposing what could stand in it."""

import tomllib
from pathlib import Path

import pytest
from factories import WORK, make_claim, make_extraction, make_paper
from hypothesis import given
from hypothesis import strategies as st

from extractor.aliases import Alias, add_alias, list_aliases, load_aliases
from extractor.errors import UsageError
from extractor.names import name_key
from extractor.settings import Settings
from extractor.store import Store
from extractor.suggestions import suggest_aliases


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "claims.duckdb.aliases.toml"


# The file


def test_the_file_stands_beside_the_store_unless_set() -> None:
    assert Settings(db=Path("a/claims.duckdb")).alias_file == Path("a/claims.duckdb.aliases.toml")
    assert Settings(aliases=Path("mine.toml")).alias_file == Path("mine.toml")


def test_a_missing_file_holds_nothing_and_the_first_alias_makes_it(file: Path) -> None:
    assert list_aliases(file) == []
    assert add_alias(file, Alias("names", "paged attention server", "vLLM"))
    assert list_aliases(file) == [Alias("names", "paged attention server", "vLLM")]
    assert load_aliases(file).key("pagedattentionserver") == "vllm"


def test_adding_keeps_every_line_that_the_user_wrote(file: Path) -> None:
    file.write_text(
        "# mine\n[names]\n'x one' = \"X\"  # [names]\n\n# about metrics\n[metrics] # here\n'tok/W' = \"energy\"\n"
    )
    add_alias(file, Alias("names", "x two", "X"))
    add_alias(file, Alias("metrics", "J/tok", "energy"))
    assert file.read_text() == (
        '# mine\n[names]\n\'x one\' = "X"  # [names]\n"x two" = "X"\n\n# about metrics\n[metrics] # here\n'
        '\'tok/W\' = "energy"\n"J/tok" = "energy"\n'
    )


@pytest.mark.parametrize("text", ["", "\n", "# only a note", "[metrics]\n", "[names]", "[names]\n# empty\n\n"])
def test_a_section_is_found_or_added(file: Path, text: str) -> None:
    file.write_text(text)
    add_alias(file, Alias("names", "x1", "X2"))
    assert list_aliases(file) == [Alias("names", "x1", "X2")]


def test_an_alias_that_stands_there_is_not_written_again(file: Path) -> None:
    add_alias(file, Alias("names", "the x-one system", "X"))
    before = file.read_bytes()
    assert not add_alias(file, Alias("names", "X One", "the X system"))
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("alias", "message"),
    [
        (Alias("names", "Y", "Z"), r"'Y' stands for 'X' already; change that line"),
        (Alias("names", "the y system", "Z"), r"stands for two names"),
        (Alias("names", "X", "Y"), r"is an alias of itself"),
        (Alias("names", "the X system", "x"), r"are one name without an alias"),
        (Alias("names", "--", "Y"), r"need a letter or digit"),
        (Alias("names", "our method", "Z"), r"'our method': means another method in each paper; use a spelling with"),
        (Alias("names", "the proposed approach", "Z"), r"means another method in each paper"),
        (Alias("names", "state-of-the-art systems", "Z"), r"means another method in each paper"),
        (Alias("names", "prior work", "Z"), r"means another method in each paper"),
        (Alias("metrics", "tok/W", "enery"), r"no family 'enery'; there are "),
    ],
)
def test_what_cannot_be_meant_is_refused_and_the_file_stays(file: Path, alias: Alias, message: str) -> None:
    file.write_text('[names]\n"Y" = "X"\n')
    with pytest.raises(UsageError, match=message):
        add_alias(file, alias)
    assert file.read_text() == '[names]\n"Y" = "X"\n'


@pytest.mark.parametrize("text", ["names = {Y = 'X'}\n", "names.Y = 'X'\n", "['names']\nY = 'X'\n"])
def test_a_file_that_is_written_otherwise_is_left_to_the_user(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageError, match=r'add "Z" = "X" under \[names\] by hand'):
        add_alias(file, Alias("names", "Z", "X"))
    assert file.read_text() == text


@given(alias=st.text(), target=st.text())
def test_any_names_leave_a_sound_file(alias: str, target: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("aliases") / "aliases.toml"
    try:
        added = add_alias(file, Alias("names", alias, target))
    except UsageError:
        assert not file.exists()
        return
    assert added
    ((written, stands_for),) = tomllib.loads(file.read_text(encoding="utf-8"))["names"].items()
    assert load_aliases(file).key(name_key(written)) == name_key(stands_for)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write the alias file: No such file"):
        add_alias(tmp_path / "missing" / "aliases.toml", Alias("names", "x1", "Y"))


def test_a_name_joined_with_a_class_is_one_and_the_other_way_round(file: Path) -> None:
    file.write_text('[names]\n"paged attention system" = "vLLM"\n"Acme" = "other systems"\n')
    aliases = load_aliases(file)
    assert not aliases.generic(name_key("paged attention system"), by_its_words=True)
    assert aliases.generic("acme", by_its_words=False)
    assert aliases.generic(name_key("prior work"), by_its_words=True)


# Suggestions


def fill(store: Store, *names: tuple[str, ...]) -> None:
    """One paper for each group of methods, all against vLLM."""
    papers = [make_paper(number) for number in range(1, len(names) + 1)]
    store.add_papers(papers)
    store.save(
        store.start_run(WORK, options={}),
        [
            make_extraction(paper, *(make_claim(paper, i, method=method) for i, method in enumerate(methods, 1)))
            for paper, methods in zip(papers, names, strict=True)
        ],
    )


def pairs(store: Store, **options: int) -> list[tuple[str, str]]:
    return [(one.alias, one.name) for one in suggest_aliases(store.path, **options)]


def test_near_duplicates_of_different_papers_are_proposed_the_rarer_for_the_usual(store: Store) -> None:
    fill(store, ("DistServe",), ("DistServe",), ("DistServer",), ("Orca",))
    (found,) = suggest_aliases(store.path)
    assert (found.alias, found.name, found.alias_claims, found.name_claims) == ("DistServer", "DistServe", 1, 2)
    assert tomllib.loads(f"[names]\n{found.as_toml()}")["names"] == {"DistServer": "DistServe"}
    assert found.as_toml().endswith("# 1 + 2 claims, 95 % alike")


def test_a_baseline_meets_a_method(store: Store) -> None:
    papers = [make_paper(1), make_paper(2)]
    store.add_papers(papers)
    store.save(
        store.start_run(WORK, options={}),
        [
            make_extraction(papers[0], make_claim(papers[0], method="FlexiGen", baseline=None)),
            make_extraction(papers[1], make_claim(papers[1], method="Alpha", baseline="FlexGen")),
        ],
    )
    assert pairs(store) == [("FlexiGen", "FlexGen")]


def test_words_in_another_order_are_alike(store: Store) -> None:
    fill(store, ("Adaptive Box Selection",), ("box selection, adaptive",))
    assert pairs(store) == [("box selection, adaptive", "Adaptive Box Selection")]


@pytest.mark.parametrize(
    ("one", "other"),
    [("LlamaRunner 3.1", "LlamaRunner 3.2"), ("GPT-4 Turbo", "GPT-3 Turbo"), ("existing systems", "existing system"),
     ("Orca", "FlexGen")],
)  # fmt: skip
def test_other_numbers_classes_and_names_are_not(store: Store, one: str, other: str) -> None:
    fill(store, (one,), (other,))
    assert pairs(store) == []


def test_names_of_one_paper_are_told_apart_by_it(store: Store) -> None:
    fill(store, ("DistServe", "DistServer"), ("DistServe",))
    assert pairs(store) == []


def test_least_sets_how_alike_names_must_be(store: Store) -> None:
    fill(store, ("DistServe",), ("DistServing",))
    assert pairs(store) == []
    assert len(pairs(store, least=75)) == 1


def test_of_many_spellings_each_is_an_alias_once_of_the_most_used(store: Store, file: Path) -> None:
    fill(store, ("SmoothQuant",), ("SmoothQuant",), ("SmoothQant",), ("SmothQuant",))
    found = suggest_aliases(store.path)
    assert [(one.alias, one.name) for one in found] == [("SmoothQant", "SmoothQuant"), ("SmothQuant", "SmoothQuant")]
    file.write_text("\n".join(["[names]", *(one.as_toml() for one in found)]))
    assert {load_aliases(file).key(key) for key in ("smoothqant", "smothquant")} == {"smoothquant"}


def test_a_spelling_like_that_of_an_alias_alone_leads_to_the_name_through_it(store: Store, file: Path) -> None:
    fill(store, *[("DistServe",)] * 3, *[("DistServed",)] * 2, ("DistServedly",))
    found = suggest_aliases(store.path)
    assert [(one.alias, one.name) for one in found] == [("DistServed", "DistServe"), ("DistServedly", "DistServed")]
    file.write_text("\n".join(["[names]", *(one.as_toml() for one in found)]))
    assert load_aliases(file).key("distservedly") == "distserve"


def test_names_of_one_paper_are_not_joined_through_a_third(store: Store) -> None:
    fill(store, *[("SmoothQuant",)] * 2, ("SmoothQant", "SmothQuant"))
    assert pairs(store) == [("SmoothQant", "SmoothQuant")]


def test_a_spelling_with_two_meanings_is_an_alias_once(store: Store) -> None:
    papers = [make_paper(number) for number in range(1, 5)]
    store.add_papers(papers)
    methods = [("FlexGen", "flexgen"), ("FlexGen", "flexgen"), ("FlexiGen", "flexigen"), ("FlexiGen", "flexiblegen")]
    claims = [
        make_claim(paper, method=name, method_key=key) for paper, (name, key) in zip(papers, methods, strict=True)
    ]
    store.save(store.start_run(WORK, options={}), [make_extraction(*pair) for pair in zip(papers, claims, strict=True)])
    assert pairs(store, least=75) == [("FlexiGen", "FlexGen")]


def test_no_more_than_neighbours_of_a_block_are_compared(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, ("DistServe",), ("DistServeManager",), ("DistServer",))
    assert len(pairs(store)) == 1
    monkeypatch.setattr("extractor.suggestions._NEIGHBOURS", 1)
    assert pairs(store) == []


def test_nothing_is_applied(store: Store) -> None:
    fill(store, ("DistServe",), ("DistServer",))
    before = store.path.read_bytes()
    assert pairs(store)
    assert store.path.read_bytes() == before
