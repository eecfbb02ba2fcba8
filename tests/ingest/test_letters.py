"""E-mails with papers in them: what they say to their reader is no paper, and no part of one."""

import pytest
from reading import Reader

FAST = "FastTrees splits nodes of decision trees in a new way. It is 2x faster than CART on nine data sets."
SLOW = "Trees are slow by 3x on small data. A study of nine data sets with many features shows why that is."
OLD = "Fast trees grow by splitting. We tell what you may not know of them, with nine data sets, and we\nmeasure them."


def papers(read: Reader, document: str) -> list[tuple[str, str]]:
    found = read("a.txt", document)
    assert found.rejects == []
    return [(paper.title, paper.abstract) for paper in found.papers]


@pytest.mark.parametrize(
    "opening",
    [
        "Hi all,",
        "Hello!\n\nHere are the papers for your reading group of this week, as promised:",
        "Hi all, two papers for you, as I said at the meeting of last week:",
        "Dear Dr. Doe,\nplease find below what I read\non the train. It is good.",
    ],
)
@pytest.mark.parametrize(
    "closing",
    ["Best,\nAda", "Thanks, Ada", "Kind regards\nAda Doe\nForest Inc.",
     "Let me know what you think of these, please, by Friday.\n\nCheers,\nAda\n-- \nAda Doe"],
)  # fmt: skip
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_greetings_and_closings(read: Reader, opening: str, closing: str, gap: str) -> None:
    letter = f"{opening}\n\nFast Trees\n\n{FAST}\n\nSlow Trees\n\n{SLOW}{gap}{closing}\n"
    assert papers(read, letter) == [("Fast Trees", FAST), ("Slow Trees", SLOW)]
    assert papers(read, f"{letter}\nOn Mon, Jan 5, 2026 at 9:00 AM Bo Roe wrote:\n\nOld Trees\n\n{FAST}\n")[2:] == [
        ("Old Trees", FAST)
    ]


@pytest.mark.parametrize(
    "title", ["Best Trees", "Hello World Programs of Trees", "Trees Are All You Need", "Dear Forests: Trees of Cost"]
)
def test_titles_that_begin_like_a_letter(read: Reader, title: str) -> None:
    assert papers(read, f"Hi Ada,\n\n{title}\n\n{FAST}\n\n{title}\n{SLOW}\n\nBest,\nBo\n") == [
        (title, FAST), (title, SLOW),
    ]  # fmt: skip


def test_an_abstract_may_speak_to_its_reader(read: Reader) -> None:
    abstract = OLD.replace("\n", " ")
    assert papers(read, f"Hi Ada,\n\nOld Trees\n\n{OLD}\n\nSlow Trees\n\n{SLOW}\n\nBest,\nBo\n") == [
        ("Old Trees", abstract), ("Slow Trees", SLOW),
    ]  # fmt: skip
