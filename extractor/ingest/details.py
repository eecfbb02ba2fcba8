"""Lines around a paper that say where or when it appeared, or who employs its authors: no title, and no abstract."""

from __future__ import annotations

import re

from extractor.ingest.paragraphs import is_date
from extractor.papers import fold_space

_ADDRESS = r"<?(?:https?://|www\.)\S+"
_ADDRESSES = re.compile(rf"\W*(?:\w[\w ]{{0,20}}: ?)?{_ADDRESS}(?:\s+(?:[,;|·]\s+)?{_ADDRESS})*")
# "A Title https://…", "A Title - https://…", "A Title (https://…)", "[A Title](https://…)"
_TITLE_AND_ADDRESS = re.compile(rf"(.*?\w)\W*\s\W*{_ADDRESS}")
_LINK = re.compile(rf"\[([^\[\]]+)\]\({_ADDRESS}\)")
# What names an address rather than a paper: "Code and models (https://…)".
_OTHER_THINGS = re.compile(
    r"\b(?:code|demos?|projects?|web(?:site|page)|github|hugging ?face|available|here|link|page|pdf"
    r"|papers?|videos?|slides?|weights|checkpoints|sources?|see|supplement\w*)\b|\b(?:at|on|in|from|under|via|to|visit)$",
    re.IGNORECASE,
)
_TITLE_WORDS = 3  # or more
_LONGEST = 500  # characters of a title and its address
_APPEARED = re.compile(
    r"(?:published|submitted|posted|accepted|presented)(?: (?:on|at|in|to|by))?:? \S.{0,80}", re.IGNORECASE
)
# "SOSP 2023", "OSDI 2022, Carlsbad, CA", "arXiv preprint arXiv:2210.17323 (2022)", "Proc. of ICML '23"
_VENUE = re.compile(r"(?:[\w&/.:’'-]+ ){1,4}(?:(?:19|20)|['’])\d\d(?:[,.;:( ].{0,60})?")
# "ICML (2023)", but "Fast Trees (2023)" is a title
_VENUE_AND_YEAR = re.compile(
    r"(?:[A-Z]\w*[A-Z]\w*|.{0,60}(?:arXiv|Proc|Conf|Journal|Trans|Symp|Workshop).{0,60}) \((?:19|20)\d\d\)\.?"
)
_EMPLOYER = re.compile(
    r"(?=.{3,120}$)[^.:?!]*\b(?:Universit\w+|Institut\w*|Department|Faculty|School of|College|Laborator\w+|Academy"
    r"|Inc|GmbH)\b[^:?!]*"
)


def is_address(line: str) -> bool:
    """Whether a line is a web address, or several, and nothing but a label."""
    return bool(_ADDRESSES.fullmatch(line.strip()))


def is_detail(line: str) -> bool:
    """Whether a line between title and abstract is an address, a date, a venue with its year or an affiliation."""
    line = line.strip()
    return (
        is_address(line)
        or is_date(line)
        or any(form.fullmatch(line) for form in (_APPEARED, _VENUE, _VENUE_AND_YEAR, _EMPLOYER))
    )


def without_address(line: str) -> str:
    """A title without the address behind it; other lines, such as "Code: https://…", as they are."""
    folded = fold_space(line)
    if len(folded) > _LONGEST:
        return line
    found = _LINK.fullmatch(folded) or _TITLE_AND_ADDRESS.fullmatch(folded)
    if not found or len(found[1].split()) < _TITLE_WORDS or _OTHER_THINGS.search(found[1]):
        return line
    return found[1]
