"""``python -m training train|convert|evaluate``: make the adapter of the embedded model, or measure one."""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path

from training import data

# torch is imported where it is used: evaluating an adapter does not need it.


def main() -> None:
    """Parse the command line and run one command."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True)

    train = commands.add_parser("train", help="train an adapter, or go on from the folder's checkpoint, and convert it")
    train.add_argument("--data", type=Path, required=True, help="folder with abstracts.jsonl and labels.jsonl")
    train.add_argument("--out", type=Path, required=True, help="folder for the log, the checkpoints and the adapter")
    train.add_argument("--cache", type=Path, help="folder for the dequantised base model (default: OUT/base)")
    train.add_argument("--epochs", type=int, default=3)
    train.add_argument("--minutes", type=float, default=math.inf, help="end after this time, learning rate and all")
    train.add_argument("--batch-tokens", type=int, default=6144, help="tokens a step")
    train.add_argument("--learning-rate", type=float, default=6e-4)
    train.add_argument("--start", type=Path, help="a GGUF adapter to go on from, instead of a fresh one")
    train.add_argument(
        "--written", type=int, nargs="*", default=data.BATCHES, choices=data.BATCHES, help="of made-up abstracts"
    )
    train.add_argument("--seed", type=int, default=1, help="of order, variants and dropout; another one with --start")
    train.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes, each with a core; 1 on a GPU"
    )
    train.add_argument(
        "--score", type=int, default=60, metavar="N", help="log the F1 of each checkpoint on N validation abstracts"
    )
    train.set_defaults(run=_train)

    convert = commands.add_parser("convert", help="write an adapter, .pt or GGUF, or the mean of several as GGUF")
    convert.add_argument("adapters", type=Path, nargs="+")
    convert.add_argument("gguf", type=Path)
    convert.set_defaults(run=_convert)

    evaluate = commands.add_parser("evaluate", help="score an adapter on the validation split")
    evaluate.add_argument("--data", type=Path, required=True)
    evaluate.add_argument("--adapter", type=Path, required=True, help="a GGUF file")
    evaluate.add_argument("--out", type=Path, required=True, help="file for the answers, one JSON object a line")
    evaluate.set_defaults(run=_evaluate)

    arguments = parser.parse_args()
    arguments.run(arguments)


def _train(a: argparse.Namespace) -> None:
    from training.scores import log_scores  # noqa: PLC0415
    from training.train import Settings, train  # noqa: PLC0415

    settings = Settings(
        a.epochs, a.minutes, a.learning_rate, a.batch_tokens, seed=a.seed, start=a.start, written=tuple(a.written)
    )
    train(a.data, a.out, a.cache or a.out / "base", settings, a.workers)
    _, validation = data.split(data.load(a.data))
    if scored := validation[: a.score]:
        log_scores(a.out, scored)


def _convert(a: argparse.Namespace) -> None:
    from training.convert import convert  # noqa: PLC0415

    convert(a.adapters, a.gguf)


def _evaluate(a: argparse.Namespace) -> None:
    from training.evaluate import evaluate  # noqa: PLC0415

    _, validation = data.split(data.load(a.data))
    print(json.dumps({"adapter": str(a.adapter), **evaluate(a.adapter, validation, a.out)}))


if __name__ == "__main__":
    main()
