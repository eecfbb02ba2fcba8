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
