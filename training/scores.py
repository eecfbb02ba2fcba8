"""The scores of a run's checkpoints: their answers, not their loss, tell what an adapter is worth."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from training.convert import convert
from training.data import Example
from training.evaluate import evaluate
from training.train import ADAPTER, LOG, averages


def log_scores(run: Path, examples: list[Example]) -> None:
    """Append the scores of each averaged checkpoint in a run's folder, and of its adapter, to its ``log.jsonl``.

    What has its answers beside it (``<name>.answers.jsonl``) is scored already and left out.
    """
    for adapter in [*averages(run), run / ADAPTER]:
        answers = adapter.with_suffix(".answers.jsonl")
        if answers.exists():
            continue
        with TemporaryDirectory() as folder:
            gguf, draft = Path(folder) / "adapter.gguf", Path(folder) / "answers.jsonl"
            convert([adapter], gguf)
            scores = evaluate(gguf, examples, draft)
            with (run / LOG).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"adapter": adapter.name, "abstracts": len(examples), **scores}) + "\n")
            shutil.copy(draft, answers)
