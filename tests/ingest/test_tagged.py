from datetime import date

from reading import Reader

PUBMED = """
PMID- 36812345
OWN - NLM
DP  - 2025 Jan 16
TI  - Fast trees for
      large forests.
LID - S0001(25)1 [pii]
LID - 10.1/2 [doi]
AB  - BACKGROUND: Trees are slow. RESULTS: Ours are
      3x faster - or more.
FAU - Doe, Ann B
AU  - Doe AB
FAU - Roe, Bo
AU  - Roe B

PMID- 7
TI  - No abstract
DP  - 2024

PMID- 8
TI  - Slow trees
AB  - Trees are slow.
AU  - Roe B
"""

ENDNOTE = """%0 Journal Article
%T Fast trees
%A Doe, Ann
%A Bo Roe
%D 2025
%X Trees are
3x faster.

They need 41% less.
%U https://example.org
%R 10.1/2

%0 Book
%T No abstract

%0 Conference Paper
%T Slow trees
%X Trees are slow.
"""


def test_the_records_of_pubmed(read: Reader) -> None:
    found = read("export.nbib", PUBMED)
    paper, other = found.papers
    assert (paper.title, paper.authors) == ("Fast trees for large forests.", ("Ann B Doe", "Bo Roe"))
    assert paper.abstract == "BACKGROUND: Trees are slow. RESULTS: Ours are 3x faster - or more."
    assert (paper.published, paper.doi, paper.external_id) == (date(2025, 1, 16), "10.1/2", "36812345")
    assert (other.title, other.authors) == ("Slow trees", ("Roe B",))
    assert found.rejects == ["export.nbib:16: entry has no abstract"]


def test_the_records_of_endnote(read: Reader) -> None:
    found = read("export.enw", ENDNOTE)
    paper, other = found.papers
    assert (paper.title, paper.authors) == ("Fast trees", ("Ann Doe", "Bo Roe"))
    assert paper.abstract == "Trees are 3x faster. They need 41% less."
    assert (paper.date, paper.doi, paper.url) == ("2025", "10.1/2", "https://example.org")
    assert (other.title, other.authors) == ("Slow trees", ())
    assert found.rejects == ["export.enw:13: entry has no abstract"]


def test_the_content_counts_not_the_name_of_an_export(read: Reader) -> None:
    for text in (PUBMED, ENDNOTE):
        assert read("export.txt", text.replace("\n", "\r\n")).papers[1].title == "Slow trees"


def test_a_record_above_the_limit_is_rejected_and_the_next_is_read(read: Reader) -> None:
    long = "%0 Book\n%T Long\n%X " + "Trees are slow.\n" * 2**17
    found = read("export.enw", long + ENDNOTE)
    assert found.titles == ["Fast trees", "Slow trees"]
    assert found.rejects[0] == "export.enw:1: the record is longer than 1 million characters"
