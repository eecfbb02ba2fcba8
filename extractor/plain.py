"""Plain text out of the LaTeX and the Unicode forms that abstracts hold: ``$5\\times$`` becomes ``5×``."""

from __future__ import annotations

import re
import unicodedata

_FORMATTING = frozenset({
    "textbf", "textit", "texttt", "textsc", "textsf", "textrm", "textmd", "textup", "text", "emph", "underline",
    "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathcal", "mathbb", "boldsymbol", "bm", "operatorname", "bf",
    "it", "rm", "tt", "em", "left", "right", "big", "Big", "quad", "qquad", "displaystyle", "ensuremath", "mbox",
    "mathop", "xspace",
})  # fmt: skip
_SYMBOLS = {
    "times": "×", "sim": "~", "approx": "~", "simeq": "~", "thicksim": "~", "le": "≤", "leq": "≤", "leqslant": "≤",
    "lesssim": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥", "gtrsim": "≥", "lt": "<", "gt": ">", "ll": "<", "gg": ">",
    "pm": "±", "to": "→", "rightarrow": "→", "cdot": "·", "mu": "µ", "textasciitilde": "~", "textendash": "–",
    "texttimes": "×", "textless": "<", "textgreater": ">", "textpm": "±", "textmu": "µ",
    "circ": "°", "percent": "%", "infty": "∞", "uparrow": "↑", "downarrow": "↓",
    "$": "$", "%": "%", "&": "&", "_": "_", "#": "#", "{": "", "}": "", "(": "", ")": "", "[": "", "]": "",
    ",": "", "!": "", ";": "", ":": "", " ": " ", "\\": " ",
}  # fmt: skip
# LaTeX eats the blank behind a command: "45 \textmu s" and "$45 \mu s$" are 45 µs.
_MICRO = re.compile(r"\\(?:text)?mu\s+(?=[A-Za-z])")
_COMMAND = re.compile(r"\\([A-Za-z]+|[^A-Za-z])")
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
# As pandoc reads it: a formula touches both its dollars, and no digit follows it; so "$5 to $3" is money.
_FORMULA = re.compile(r"(?<!\\)\$(?=\S)([^$]*?)(?<=[^\s\\])\$(?![0-9])")
# But a formula that is one sign alone may stand before a digit: "$\sim$40".
_SIGN = re.compile(r"(?<!\\)\$\s*(\\[A-Za-z]+(?:\\!)?|[<>~≈≤≥=+-])\s*\$")
# A tie, LaTeX's blank in "30~\%" and "by~5"; "3~5", "2x~3x" and "six~seven" are ranges, and " ~5" is about 5.
_TIE = re.compile(
    r"(?<=[0-9.)}%$])~(?![0-9]|\$[0-9])"
    r"|(?<=[A-Za-z])(?!(?:(?<=[0-9][A-Za-z])|(?<=[0-9][A-Za-z]{2}))~[0-9])~(?![A-Za-z])"  # but 5ms~9ms
)
_MIXED_NUMBER = re.compile(r"([0-9]+)([¼-¾⅐-⅞])")
_SUPERSCRIPT = re.compile(r"[⁺⁻]?[⁰¹²³⁴-⁹]+")


def unlatex(text: str) -> str:
    """The text as a reader sees it: formatting commands, braces and formula dollars gone, symbols as characters.

    Ties (``30~\\%``) are blanks. Compatibility characters take their plain form (NFKC); superscripts become ``^3``,
    ``2½`` becomes ``2.5``, and dollars that are money stay. Unknown commands leave their name.
    """
    if "$" in text:
        text = _SIGN.sub(_formula, text)
    if "~" in text:
        text = _TIE.sub(" ", text)
    if "\\" in text or "$" in text:
        text = _FRACTION.sub(r"\1/\2", text)
        text = _MICRO.sub("µ", text)
        text = _FORMULA.sub(_formula, text)
        text = _COMMAND.sub(_command, text)
    text = text.replace("{", "").replace("}", "")
    if not text.isascii():
        text = _MIXED_NUMBER.sub(lambda match: str(int(match[1]) + unicodedata.numeric(match[2])), text)
        text = _SUPERSCRIPT.sub(lambda match: "^" + match[0], text)
        text = unicodedata.normalize("NFKC", text)
    return text


def _formula(match: re.Match[str]) -> str:
    # Its commands end with it: the letters behind "$\mu$s" are none of the command's.
    return _COMMAND.sub(_command, match[1])


def _command(match: re.Match[str]) -> str:
    name = match[1]
    return "" if name in _FORMATTING else _SYMBOLS.get(name, name)


def singular(word: str) -> str:
    """A noun's singular by English spelling alone, good enough to make two spellings of one phrase meet.

    Short words stay as they are unless they are acronyms (``GPUs``).
    """
    if word.endswith("s") and word[:-1].isupper() and len(word) > 2:
        return word[:-1]
    if len(word) < 5 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word.removesuffix("s")
