"""Variants of annotated abstracts whose labels stay true: other names, numbers and notation, fewer sentences.

Every variant keeps what the annotation promises (:func:`is_faithful`): each string stands in the text, each improvement
letter for letter. A variant that would not is thrown away, and the original is used.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from training.data import Claim, Example

VERBATIM = ("improvement", "metric", "method", "baseline", "hardware", "setting")
_SENTENCE_END = re.compile(r"(?<=[a-z\d)\]%$}\"'][.!?]) (?=[A-Z$\"'(\[])|(?<=[A-Z]{2}[.!?]) (?=[A-Z])")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NUMBER_WORD = re.compile(
    r"\b(half|halv\w+|doubl\w+|tripl\w+|twice|thrice|orders?[- ]of|\w*fold|quarter|third|two|three|four|five|six|"
    r"seven|eight|nine|ten|one|zero|hundred|thousand|million)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?=\S*[A-Z]\S*[A-Z]|[a-z]+[A-Z])[A-Za-z]+(?:-?[A-Za-z]+)*\d?")
_ARTICLE = re.compile(r"(?:a|an|the|our|its|all) ", re.IGNORECASE)
_CAMEL_FIRST = (
    "Flex", "Tile", "Spec", "Quant", "Edge", "Fast", "Graph", "Mem", "Shard", "Stream", "Sky", "Hyper", "Mini",
    "Auto", "Deep", "Opti", "Ray", "Zen", "Core", "Swift",
)  # fmt: skip
_CAMEL_LAST = (
    "Serve", "Cache", "Flow", "Net", "Prune", "Fuse", "Sched", "Lite", "Forge", "Mix", "Store", "Path", "Trace",
    "Split", "Pipe", "Gen", "Link", "Sim", "LLM", "DB",
)  # fmt: skip
_SYLLABLES = (
    "ka", "ri", "to", "ve", "lu", "mo", "sha", "ne", "qui", "bo", "ta", "fen", "dar", "zo", "li", "per", "cas", "or",
    "mi", "un", "ga", "tel", "sor", "ba",
)  # fmt: skip


_MULTIPLE = re.compile(r"(?<![\w.$])(\d+(?:\.\d+)?) ?(?:[xX×](?!\w)|\$\\times\$)")
_LATEX_MULTIPLE = re.compile(r"\$(\d+(?:\.\d+)?) ?\\times\$")
_PERCENT = re.compile(r"(?<=\d)(?: ?\\?%| percent\b)")
MULTIPLE_STYLES = (r"\g<1>x", r"\g<1>×", r"\g<1>X", r"$\g<1>\\times$", r"\\(\g<1>\\times\\)", r"\g<1>$\\times$")
PERCENT_STYLES = ("%", r"\\%", " %", " percent")


def sentences(text: str) -> list[str]:
    """The sentences of a text; joined by blanks they are the text again."""
    return _SENTENCE_END.split(text)


def is_name(text: str) -> bool:
    """Whether a string is one made-up word such as ``TileForge``, ``T-Prune`` or ``BERT``: another could be there."""
    return _NAME.fullmatch(text) is not None and 3 <= len(text) <= 16


def invented_name(rng: random.Random) -> str:
    """A name that a system might have: ``FlexCache``, ``KIRVEN``, ``Tomori``, ``Q-Fuse``."""
    word = "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 3)))
    camel = rng.choice(_CAMEL_FIRST) + rng.choice(_CAMEL_LAST)
    letters = "".join(rng.choices("ABCDEFGHIKLMNOPRSTUV", k=rng.randint(3, 5)))
    shapes = [
        camel, camel, letters, letters, word.capitalize(), word.upper(), f"{word[:2]}{rng.choice(_CAMEL_LAST)}",
        f"{rng.choice(letters)}-{rng.choice(_CAMEL_LAST)}", f"{word.capitalize()}-{rng.choice(letters)}",
    ]  # fmt: skip
    return rng.choice(shapes)


def is_faithful(original: Example, variant: Example) -> bool:
    """Whether the variant's strings stand in its text; those that the original's text lacked too may be missing."""
    text, source = (f"{e.title}\n{e.abstract}".lower() for e in (variant, original))
    if any(c["improvement"] not in variant.abstract for c in variant.claims):
        return False
    known = {v.lower() for c in original.claims for k in VERBATIM if (v := c[k]) and v.lower() not in source}
    return all((v := c[k]) is None or v.lower() in text or v.lower() in known for c in variant.claims for k in VERBATIM)


def rename(example: Example, rng: random.Random) -> Example:
    """Give the named systems of the claims invented names, each with a probability of 0.6, everywhere."""
    own = sorted({c[k] for c in example.claims for k in ("method", "baseline") if c[k] and is_name(c[k])})
    text = f"{example.title} {example.abstract}".lower()
    new: dict[str, str] = {}
    for name in own:
        invented = invented_name(rng)
        if rng.random() < 0.6 and invented.lower() not in text and invented not in new.values():
            new[name] = invented
    return _replace(example, new)


def swap(example: Example, rng: random.Random, field: str, others: list[str]) -> Example:
    """Put one of the strings that the field has elsewhere in place of one of this example's, everywhere.

    An article stays an article, so that the sentence can still be read. A name is left to :func:`rename`.
    """
    own = sorted({v for c in example.claims if (v := c[field]) and not is_name(v)})
    if not own:
        return example
    old = rng.choice(own)
    text = f"{example.title} {example.abstract}".lower()
    article = bool(_ARTICLE.match(old))
    fitting = [v for v in rng.sample(others, min(12, len(others))) if bool(_ARTICLE.match(v)) == article]
    free = [v for v in fitting if v.lower() not in text]
    return _replace(example, {old: free[0]}) if free else example


def _replace(example: Example, new: dict[str, str]) -> Example:
    """Other words for some, everywhere; the longest first where one holds another."""
    if not new:
        return example
    words = "|".join(map(re.escape, sorted(new, key=len, reverse=True)))
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
    return _map_text(example, lambda s: pattern.sub(lambda m: new[m[0]], s))


def renumber(example: Example, rng: random.Random) -> Example:
    """Replace the digits of improvements that hold a single number, everywhere they stand; 'from A to B' stays."""
    swaps: dict[str, str] = {}
    for improvement in dict.fromkeys(c["improvement"] for c in example.claims):
        found = _NUMBER.findall(improvement)
        if len(found) == 1 and float(found[0]) > 1 and re.search(r"%|x\b|X\b|×|times|percent|point|speed", improvement):
            swaps[improvement] = _NUMBER.sub(lambda m: _other_number(m[0], rng), improvement)
    if not swaps or set(swaps.values()) & set(swaps):
        return example
    longest_first = sorted(swaps, key=len, reverse=True)
    pattern = re.compile(r"(?<![\d.])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\d])")
    return _map_text(example, lambda s: pattern.sub(lambda m: swaps[m[0]], s))


def _other_number(number: str, rng: random.Random) -> str:
    whole, _, decimals = number.partition(".")
    new = str(rng.randint(1 if len(whole) == 1 else 10 ** (len(whole) - 1), 10 ** len(whole) - 1))
    if len(new) == 1 and not decimals:
        new = str(rng.randint(2, 9))
    return f"{new}.{''.join(rng.choice('0123456789') for _ in decimals[:-1])}{rng.randint(1, 9)}" if decimals else new


def restyle(example: Example, rng: random.Random) -> Example:
    """Write multiples and percentages in another notation, LaTeX or plain, everywhere."""
    multiple, percent = rng.choice(MULTIPLE_STYLES), rng.choice(PERCENT_STYLES)

    def change(text: str) -> str:
        plain = _LATEX_MULTIPLE.sub(r"\g<1>x", text)
        return _PERCENT.sub(percent, _MULTIPLE.sub(multiple, plain))

    return _map_text(example, change)


def drop_sentences(example: Example, rng: random.Random, share: float = 0.5) -> Example:
    """Leave out sentences that hold no claim, each with the given probability."""
    keep = [s for s in sentences(example.abstract) if _holds_claim(s, example.claims) or rng.random() > share]
    if not keep:
        return example
    return example.with_text(example.title, " ".join(keep), list(example.claims))


def distract(example: Example, rng: random.Random, strangers: list[str]) -> Example:
    """Put a sentence of another abstract, which reports nothing, between two of this one's."""
    own = sentences(example.abstract)
    place = rng.randrange(len(own))
    return example.with_text(
        example.title, " ".join([*own[:place], rng.choice(strangers), *own[place:]]), list(example.claims)
    )


def idle_sentences(example: Example) -> list[str]:
    """The sentences with numbers that report nothing and name nothing that the claims name."""
    named = {v.lower() for c in example.claims for k in ("method", "baseline", "hardware") if (v := c[k])}
    return [
        sentence
        for sentence in sentences(example.abstract)
        if any(ch.isdigit() for ch in sentence)
        and not _holds_claim(sentence, example.claims)
        and not any(name in sentence.lower() for name in named)
    ]


def without_claims(example: Example) -> Example | None:
    """The sentences that report nothing, with an empty answer; None where what is left could still hold a claim."""
    removed = {n for c in example.claims for n in _NUMBER.findall(c["improvement"])}
    rest = [s for s in sentences(example.abstract) if not _holds_claim(s, example.claims)]
    text = " ".join(rest)
    if len(rest) < 2 or removed & set(_NUMBER.findall(text)) or _NUMBER_WORD.search(text):
        return None
    return example.with_text(example.title, text, [])


def _holds_claim(sentence: str, claims: tuple[Claim, ...]) -> bool:
    return any(c["improvement"] in sentence for c in claims)


def _map_text(example: Example, change: Callable[[str], str]) -> Example:
    claims = [{k: change(v) if k in VERBATIM and v else v for k, v in c.items()} for c in example.claims]
    return example.with_text(change(example.title), change(example.abstract), claims)


class Variants:
    """Random faithful variants of examples, made with the strings of all of them."""

    def __init__(self, examples: list[Example], rng: random.Random) -> None:
        self._rng = rng
        strings = {
            field: sorted({v for e in examples for c in e.claims if (v := c[field]) and "|" not in v})
            for field in ("method", "baseline", "hardware")
        }
        strangers = [sentence for e in examples for sentence in idle_sentences(e)]
        self._changes: list[tuple[float, Callable[[Example], Example]]] = [
            (0.5, lambda e: swap(e, rng, "hardware", strings["hardware"])),
            (0.4, lambda e: swap(e, rng, "baseline", strings["baseline"])),
            (0.2, lambda e: swap(e, rng, "method", strings["method"])),
            (0.7, lambda e: rename(e, rng)),
            (0.3, lambda e: renumber(e, rng)),
            (0.3, lambda e: restyle(e, rng)),
            (0.4, lambda e: drop_sentences(e, rng)),
            (0.2, lambda e: distract(e, rng, strangers) if strangers else e),
        ]

    def of(self, example: Example) -> Example:
        """A variant of an example: each change is made with its own probability, where it keeps the labels true."""
        for probability, change in self._changes:
            if self._rng.random() < probability and is_faithful(example, candidate := change(example)):
                example = candidate
        return example


def epoch_examples(examples: list[Example], epoch: int, seed: int, negatives: int, seen: bool) -> list[Example]:
    """What one epoch trains on: the originals, or variants where they were seen, and abstracts stripped of claims."""
    rng = random.Random(f"{seed}:{epoch}")
    variants = Variants(examples, rng)
    chosen = [variants.of(e) for e in examples] if seen else list(examples)
    with_claims = [e for e in examples if e.claims]
    stripped = (without_claims(e) for e in rng.sample(with_claims, len(with_claims)))
    empty = [e for e in stripped if e is not None]
    return chosen + empty[:negatives]
