"""Names that may mean one method: near-duplicates across papers, proposed for the alias file and never applied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from extractor.aliases import quoted
from extractor.names import CLASS_NOUNS, name_key
from extractor.notebook import Records
from extractor.plain import singular
from extractor.store.migrations import reading
from extractor.untrusted import clean

LEAST_ALIKE = 88  # percent

_FIRST_LETTERS = 3
_SHORTEST_WORD = 3
_NEIGHBOURS = 50  # of a block, in alphabetical order, that a name is held against: no large block is compared whole

_NAMES = """
SELECT key, arg_max(name, (claims, -length(name), name)) AS name, sum(claims)::BIGINT AS claims, papers
FROM spelling
JOIN (
    SELECT key, list(DISTINCT paper_id) AS papers FROM (
        SELECT method_key AS key, paper_id FROM claim
        UNION ALL SELECT baseline_key, paper_id FROM comparison
    ) GROUP BY key
) USING (key)
WHERE key <> '' GROUP BY key, papers HAVING NOT bool_or(generic)
ORDER BY key
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``alias`` may be the method that most claims call ``name``; ``alike`` is how similar they are, in percent."""

    alias: str
    name: str
    alias_claims: int
    name_claims: int
    alike: int

    def as_toml(self) -> str:
        """The line of the alias file that would join them."""
        counts = f"# {self.alias_claims} + {self.name_claims} claims, {self.alike} % alike"
        return f"{quoted(clean(self.alias))} = {quoted(clean(self.name))}  {counts}"


@dataclass(frozen=True, slots=True)
class _Name:
    key: str
    name: str
    claims: int
    papers: frozenset[str]

    @property
    def words(self) -> str:
        return str(utils.default_process(self.name))

    @property
    def digits(self) -> str:
        return "".join(filter(str.isdigit, self.key))

    @property
    def usage(self) -> tuple[int, int, str, str]:
        """Greater for a name that is more used; of names used alike, for the shorter."""
        return self.claims, -len(self.name), self.name, self.key

    @property
    def written_key(self) -> str:
        """The key that the name has in the alias file, where no abstract tells what abbreviations mean."""
        return name_key(clean(self.name))


def suggest_aliases(store: str | Path, *, least: int = LEAST_ALIKE) -> Records[Suggestion]:
    """Pairs of names, of methods or named baselines, that are ``least`` percent alike, the most alike first.

    All of them fit into one alias file: each name is an alias at most once, of the most used name that is so alike.
    Left out are names that stand together in a paper, which tells them apart, and those with different numbers
    ("Llama 3.1" and "Llama 3.2"). Only names that begin with the same letters or share a word are held
    against one another, and of those only neighbours, so the work grows with the number of names and not its square.
    """
    with reading(Path(store)) as connection:
        rows = connection.execute(_NAMES).fetchall()
    names = [_Name(key, name, claims, frozenset(papers)) for key, name, claims, papers in rows]
    best: dict[tuple[_Name, _Name], float] = {}
    for one, other, alike in _pairs(names, least):
        if one.papers.isdisjoint(other.papers) and one.digits == other.digits:
            rare, usual = sorted((one, other), key=lambda name: name.usage)
            best[rare, usual] = max(alike, best.get((rare, usual), 0.0))
    found = _joined(best)
    return Records(sorted(found, key=lambda pair: (-pair.alike, -pair.name_claims, pair.name, pair.alias)))


def _joined(pairs: Mapping[tuple[_Name, _Name], float]) -> Iterator[Suggestion]:
    """Of the pairs, a rare name and a usual one, those that make each name an alias once and join none of one paper."""
    papers: dict[str, set[str]] = {}  # by written key, those of all names that then are one
    for (rare, usual), alike in sorted(pairs.items(), key=lambda item: (item[0][1].usage, item[1]), reverse=True):
        group = papers.setdefault(usual.written_key, set(usual.papers))
        if rare.written_key not in papers and group.isdisjoint(rare.papers):
            group |= rare.papers
            papers[rare.written_key] = group
            yield Suggestion(rare.name, usual.name, rare.claims, usual.claims, round(alike))


def _pairs(names: list[_Name], least: int) -> Iterator[tuple[_Name, _Name, float]]:
    """Names that are alike: in their keys where these begin alike, in their words in any order where one is shared."""
    by_start: defaultdict[str, list[_Name]] = defaultdict(list)
    by_word: defaultdict[str, list[_Name]] = defaultdict(list)
    for name in names:
        by_start[name.key[:_FIRST_LETTERS]].append(name)
        for word in set(name.words.split()):
            if len(word) >= _SHORTEST_WORD and singular(word) not in CLASS_NOUNS:
                by_word[word].append(name)
    for block in by_start.values():
        yield from _neighbours(block, lambda name: name.key, fuzz.ratio, least)
    for block in by_word.values():
        yield from _neighbours(block, lambda name: name.words, fuzz.token_sort_ratio, least)


def _neighbours(
    block: list[_Name], text: Callable[[_Name], str], scorer: Callable[..., float], least: int
) -> Iterator[tuple[_Name, _Name, float]]:
    texts = [text(name) for name in block]
    for i, name in enumerate(block):
        following = texts[i + 1 : i + 1 + _NEIGHBOURS]
        for _, score, offset in process.extract(texts[i], following, scorer=scorer, score_cutoff=least, limit=None):
            yield name, block[i + 1 + offset], score
