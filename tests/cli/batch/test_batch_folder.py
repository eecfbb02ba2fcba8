"""``claims batch submit --to``: request files in a folder, for programs that run them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batching import CONTENT, rows
from command import answer, json_of, run, write_papers

from extractor.store import Store


def submit_to_folder(papers: int, *flags: object, start_at: int = 1) -> Any:
    document = write_papers(papers, start_at=start_at)
    return json_of("batch", "submit", document, "--model", "Qwen/Qwen3-8B", "--to", "requests", *flags)


def files() -> list[str]:
    return sorted(path.name for path in Path("requests").iterdir())


def results(number: int) -> list[str]:
    """The lines that `vllm run-batch` makes of a request file."""
    requests = map(json.loads, Path(f"requests/requests-{number:04}.jsonl").read_text().splitlines())
    return [
        json.dumps(
            {
                "id": f"vllm-{n}",
                "custom_id": request["custom_id"],
                "response": {"status_code": 200, "request_id": "", "body": json.loads(answer(request["body"], n).body)},
                "error": None,
            }
        )
        + "\n"
        for n, request in enumerate(requests)
    ]


def write_results(number: int, content: str) -> None:
    Path(f"requests/results-{number:04}.jsonl").write_text(content)


def test_request_files_in_a_folder_are_answered_by_result_files_beside_them() -> None:
    assert submit_to_folder(3)["batches"] == [1]
    assert json_of("batch", "collect")["pending"] == 1
    requests = [json.loads(line) for line in Path("requests/requests-0001.jsonl").read_text().splitlines()]
    assert {request["body"]["model"] for request in requests} == {"Qwen/Qwen3-8B"}
    write_results(1, "".join(results(1)))
    collected = json_of("batch", "collect")
    assert (collected["extracted"], collected["claims"], collected["cost"]) == (3, 3, 0.0)


def test_a_request_file_that_is_cancelled_goes_away() -> None:
    submit_to_folder(2)
    assert run("batch", "cancel", "--all").stdout == "batch 1: cancelled\n"
    assert files() == []
    assert json_of("batch", "collect")["unanswered"] == 2
    assert Store.open("claims.duckdb").counts().extractions == 0


def test_a_request_file_takes_the_place_of_no_other() -> None:
    submit_to_folder(2)
    submit_to_folder(3, start_at=10)
    pending = Path("requests/requests-0002.jsonl").read_text()
    run("batch", "cancel", "1")
    submit_to_folder(4, start_at=20)
    assert files() == ["requests-0002.jsonl", "requests-0003.jsonl"]
    assert Path("requests/requests-0002.jsonl").read_text() == pending


@pytest.mark.parametrize("removed", [["requests-0001.jsonl"], ["requests-0001.jsonl", "results-0001.jsonl"]])
def test_the_number_of_a_collected_batch_does_not_come_again(removed: list[str]) -> None:
    submit_to_folder(2)
    write_results(1, "".join(results(1)))
    assert json_of("batch", "collect")["extracted"] == 2
    for name in removed:
        Path("requests", name).unlink()
    submit_to_folder(3, start_at=10)
    assert "requests-0002.jsonl" in files()
    assert json_of("batch", "collect")["pending"] == 1


@pytest.mark.parametrize("left", ["requests-0041.jsonl", "results-0041.jsonl"])
def test_numbers_go_on_after_those_of_another_store_s_files(left: str) -> None:
    Path("requests").mkdir()
    Path("requests", left).touch()
    submit_to_folder(1)
    assert files() == sorted([left, "requests-0042.jsonl"])


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        (lambda lines: "", 0),
        (lambda lines: lines[0], 1),
        (lambda lines: lines[0] + lines[1] + lines[2][:40], 2),
        (lambda lines: lines[0] + "\n\n\n", 1),
    ],
)
def test_results_are_not_collected_before_they_are_whole(written: Callable[[list[str]], str], whole: int) -> None:
    submit_to_folder(3)
    lines = results(1)
    write_results(1, written(lines))
    status = json_of("batch", "status")
    assert (status["status"], status["completed"]) == ("in_progress", whole)
    collected = json_of("batch", "collect", "--reask")
    assert (collected["pending"], collected["submitted"], files()) == (
        1,
        0,
        ["requests-0001.jsonl", "results-0001.jsonl"],
    )
    write_results(1, "".join(lines))
    collected = json_of("batch", "collect")
    assert (collected["extracted"], collected["unanswered"], collected["again"]) == (3, 0, 0)


def test_the_last_result_may_lack_its_line_end() -> None:
    submit_to_folder(2)
    write_results(1, "".join(results(1)).removesuffix("\n"))
    assert json_of("batch", "collect")["extracted"] == 2


def test_results_that_will_never_be_whole_are_collected_when_their_batch_is_cancelled() -> None:
    submit_to_folder(3)
    lines = results(1)
    write_results(1, lines[0] + lines[1].removesuffix("\n"))
    assert run("batch", "cancel", "1").stdout == "batch 1: cancelled\n"
    collected = json_of("batch", "collect", "--reask")
    assert (collected["extracted"], collected["unanswered"], collected["submitted"]) == (2, 1, 0)
    again = submit_to_folder(3)
    assert (again["skipped"], again["requests"]) == (2, 1)
    write_results(2, "".join(results(2)))
    assert json_of("batch", "collect")["extracted"] == 1
    assert len(rows(CONTENT)) == 3
