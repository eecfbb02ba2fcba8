"""The model written out for training computes what transformers' Gemma 3 computes, and its adapter is what is saved."""

import random

import pytest

torch = pytest.importorskip("torch")
gemma3 = pytest.importorskip("transformers.models.gemma3")

from training.convert import convert, read  # noqa: E402
from training.encode import Encoded  # noqa: E402
from training.model import ALPHA, RANK, Config, Model  # noqa: E402
from training.train import steps  # noqa: E402

CPU = torch.device("cpu")
SIZES = Config(layers=6, hidden=64, heads=4, head_size=32, window=24)


@pytest.fixture(scope="module")
def reference():
    """A small random Gemma 3 in float32, its norms not all one."""
    torch.manual_seed(1)
    config = gemma3.Gemma3TextConfig(
        vocab_size=300,
        hidden_size=SIZES.hidden,
        intermediate_size=128,
        num_hidden_layers=SIZES.layers,
        num_attention_heads=SIZES.heads,
        num_key_value_heads=1,
        head_dim=SIZES.head_size,
        query_pre_attn_scalar=SIZES.head_size,
        sliding_window=SIZES.window,
        initializer_range=0.15,
    )
    model = gemma3.Gemma3ForCausalLM(config)
    for name, weight in model.named_parameters():
        if "norm" in name:
            weight.data.normal_(std=0.3)
        weight.data = weight.data.bfloat16().float()
    return model.eval()


@pytest.fixture
def model(reference):
    """Ours with the same weights and an adapter that changes what is computed."""
    model = Model(reference.state_dict(), 1, CPU, SIZES, fast=False)
    model.adapter.flat.add_(torch.randn_like(model.adapter.flat), alpha=0.02)
    return model


def hidden(reference, model, ids):
    """The reference's hidden states with the adapter merged into its weights."""
    merged = dict(reference.model.state_dict())
    tensors = model.adapter.tensors(model.adapter.flat)
    for name in [n for n in tensors if "lora_A" in n]:
        a, b = tensors[name], tensors[name.replace("lora_A", "lora_B")]
        key = name.removeprefix("base_model.model.model.").replace("lora_A.default.", "")
        merged[key] = merged[key] + ALPHA / RANK * b @ a
    inputs = {"input_ids": ids[None], "use_cache": False}
    return torch.func.functional_call(reference.model, merged, kwargs=inputs).last_hidden_state[0]


def distance(one, other):
    return ((one.float() - other).norm() / other.norm()).item()


def test_hidden_states_are_those_of_gemma_3_within_bfloat16(reference, model):
    sequences = [torch.randint(0, 300, (length,)) for length in (150, 17, 40)]  # beyond a block, below the window
    starts = [140, 0, 30]
    with torch.no_grad():
        expected = [hidden(reference, model, i)[start:] for i, start in zip(sequences, starts, strict=True)]
        assert distance(model(sequences, starts), torch.cat(expected)) < 0.03


def test_gradients_reach_every_matrix(model):
    model([torch.arange(50)], [20]).float().square().mean().backward()
    assert all(leaf.grad.abs().max() > 0 for leaf in model.adapter.leaves.values())
    assert model.adapter.gradient.abs().max() > 0


def test_an_adapter_reads_back_from_its_gguf(tmp_path, model):
    tensors = model.adapter.tensors(model.adapter.flat)
    torch.save({n: t.clone() for n, t in tensors.items()}, tmp_path / "adapter.pt")
    convert([tmp_path / "adapter.pt"], tmp_path / "adapter.gguf")
    stored = read(tmp_path / "adapter.gguf", list(tensors))
    assert len(stored) == SIZES.layers * 14
    assert all(torch.equal(stored[n], t.half().float()) for n, t in tensors.items())


def test_the_mean_of_adapters_is_the_same_from_either_format(tmp_path, model):
    tensors = model.adapter.tensors(model.adapter.flat)
    for name, factor in ("one", 1.0), ("three", 3.0):
        torch.save({n: t * factor for n, t in tensors.items()}, tmp_path / f"{name}.pt")
    convert([tmp_path / "three.pt"], tmp_path / "three.gguf")
    convert([tmp_path / "one.pt", tmp_path / "three.gguf"], tmp_path / "mean.gguf")
    mean = read(tmp_path / "mean.gguf", list(tensors))
    assert all(torch.allclose(mean[n], 2 * t.float(), rtol=2e-3, atol=1e-6) for n, t in tensors.items())


def test_an_epoch_trains_on_everything_once_the_longest_of_a_step_first():
    rng = random.Random(1)
    encoded = [Encoded([n] * rng.randint(20, 300), 10, []) for n in range(200)]
    plan = steps(encoded, 1000, rng)
    assert sorted(e.ids for step in plan for e in step) == sorted(e.ids for e in encoded)
    assert all([len(e.ids) for e in step] == sorted((len(e.ids) for e in step), reverse=True) for step in plan)
    assert all(700 < sum(len(e.ids) for e in step) <= 1150 for step in plan[:-1])
