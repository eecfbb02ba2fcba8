"""What users read before they do anything."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command import run
from typer.main import get_command

from extractor.cli import app

COMMANDS = get_command(app).commands
GROUPS = {name: group.commands for name, group in COMMANDS.items() if hasattr(group, "commands")}
ROOT = Path(__file__).parents[2]
ALL = COMMANDS | {f"{name} {sub}": command for name, group in GROUPS.items() for sub, command in group.items()}


@pytest.mark.parametrize(("group", "commands"), [("", COMMANDS), *GROUPS.items()])
def test_every_command_is_listed_with_a_whole_summary_on_one_line(group: str, commands: dict[str, object]) -> None:
    result = run(*group.split(), "--help", env={"COLUMNS": "80"})
    listed = result.stdout.partition("Commands:\n")[2].rstrip().splitlines()
    assert [line.split()[0] for line in listed] == list(commands)
    for line in listed:
        assert line.endswith("."), "cut, or broken into two lines"
        assert not line.endswith("...")


@pytest.mark.parametrize("command", ALL)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_explains_itself_its_options_and_gives_an_example_within_80_columns(
    command: str, flag: str
) -> None:
    result = run(*command.split(), flag, env={"COLUMNS": "80"})
    assert result.exit_code == 0
    assert f"\n    claims {command}" in result.stdout.partition("Examples:")[2]
    assert max(map(len, result.stdout.splitlines())) <= 80
    for parameter in ALL[command].params:
        assert parameter.help, f"{parameter.name} has no help"


def test_examples_with_two_methods_work_on_the_seeds() -> None:
    labels = (ROOT / "tests/gold/seeds.labels.jsonl").read_text(encoding="utf-8").splitlines()
    compared = {(claim["method"], claim["baseline"]) for label in labels for claim in json.loads(label)["claims"]}
    pages = [(ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "docs/sql.md")]
    found = [
        pair
        for text in (*pages, run("compare", "--help").stdout)
        for pair in re.findall(r"claims compare (\w\S+) (\w\S+)|compare_methods\('(.+?)', '(.+?)'\)", text)
    ]
    assert len(found) == 4
    assert {tuple(filter(None, pair)) for pair in found} <= compared


def test_without_arguments_the_help_is_shown() -> None:
    result = run()
    assert result.exit_code == 2
    assert "extract" in result.output


def test_the_version() -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout.split()[0]) == (0, "claims")
    assert result.stdout.split()[1][0].isdigit()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["extract"], "Missing argument"),
        (["extract", "a.txt", "--nonsense"], "No such option: --nonsense"),
        (["extract", "a.txt", "--limit", "0"], "greater than or equal to 1"),
        (["extract", "a.txt", "--concurrency", "many"], "valid integer"),
        (["sql", "SELECT 1", "--timeout", "-1"], "greater than or equal to 0.001"),
        (["baselines", "--min-methods", "0"], "greater than or equal to 1"),
    ],
)
def test_wrong_use_exits_with_2_and_says_what_is_wrong(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_help_loads_no_library_that_takes_its_time() -> None:
    program = (
        "import sys\nfrom extractor.cli import main\nsys.argv = ['claims', '--help']\ntry:\n    main()\n"
        "except SystemExit:\n    print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Usage: claims" in done.stdout
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    slow = {
        "openai",
        "instructor",
        "duckdb",
        "pyarrow",
        "pandas",
        "numpy",
        "pydantic",
        "rich",
        "trafilatura",
        "altair",
        "jinja2",
    }
    assert loaded & slow == set()


def test_extracting_loads_the_openai_client_only_where_it_is_needed() -> None:
    program = "import sys, extractor.batch, extractor.estimation; print('openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
