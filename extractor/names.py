"""Names of methods and baselines, made comparable: "the state-of-the-art LLM serving system vLLM" is vLLM.

:func:`name_key` goes by the text alone, in this order:

1. LaTeX, quotation marks and the ``'s`` of "NVIDIA's TensorRT" go, ``8×7B`` is ``8x7B``; of "methods such as A" A
   stays, of "A, including B" also A;
2. abbreviations: "Low Rank Decomposition (LRD)" is ``lrd``, and so is "Low Rank Decomposition" where the abstract
   defines it that way; two letters stand for too much, so there the long form is the key; other brackets are left
   out, unless generic words stand before them ("its base model (QwQ-32B)"), they hold a size or a number format
   ("LLaMA (7B)", "LLaMA (INT4)") or are part of a word ("SE(3)-Transformer");
3. leading articles and judging or dating words go ("the", "standard", "state-of-the-art", "existing", "vanilla" …);
4. a proper name after a class noun stands alone ("serving system vLLM", but "Neural Architecture Search"), a class
   noun after a name goes ("DepGraph framework", "vLLM v0.6.1");
5. release numbers go (three parts, ``v0.…``, "version …"); generations stay, as they are other methods ("GPT-4",
   "Llama 3.1", "FlashAttention-2");
6. words become singular ("DARTS" and "YOLOv8s" are) and lower case, and lose blanks, hyphens and underscores; ``+``
   and ``*`` stay ("RRT*"), and ``#`` behind a word ("QuIP#").

A method without a name of its own ("our approach") is another one in each paper: :func:`key_in_paper`.

What a key must not lose are words that tell two methods apart, so in doubt a word stays: users join names with an
alias file.
"""

from __future__ import annotations

import re
from functools import lru_cache

from extractor.plain import singular, unlatex

RULES = 4
"""Number of these rules: stores whose keys were made by others get new ones. Raise it with every change to them."""

# --- words -----------------------------------------------------------------------------------------------------------

# Nouns that say what kind of thing a name is. Written in the singular.
CLASS_NOUNS = frozenset({
    "system", "framework", "method", "methodology", "approach", "technique", "technology", "algorithm", "model",
    "baseline", "library", "tool", "toolkit", "engine", "platform", "scheme", "strategy", "solution", "package",
    "pipeline", "implementation", "work", "design", "counterpart", "alternative", "competitor", "architecture",
    "network", "variant", "paper", "art", "result", "version", "software", "scheduler", "accelerator", "runtime",
    "simulator", "compiler", "optimizer", "allocator", "kernel", "backend", "index", "agent", "policy", "evaluator",
    "protocol", "practice", "setup", "setting", "configuration", "procedure", "mechanism", "base", "one",
    "deployment",
})  # fmt: skip
# Class nouns that add nothing behind a name: "DepGraph framework" is DepGraph, "vLLM scheduler" is not vLLM.
_DROPPED_BEHIND = CLASS_NOUNS & {
    "system", "framework", "method", "methodology", "approach", "technique", "algorithm", "model", "baseline",
    "library", "tool", "toolkit", "engine", "platform", "scheme", "strategy", "solution", "package", "pipeline",
    "implementation", "software",
}  # fmt: skip
# Class nouns after which a proper name stands alone: "the compiler Halide" is Halide, "kernel PCA" is not PCA.
_DROPPED_BEFORE = CLASS_NOUNS - {"kernel"}
_DETERMINERS = frozenset({
    "the", "a", "an", "its", "their", "our", "this", "these", "those", "such", "all", "both", "any", "other",
    "various", "several", "many", "most", "some", "to", "two", "three", "four", "five", "six", "seven", "eight",
    "nine", "ten", "including", "using", "of",
})  # fmt: skip
_JUDGING = frozenset({
    "state", "art", "sota", "best", "performing", "existing", "prior", "previous", "previously", "conventional",
    "traditional", "standard", "current", "recent", "latest", "strong", "strongest", "popular", "classic",
    "classical", "common", "commonly", "widely", "used", "well", "known", "typical", "usual", "default", "original",
    "vanilla", "baseline", "base", "leading", "advanced", "mainstream", "competitive", "competing", "modern",
    "established", "fastest", "next", "most", "official", "off", "shelf", "proposed", "new", "novel", "reported",
    "published", "available", "publicly", "external", "representative", "mature", "earlier", "today", "unmodified",
    "initial", "alternative", "respective", "same", "corresponding", "evaluated", "considered", "related", "plain",
})  # fmt: skip
# Acronyms of classes of models and devices: "LLMs", "a CPU" name no single method.
_CLASS_ACRONYMS = frozenset({
    "llm", "vlm", "mllm", "lm", "slm", "plm", "vla", "dnn", "cnn", "rnn", "gnn", "snn", "nn", "gan", "gpu", "cpu",
    "npu", "tpu", "fpga", "asic", "soc",
})  # fmt: skip
# Acronyms of fields and number formats: in "existing AI systems" they name nothing.
_FIELD_ACRONYMS = _CLASS_ACRONYMS | {
    "ai", "ml", "dl", "nlp", "cv", "rl", "kv", "iot", "hpc", "2d", "3d", "fp32", "fp16", "bf16", "fp8", "int8",
    "int4", "api", "sql", "qa", "ocr", "xai", "moe", "rag", "nas", "ann", "pim", "gemm",
}  # fmt: skip
_GENERIC_WORDS = CLASS_NOUNS | _DETERMINERS | _JUDGING | {"ours", "we", "and", "or", "sotas", "state-of-the-art"}
_TAIL_STARTS = frozenset({
    "of", "for", "with", "without", "on", "in", "from", "by", "that", "which", "using", "under", "at", "via",
    "included", "like", "to", "than", "when", "where", "as",
})  # fmt: skip
# Pairs of capitalised words that are one notion.
_IDIOMS = frozenset({
    "search and rescue", "drag and drop", "divide and conquer", "branch and bound", "branch and cut", "plug and play",
    "mix and match", "trial and error", "squeeze and excitation", "copy and paste", "store and forward",
    "read and write", "retrieve and rerank", "plan and execute", "plan and solve", "cut and paste",
    "predict and optimize", "hit and run", "expectation and maximization", "black and white",
    "research and development", "command and control", "question and answer", "explore and exploit",
    "generate and test", "pick and place", "stop and go", "lock and key", "train and test", "map and reduce",
    "trust and safety", "health and safety", "supply and demand",
})  # fmt: skip

_SOTA = re.compile(r"\b(?:previous |prior |current )?state[- ]of[- ](?:the[- ])?art\b|\bsota\b", re.IGNORECASE)
_EXAMPLES = re.compile(r"\((?:e\.g\.,?|such as|including)\s+([^()]*)\)")
_SUCH_AS = re.compile(r",?\s+\b(?:such as|including|e\.g\.,?|namely|like)\s+", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
# Brackets that are part of a word: TD(0) is not TD(1). Those of "method(s)" and "vLLM(ours)" say nothing.
_GLUED = re.compile(r"(?<=\w)\((?!(?:e?s|ours)\))([^()\s]+)\)|\(([^()\s]+)\)(?=\w)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*[+*#]*|[+*]+")
_RELEASE = re.compile(r"v?\d+\.\d+\.\d+[\w.]*|v0\.\d+|v?\d+(?:\.\d+)+(?=$)")
# LLaMA (7B) is not LLaMA (13B), nor is Mixtral (8x7B) Mixtral (8x22B).
_SIZE = re.compile(r"(?:\d+x)?[\d.]+ ?[BMK]|large|small|base|tiny|medium", re.IGNORECASE)
_NUMBER_FORMAT = re.compile(  # LLaMA (INT4) is not LLaMA (FP16)
    r"\b(?:(?:u?int|fp|bf|tf|nf|b?float|mx(?:fp|int)|nvfp)-?\d+|w\d+a\d+|e\dm\d|\d+(?:\.\d+)?[- ]?bits?\b)",
    re.IGNORECASE,
)
_TIMES = re.compile(r"(?<=\d) ?× ?(?=\d)")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b", re.IGNORECASE)
_NEIGHBOURS = re.compile(r"\b[a-z]-NN\b", re.IGNORECASE)  # k-NN: nearest neighbours, no class of networks
_DEFINITION = re.compile(r"[(\[]([A-Za-z][\w.+*#-]{1,14})[)\]]")
_SPLIT = re.compile(r"\s*,\s+(?:and|or|&)\s+|\s*[,;]\s+|\s+(?:and|or|&|as well as)\s+")


# --- keys ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def name_key(name: str, abstract: str = "") -> str:
    """The key under which a method or baseline is compared; "" only for a name without a letter or digit.

    ``abstract`` is where abbreviations are looked up.
    """
    text = _plain(name)
    if found := _SUCH_AS.search(text):
        before, after = text[: found.start()], text[found.end() :]
        text = after if is_generic(before) else before
    text = _without_brackets(text)
    if abstract and (meant := _abbreviations(abstract).get(_joined(text.split()))):
        text = meant
    words = _core(text.split())
    if abstract and (meant := _abbreviations(abstract).get(_joined(words))):
        words = [meant]
    return _joined(words) or _joined(text.split())


def key_in_paper(key: str, paper_id: str) -> str:
    """The key of a method that is generic, as "our approach" is: one for each paper."""
    return f"{key}@{paper_id}"


def _plain(name: str) -> str:
    text = _EXAMPLES.sub(r"such as \1", unlatex(name).replace("’", "'"))
    text = _TIMES.sub("x", _POSSESSIVE.sub("", text))
    return " ".join(re.sub(r"[\"“”`]|''", " ", text).split()).strip(" .,;:")


def _without_brackets(text: str) -> str:
    """The abbreviation or name in brackets, where they hold one, else the text without most of them."""
    for match in _BRACKETS.finditer(text):
        inner, before = match[1].strip(), text[: match.start()]
        if _abbreviates(inner, before):
            stands_alone = _is_telling(inner) and not is_generic(inner)
        else:
            stands_alone = _is_name(inner) and is_generic(before)
        if stands_alone:
            return inner
    return _BRACKETS.sub(_kept_of_brackets, _GLUED.sub(r" \1\2", text)) or text


def _kept_of_brackets(match: re.Match[str]) -> str:
    inner = match[1]
    return f" {inner}" if _SIZE.fullmatch(inner) or _NUMBER_FORMAT.search(inner) else ""


def _core(words: list[str]) -> list[str]:
    """The words without what stands around the name; all of them where nothing would be left."""
    core = _SOTA.sub(" ", " ".join(words)).split()
    start = 0
    while start + 1 < len(core) and (
        _is_before_names(core[start]) or (core[start].isdigit() and core[start + 1][0].islower())  # "14 baselines"
    ):
        start += 1
    core = core[start:]
    for index in range(len(core) - 2, -1, -1):
        tail = core[index + 1 :]
        if (
            core[index].islower()  # in "Neural Architecture Search" it is part of the name
            and singular(_folded(core[index])) in _DROPPED_BEFORE
            and all(map(_is_name, tail))
            and len(_joined(tail)) > 1
        ):
            if _RELEASE.fullmatch(tail[0]) or tail[0].isdigit():
                break
            core = tail
            break
    while len(core) > 1 and _is_dropped_behind(core):
        core = core[:-2] if _folded(core[-2]) == "version" and len(core) > 2 else core[:-1]
    return core or words


def _is_before_names(word: str) -> bool:
    """Whether a word in front says nothing of its own: "the", "best-performing"."""
    return all(part in _JUDGING or part in _DETERMINERS for part in _folded(word).split("-"))


def _is_dropped_behind(words: list[str]) -> bool:
    last = words[-1]
    if _RELEASE.fullmatch(last):
        return last.count(".") > 1 or last.startswith("v0") or _folded(words[-2]) == "version"
    return singular(_folded(last)) in _DROPPED_BEHIND


def _folded(word: str) -> str:
    return word.strip(",;:.()").casefold()


@lru_cache(maxsize=8192)
def _key_word(word: str) -> str:
    return word.casefold() if word[-2:-1].isdigit() else singular(word).casefold()  # YOLOv8s is not YOLOv8


def _listed(word: str) -> str:
    """The word as lists of words hold it; "SYSTEMS" stands in one, though as a key of its own it keeps its S."""
    return singular(_key_word(word))


def _joined(words: list[str]) -> str:
    """The words as one, a dash where digits would run together: ``qwen3-2b`` is not ``qwen32b``."""
    key = ""
    for word in words:
        for part in _WORD.findall(word.replace("_", " ")):
            part_key = _key_word(part)
            key += "-" + part_key if key[-1:].isdigit() and part_key[:1].isdigit() else part_key
    return key


# --- abbreviations ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _abbreviations(abstract: str) -> dict[str, str]:
    """Long forms of an abstract, as keys, with the abbreviation that follows them in brackets.

    Two letters mean one thing in one paper and another in the next ("SD"): their key comes with the long form.
    The rule is Schwartz and Hearst's (PSB 2003): the abbreviation's letters stand in the long form, in order, and the
    first one begins a word.
    """
    found: dict[str, str] = {}
    text = unlatex(abstract)
    for match in _DEFINITION.finditer(text):
        short = match[1]
        if sum(map(str.isupper, short)) < 2:
            continue
        before = re.split(r"[.;:,()]\s|[()]", text[: match.start()][-120:])[-1].split()
        for count in range(1, min(len(before), len(short) + 5) + 1):
            words = before[-count:]
            if words[0][0].casefold() == short[0].casefold() and _abbreviates(short, " ".join(words)):
                if _is_telling(short):
                    found[_joined(words)] = short
                else:
                    found[_joined([short])] = " ".join(words)
                break
    return found


def _is_telling(short: str) -> bool:
    """Whether an abbreviation is long enough to mean one thing in all papers."""
    return sum(map(str.isalnum, short)) > 2


def _abbreviates(short: str, long: str) -> bool:
    """Whether the letters of ``short`` stand in ``long`` in order, the first one at the start of a word."""
    letters = [letter for letter in short.casefold() if letter.isalnum()]
    if not 2 <= len(letters) <= 12 or sum(map(str.isupper, short)) < 2 or " " in short:
        return False
    position = len(long) - 1
    text = long.casefold()
    for index in range(len(letters) - 1, -1, -1):
        while position >= 0 and (
            text[position] != letters[index] or (index == 0 and position > 0 and text[position - 1].isalnum())
        ):
            position -= 1
        if position < 0:
            return False
        position -= 1
    return True


# --- kinds of names --------------------------------------------------------------------------------------------------


def _is_name(text: str) -> bool:
    """Whether the text holds a word that looks like a proper name: a capital or a digit behind a letter; or k-NN."""
    if _NEIGHBOURS.search(text):
        return True
    for word in _WORD.findall(text):
        folded = _listed(word)
        if folded in _FIELD_ACRONYMS or folded in _GENERIC_WORDS or not word[0].isalpha():
            continue
        if any(map(str.isupper, word)) or any(map(str.isdigit, word)):
            return True
    return False


@lru_cache(maxsize=8192)
def is_generic(name: str) -> bool:
    """Whether a name points at no single method: "existing systems", "the original uncompressed model", "SOTA".

    It does where every word is generic, or where no word looks like a proper name and the head noun, the last one
    before a preposition, is a class noun ("verifier-based methods without training") or names a class ("LLMs"). A
    number without a word ("12.5%") points at no method either.
    """
    if name and not any(char.isalpha() for char in name):
        return True
    words = _words(name)
    if not words or _is_name(_BRACKETS.sub(lambda match: " " + match[1], _plain(name))):
        return False
    if all(map(_says_nothing, words)):
        return True
    folded = [_listed(word) for word in words]
    head = next((index for index, word in enumerate(folded) if index and word in _TAIL_STARTS), len(folded)) - 1
    return folded[head] in CLASS_NOUNS or folded[head] in _CLASS_ACRONYMS


def is_class_alone(name: str) -> bool:
    """Whether a generic name has no word of its own: "our method", "SOTA", "LLMs", but not "paged attention system"."""
    words = _words(name)
    return is_generic(name) and all(
        _says_nothing(word) or word.isdigit() or _listed(word) in _CLASS_ACRONYMS for word in words
    )


def _words(name: str) -> list[str]:
    text = _SOTA.sub(" sota ", _BRACKETS.sub(" ", _plain(name)))
    return [part for word in text.split() for part in _WORD.findall(word)]


def _says_nothing(word: str) -> bool:
    return _listed(word) in _GENERIC_WORDS or word.casefold() in _GENERIC_WORDS


def split_names(name: str) -> list[str]:
    """The names that a list holds: "Transformers and Galaxy", "A, B, and C", "methods such as A and B".

    A list is split only where every part holds a proper name or is generic and at least one is a name. It is not where
    the parts are objects of a preposition ("a mix of A and B"), an idiom ("Search and Rescue") or may share their last
    word ("Uniform and Selective LDP"). Then the name comes back as it is.
    """
    text = _EXAMPLES.sub(r"such as \1", " ".join(name.split()))
    if (found := _SUCH_AS.search(text)) and is_generic(text[: found.start()]):
        return split_names(text[found.end() :])
    parts = [part for part in _split_outside_brackets(text) if part]
    if len(parts) < 2 or _plain(text).casefold() in _IDIOMS:
        return [text]
    attached = any(_folded(word) in _TAIL_STARTS for part in parts[:-1] for word in part.split()[1:])
    shared = len(parts[-1].split()) > 1 and all(part.isalpha() and part.istitle() for part in parts[:-1])
    names = [_is_name(part) or _is_acronym(part) for part in parts]
    if (
        attached
        or shared
        or not any(names)
        or not all(named or is_generic(part) for named, part in zip(names, parts, strict=True))
    ):
        return [text]
    return parts


def _is_acronym(part: str) -> bool:
    return _listed(part) in _FIELD_ACRONYMS


def _split_outside_brackets(text: str) -> list[str]:
    parts, start = [], 0
    for match in _SPLIT.finditer(text):
        before = text[: match.start()]
        if before.count("(") == before.count(")"):
            parts.append(text[start : match.start()].strip())
            start = match.end()
    return [*parts, text[start:].strip()]
