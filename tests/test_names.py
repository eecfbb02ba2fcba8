"""Which names of methods and baselines mean one thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.aliases import Aliases, load_aliases
from extractor.errors import UsageError
from extractor.names import is_class_alone, is_generic, name_key, split_names

ABSTRACT = (
    "Low Rank Decomposition (LRD) shrinks layers. We compare it with Tucker Tensor Pruning (TTP), with "
    "mixture-of-experts (MoE) layers, with Expert Parallelism (EP) and with the paged key-value allocator (PKVA) of "
    "earlier servers."
)

# fmt: off
SAME = [
    ("vLLM", "the state-of-the-art LLM serving system vLLM"), ("vLLM", "vllm"), ("vLLM", "VLLM"),
    ("vLLM", "vLLM v0.6.1"), ("vLLM", "vLLM 0.6.1"), ("vLLM", "vLLM (v0.6.1)"), ("vLLM", "the vLLM framework"),
    ("vLLM", "standard vLLM"), ("vLLM", "vLLM baselines"), ("vLLM", "the vanilla vLLM"), ("vLLM", "vLLM version 0.6"),
    ("vLLM", "vLLM inference"), ("vLLM", r"\textsc{vLLM}"), ("vLLM", "“vLLM”"), ("vLLM", "`vLLM`"),
    ("vLLM", "vLLM v0.6"), ("vLLM", "the latest vLLM"), ("FlashAttention", "Flash Attention"),
    ("FlashAttention", "Flash-Attention"), ("FlashAttention", "flash_attention"),
    ("FlashAttention", "the FlashAttention library"), ("FlashAttention-2", "FlashAttention2"),
    ("FlashAttention-2", "FlashAttention 2"), ("GPT-4", "GPT4"), ("GPT-4", "GPT 4"), ("GPT-4", "the GPT-4 model"),
    ("Low Rank Decomposition (LRD)", "LRD"), ("Low Rank Decomposition", "LRD"), ("low-rank decomposition", "LRD"),
    ("Tucker Tensor Pruning", "TTP"), ("Tucker tensor pruning", "the TTP method"), ("mixture-of-experts", "MoE"),
    ("paged key-value allocator", "PKVA"), ("Mixture-of-Experts (MoE)", "MoE"),
    ("Transit Least Squares (TLS)", "TLS"), ("Grouped-Query Attention (GQA)", "GQA"),
    ("k-nearest neighbors (KNN)", "KNN"), ("row-level security (RLS)", "RLS"), ("DepGraph", "DepGraph framework"),
    ("DepGraph", "our DepGraph"), ("DepGraph", "DepGraph approach"), ("DepGraph", "the proposed DepGraph method"),
    ("DepGraph", "DepGraph algorithm"), ("DepGraph", "Dep-Graph"),
    ("EAGLE-3", "the state-of-the-art baseline EAGLE-3"), ("EAGLE-3", "EAGLE3"),
    ("EAGLE-3", "prior SOTA method EAGLE-3"), ("HSTU", "the strong HSTU baseline"), ("EP", "standard EP"),
    ("QwQ-32B", "its base model (QwQ-32B)"), ("REST", "sparse method (REST)"),
    ("Qwen2.5-VL-72B", "the open-source baseline (Qwen2.5-VL-72B)"),
    ("VGGT", "state-of-the-art methods such as VGGT"), ("VGGT", "existing models, including VGGT"),
    ("VGGT", "larger models (e.g., VGGT)"), ("VGGT", "VGGT (CVPR)"), ("Transformer", "Transformers"),
    ("Transformer", "the vanilla transformers"), ("diffusion model", "diffusion models"),
    ("GPU kernel", "GPU kernels"), ("speculative decoding", "standard speculative decoding"),
    ("speculative decoding", "Speculative Decoding"), ("4-bit quantization", "4-bit Quantization"),
    ("4-bit quantization", "the 4-bit quantization technique"), ("full recomputation", "Full Recomputation"),
    ("reward policy", "reward policies"), ("SSD", "the conventional SSD algorithm"),
    ("Huggingface", "the Huggingface framework"), ("FlashInfer", "the latest FlashInfer library"),
    ("ZeRO-Infinity", "ZeRO Infinity"), ("ZeRO-Infinity", "zero-infinity"), ("DeepSpeed", "Microsoft's DeepSpeed"),
    ("TensorRT-LLM", "TensorRT LLM"), ("TensorRT-LLM", "TensorRT-LLM engine"), ("H2O", r"$\text{H2O}$"),
    (r"T$^3$Former", "T^3Former"), ("LLaMA (7B)", "LLaMA 7B"), ("LLaMA-7B", "LLaMA 7B"), ("ResNet-50", "ResNet50"),
    ("BERT-base", "BERT base"), ("BERT base", "BERT (base)"), ("BM25", "BM25 baseline"), ("LRU", "the LRU"),
    ("YOLOv8s", "YOLOV8S"), ("Halide", "the compiler Halide"), ("Caffeine", "the cache library Caffeine"),
    ("cuBLAS", "NVIDIA cuBLAS"), ("Spark", "Apache Spark"), ("gzip", "the standard gzip tool"),
    ("DiskANN", "disk ANN"), ("Orca", "Orca system"), ("SGLang", "SGLang runtime"), ("LoRA", "the LoRA baseline"),
    ("LoRA", "plain LoRA"), ("Kernel PCA", "kernel PCA"), ("QuIP#", "the QuIP# method"), ("DARTS", "the DARTS method"),
    ("YOLOv8s", "the YOLOv8s model"), ("LLaMA-7B (INT4)", "LLaMA-7B INT4"), ("SE(3)-Transformer", "SE(3) Transformers"),
    ("TD(0)", "the TD(0) algorithm"), ("Speculative Decoding (SD)", "speculative decoding"),
    ("Expert Parallelism (EP)", "Expert Parallelism"), ("expert parallelism", "the EP baseline"),
    ("Transformer", "Transformer(s)"), ("vLLM", "vLLM(v0.6.1)"), ("vLLM", "vLLM(ours)"), ("LLaMA 7B", "LLaMA(7B)"),
    ("Model Predictive Control", "the Model Predictive Control algorithm"), ("Mixtral 8x7B", "Mixtral 8×7B"),
    ("Mixtral 8x7B", r"Mixtral-8$\times$7B"), ("Mixtral 8x7B", "Mixtral (8 × 7B)"),
    ("NVIDIA TensorRT-LLM", "NVIDIA's TensorRT-LLM"), ("Newton's method", "Newton’s"), ("k-NN", "the $k$-NN baseline"),
]
DIFFERENT = [
    ("GPT-4", "GPT-3"), ("GPT-4", "GPT-4o"), ("Llama 2", "Llama 3"), ("Llama 3", "Llama 3.1"),
    ("LLaMA-7B", "LLaMA-13B"), ("LLaMA (7B)", "LLaMA (13B)"), ("Llama2 7B", "Llama 27B"), ("Qwen3-2B", "Qwen-32B"),
    ("FlashAttention", "FlashAttention-2"), ("FlashAttention-2", "FlashAttention-3"), ("EAGLE-2", "EAGLE-3"),
    ("ResNet-18", "ResNet-50"), ("RRT", "RRT*"), ("UNETR", "UNETR++"), ("C", "C++"), ("vLLM", "SGLang"),
    ("vLLM", "LightLLM"), ("vLLM", "Sarathi"), ("TTP", "LRD"), ("SSDTrain", "SSD"), ("MCUNet", "MCUNetV2"),
    ("YOLOv8", "YOLOv11"), ("BERT-base", "BERT-large"), ("T5-Large", "T5"), ("DeepSeek-V2", "DeepSeek-V3"),
    ("DeepSeek-V3", "DeepSeek-R1"), ("4-bit quantization", "8-bit quantization"),
    ("speculative decoding", "greedy decoding"), ("synchronous training", "asynchronous training"),
    ("adaptive routing", "static routing"), ("vLLM scheduler", "vLLM"),
    ("full recomputation", "selective recomputation"), ("PPO", "GRPO"), ("Adam", "AdamW"), ("SD", "SDXL"),
    ("Claude Sonnet 4.5", "Claude Opus 4.5"), ("GPT-5", "GPT 5.1 Pro"), ("H100", "A100"), ("CLIP", "CLIP-Q"),
    ("ViT-B", "ViT-L"), ("InternVL3", "InternVL3.5"), ("LLaVA-1.5", "LLaVA-1.6"), ("FP8 vLLM", "vLLM"),
    ("CPU-only vLLM", "vLLM"), ("Spark", "Sparkle"), ("regular augmentation", "intensive augmentation"),
    ("dense attention", "sparse attention"), ("MoE-Lightning", "Lightning"), ("Uniform LDP", "Selective LDP"),
    ("Caffe", "Caffe2"), ("Python 3.11", "Python 3.12"), ("cuDNN 9.13", "cuDNN 8.9"),
    ("Proximal Policy Optimization", "Trust Region Policy Optimization"),
    ("Proximal Policy Optimization", "Group Relative Policy Optimization"),
    ("Neural Architecture Search", "Differentiable Architecture Search"), ("Kernel PCA", "PCA"), ("kernel PCA", "PCA"),
    ("Kernel SVM", "SVM"), ("Agent Lightning", "Lightning"), ("Model Predictive Control", "Predictive Control"),
    ("Pipeline Parallelism", "Model Parallelism"), ("QuIP#", "QuIP"), ("C#", "C"), ("C#", "C++"),
    ("YOLOv8s", "YOLOv8"), ("YOLO11s", "YOLO11"), ("DARTS", "DART"), ("LLaMA-7B (INT4)", "LLaMA-7B (FP16)"),
    ("LLaMA-7B (INT4)", "LLaMA-7B"), ("OPT (W4A16)", "OPT (W8A8)"), ("OPT (4-bit)", "OPT (3 bits)"),
    ("SE(3)-Transformer", "SE(2)-Transformer"), ("TD(0)", "TD(1)"), (r"TD($\lambda$)", "TD(0)"),
    ("Speculative Decoding (SD)", "Stable Diffusion (SD)"), ("diffusion model (DM)", "decision method (DM)"),
    ("(re)training", "training"), ("Llama2(7B)", "Llama 27B"), ("Mixtral 8×7B", "Mixtral 87B"),
    ("Mixtral (8×7B)", "Mixtral (8×22B)"), ("k-NN", "NN"),
]
# fmt: on


def same(pair):
    return name_key(pair[0], ABSTRACT) == name_key(pair[1], ABSTRACT)


def test_names_meet_and_stay_apart():
    found = [pair for pair in SAME if same(pair)]
    wrong = [pair for pair in DIFFERENT if same(pair)]
    precision = len(found) / (len(found) + len(wrong))
    recall = len(found) / len(SAME)
    assert len(SAME) + len(DIFFERENT) >= 120
    assert precision >= 0.98, wrong
    assert recall >= 0.85, [pair for pair in SAME if pair not in found]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("the state-of-the-art LLM serving system vLLM", "vllm"),
        ("GPT-4", "gpt4"),
        ("Llama 3.1 8B", "llama3.1-8b"),
        ("RRT*", "rrt*"),
        ("QuIP#", "quip#"),
        ("baseline #1", "1"),
        ("DARTS", "darts"),
        ("YOLOv8s", "yolov8s"),
        ("Mixtral 8×7B", "mixtral8x7b"),
        ("Mixtral 8x7B", "mixtral8x7b"),
        ("NVIDIA's TensorRT-LLM", "nvidiatensorrtllm"),
        ("$k$-NN", "knn"),
        ("LLMs", "llm"),
        ("SE(3)-Transformers", "se3transformer"),
        ("Proximal Policy Optimization", "proximalpolicyoptimization"),
        ("4-bit quantization", "4bitquantization"),
        ("the baseline", "baseline"),
        ("", ""),
        ("---", ""),
    ],
)
def test_keys(name, key):
    assert name_key(name) == key


def test_an_abbreviation_is_known_only_from_its_abstract():
    assert name_key("Low Rank Decomposition", ABSTRACT) == "lrd"
    assert name_key("Low Rank Decomposition") == "lowrankdecomposition"


def test_two_letters_stand_for_what_their_abstract_says():
    assert name_key("SD", "We speed up Speculative Decoding (SD).") == "speculativedecoding"
    assert name_key("SD", "We prune Stable Diffusion (SD).") == "stablediffusion"
    assert name_key("SD") == "sd"


GENERIC = [
    "existing systems", "state-of-the-art methods", "the original uncompressed model", "the baseline", "SOTA",
    "prior work", "the state of the art", "baselines", "previous approaches", "conventional techniques",
    "the best-performing prior work", "standard baselines", "six state-of-the-art baselines", "the base model",
    "the original network", "SOTA work", "verifier-based methods without test-time training",
    "state-of-the-art 3D object detection methods", "LLMs", "a CPU", "existing AI systems", "the strongest baseline",
    "other schedulers", "our previous framework", "14 baselines", "traditional compression tools",
    "the BF16 baseline", "prior state-of-the-art", "7B models", "Existing systems", "non-routing approaches",
    "current state-of-the-art serving systems", "12.5%", "10-20%", "today's systems", "a graph NN",
]  # fmt: skip
NAMED = [
    "vLLM", "the state-of-the-art LLM serving system vLLM", "standard SGD", "DiskANN", "PyTorch baselines", "LoRA",
    "BM25", "its base model (QwQ-32B)", "state-of-the-art methods such as VGGT", "speculative decoding",
    "human performance", "MoE", "4-bit quantization", "gzip", "Transformers", "full recomputation", "Accelerate",
    "the conventional SSD algorithm", "k-means", "the NVIDIA A100", "FlashInfer library", "k-NN",
    "$k$-NN", "the k-NN baseline", "",
]  # fmt: skip


@pytest.mark.parametrize("name", GENERIC)
def test_generic_names(name):
    assert is_generic(name)


@pytest.mark.parametrize("name", NAMED)
def test_names_that_are_not_generic(name):
    assert not is_generic(name)


@pytest.mark.parametrize("name", [
    "our method", "prior work", "the proposed approach", "existing systems", "SOTA", "state of the art", "14 baselines",
    "LLMs", "OUR METHODS", "ours",
])  # fmt: skip
def test_generic_names_without_a_word_of_their_own(name):
    assert is_class_alone(name)


@pytest.mark.parametrize("name", ["paged attention system", "existing serving systems", "vLLM", "the vLLM system", ""])
def test_names_with_a_word_of_their_own(name):
    assert not is_class_alone(name)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Transformers and Galaxy", ["Transformers", "Galaxy"]),
        ("PPO, GRPO, and REBEL", ["PPO", "GRPO", "REBEL"]),
        ("vLLM & SGLang", ["vLLM", "SGLang"]),
        ("BAGEL or Flux", ["BAGEL", "Flux"]),
        ("vLLM and other serving systems", ["vLLM", "other serving systems"]),
        ("Row Level Security (RLS) and BM25", ["Row Level Security (RLS)", "BM25"]),
        ("mainstream methods, including RRT, RRT*, and MpNet", ["RRT", "RRT*", "MpNet"]),
        ("larger models (e.g., Falcon, OPT)", ["Falcon", "OPT"]),
        ("CPUs and GPUs", ["CPUs", "GPUs"]),
        ("vLLM", ["vLLM"]),
        ("Search and Rescue", ["Search and Rescue"]),
        ("drag and drop", ["drag and drop"]),
        ("compute and memory", ["compute and memory"]),
        ("state-of-the-art retrieval and learning approaches", ["state-of-the-art retrieval and learning approaches"]),
        ("Uniform and Selective LDP", ["Uniform and Selective LDP"]),
        ("RAG with BM25 and DPR", ["RAG with BM25 and DPR"]),
        ("Sequential Freezing and rank quantization", ["Sequential Freezing and rank quantization"]),
        ("modeling- and system-level optimization", ["modeling- and system-level optimization"]),
        ("MERGE (left, right)", ["MERGE (left, right)"]),
        ("", [""]),
    ],
)
def test_splitting(name, parts):
    assert split_names(name) == parts


TEXTS = st.text() | st.lists(
    st.sampled_from(
        ["vLLM", "the", "system", "(LRD)", "and", ",", "v0.6.1", "such as", "GPT-4", "\\", "$", "(", ")", "*"]
    )
).map(" ".join)


@given(TEXTS, st.sampled_from(["", ABSTRACT]))
def test_keys_never_fail_and_ignore_extra_space(name, abstract):
    key = name_key(name, abstract)
    assert key == name_key("  ".join(name.split()), abstract)
    assert " " not in key


@given(TEXTS)
def test_names_can_always_be_classed_and_split(name):
    assert is_generic(name) in (True, False)
    assert split_names(name)


@given(TEXTS, TEXTS)
def test_any_text_can_be_an_abstract(name, abstract):
    assert isinstance(name_key(name, abstract), str)


# --- alias files -----------------------------------------------------------------------------------------------------


def load(tmp_path, text):
    path = tmp_path / "aliases.toml"
    path.write_text(text, encoding="utf-8")
    return load_aliases(path)


def test_aliases_join_names_and_move_metrics(tmp_path):
    aliases = load(
        tmp_path,
        """
        [names]
        "paged attention server" = "vLLM"
        "PAS" = "paged attention server"

        [metrics]
        "Tokens per Forest" = "energy_efficiency"
        """,
    )
    assert aliases.key(name_key("the Paged-Attention Server")) == name_key("vLLM")
    assert aliases.key(name_key("PAS")) == name_key("vLLM")
    assert aliases.key(name_key("SGLang")) == name_key("SGLang")
    assert aliases.family("tokens per  forest").name == "energy_efficiency"
    assert aliases.family("latency").name == "latency"


def test_without_aliases_nothing_changes():
    assert Aliases().key("vllm") == "vllm"
    assert Aliases().family("latency").name == "latency"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[names\na = 1", r"aliases\.toml: not TOML: .*line 1"),
        ("[nmaes]\na = 'b'", r"aliases\.toml: unknown key 'nmaes'"),
        ("names = 3", r"aliases\.toml: names must be a table"),
        ("[names]\na = 3", r"aliases\.toml: \[names\] 'a': must be a text"),
        ("[names]\n'--' = 'vLLM'", r"\[names\] '--': both names need a letter or digit"),
        ("[names]\nvLLM = 'SGLang'\n'the vLLM' = 'Orca'", r"\[names\] 'the vLLM': stands for two names"),
        ("[names]\na1 = 'b1'\nb1 = 'a1'", r"\[names\] '..' is an alias of itself"),
        ("[names]\n'our method' = 'vLLM'", r"\[names\] 'our method': means another method in each paper"),
        ("[metrics]\ngoodness = 'good'", r"\[metrics\] 'goodness': no family 'good'; there are other, latency"),
    ],
)
def test_a_malformed_alias_file_is_a_clear_error(tmp_path, text, message):
    with pytest.raises(UsageError, match=message):
        load(tmp_path, text)


def test_an_unreadable_alias_file_is_a_clear_error(tmp_path):
    with pytest.raises(UsageError, match="no such alias file"):
        load_aliases(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="cannot read the alias file"):
        load_aliases(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_aliases(tmp_path / "latin.toml")
