import lzma

import numpy as np
import pytest
from transformers import BertTokenizer

from bertlab.training.corpus import TokenizedCorpus, is_held_out, read_articles, split_sentences


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("Dr. Li left. She ran.", ["Dr. Li left.", "She ran."]),
        ("Is it? Yes! Good.", ["Is it?", "Yes!", "Good."]),
        ("J. R. R. Tolkien wrote. He read.", ["J. R. R. Tolkien wrote.", "He read."]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("It rose by 3.5 per cent. In 1914 it fell.", ["It rose by 3.5 per cent.", "In 1914 it fell."]),
        ("It ended. 1914 was worse.", ["It ended.", "1914 was worse."]),
        ("See e.g. Paris. or so", ["See e.g. Paris. or so"]),
        ("no end", ["no end"]),
        ("  ", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(paragraph, sentences):
    assert split_sentences(paragraph) == sentences


@pytest.mark.parametrize("name", ["text.txt", "text.txt.xz"])
def test_articles_are_read_from_plain_and_packed_text(tmp_path, name):
    content = "\n\nOne.\n Two. \n\n\nThree.\n"
    path = tmp_path / name
    path.write_bytes(lzma.compress(content.encode()) if name.endswith(".xz") else content.encode())
    assert list(read_articles(path)) == [["One.", "Two."], ["Three."]]


def test_holding_out_depends_on_the_first_paragraph_alone():
    assert is_held_out(["One.", "Two."], share=0.5) == is_held_out(["One.", "Three."], share=0.5)


def test_held_out_articles_are_the_same_on_every_machine():
    held_out = [k for k in range(500) if is_held_out([f"article {k}"])]
    assert held_out == [51, 196, 205, 211, 216, 261, 280, 495]


def test_sentences_and_articles_are_found_again_in_the_ids(corpus, articles, tokenizer):
    third = range(corpus.article_starts[2], corpus.article_starts[3])
    found = [tokenizer.decode(corpus.ids[corpus.sentence_starts[s] : corpus.sentence_starts[s + 1]]) for s in third]
    assert found == [s.lower() for paragraph in articles[2] for s in split_sentences(paragraph)]
    assert corpus.sentence_starts[-1] == len(corpus.ids)
    assert len(corpus.article_starts) == 41


def test_what_was_saved_is_read_back(corpus, tmp_path):
    corpus.save(tmp_path / "tiny.npz")
    read = TokenizedCorpus.load(tmp_path / "tiny.npz")
    for name, array in vars(corpus).items():
        np.testing.assert_array_equal(getattr(read, name), array)
        assert getattr(read, name).dtype == array.dtype


def test_a_text_without_articles_is_refused(tokenizer):
    with pytest.raises(ValueError, match="no article"):
        TokenizedCorpus.build([], tokenizer)


def test_a_vocabulary_too_large_for_sixteen_bits_is_refused():
    huge = BertTokenizer(vocab={"[UNK]": 0} | {f"w{k}": k + 1 for k in range(2**16)})
    with pytest.raises(ValueError, match="16 bits"):
        TokenizedCorpus.build([["Text."]], huge)
