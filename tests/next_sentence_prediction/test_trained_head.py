"""A checkpoint without a trained next-sentence head is refused with its reason, before one is drawn at random."""

import pytest
from transformers import (
    AutoConfig,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    RobertaConfig,
    RobertaForMaskedLM,
)

from bertlab import checkpoint
from bertlab.checkpoints import EMBEDDED
from bertlab.next_sentence_prediction.trained_head import lacks_nsp_head, with_nsp_head

SIZES = {
    "hidden_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 3,
    "intermediate_size": 37,
    "max_position_embeddings": 64,
}


def save(folder, model_class, config_class):
    """Write a small random checkpoint with the course's own tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoint("bertlab-mini"))
    model_class(config_class(vocab_size=len(tokenizer), **SIZES)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def test_the_embedded_bert_has_its_head():
    assert lacks_nsp_head(EMBEDDED) is None
    assert with_nsp_head(str(EMBEDDED)) == str(EMBEDDED)


def test_any_bert_with_a_head_is_taken(tmp_path, capsys):
    folder = save(tmp_path, BertForPreTraining, BertConfig)
    assert AutoConfig.from_pretrained(folder).hidden_size == 24
    assert with_nsp_head(folder) == folder
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("model_class", "config_class", "reason"),
    [
        (BertForMaskedLM, BertConfig, "weights hold no cls.seq_relationship.weight"),
        (RobertaForMaskedLM, RobertaConfig, "a model of type 'roberta'"),
    ],
)
def test_without_a_head_the_embedded_bert_takes_its_place(model_class, config_class, reason, tmp_path, capsys):
    folder = save(tmp_path, model_class, config_class)
    assert reason in str(lacks_nsp_head(folder))
    assert with_nsp_head(folder) == str(EMBEDDED)
    printed = capsys.readouterr().out
    assert reason in printed
    assert "The embedded BERT takes its place" in printed


def test_weights_in_several_files_are_all_looked_at(tmp_path):
    folder = tmp_path / "sharded"
    BertForPreTraining(BertConfig(vocab_size=37, **SIZES)).save_pretrained(folder, max_shard_size="5KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    assert lacks_nsp_head(folder) is None
