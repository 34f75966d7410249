"""Saves small models as transformers does: a folder with config, weights and what stands beside."""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
    ViTConfig,
    ViTForImageClassification,
    WhisperConfig,
    WhisperForConditionalGeneration,
)

target = Path(sys.argv[1])
torch.manual_seed(1)
words = ["[UNK]", "[PAD]", "<s>", "</s>", "a", "good", "day"]
small = {"vocab_size": len(words), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
feed = {"intermediate_size": 32, "max_position_embeddings": 32}

tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, "[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
fast = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", bos_token="<s>", eos_token="</s>"
)
fast.chat_template = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def save(name, model, with_tokenizer=True, **options):
    model.save_pretrained(target / name, **options)
    if with_tokenizer:
        fast.save_pretrained(target / name)
    (target / name / "README.md").write_text(
        "---\nlicense: apache-2.0\nlanguage: en\nlibrary_name: transformers\n---\n\n# A small model\n"
    )


save("bert", BertForSequenceClassification(BertConfig(**small, **feed)))
llama = LlamaForCausalLM(LlamaConfig(**small, **feed, num_key_value_heads=1))
save("llama", llama)
save("llama-sharded", llama, max_shard_size="4KB")
save("llama-half", llama.to(torch.bfloat16))
save("gpt2-tied", GPT2LMHeadModel(GPT2Config(vocab_size=len(words), n_embd=16, n_layer=1, n_head=2, n_positions=32)))
save("t5", T5ForConditionalGeneration(T5Config(vocab_size=len(words), d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2)))
vit = {**small, "intermediate_size": 32, "image_size": 16, "patch_size": 8}
vit.pop("vocab_size")
save("vit", ViTForImageClassification(ViTConfig(**vit)), with_tokenizer=False)
whisper = WhisperConfig(
    vocab_size=len(words), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
    decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, num_mel_bins=8, pad_token_id=1,
    max_source_positions=16, max_target_positions=16, bos_token_id=2, eos_token_id=3, decoder_start_token_id=2,
)
save("whisper", WhisperForConditionalGeneration(whisper))
