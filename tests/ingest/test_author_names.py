import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.ingest.names import author_names, authors_as_printed, is_author_list, split_glued


@pytest.mark.parametrize(
    ("title", "authors"),
    [
        ("A Fast Index for Keys, Values, and Ranges", "Ann Doe, Bo Roe, Cy Poe et al."),
        ("SVDQuant", "Yujun Lin, Muyang Li"),
        ("Serving Small LLMs", "Yujun Lin, Bo Roe"),
        ("Pruning an LLM", "Yujun Lin"),
        ("Shape Reasoning in 3D", "Wei Liu, Bo Roe"),
        ("Scaling Llama 3", "Jane Doe"),
        ("Inference on GPU", "J. Smith, K. Brown"),
        ("Inference on GPUs", "J.-P. Serre, A. B. Cohen et al."),
        ("Are Caches Enough?", "Habib Ali, Omar Awad"),
        ("Sorting (Extended Version)", "Éva Tardos, Łukasz Kaiser"),
        ("Training in PyTorch", "Óscar de la Cruz, Jan van der Berg, Anna-Lena Müller"),
        ("PyTorch FSDP", "Sean O'Brien, Conor McDonald et al."),
        ("Mixed Data Lakes", "Colin McDonald, Yann LeCun"),
        ("TensorFlow Serving for MobileNetV2", "Siobhán Ó Dálaigh"),
        ("Why eBPF", "Mohammad M Soltani, Walid Ahmed et al."),
        ("Query Rewriting in DuckDB", "Li Na, Ahmed bin Rashid Al-Maktoum, Robert Downey III"),
        ("A Study of BERT-Base", "D'Arcy Thompson, Jean-luc Godard"),
    ],
)
def test_glued_authors_are_split_from_the_title(title: str, authors: str) -> None:
    assert split_glued(title + authors, abstract="") == (title, authors)


def test_the_abstract_tells_where_a_title_ends_before_a_name_with_a_capital_inside() -> None:
    abstract = "Gradient boosting with deep trees is slow."
    assert split_glued("Deep TreesXiaoMing Li, Bo Roe", abstract) == ("Deep Trees", "XiaoMing Li, Bo Roe")


@pytest.mark.parametrize("title", ["Fast Trees in Practice", "PyTorch: A Library", "LLMs", "", "Trees of Ann Doe"])
def test_a_title_without_authors_stays_whole(title: str) -> None:
    assert split_glued(title, abstract="") == (title, "")


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("Ann Doe, Bo Roe and Cy Poe", ("Ann Doe", "Bo Roe", "Cy Poe")),
        ("Ann Doe, Bo Roe, and Cy Poe", ("Ann Doe", "Bo Roe", "Cy Poe")),
        ("Doe, Ann; Roe, Bo, Jr.", ("Ann Doe", "Bo Roe Jr.")),
        ("Doe, Ann and Roe, Bo", ("Ann Doe", "Bo Roe")),
        ("Ann Doe, Bo Roe et al.", ("Ann Doe", "Bo Roe", "et al.")),
        ("Ann Doe, et al", ("Ann Doe", "et al.")),
        ("Ann Doe and others", ("Ann Doe", "et al.")),
        ("", ()),
    ],
)
def test_author_lists(printed: str, names: tuple[str, ...]) -> None:
    assert author_names(printed) == names


@pytest.mark.parametrize(
    "line",
    [
        "Ann Doe",
        "Ann Doe, J. van der Berg et al.",
        "OpenAI, Bo Roe",
        "Ann Doe and Bo Roe",
        "Larkspur Team: Ann Doe, Bo Roe, Cy Poe",
    ],
)
def test_names_read_as_an_author_list(line: str) -> None:
    assert is_author_list(line)


@pytest.mark.parametrize(
    "line",
    [
        "We make trees fast.",
        "Trees are slow, and we mend that",
        "",
        "12 authors",
        "TREE: Slow Trees",
        "TREE: Fast, Cheap",
        "Benchmarking Decision Tree Training Algorithms",
    ],
)
def test_other_lines_do_not_read_as_an_author_list(line: str) -> None:
    assert not is_author_list(line)


@pytest.mark.parametrize(
    ("line", "is_title"),
    [
        ("Decision Tree Training", True),
        ("Fast Trees, Slow Trees, and Forests", True),
        ("Ann Doe, Bo Roe and Will Forest", False),
        ("Li Xu and An Le", False),
        ("Ann Young", False),
    ],
)
def test_the_abstract_tells_a_title_from_names(line: str, is_title: bool) -> None:
    abstract = "The training of an old decision tree is slow, and so are forests; we will make them fast and Li fair."
    assert is_author_list(line)
    assert is_author_list(line, abstract) != is_title


NAME_WORD = st.from_regex(r"[A-ZÀÉÖŁ][a-zéüñł]{2,9}", fullmatch=True)
NAMES = st.lists(st.tuples(NAME_WORD, NAME_WORD).map(" ".join), min_size=1, max_size=3)
TITLE_WORD = st.sampled_from(["fast", "Trees,", "LLMs", "PyTorch", "3D", "GPU", "for", "and", "Keys", "KV-cache", "v2"])
TITLES = st.lists(TITLE_WORD, min_size=1, max_size=8).map(" ".join).map(lambda title: title.rstrip(","))


@given(title=TITLES, names=NAMES, cut=st.booleans())
def test_what_was_glued_is_split_again(title: str, names: list[str], cut: bool) -> None:
    authors = ", ".join(names) + (" et al." if cut else "")
    assert split_glued(title + authors, abstract="") == (title, authors)
    assert authors_as_printed(author_names(authors)) == authors


@given(line=st.text(max_size=300), abstract=st.text(max_size=50))
def test_splitting_loses_nothing(line: str, abstract: str) -> None:
    assert "".join(split_glued(line, abstract)) == line
