"""Record all cassettes anew: ``python tests/record_cassettes.py [NAME …]``.

The embedded model answers; what it cannot be made to answer comes from the tests' stub, and the cassette's name tells.
"""

import sys
from collections.abc import Callable
from typing import Any

from recorder import FOLDER, record
from stub import Answer, claims, error, serve

from extractor.embedded import EmbeddedServer
from extractor.ingest import read_papers
from extractor.papers import Paper

SEVERAL = Paper(
    "Larkspur: Batching Queries on Shared Accelerators",
    "Interactive queries waste accelerators. We present Larkspur, which batches the queries of 14 tenants. On NVIDIA "
    "A100 GPUs Larkspur raises throughput by 1.4-1.9x over FIFO scheduling and cuts tail latency by 31%, at the price "
    "of 3% more memory.",
)
NONE = Paper(
    "A Survey of Cache Replacement",
    "We review 120 papers on cache replacement published since 1990 and propose a taxonomy with five classes.",
)
SEEDS = [paper for paper in read_papers([FOLDER.parent / "seeds"]) if isinstance(paper, Paper)]


# What the embedded model answers


def several_claims(**server: str) -> None:
    (reply,) = record("several-claims", [SEVERAL], "embedded", **server, logprobs=True)["replies"]
    assert len(reply["claims"]) >= 2, reply


def no_claims(**server: str) -> None:
    (reply,) = record("no-claims", [NONE], "embedded", **server, logprobs=True)["replies"]
    assert (reply["status"], reply["claims"]) == ("ok", []), reply


def ten_seeds(**server: str) -> None:
    replies = record("ten-seeds", SEEDS[:10], "embedded", **server, logprobs=True, reasks=0)["replies"]
    assert sum(len(reply["claims"]) for reply in replies) >= 5, replies


def truncated(**server: str) -> None:
    (reply,) = record("truncated", [SEVERAL], "embedded", **server, logprobs=True, answer_tokens=70)["replies"]
    assert reply["status"] == "truncated", reply
    assert reply["claims"], reply


# What the stub answers


def scripted(name: str, script: Callable[[dict[str, Any], int], Answer]) -> None:
    with serve(script) as stub:
        record(f"{name}-stub", [SEVERAL], "instruct", base_url=stub.base_url, model="stub")


def unauthorized() -> None:
    scripted("unauthorized", lambda request, number: error(401, "Incorrect API key provided."))


def re_asked() -> None:
    """The embedded model cannot write a word that is not the paper's; other models can."""
    invented = claims({"improvement": "13%", "metric": "tail latency", "direction": "decrease"})
    mended = claims({"improvement": "31%", "metric": "tail latency", "direction": "decrease"})
    scripted("re-asked", lambda request, number: invented if number == 1 else mended)


def rate_limited() -> None:
    busy = error(429, "Rate limit reached.", Retry_After="0")
    answer = claims({"improvement": "31%", "metric": "tail latency", "direction": "decrease"})
    scripted("rate-limited", lambda request, number: busy if number == 1 else answer)


REAL = {"several-claims": several_claims, "no-claims": no_claims, "ten-seeds": ten_seeds, "truncated": truncated}
SCRIPTED = {"unauthorized-stub": unauthorized, "rate-limited-stub": rate_limited, "re-asked-stub": re_asked}


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names or SCRIPTED:
        if name in SCRIPTED:
            SCRIPTED[name]()
    wanted = [name for name in names or REAL if name in REAL]
    if wanted:
        with EmbeddedServer() as endpoint:
            for name in wanted:
                REAL[name](base_url=endpoint.base_url, model=endpoint.model)
                print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
