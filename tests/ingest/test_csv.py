import pytest
from reading import Reader


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(read: Reader, delimiter: str) -> None:
    rows = [["ID", "Title", "Authors", "Abstract", "Year"], ["x1", "Trees", "Doe; Roe", "Trees, 3x.", "2025"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    (paper,) = read("table.txt", text).papers
    assert (paper.external_id, paper.title, paper.abstract) == ("x1", "Trees", "Trees, 3x.")
    assert (paper.authors, paper.n_authors, paper.date, paper.published) == (("Doe", "Roe"), 2, "2025", None)


def test_quoted_cells_may_span_lines(read: Reader) -> None:
    found = read("a.csv", 'title,abstract\r\nOne,"First ""quoted""\r\n\r\nline, second"\r\nTwo,Short\r\n')
    assert [paper.abstract for paper in found.papers] == ['First "quoted" line, second', "Short"]


def test_a_stray_quotation_mark_costs_one_row(read: Reader) -> None:
    found = read("a.csv", 'title,abstract\nOne,First\n"Broken,no end\nTwo,Second\nThree,"Third"\nFour,5" disk\n')
    assert found.titles == ["One", "Two", "Three", "Four"]
    assert found.papers[-1].abstract == '5" disk'
    assert found.rejects == ["a.csv:3: the row does not have 2 columns; is a quotation mark missing?"]


def test_rows_of_the_wrong_width_are_named(read: Reader) -> None:
    found = read("a.csv", "title,abstract\nOne\nTwo,Second\nThree,Third,more\nFour,Fourth,,\nFive,\n")
    assert found.titles == ["Two", "Four"]
    assert [reject.split(":")[1] for reject in found.rejects] == ["2", "4", "6"]


def test_a_table_without_the_columns_says_so(read: Reader) -> None:
    assert read("a.csv", "name,text\nOne,First\n").rejects == [
        "a.csv: has no columns title and abstract in its first line",
        "a.csv: no paper with an abstract found",
    ]


def test_the_columns_of_ieee_xplore(read: Reader) -> None:
    header = '"Document Title",Authors,"Publication Title","Publication Year","Abstract","DOI"'
    (paper,) = read("export.csv", f'{header}\n"Trees","A. Doe; B. Roe","Proc. X","2025","3x faster.","10.1/2"\n').papers
    assert (paper.title, paper.abstract, paper.authors) == ("Trees", "3x faster.", ("A. Doe", "B. Roe"))
    assert (paper.date, paper.doi) == ("2025", "10.1/2")


def test_the_columns_of_a_table_made_by_hand(read: Reader) -> None:
    (paper,) = read("papers.csv", "Paper Title;Authors;Abstract;Read?\nTrees;A. Doe, B. Roe;3x faster.;yes\n").papers
    assert (paper.title, paper.authors, paper.abstract) == ("Trees", ("A. Doe", "B. Roe"), "3x faster.")
