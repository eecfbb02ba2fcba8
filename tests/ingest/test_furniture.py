import pytest
from reading import Reader

FAST = "We make trees fast by a new split rule, which needs 41% less memory than the best library known."
SLOW = "Trees are slow by 3x on small data. A study of nine data sets shows why."
NEXT = f"Slow Trees\n\n{SLOW}\n"

ACM = f"""Research-article
Open access
Fast Trees

Authors: Ann Doe, Bo Roe

Abstract
{FAST}

References

[1]
Cy Poe. 2022. Trees That Nobody Has Planted Yet, at Scale. arXiv preprint arXiv:2207.00032 (2022).

[2] Di Moe. 1999. Old Trees.

"""
IEEE = f"""Fast Trees
Publisher: IEEE
Cite This
PDF
Ann Doe; Bo Roe
All Authors
5,334
Cites in
Papers
12
Full
Text Views

Abstract:
{FAST}
Published in: IEEE Journal of Trees ( Volume: 52, Issue: 1, January 2017)
Page(s): 127 - 138
Date of Publication: 08 November 2016
ISSN Information:
Publisher: IEEE

"""
SEMANTIC_SCHOLAR = f"""Fast Trees
Ann DoeBo Roe+6 authors I. Poe
Published in Symposium on Trees 12 September 2023
Computer Science
TLDR
It is shown that trees are fast, by 41% less memory than before.
Abstract
{FAST}
View on ACM
1,234 Citations

"""
OPENREVIEW = f"""Fast Trees

Ann Doe

Keywords: trees
TL;DR: Trees are fast.
Abstract: {FAST}
Primary Area: infrastructure, software libraries, hardware, etc.
Code Of Ethics: I acknowledge that I have read the code.
Submission Number: 1234

"""
ARXIV = f"""Computer Science > Machine Learning
arXiv:2501.00001 (cs)
[Submitted on 28 Apr 2025 (v1), last revised 5 May 2025 (this version, v2)]
Fast Trees

Ann Doe, Bo Roe
View PDF
HTML (experimental)

{FAST}
Comments:\t18 pages, 16 figures
Subjects:\tMachine Learning (cs.LG)
Cite as:\tarXiv:2501.00001 [cs.LG]
 \t(or arXiv:2501.00001v2 [cs.LG] for this version)

"""


@pytest.mark.parametrize("page", [ACM, IEEE, SEMANTIC_SCHOLAR, OPENREVIEW, ARXIV])
def test_what_a_publisher_prints_around_a_paper(read: Reader, page: str) -> None:
    found = read("page.txt", page + NEXT)
    assert [(paper.title, paper.abstract) for paper in found.papers] == [("Fast Trees", FAST), ("Slow Trees", SLOW)]
    assert found.rejects == []


def test_a_list_of_papers_headed_references_is_kept(read: Reader) -> None:
    assert read("a.txt", f"References\n\n[1] Fast Trees\n\n{FAST}\n\n[2] Slow Trees\n\n{SLOW}\n").titles == [
        "Fast Trees",
        "Slow Trees",
    ]


def test_labelled_records_may_name_a_publisher(read: Reader) -> None:
    records = [("Fast Trees", FAST), ("Slow Trees", SLOW)]
    document = "".join(f"Authors: Ann Doe\nTitle: {title}\nAbstract: {text}\nPublisher: A\n" for title, text in records)
    assert read("a.txt", document).titles == ["Fast Trees", "Slow Trees"]
