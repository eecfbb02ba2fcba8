"""Train the adapter: answer tokens only, logits only for the vocabulary of the data, resumable to the step.

On a CPU every core has a process of its own: threads that share each small matrix would mostly wait for one another.
"""

from __future__ import annotations

import json
import math
import os
import random
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor
from torch.nn import functional

from training import augment, data
from training.convert import convert, read
from training.encode import Encoded, encode
from training.model import Model, load_base

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
ADAPTER = "claims-lora.gguf"
VALIDATION_EXAMPLES = 60
AVERAGED = 3
"""The trained adapter is the mean of so many of the last checkpoints."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train. With ``minutes`` the learning rate falls with the steps or the time, whichever ends first."""

    epochs: int = 3
    minutes: float = math.inf
    learning_rate: float = 6e-4
    batch_tokens: int = 6144
    negatives: int = 150
    warmup_steps: int = 20
    final_share: float = 0.05
    average_decay: float = 0.99
    checkpoint_minutes: float = 10.0
    seed: int = 1
    start: Path | None = None
    """An adapter in GGUF to go on from, instead of a fresh one."""
    written: tuple[int, ...] = data.BATCHES
    """Which batches of made-up abstracts to learn from too."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One of the processes that train together, and the counter from which all take the next piece of work."""

    rank: int
    count: int
    taken: Any

    def take(self, end: int) -> int | None:
        """The number of the next piece of work; None where all before ``end`` are taken."""
        with self.taken.get_lock():
            number: int = self.taken.value
            if number >= end:
                return None
            self.taken.value += 1
        return number

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum of all workers' tensors, in place: the same to the bit for each."""
        if self.count > 1:
            dist.all_reduce(tensor)
        return tensor


def train(folder: Path, out: Path, cache: Path, settings: Settings, workers: int) -> None:
    """Train to the end, with ``workers`` processes of one thread, or on a GPU in this one.

    Raises SystemExit where the data can't be read or the folder holds the checkpoint of a run with other settings.
    """
    examples = data.load(folder)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / CHECKPOINT
    if checkpoint.exists():
        before = torch.load(checkpoint, mmap=True, weights_only=False)["settings"]
        if before != settings:
            raise SystemExit(f"{checkpoint}: was trained with {before}; use the same settings or another --out")
    load_base(cache)  # so that not every worker dequantises it
    count = 1 if torch.cuda.is_available() else workers
    taken = mp.get_context("spawn").Value("q", 0)
    with tempfile.TemporaryDirectory() as meeting:
        arguments = (count, taken, meeting, examples, out, cache, settings)
        try:
            if count == 1:
                _work(0, *arguments)
            else:
                signal.signal(signal.SIGTERM, signal.default_int_handler)  # the workers end with this process
                mp.spawn(_work, arguments, nprocs=count, daemon=True)
        except KeyboardInterrupt:
            raise SystemExit(f"stopped; the same command goes on from the last checkpoint in {out}") from None


def _work(
    rank: int,
    count: int,
    taken: Any,
    meeting: str,
    examples: list[data.Example],
    out: Path,
    cache: Path,
    settings: Settings,
) -> None:
    torch.set_num_threads(1)
    if count > 1:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[rank % len(cores)]})
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        dist.init_process_group("gloo", store=dist.FileStore(f"{meeting}/store", count), rank=rank, world_size=count)
    Trainer(examples, out, cache, settings, Worker(rank, count, taken)).run()
    if count > 1:
        dist.destroy_process_group()


def steps(encoded: list[Encoded], batch_tokens: int, rng: random.Random) -> list[list[Encoded]]:
    """The examples in random order, about ``batch_tokens`` of them a step; the longest of a step come first."""
    out: list[list[Encoded]] = [[]]
    tokens = 0
    for e in rng.sample(encoded, len(encoded)):
        if tokens + len(e.ids) / 2 > batch_tokens and out[-1]:
            out.append([])
            tokens = 0
        out[-1].append(e)
        tokens += len(e.ids)
    return [sorted(step, key=lambda e: -len(e.ids)) for step in out]


def averages(run: Path) -> list[Path]:
    """The averaged checkpoints in a run's folder, the first first."""
    return sorted(path for path in run.glob("adapter-*.pt") if not path.stem.endswith("-raw"))


class Trainer:
    """One worker's part of a run in a folder: ``log.jsonl``, ``checkpoint.pt``, ``adapter-<step>.pt``."""

    def __init__(
        self, examples: list[data.Example], out: Path, cache: Path, settings: Settings, worker: Worker
    ) -> None:
        self.settings, self.out, self.worker = settings, out, worker
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        state, tokenizer = load_base(cache)
        self.model = Model(state, settings.seed, self.device)
        self.adapter = self.model.adapter
        training, validation = data.split(examples)
        self.plan: list[list[Encoded]] = []
        written = data.load_written(settings.written)
        for number in range(settings.epochs):
            # A first run ends with real abstracts alone, as all will be that the model is asked about; by a later one
            # they have been seen so often that more of them alone only overfits.
            alone = settings.start is None and number == settings.epochs - 1
            these = training if alone else training + written
            seen = number > 0 or settings.start is not None
            epoch = encode(augment.epoch_examples(these, number, settings.seed, settings.negatives, seen), tokenizer)
            self.plan += steps(epoch, settings.batch_tokens, random.Random(f"steps:{settings.seed}:{number}"))
        self.validation = encode(validation[:VALIDATION_EXAMPLES], tokenizer) if validation else []
        everything = [e for step in self.plan for e in step]
        self.weight_a_step = sum(sum(e.weights) for e in everything) / len(self.plan)
        vocabulary = sorted({i for e in everything + self.validation for i in e.ids})
        self.vocabulary = torch.tensor(vocabulary, device=self.device)
        self.head = self.model.embedding[self.vocabulary]
        if settings.start:
            names = self.adapter.tensors(self.adapter.flat)
            for name, value in read(settings.start, list(names)).items():
                rows, columns = value.shape  # a smaller rank fills a part, the rest stays fresh
                names[name].data[:rows, :columns] = value
        flat = self.adapter.flat
        flat.grad = self.adapter.gradient
        self.average = flat.clone()
        self.optimizer = torch.optim.AdamW([flat], lr=0.0, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
        self.step, self.seconds = 0, 0.0

    def run(self) -> None:
        """Train to the end, from the folder's checkpoint where there is one."""
        self._resume()
        saved, last = self.seconds, monotonic()
        while self.step < len(self.plan) and self.seconds < self.settings.minutes * 60:
            rate = self.learning_rate()
            loss, norm = self._train_step(self.plan[self.step], rate)
            now = monotonic()
            # The first worker's clock counts, so that all have the same learning rate and end together.
            spent = self.worker.sum(torch.tensor(now - last if self.worker.rank == 0 else 0.0)).item()
            last = now
            self.step += 1
            self.seconds += spent
            speed = sum(len(e.ids) for e in self.plan[self.step - 1]) / spent
            self._log(loss=round(loss, 4), norm=round(norm, 3), rate=rate, tokens_per_second=round(speed, 1))
            if self.seconds - saved > self.settings.checkpoint_minutes * 60:
                self._save()
                saved, last = self.seconds, monotonic()
        self._save()
        if self.worker.rank == 0:
            convert(averages(self.out)[-AVERAGED:], self.out / ADAPTER)

    def _train_step(self, examples: list[Encoded], rate: float) -> tuple[float, float]:
        flat, gradient = self.adapter.flat, self.adapter.gradient
        gradient.zero_()
        total = 0.0
        self.model.dropping = True
        for number, chosen in self._share(examples):
            torch.manual_seed(self.settings.seed * 1_000_003 + number)  # whoever takes it, and after a resumption too
            loss, _ = self._loss(chosen)
            (loss / self.weight_a_step).backward()
            total += loss.item()
        self.model.dropping = False
        self.worker.sum(gradient)
        norm = torch.nn.utils.clip_grad_norm_([flat], 1.0).item()
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        decay = min(self.settings.average_decay, (1 + self.step) / (10 + self.step))
        self.average.lerp_(flat, 1 - decay)
        loss = self.worker.sum(torch.tensor(total)).item()
        return loss / sum(sum(e.weights) for e in examples), norm

    def _share(self, examples: list[Encoded]) -> Iterator[tuple[int, list[Encoded]]]:
        """This worker's examples and their place in the run, one at a time until none is left; on a GPU all at once."""
        if self.device.type == "cuda":
            yield self.step, examples
            return
        begin = self.done
        self.done += len(examples)
        while (number := self.worker.take(self.done)) is not None:
            yield number, [examples[number - begin]]

    def _loss(self, examples: list[Encoded]) -> tuple[Tensor, int]:
        """The weighted sum of the cross-entropy of the answer tokens, and how many of them are predicted right."""
        sequences = [torch.tensor(e.ids[:-1], device=self.device) for e in examples]
        states = self.model(sequences, [e.answer_start - 1 for e in examples])
        targets = torch.tensor([i for e in examples for i in e.ids[e.answer_start :]], device=self.device)
        targets = torch.searchsorted(self.vocabulary, targets)
        weights = torch.tensor([w for e in examples for w in e.weights], device=self.device)
        logits = functional.linear(states, self.head).float()
        losses = functional.cross_entropy(logits, targets, reduction="none")
        return (losses * weights).sum(), int((logits.argmax(-1) == targets).sum())

    def learning_rate(self) -> float:
        """Linear warm-up, then a cosine to ``final_share``."""
        s = self.settings
        progress = min(1.0, max(self.step / len(self.plan), self.seconds / (s.minutes * 60)))
        cosine = s.final_share + (1 - s.final_share) * (1 + math.cos(math.pi * progress)) / 2
        return s.learning_rate * min(1.0, (self.step + 1) / s.warmup_steps) * cosine

    def _log(self, **values: Any) -> None:
        if self.worker.rank == 0:
            row = {"step": self.step, "of": len(self.plan), "minutes": round(self.seconds / 60, 2), **values}
            with (self.out / LOG).open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def _validate(self) -> None:
        """Log the averaged adapter's loss an answer token and its share of right ones on validation examples."""
        flat = self.adapter.flat
        raw = flat.clone()
        flat.copy_(self.average)
        sums = torch.zeros(4)
        with torch.no_grad():
            for e in self.validation[self.worker.rank :: self.worker.count]:
                loss, right = self._loss([e])
                sums += torch.tensor([loss.item(), sum(e.weights), right, len(e.weights)])
        flat.copy_(raw)
        loss_sum, weight, right_sum, tokens = self.worker.sum(sums).tolist()
        if tokens:
            self._log(validation_loss=round(loss_sum / weight, 4), validation_accuracy=round(right_sum / tokens, 4))

    def _file(self, kind: str = "") -> Path:
        return self.out / f"adapter-{self.step:05}{kind}.pt"

    def _save(self) -> None:
        if self.worker.rank == 0:
            state = {
                "flat": self.adapter.flat,
                "average": self.average,
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
                "settings": self.settings,
            }
            part = self.out / (CHECKPOINT + ".part")
            torch.save(state, part)
            part.replace(self.out / CHECKPOINT)
            for kind, flat in ("", self.average), ("-raw", self.adapter.flat):
                torch.save({n: t.clone() for n, t in self.adapter.tensors(flat).items()}, self._file(kind))
        self._validate()

    def _resume(self) -> None:
        path = self.out / CHECKPOINT
        if path.exists():
            state = torch.load(path, map_location=self.device, weights_only=False)
            self.adapter.flat.copy_(state["flat"])
            self.average.copy_(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.seconds = state["step"], state["seconds"]
        self.done = sum(map(len, self.plan[: self.step]))
        """How many examples the steps so far had: where the shared counter stands when a step begins."""
        self.worker.taken.value = self.done
        self.worker.sum(torch.zeros(1))  # none begins before all have come here
