"""Running ``claims``: in this process where that is enough, in one of its own where pipes and signals matter."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import stub
from typer.testing import CliRunner, Result

from extractor.cli import app


def run(*arguments: object, **options: Any) -> Result:
    """``claims`` with these arguments, its output piped; an exception that is no error of the user's is raised."""
    return CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False, **options)


def fault(*arguments: object, code: int = 2, **options: Any) -> str:
    """The line that a command ends with, which must be its only output, when it exits with ``code``."""
    result = run(*arguments, **options)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("claims: ")
    return line.removeprefix("claims: ")


def json_of(*arguments: object) -> Any:
    """The one JSON object that a command prints; nothing else may stand on standard output."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


class Screen(NamedTuple):
    """What a terminal got; ``out`` and ``err`` apart, though a real one mixes them."""

    code: int
    out: str
    err: str

    @property
    def plain(self) -> str:
        """Standard output without the styles that the program itself sets."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.out)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_screen(*arguments: object) -> Screen:
    """``claims`` as it prints to a terminal, whose width is ``COLUMNS``."""
    with redirect_stdout(_Terminal()) as out, redirect_stderr(_Terminal()) as err:
        try:
            app([str(one) for one in arguments])
        except SystemExit as end:
            return Screen(int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("a command always ends with an exit code")


def start(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    """``claims`` as a process of its own, its streams piped unless ``options`` say otherwise."""
    command = [sys.executable, "-m", "extractor", *(str(one) for one in arguments)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(command, text=True, **(pipes | options))


def write_papers(count: int, path: str = "papers.jsonl", *, start_at: int = 1, **details: str) -> str:
    """A document of ``count`` papers, each with a claim about its own method; its path."""
    return write_records(
        path,
        (
            {"title": f"Paper {n}", "abstract": f"Method{n} is 2x faster than vLLM. It was measured on {n} GPUs."}
            | details
            for n in range(start_at, start_at + count)
        ),
    )


def write_records(path: str, records: Iterable[dict[str, str]]) -> str:
    Path(path).write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def answer(request: dict[str, Any], _: int) -> stub.Answer:
    """The claim of the one paper that a request holds."""
    found = re.findall(r"Method\d+", json.dumps(request))
    return stub.claims({"improvement": "2x", "method": found[-1], "baseline": "vLLM"})
