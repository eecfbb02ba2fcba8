"""The process that serves the embedded model: ``python -m extractor.llama_server MODEL ADAPTER``.

A process of its own keeps a crash of native code, and its chatter, out of the program. It prints the address of its
OpenAI-compatible API as one line, and ends when its standard input is closed, however its parent ended.
"""

from __future__ import annotations

import os
import sys

SLOTS = 4
"""Requests answered side by side; more gain nothing on a few cores."""
SLOT_TOKENS = 8192
"""Prompt and answer of one request together."""

# The text the adapter was trained with. The prompt ends in one blank: the answer's first token is '{"'.
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ message['content'] }}\n"
    "{% if message['role'] == 'user' %}Claims: {% endif %}{% endfor %}"
)


def serve(model: str, adapter: str) -> None:
    """Serve on a loopback port that the system chooses, until standard input ends."""
    import xllamacpp  # noqa: PLC0415  (an extra: the parent reports it when it is missing)

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 1.0)]
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.cpuparams.n_threads = cores
    params.cpuparams_batch.n_threads = cores
    # Threads that spin while they wait slow each other down tenfold as soon as anything else wants a core.
    params.cpuparams.poll = 0
    params.cpuparams_batch.poll = 0
    params.use_jinja = True
    params.chat_template = CHAT_TEMPLATE
    params.cache_prompt = True
    params.warmup = False
    params.ui = False
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    server = xllamacpp.Server(params)
    print(f"{server.listening_address}/v1", flush=True)
    sys.stdin.read()
    # The server's threads do not end by themselves; nothing of them needs a tidy end.
    os._exit(0)


if __name__ == "__main__":
    serve(*sys.argv[1:])
