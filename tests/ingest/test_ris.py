from datetime import date

from reading import Reader

RECORDS = """TY  - JOUR
TI  - Fast trees
AU  - Doe, Ann
AU  - Roe, Bo
AB  - Trees are
 3x faster.
DA  - 2025/01/16/
DO  - 10.1/2
UR  - https://example.org
ER  -

TY  - JOUR
TI  - Nothing
TY  - CONF
T1  - Slow trees
N2  - Trees are slow.
PY  - 2024
ER  -
"""


def test_records(read: Reader) -> None:
    found = read("export.txt", RECORDS)
    assert found.titles == ["Fast trees", "Slow trees"]
    paper = found.papers[0]
    assert (paper.abstract, paper.authors) == ("Trees are 3x faster.", ("Ann Doe", "Bo Roe"))
    assert (paper.published, paper.doi, paper.url) == (date(2025, 1, 16), "10.1/2", "https://example.org")
    assert (found.papers[1].date, found.papers[1].published) == ("2024", None)
    assert found.rejects == ["export.txt:12: entry has no abstract"]


def test_one_blank_before_the_dash(read: Reader) -> None:
    found = read("export.txt", RECORDS.replace("  -", " -"))
    assert found.titles == ["Fast trees", "Slow trees"]
    assert (found.papers[0].abstract, found.papers[0].authors) == ("Trees are 3x faster.", ("Ann Doe", "Bo Roe"))
    assert found.rejects == ["export.txt:12: entry has no abstract"]


def test_one_blank_in_a_record_among_others(read: Reader) -> None:
    other = "TY - JOUR\nTI - Small trees\nN2 - Trees are small.\nER - \n"
    assert read("export.ris", other + RECORDS).titles == ["Small trees", "Fast trees", "Slow trees"]
    assert read("export.ris", RECORDS + other).titles == ["Fast trees", "Slow trees", "Small trees"]


def test_a_line_of_an_abstract_may_look_like_a_tag(read: Reader) -> None:
    (paper,) = read("a.ris", "TY  - JOUR\nTI  - Fast\nAB  - Cells\nER - positive, by\nTY - based AI.\nER  -\n").papers
    assert paper.abstract == "Cells ER - positive, by TY - based AI."


def test_an_abstract_in_several_fields_is_joined(read: Reader) -> None:
    text = "TY  - JOUR\nTI  - Fast\nAB  - Trees are\n 3x faster.\nDO  - 10.1/2\nAB  - They are small.\nER  -\n"
    whole = "Trees are 3x faster. They are small."
    assert read("a.ris", text).papers[0].abstract == whole
    assert read("a.ris", text.replace("AB", "N2").replace("DO  - 10.1/2", "AB  -")).papers[0].abstract == whole
