"""The folder we write is loaded by the library, which then encodes as we do; its files are those the library writes."""

import json

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from torch import nn
from transformers import BertConfig, BertForMaskedLM

from bertlab.sentence_bert.sentence_transformers_folder import library_files, save_as_sentence_transformer
from bertlab.sentence_bert.siamese import SentenceEncoder, tokenize_columns
from tests.encoders import assert_close

TEXTS = ["The dog sleeps.", "Who let the old dog into the kitchen, and when?", "Rain", ""]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    sizes = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 7}
    return BertForMaskedLM(BertConfig(vocab_size=30_522, max_position_embeddings=37, **sizes)).eval()


POOLINGS = {
    "cls": lambda hidden, mask: hidden[:, 0],
    "max": lambda hidden, mask: hidden.masked_fill(mask[..., None] == 0, -torch.inf).amax(1),
}


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
def test_the_library_loads_it_and_encodes_the_same(model, tokenizer, tmp_path, pooling):
    encoder = SentenceEncoder(model, **({} if pooling == "mean" else {"pooling": POOLINGS[pooling]})).eval()
    folder = save_as_sentence_transformer(encoder, tokenizer, tmp_path / "new" / "mine", pooling)
    theirs = SentenceTransformer(str(folder), device="cpu")
    [batch] = tokenize_columns(tokenizer, [TEXTS])
    with torch.no_grad():
        ours = encoder(**batch)
    assert_close(ours, theirs.encode(TEXTS, convert_to_tensor=True))
    assert ours.std() > 0.1
    assert theirs.get_embedding_dimension() == 12
    assert theirs.max_seq_length == 37
    assert theirs.similarity_fn_name == "cosine"


def test_the_files_are_those_that_the_library_writes(model, tokenizer, tmp_path):
    ours, theirs = save_as_sentence_transformer(model, tokenizer, tmp_path / "ours"), tmp_path / "theirs"
    library = SentenceTransformer(modules=[Transformer(str(ours)), Pooling(12, "mean")], device="cpu")
    library.save(str(theirs), create_model_card=False)
    written, expected = ({str(path.relative_to(who)) for path in who.rglob("*")} for who in (ours, theirs))
    assert written == expected
    for name in library_files(12, "mean"):
        mine, other = (json.loads((who / name).read_text()) for who in (ours, theirs))
        if name == "config_sentence_transformers.json":  # theirs adds versions and empty prompts
            other = {key: other[key] for key in mine}
        assert mine == other, name


def test_only_the_encoder_of_a_model_with_a_head_is_saved(model, tokenizer, tmp_path):
    folder = save_as_sentence_transformer(model, tokenizer, tmp_path)
    assert json.loads((folder / "config.json").read_text())["architectures"] == ["BertModel"]


def test_what_the_library_could_not_load_is_refused(model, tokenizer, tmp_path):
    with pytest.raises(ValueError, match="there is no pooling 'sum' here: choose from mean, cls, max"):
        save_as_sentence_transformer(model, tokenizer, tmp_path, "sum")
    with pytest.raises(TypeError, match="Linear cannot be saved for the library"):
        save_as_sentence_transformer(nn.Linear(2, 3), tokenizer, tmp_path)
    with pytest.raises(ValueError, match="another pooling than 'cls'"):
        save_as_sentence_transformer(SentenceEncoder(model), tokenizer, tmp_path, "cls")
    with pytest.raises(ValueError, match="another pooling than 'mean'"):
        save_as_sentence_transformer(SentenceEncoder(model, pooling=POOLINGS["max"]), tokenizer, tmp_path)
    assert not list(tmp_path.iterdir())
