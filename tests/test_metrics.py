"""The families that metrics fall into."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.metrics import FAMILIES, OTHER, is_reduction, metric_family

# fmt: off
SEEDS = {
    "speed": [
        "training speedup", "speed", "inference speed", "end-to-end average speedup",
        "estimated execution speedups", "productive (>1.5x speedup) rewrites",
    ],
    "latency": [
        "average end-to-end latency per request", "latency", "average response time of small jobs", "miss cost",
        "time-to-first-token and token latency",
    ],
    "time": ["time"],
    "training_time": ["end-to-end training runtime"],
    "throughput": [
        "throughput", "model throughput", "training throughput", "inference throughput", "goodput",
        "token-per-second throughput", "test-time throughput", "Tokens per Second (TPS)",
        "effective request capacity", "requests adhering to latency constraints",
    ],
    "memory": [
        "peak system-memory consumption", "peak memory usage", "memory", "memory cost", "memory usage", "VRAM",
        "memory/energy", "peak memory footprint", "average KV cache size", "activation peak memory usage",
    ],
    "size": ["storage overheads", "parameters", "model size", "storage space"],
    "energy_efficiency": ["amount of relevant data retrieved from the experiment per unit power"],
    "power": ["power"],
    "cost": ["break-even"],
    "compute": ["training FLOPs", "attempts"],
    "tokens": ["tokens", "token use"],
    "data": ["data", "data movement", "traffic to overloaded models"],
    "overhead": ["overhead"],
    "utilization": ["Model FLOPs Utilization (MFU)"],
    "capacity": ["context length", "coverage"],
    "resources": ["servers", "SMs"],
    "accuracy": [
        "accuracy", "AP", "recall", "recall@1 and recall@10", "mAP", "average accuracy", "success rates",
        "mean average precision", "passes", "Correctness score",
    ],
    "error_rate": ["number of false negatives", "instability"],
    "error": ["mean absolute error (MAE)", "loss"],
    "performance": ["performance", "multi-task performance", "average end-to-end application performance", "TEP"],
}
# fmt: on


def test_every_metric_of_the_seeds_has_its_family():
    expected = {metric: family for family, metrics in SEEDS.items() for metric in metrics}
    assert {metric: metric_family(metric).name for metric in expected} == expected


def test_the_table_of_the_seeds_is_complete():
    lines = Path(__file__).with_name("gold").joinpath("seeds.labels.jsonl").read_text(encoding="utf-8").splitlines()
    printed = {claim["metric"] for line in lines for claim in json.loads(line)["claims"]}
    assert {metric for metrics in SEEDS.values() for metric in metrics} == printed


@pytest.mark.parametrize(
    ("metric", "family"),
    [
        ("LATENCY", "latency"),
        ("latencies", "latency"),
        (r"\textbf{latency}", "latency"),
        ("$p_{99}$ latency", "latency"),
        ("P99 TTFT", "latency"),
        ("energy", "energy"),
        ("energy efficiency", "energy_efficiency"),
        ("joules per correct answer", "energy"),
        ("memory bandwidth", "bandwidth"),
        ("memory bandwidth utilization", "utilization"),
        ("memory overhead", "memory"),
        ("latency overhead", "overhead"),
        ("latency speedup", "speed"),
        ("training time", "training_time"),
        ("accuracy of the latency model", "accuracy"),
        ("VRAM per worker", "memory"),
        ("time to first token", "latency"),
        ("F1-score", "accuracy"),
        ("top-1 accuracy", "accuracy"),
        ("top-1 error", "error_rate"),
        ("word error rate (WER)", "error_rate"),
        ("RMSE", "error"),
        ("perplexity", "error"),
        ("BLEU", "quality"),
        ("reward", "quality"),
        ("Dice score", "accuracy"),
        ("average MRR scores", "accuracy"),
        ("F$_1$ score", "accuracy"),
        ("FID score", "error"),
        ("WER score", "error_rate"),
        ("CLIP score", "quality"),
        ("human evaluation score", "quality"),
        ("speedup over CPU", "speed"),
        ("throughput without the cache", "throughput"),
        ("peak TFLOPS", "throughput"),
        ("tokens/s", "throughput"),
        ("tokens/sec", "throughput"),
        ("tok / s", "throughput"),
        ("Tokens per sec", "throughput"),
        ("samples/s", "throughput"),
        ("frames/s", "throughput"),
        ("requests/s", "throughput"),
        ("queries/second", "throughput"),
        ("images/sec", "throughput"),
        ("FLOP/s", "throughput"),
        ("iterations/s", "throughput"),
        ("environment steps per second", "throughput"),
        ("files per second", "throughput"),
        ("GB/s", "bandwidth"),
        ("MB/sec", "bandwidth"),
        ("bytes/s", "bandwidth"),
        ("cost per second", "cost"),
        ("errors per second", "error"),
        ("latency at 10 requests/s", "latency"),
        ("wind in m/s", "other"),
        ("FLOPs", "compute"),
        ("cost per million tokens", "cost"),
        ("GPU hours", "time"),
        ("mapping quality", "quality"),
        ("napping", "other"),
        ("", "other"),
    ],
)
def test_families(metric, family):
    assert metric_family(metric).name == family


def test_what_a_family_knows():
    assert (metric_family("latency").higher_is_better, metric_family("latency").share) == (False, False)
    assert (metric_family("accuracy").higher_is_better, metric_family("accuracy").share) == (True, True)
    assert metric_family("napping") == OTHER
    assert OTHER.higher_is_better is None


@pytest.mark.parametrize(
    ("metric", "reduction"),
    [
        ("memory reduction", True),
        ("Cost Savings", True),
        ("decrease in latency", True),
        ("memory", False),
        ("reduction ratio", False),
        ("cost of the reduction", False),
        ("of the reduction", False),
        ("", False),
    ],
)
def test_metrics_that_are_reductions(metric, reduction):
    assert is_reduction(metric) == reduction


@given(st.text())
def test_every_text_has_a_family(metric):
    assert metric_family(metric).name in FAMILIES
