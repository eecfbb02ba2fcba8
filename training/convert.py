"""Adapters as GGUF files, as llama.cpp loads them beside the base model.

Format: https://github.com/ggml-org/llama.cpp/blob/master/convert_lora_to_gguf.py
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFReader, GGUFWriter

from training.model import ALPHA

_TENSOR = re.compile(r"layers\.(\d+)\.\w+\.(\w+)\.lora_([AB])\.default\.weight$")
_PROJECTIONS = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}


def convert(adapters: Sequence[Path], gguf: Path) -> None:
    """Write ``adapter-<step>.pt``, or the mean of several, which may be GGUF, as a GGUF of half-precision tensors."""
    parts = [_tensors(adapter) for adapter in adapters]
    writer = GGUFWriter(str(gguf), "gemma3")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(ALPHA))
    for name in parts[0]:
        mean = torch.stack([part[name].float() for part in parts]).mean(0)
        writer.add_tensor(name, mean.numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read(gguf: Path, names: list[str]) -> dict[str, torch.Tensor]:
    """The tensors of a converted adapter under peft's names."""
    stored = _tensors(gguf)
    return {name: stored[tensor_name(name)] for name in names}


def _tensors(adapter: Path) -> dict[str, torch.Tensor]:
    """The tensors of an adapter, by their GGUF names."""
    if adapter.suffix == ".gguf":
        return {t.name: torch.tensor(t.data.astype(np.float32)) for t in GGUFReader(adapter).tensors}
    return {tensor_name(name): t for name, t in torch.load(adapter, map_location="cpu").items()}


def tensor_name(name: str) -> str:
    """The GGUF name of one of peft's tensors."""
    match = _TENSOR.search(name)
    if match is None:
        raise ValueError(f"{name} is not a tensor of the adapter")
    layer, projection, half = match.groups()
    return f"blk.{layer}.{_PROJECTIONS[projection]}.weight.lora_{half.lower()}"
