"""A reader of the part of llama.cpp's GBNF that the tests meet: it writes strings of a grammar, and recognises them."""

import ast
import random
import re
from functools import cache
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[a-z]\w*|[()|?]|\{0,\d+\}')

Expression = tuple[str, Any]
"""``("text", str)``, ``("rule", str)``, ``("any", […])``, ``("all", […])`` or ``("upto", (count, expression))``."""


class Grammar:
    """Of the rules, only those that a string needs are read: there are many."""

    def __init__(self, source: str) -> None:
        rules = [line.partition(" ::= ")[::2] for line in source.rstrip("\n").split("\n")]
        self.source = dict(rules)
        assert len(self.source) == len(rules)
        self.rule = cache(self._rule)

    def _rule(self, name: str) -> Expression:
        """The parsed body of a rule."""
        assert not _TOKEN.sub("", self.source[name]).strip()
        tokens = _TOKEN.findall(self.source[name])
        body = _any(tokens)
        assert not tokens
        return body

    def write(self, rng: random.Random, most: int = 3) -> str:
        """A string of the grammar, drawn by chance, with at most ``most`` repetitions of anything."""
        ahead: list[Expression] = [("rule", "root")]
        written = []
        while ahead:
            kind, value = ahead.pop()
            match kind:
                case "text":
                    written.append(value)
                case "rule":
                    ahead.append(self.rule(value))
                case "any":
                    ahead.append(rng.choice(value))
                case "all":
                    ahead += reversed(value)
                case "upto":
                    ahead += [value[1]] * rng.randint(0, min(most, value[0]))
        return "".join(written)

    def accepts(self, text: str) -> bool:
        """Whether the grammar could have written the text."""
        return len(text) in self._ends(("rule", "root"), text, 0)

    def _ends(self, expression: Expression, text: str, at: int) -> set[int]:
        """Where a match that begins at a place can end."""
        kind, value = expression
        match kind:
            case "text":
                return {at + len(value)} if text.startswith(value, at) else set()
            case "rule":
                return self._ends(self.rule(value), text, at)
            case "any":
                return {end for way in value for end in self._ends(way, text, at)}
            case "all":
                return self._then(value, text, {at})
            case _:
                ends = reached = {at}
                for _ in range(value[0]):
                    reached = self._then([value[1]], text, reached)
                    ends = ends | reached
                return ends

    def _then(self, parts: list[Expression], text: str, places: set[int]) -> set[int]:
        for part in parts:
            places = {end for place in places for end in self._ends(part, text, place)}
        return places


def _any(tokens: list[str]) -> Expression:
    ways = [_all(tokens)]
    while tokens and tokens[0] == "|":
        tokens.pop(0)
        ways.append(_all(tokens))
    return "any", ways


def _all(tokens: list[str]) -> Expression:
    parts: list[Expression] = []
    while tokens and tokens[0] not in "|)":
        token = tokens.pop(0)
        if token == "(":
            parts.append(_any(tokens))
            assert tokens.pop(0) == ")"
        elif token == "?":
            parts[-1] = ("upto", (1, parts[-1]))
        elif token.startswith("{"):
            parts[-1] = ("upto", (int(token[3:-1]), parts[-1]))
        else:
            parts.append(("text", ast.literal_eval(token)) if token.startswith('"') else ("rule", token))
    return "all", parts
