"""Texts in one row, without padding: what comes out is what the padded batch gives."""

import json

import pytest
import torch
import transformers
from torch.nn.attention.varlen import varlen_attn
from transformers import AutoTokenizer, ModernBertConfig, RobertaConfig

import bertlab
from benchmarks import unpadding as benchmark
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.models import encoder
from bertlab.variants.modernbert import ModernBertForMaskedLM
from bertlab.variants.unpadding import each_text, repad, unpadded
from tests.encoders import CONFIGS, assert_close, make_inputs, make_ours, make_theirs

BATCH, SEQ = 5, 11


def modernbert():
    torch.manual_seed(3)
    sizes = {"vocab_size": 37, "hidden_size": 48, "num_attention_heads": 4, "intermediate_size": 37}
    config = ModernBertConfig(**sizes, pad_token_id=0, num_hidden_layers=3, local_attention=4)
    model = ModernBertForMaskedLM(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.2 * torch.randn_like(weight)
    return model


def roberta():
    sizes = {"vocab_size": 37, "hidden_size": 48, "num_attention_heads": 4, "intermediate_size": 37}
    return transformers.RobertaModel(RobertaConfig(**sizes, num_hidden_layers=2, max_position_embeddings=20)).eval()


MODELS = {
    "ours": lambda: make_ours(make_theirs(CONFIGS["wide"])),
    "Hugging Face's": lambda: make_theirs(CONFIGS["wide"]),
    "Hugging Face's sdpa, without head": lambda: make_theirs(CONFIGS["wide"], "sdpa").bert,
    "RoBERTa": roberta,
    "ModernBERT": modernbert,
}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


@pytest.fixture
def batch(model):
    inputs = make_inputs(CONFIGS["wide"], BATCH, SEQ, pairs=encoder(model).config.model_type == "bert")
    if encoder(model).config.model_type == "roberta":  # which counts positions from the padding token
        inputs["input_ids"] = torch.where(inputs["attention_mask"] == 1, inputs["input_ids"].clamp(min=2), 1)
    return inputs


def padded(model, batch):
    return encoder(model)(**batch)[0][batch["attention_mask"] == 1]


def test_it_equals_the_padded_batch(model, batch):
    found = unpadded(model, batch)
    assert len(found) == batch["attention_mask"].sum() < BATCH * SEQ
    assert_close(found, padded(model, batch))
    batch["attention_mask"] = torch.ones_like(batch["attention_mask"])
    assert_close(unpadded(model, batch), padded(model, batch))


def test_gradients_agree(model, batch):
    gradients = []
    for run in (unpadded, padded):
        model.zero_grad()
        run(model, batch).sin().sum().backward()
        gradients.append({name: weight.grad for name, weight in encoder(model).named_parameters()})
    assert_close(*gradients, rtol=1e-4, atol=1e-4)
    assert gradients[0]


def test_padding_on_the_left_and_a_text_of_nothing(model, batch):
    batch = {name: rows.flip(1) for name, rows in batch.items()}
    assert batch["attention_mask"][:, 0].sum() == 1
    assert_close(unpadded(model, batch), padded(model, batch))
    batch["attention_mask"][2] = 0
    assert_close(unpadded(model, batch), padded(model, batch))


def test_texts_do_not_see_each_other(model, batch):
    before = unpadded(model, batch)
    batch["input_ids"][0] = batch["input_ids"][0].flip(0)
    after = unpadded(model, batch)
    assert not torch.allclose(before[:SEQ], after[:SEQ])
    assert torch.equal(before[SEQ:], after[SEQ:])


def test_linear_layers_work_on_real_tokens_only(model, batch):
    seen = set()
    for name, part in encoder(model).named_modules():
        if isinstance(part, torch.nn.Linear) and "pooler" not in name:
            part.register_forward_hook(lambda part, given, result: seen.add(tuple(result.shape[:2])))
    unpadded(model, batch)
    assert seen == {(1, int(batch["attention_mask"].sum()))}


def test_dropout_falls_in_training():
    model = make_ours(make_theirs(CONFIGS["wide"])).train()
    batch = make_inputs(CONFIGS["wide"], BATCH, SEQ)
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout) and part is not model.bert.encoder.layer[0].attention.self.dropout:
            part.p = 0.0
    first = unpadded(model, batch)
    assert not torch.allclose(first, unpadded(model, batch))
    assert torch.equal(unpadded(model.eval(), batch), unpadded(model, batch))


def test_each_text_and_repad():
    row = torch.arange(5.0).reshape(1, 5, 1)
    assert each_text(lambda text: text.cumsum(1), [2, 3], row).flatten().tolist() == [0, 1, 2, 5, 9]
    mask = torch.tensor([[0, 1, 1], [1, 1, 1]])
    assert repad(row[0], mask)[..., 0].tolist() == [[0, 0, 1], [2, 3, 4]]


def test_what_has_no_layers_like_bert_s_is_refused():
    with pytest.raises(TypeError, match="no layers built like BERT's"):
        unpadded(torch.nn.Embedding(37, 5), {"input_ids": torch.ones(2, 3).long(), "attention_mask": torch.ones(2, 3)})


def test_torch_s_own_attention_for_unequal_lengths_needs_a_gpu():
    """The day that this fails, the loop can go."""
    row, starts = torch.zeros(10, 2, 8), torch.tensor([0, 4, 10], dtype=torch.int32)
    with pytest.raises(NotImplementedError, match="CPU"):
        varlen_attn(row, row, row, starts, starts, 6, 6)


def test_the_benchmark_draws_texts_of_unequal_lengths_and_says_what_is_possible(capsys):
    texts = benchmark.draw_texts()
    assert texts == benchmark.draw_texts()
    assert {len(drawn) for drawn in texts.values()} == {benchmark.BATCH * benchmark.BATCHES}
    shares = {kind: benchmark.padding_share(benchmark.make_batches(drawn)) for kind, drawn in texts.items()}
    assert 0.4 < shares["reviews"] < shares["reviews and passages"] < 0.8
    found = benchmark.Found(0.5, {benchmark.OURS: 9.0, benchmark.PEER: 5.0, benchmark.SORTED: 6.0})
    benchmark.report(dict.fromkeys(texts, found))
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [result[name] for name in ("ratio", "bound", "sorted_ratio", "reviews_ratio")] == [1.8, 2.0, 1.5, 1.8]


def test_the_embedded_bert():
    folder = bertlab.checkpoint()
    model, tokenizer = BertForPreTraining.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    texts = (["Who wrote it?", "A bridge of stone.", "Yes."], ["She did, in 1912.", "It fell.", "No, not once."])
    batch = tokenizer(*texts, padding=True, return_tensors="pt")
    with torch.inference_mode():
        assert_close(unpadded(model, batch), padded(model, batch), rtol=1e-4, atol=1e-4)
