"""How fast the embedded model reads abstracts, as it is served and with other settings of llama.cpp, in one run.

Every setting answers the same abstracts of seeds/ with the same grammars. The bound in the last lines is what the same
processor does without grammar and HTTP's pauses: prompts alone, and four answers side by side without a stop.

    python bench/embedded.py [--papers 12]
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from extractor.embedded import SLOTS, adapter_path, assemble_model
from extractor.grounding import Passage
from extractor.ingest import read_papers
from extractor.llama_server import parameters
from extractor.marks import find_marks, prompt_text
from extractor.papers import Paper
from extractor.verbatim import answer_grammar

SEEDS = Path(__file__).parent.parent / "seeds"
BOUND_TOKENS = 96
VARIANTS: dict[str, dict[str, Any]] = {
    f"as served: {SLOTS} slots": {},
    "1 slot": {"slots": 1},
    "2 slots": {"slots": 2},
    "8 slots": {"slots": 8},
    "1 thread": {"threads": 1},
    "threads that spin": {"poll": 50},
    "without flash attention": {"flash": 0},
    "keys and values in 8 bits": {"cache": "GGML_TYPE_Q8_0"},
    "prompts in batches of 128": {"ubatch": 128},
    "prompts in batches of 2048": {"ubatch": 2048},
    "drafts copied from the prompt": {"draft": (2, 6)},
    "without the adapter": {"adapter": False},
}


def questions(count: int) -> list[dict[str, Any]]:
    """Requests for llama.cpp about the first abstracts with numbers."""
    found = []
    for paper in read_papers([SEEDS]):
        if isinstance(paper, Paper):
            title, abstract = " ".join(paper.title.split()), " ".join(paper.abstract.split())
            if marks := find_marks(abstract):
                grammar = answer_grammar(Passage(title, abstract), marks)
                prompt = prompt_text(title, abstract, marks)
                found.append({"prompt": prompt, "grammar": grammar, "temperature": 0, "n_predict": 1024})
    return found[:count]


def serve(options: dict[str, Any]) -> None:
    """Serve with these options until standard input ends."""
    import xllamacpp  # noqa: PLC0415

    params = parameters(str(assemble_model()), str(adapter_path()), options.get("slots", SLOTS))
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = options.get("threads", cpu.n_threads)
        cpu.poll = options.get("poll", cpu.poll)
    if "flash" in options:
        params.flash_attn_type = xllamacpp.llama_flash_attn_type(options["flash"])
    if "cache" in options:
        params.cache_type_k = params.cache_type_v = getattr(xllamacpp.ggml_type, options["cache"])
    params.n_ubatch = options.get("ubatch", params.n_ubatch)
    if "draft" in options:
        params.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
        params.speculative.ngram_simple.size_n, params.speculative.ngram_simple.size_m = options["draft"]
    if not options.get("adapter", True):
        params.lora_adapters = []
    llama = xllamacpp.Server(params)  # it serves for as long as there is a reference to it
    print(llama.listening_address, flush=True)
    sys.stdin.read()


@contextmanager
def server(options: dict[str, Any]) -> Iterator[str]:
    command = [sys.executable, __file__, "--serve", json.dumps(options)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def ask(address: str, requests: list[dict[str, Any]]) -> tuple[float, list[dict[str, Any]]]:
    """Seconds for all answers, asked for at once, and the answers."""
    async with aiohttp.ClientSession(address, timeout=aiohttp.ClientTimeout()) as session:

        async def one(request: dict[str, Any]) -> dict[str, Any]:
            async with session.post("/completion", json=request) as response:
                response.raise_for_status()
                return dict(await response.json())

        await one({"prompt": "Title:", "n_predict": 1})
        started = time.perf_counter()
        answers = await asyncio.gather(*map(one, requests))
        return time.perf_counter() - started, answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=12)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(json.loads(arguments.serve))
        return
    requests = questions(arguments.papers)
    print(f"{'':32}papers/min  answer tokens/s  of as served  same answers")
    first: tuple[float, list[str]] | None = None
    for name, options in VARIANTS.items():
        with server(options) as address:
            seconds, answers = asyncio.run(ask(address, requests))
        texts = [answer["content"] for answer in answers]
        first = first or (seconds, texts)
        same = sum(a == b for a, b in zip(first[1], texts, strict=True))
        tokens = sum(answer["tokens_predicted"] for answer in answers)
        print(
            f"{name:32}{60 * len(requests) / seconds:10.1f}{tokens / seconds:17.1f}{first[0] / seconds:14.2f}"
            f"{same:10} of {len(requests)}",
            flush=True,
        )
    prompts = [{"prompt": r["prompt"], "n_predict": 1, "cache_prompt": False} for r in requests]
    endless = [{"prompt": "Title:", "n_predict": BOUND_TOKENS, "ignore_eos": True} for _ in range(SLOTS)]
    with server({}) as address:
        reading, read = asyncio.run(ask(address, prompts))
        writing, written = asyncio.run(ask(address, endless))
    read_rate = sum(answer["tokens_evaluated"] for answer in read) / reading
    write_rate = sum(answer["tokens_predicted"] for answer in written) / writing
    assert first
    print(f"\nbound: {read_rate:.0f} prompt tokens/s alone, {write_rate:.0f} answer tokens/s in {SLOTS} slots alone")


if __name__ == "__main__":
    main()
