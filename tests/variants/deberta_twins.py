"""DeBERTas with the same random weights, ours and Hugging Face's, and what to compare them on."""

from functools import partial

import torch
import transformers
from safetensors.torch import load_file

from bertlab.inside_the_encoder.weights import load_weights

assert_close = partial(torch.testing.assert_close, rtol=1e-5, atol=1e-5)

SIZES = {
    "vocab_size": 101,
    "hidden_size": 48,
    "num_attention_heads": 4,
    "num_hidden_layers": 3,
    "intermediate_size": 37,
    "max_position_embeddings": 16,
    "relative_attention": True,
    "position_biased_input": False,
    "type_vocab_size": 0,
}
KINDS = [["p2c", "c2p"], ["c2p"], ["p2c"], []]


def make_theirs(kind: type, config, *, noise: float = 0.1):
    """Hugging Face's model, with no weight, bias or LayerNorm left at a value that would hide a mistake."""
    torch.manual_seed(7)
    theirs = kind(config).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            weight += noise * torch.randn_like(weight)
    return theirs


def twins(ours: type, theirs: type, config) -> tuple:
    """Both models, every weight of theirs in ours under the same name."""
    original = make_theirs(theirs, config)
    copied = ours(config).eval()
    copied.load_state_dict(original.state_dict(), strict=True)
    return copied, original


def make_inputs(seq: int = 13) -> dict:
    """Three texts, of `seq`, of half as many and of two tokens, padded to the longest."""
    generator = torch.Generator().manual_seed(seq)
    input_ids = torch.randint(1, SIZES["vocab_size"], (3, seq), generator=generator)
    attention_mask = (torch.arange(seq) < torch.tensor([[seq], [seq // 2], [2]])).long()
    return {"input_ids": input_ids * attention_mask, "attention_mask": attention_mask}


def assert_agree(mine, theirs, seq: int) -> None:
    """Encoders, at every position and in every attention weight, padding included."""
    found, expected = (model(**make_inputs(seq), output_attentions=True) for model in (mine, theirs))
    assert_close(found.last_hidden_state, expected.last_hidden_state)
    assert_close(found.attentions, expected.attentions)


def assert_gradients_agree(mine, theirs, unused: set[str]) -> None:
    """Models with a head: the gradient of every weight, by a loss on the tokens."""
    inputs = make_inputs()
    for model in (mine, theirs):
        model(**inputs).logits[inputs["attention_mask"] == 1].logsumexp(-1).mean().backward()
    expected = {name: weight.grad for name, weight in theirs.named_parameters()}
    found = {name: weight.grad for name, weight in mine.named_parameters()}
    assert {name for name, gradient in found.items() if gradient is None} == unused
    assert_close(found, expected)
    assert all(gradient.abs().max() > 0 for gradient in found.values() if gradient is not None)


def assert_dropout_agrees(mine, theirs) -> None:
    """In training, with the same seed, the same numbers are dropped."""
    outputs = []
    for model in (mine, theirs):
        torch.manual_seed(3)
        outputs.append(model.train()(**make_inputs()).logits)
    assert_close(*outputs, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(outputs[0], mine.eval()(**make_inputs()).logits, atol=1e-2)


def assert_folders_agree(folder, ours: type, theirs: type, our_head: type, their_head: type, config) -> None:
    """What the library saved is what both read: without a head, and with one."""
    make_theirs(theirs, config).save_pretrained(folder / "encoder")
    make_theirs(their_head, config).save_pretrained(folder / "head")
    loaded = transformers.AutoModel.from_pretrained(folder / "encoder").eval()
    mine = ours(transformers.AutoConfig.from_pretrained(folder / "encoder")).eval()
    mine.load_state_dict(load_file(folder / "encoder" / "model.safetensors"), strict=True)
    assert isinstance(loaded, theirs)
    assert_agree(mine, loaded, seq=13)
    loaded = transformers.AutoModelForMaskedLM.from_pretrained(folder / "head").eval()
    mine = our_head(transformers.AutoConfig.from_pretrained(folder / "head")).eval()
    load_weights(mine, folder / "head")
    assert isinstance(loaded, their_head)
    assert_close(mine(**make_inputs()).logits, loaded(**make_inputs()).logits)
