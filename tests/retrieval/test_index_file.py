"""Vectors come back as they were; damage and anything made otherwise are refused with what to do."""

from dataclasses import replace

import pytest
import torch
from transformers import BertConfig, BertModel

from bertlab.retrieval.ann import unit
from bertlab.retrieval.index_file import IndexFileError, Made, digest, fingerprint, load_vectors, save_vectors

TEXTS = [f"Text {number}." for number in range(7)]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 41}
    return BertModel(BertConfig(vocab_size=37, **sizes))


@pytest.fixture
def saved(tmp_path):
    vectors = unit(torch.randn(7, 13, generator=torch.Generator().manual_seed(0)))
    made = Made("1f3a", "mean", True, digest(TEXTS))
    save_vectors(tmp_path / "mine.safetensors", vectors, made)
    return tmp_path / "mine.safetensors", vectors, made


def test_vectors_come_back_bit_by_bit(saved):
    path, vectors, made = saved
    assert torch.equal(load_vectors(path, made), vectors)
    assert torch.equal(load_vectors(str(path), made), vectors)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "77aa"}, r"other weights or another tokenizer .*'1f3a' in the file, '77aa' now\): encode the texts"),
        ({"pooling": "cls"}, "pooled in another way"),
        ({"normalized": False}, "scaled otherwise"),
        ({"texts": digest(TEXTS[:-1])}, r"the texts have changed, .*'7 texts \w+' in the file, '6 texts \w+' now"),
        ({"texts": digest([*TEXTS[:-1], "Text 6!"])}, "the texts have changed"),
        ({"texts": digest(TEXTS[::-1])}, "the texts have changed"),
    ],
)
def test_what_was_made_otherwise_is_refused(saved, change, message):
    path, _, made = saved
    with pytest.raises(IndexFileError, match=message):
        load_vectors(path, replace(made, **change))


def test_damage_is_refused(saved):
    path, _, made = saved
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.raises(IndexFileError, match="damaged or was not saved by save_vectors: encode the texts again"):
        load_vectors(path, made)
    path.write_bytes(whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:])
    with pytest.raises(IndexFileError, match="damaged, its sum is not the one"):
        load_vectors(path, made)
    for content in (b"", b"no such file", bytes(4)):
        path.write_bytes(content)
        with pytest.raises(IndexFileError, match="damaged"):
            load_vectors(path, made)


def test_other_files_are_refused(tmp_path):
    from safetensors.torch import save_file

    made = Made("1f3a", "mean", True, digest(TEXTS))
    with pytest.raises(IndexFileError, match=r"there is no file .*none: encode the texts .* seen from"):
        load_vectors(tmp_path / "none", made)
    for metadata in (None, {"bertlab": "no JSON"}, {"bertlab": "[]"}, {"bertlab": "{}"}):
        save_file({"vectors": torch.ones(7, 2)}, tmp_path / "other", metadata)
        with pytest.raises(IndexFileError, match="damaged or was not saved by save_vectors"):
            load_vectors(tmp_path / "other", made)


def test_what_contradicts_itself_is_not_saved(tmp_path):
    made = Made("1f3a", "mean", True, digest(TEXTS))
    with pytest.raises(ValueError, match="6 vectors for 7 texts"):
        save_vectors(tmp_path / "mine", unit(torch.ones(6, 2)), made)
    with pytest.raises(ValueError, match="not of length 1"):
        save_vectors(tmp_path / "mine", torch.ones(7, 2), made)
    save_vectors(tmp_path / "mine", torch.ones(7, 2), replace(made, normalized=False))
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


def test_a_fingerprint_changes_with_one_weight_and_with_nothing_else(model, tokenizer):
    first = fingerprint(model, tokenizer)
    tokenizer("some text", padding="max_length", truncation=True, max_length=9)
    assert fingerprint(model.train(), tokenizer) == first
    with torch.no_grad():
        model.encoder.layer[1].output.dense.bias[5] += 1e-6
    assert fingerprint(model, tokenizer) != first


def test_another_tokenizer_gives_another_fingerprint(model, tokenizer):
    from tokenizers import normalizers
    from transformers import PreTrainedTokenizerFast

    copy = PreTrainedTokenizerFast(tokenizer_object=tokenizer.backend_tokenizer)
    assert fingerprint(model, copy) == fingerprint(model, tokenizer)
    copy.backend_tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    assert fingerprint(model, copy) != fingerprint(model, tokenizer)
