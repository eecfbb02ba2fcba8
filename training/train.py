"""Train the adapter: answer tokens only, logits only for the vocabulary of the data, resumable to the step."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from training import augment, data
from training.convert import read
from training.model import add_adapter, load_base

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train. With ``minutes`` the learning rate falls with the steps or the time, whichever ends first."""

    epochs: int = 3
    minutes: float = math.inf
    learning_rate: float = 6e-4
    batch_tokens: int = 2048
    negatives: int = 150
    warmup_steps: int = 20
    final_share: float = 0.05
    checkpoint_minutes: float = 10.0
    seed: int = 1
    start: Path | None = None
    """An adapter in GGUF to go on from, instead of a fresh one."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of one example; the loss counts from ``answer_start`` on."""

    ids: list[int]
    answer_start: int


def encode(examples: list[data.Example], tokenizer: Any) -> list[Encoded]:
    """Prompt and answer are tokenised apart, as the server does, and joined; the answer ends with <eos>."""
    prompts = tokenizer([data.prompt_text(e.title, e.abstract) for e in examples]).input_ids
    answers = tokenizer([data.answer_text(e.claims) for e in examples], add_special_tokens=False).input_ids
    return [Encoded([*p, *a, tokenizer.eos_token_id], len(p)) for p, a in zip(prompts, answers, strict=True)]


def batches(encoded: list[Encoded], batch_tokens: int, rng: random.Random) -> list[list[Encoded]]:
    """Examples of similar length together, at most ``batch_tokens`` padded tokens a batch, in random order."""
    order = sorted(encoded, key=lambda e: len(e.ids) * rng.uniform(0.93, 1.07))
    out: list[list[Encoded]] = [[]]
    for e in order:
        if out[-1] and (len(out[-1]) + 1) * max(len(e.ids), *(len(x.ids) for x in out[-1])) > batch_tokens:
            out.append([])
        out[-1].append(e)
    rng.shuffle(out)
    return out


class Trainer:
    """One training run in a folder: ``log.jsonl``, ``checkpoint.pt``, ``adapter-<step>.pt``."""

    def __init__(self, folder: Path, out: Path, cache: Path, settings: Settings) -> None:
        self.settings, self.out = settings, out
        out.mkdir(parents=True, exist_ok=True)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        base, self.tokenizer = load_base(cache)
        self.model = add_adapter(base, settings.seed).to(self.device)
        self.train, _ = data.split(data.load(folder))
        self.epochs = [self._epoch(n) for n in range(settings.epochs)]
        self.total_steps = sum(map(len, self.epochs))
        everything = [e for epoch in self.epochs for batch in epoch for e in batch]
        self.answer_tokens = sum(len(e.ids) - e.answer_start for e in everything) / self.total_steps
        self.vocabulary = torch.tensor(sorted({i for e in everything for i in e.ids}), device=self.device)
        self.head = base.get_input_embeddings().weight[self.vocabulary].detach()
        adapter = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self.names, self.weights = list(adapter), list(adapter.values())
        self.masters = [p.detach().float().clone() for p in self.weights]
        if settings.start:
            self._set_weights(read(settings.start, self.names).values())
        self.optimizer = torch.optim.AdamW(self.masters, lr=0.0, betas=(0.9, 0.98), weight_decay=0.0)
        self.step, self.seconds = 0, 0.0

    def _epoch(self, number: int) -> list[list[Encoded]]:
        s = self.settings
        examples = augment.epoch_examples(self.train, number, s.seed, s.negatives)
        return batches(encode(examples, self.tokenizer), s.batch_tokens, random.Random(f"batches:{s.seed}:{number}"))

    def run(self) -> Path:
        """Train to the end, from the folder's checkpoint where there is one; gives the file of the trained adapter."""
        self._resume()
        plan = [batch for epoch in self.epochs for batch in epoch]
        last_save = last = time.monotonic()
        while self.step < self.total_steps and self.seconds < self.settings.minutes * 60:
            batch = plan[self.step]
            rate = self.learning_rate()
            loss, norm = self._train_step(batch, rate)
            now = time.monotonic()
            spent, last = now - last, now
            self.step += 1
            self.seconds += spent
            speed = sum(len(e.ids) for e in batch) / spent
            self._log(loss=round(loss, 4), norm=round(norm, 3), rate=rate, tokens_per_second=round(speed, 1))
            if now - last_save > self.settings.checkpoint_minutes * 60:
                self._save()
                last_save = now
        return self._save()

    def _train_step(self, batch: list[Encoded], rate: float) -> tuple[float, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss, count = self._loss(batch)
        (loss / self.answer_tokens).backward()
        for master, weight in zip(self.masters, self.weights, strict=True):
            master.grad, weight.grad = weight.grad.float(), None  # type: ignore[union-attr]
        norm = torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for master, weight in zip(self.masters, self.weights, strict=True):
                weight.copy_(master)
        return loss.item() / count, norm.item()

    def _loss(self, batch: list[Encoded]) -> tuple[torch.Tensor, int]:
        """The summed cross-entropy of the answer tokens, and how many they are.

        Every answer token weighs the same in every batch: the sum is later divided by the mean of all batches.
        """
        width = max(len(e.ids) for e in batch)
        ids = torch.tensor([e.ids + [0] * (width - len(e.ids)) for e in batch], device=self.device)
        places = torch.arange(width, device=self.device)
        ends = torch.tensor([[len(e.ids)] for e in batch], device=self.device)
        starts = torch.tensor([[e.answer_start] for e in batch], device=self.device)
        hidden = self.model.get_base_model().model(
            input_ids=ids, use_cache=False
        )  # causal, and padding comes last: no mask
        predicts = (places >= starts - 1) & (places < ends - 1)
        states = hidden.last_hidden_state[predicts]
        targets = torch.searchsorted(self.vocabulary, ids.roll(-1, 1)[predicts])
        logits = functional.linear(states, self.head).float()
        return functional.cross_entropy(logits, targets, reduction="sum"), len(targets)

    def learning_rate(self) -> float:
        """Linear warm-up, then a cosine to ``final_share``."""
        s = self.settings
        progress = min(1.0, max(self.step / self.total_steps, self.seconds / (s.minutes * 60)))
        cosine = s.final_share + (1 - s.final_share) * (1 + math.cos(math.pi * progress)) / 2
        return s.learning_rate * min(1.0, (self.step + 1) / s.warmup_steps) * cosine

    def _log(self, **values: Any) -> None:
        row = {"step": self.step, "of": self.total_steps, "minutes": round(self.seconds / 60, 2), **values}
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def _save(self) -> Path:
        state = {
            "masters": self.masters,
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "step": self.step,
            "seconds": self.seconds,
            "settings": self.settings,
        }
        part = self.out / (CHECKPOINT + ".part")
        torch.save(state, part)
        part.replace(self.out / CHECKPOINT)
        adapter = self.out / f"adapter-{self.step:05}.pt"
        torch.save(dict(zip(self.names, self.masters, strict=True)), adapter)
        return adapter

    def _set_weights(self, values: Iterable[torch.Tensor]) -> None:
        for master, weight, value in zip(self.masters, self.weights, values, strict=True):
            master.copy_(value)
            weight.data.copy_(value)

    def _resume(self) -> None:
        path = self.out / CHECKPOINT
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=False)
        if state["settings"] != self.settings:
            raise SystemExit(f"{path}: was trained with {state['settings']}; use the same settings or another --out")
        self._set_weights(state["masters"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"].cpu())
        self.step, self.seconds = state["step"], state["seconds"]
