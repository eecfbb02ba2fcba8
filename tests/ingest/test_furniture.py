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


ACM_BUTTONS = f"""Research-article
Fast Trees
Just Accepted
Authors:
Ann Doe, Bo Roe
Authors Info & Claims
SOT '23: Proceedings of the 29th Symposium on Trees and Forests of All Kinds
Pages 611 - 626
https://doi.org/10.1145/3600006.3613165
Published: 23 October 2023
Publication History
78
Citation
12,345
Downloads
PDF
eReader
Save to Binder
Export Citation
Add to collection
Get Access

Abstract
{FAST}

Supplementary Material

"""
IEEE_SECTIONS = f"""Fast Trees
Publisher: IEEE
Cite This
PDF
Ann Doe; Bo Roe
All Authors
Abstract
Document Sections
I. Introduction
Authors
Figures
References
Metrics

Abstract:
{FAST}
Published in: 2023 IEEE Conference on Trees
Date of Conference: 1-3 May 2023
Date Added to IEEE Xplore: 8 May 2023
Conference Location: Rome, Italy
Sign in to Continue Reading

"""
HUGGING_FACE = f"""Papers
arxiv:2309.06180

Fast Trees

Published on Sep 12, 2023
Submitted by
ann-doe on Sep 13, 2023
#1 Paper of the day
Upvote
12
+7
Authors:
Ann Doe
,
Bo Roe

Abstract
AI-generated summary
{FAST}

View arXiv page
View PDF
GitHub
31.2k
Add to collection

"""
OPENREVIEW_FORUM = f"""Fast Trees
Download PDF
Ann Doe, Bo Roe
Published: 16 Jan 2024, Last Modified: 15 Mar 2024
SOT 2024 poster
Everyone
Revisions
BibTeX
CC BY 4.0

Keywords: trees
Abstract: {FAST}
Supplementary Material: zip
Submission Number: 123

"""
SEMANTIC_SCHOLAR_BUTTONS = f"""Fast Trees
Ann Doe, Bo Roe
Published 12 May 2024
Computer Science, Mathematics
arXiv.org
TL;DR
It is shown that trees are fast, by 41% less memory than before.
Expand
Abstract
{FAST}
Collapse
[PDF] Semantic Reader
Save to Library
Create Alert
Cite

"""
SEMANTIC_SCHOLAR_LIST = f"""Fast Trees
Ann Doe, Bo Roe
· Computer Science
· Published 12 May 2024
{FAST}
1,234
PDF
Save
Cite

"""


@pytest.mark.parametrize(
    "page",
    [ACM_BUTTONS, IEEE_SECTIONS, HUGGING_FACE, OPENREVIEW_FORUM, SEMANTIC_SCHOLAR_BUTTONS, SEMANTIC_SCHOLAR_LIST],
)
def test_buttons_and_counters_stick_to_nothing(read: Reader, page: str) -> None:
    found = read("page.txt", page + page.replace("Fast Trees", "Old Trees") + NEXT)
    assert [(paper.title, paper.authors, paper.abstract) for paper in found.papers] == [
        ("Fast Trees", ("Ann Doe", "Bo Roe"), FAST),
        ("Old Trees", ("Ann Doe", "Bo Roe"), FAST),
        ("Slow Trees", (), SLOW),
    ]
    assert found.rejects == []


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
