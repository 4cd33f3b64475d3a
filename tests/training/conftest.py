"""A language of 60 words, a corpus written in it and a BERT small enough to train in a second."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForPreTraining, BertTokenizer

from bertlab.training.corpus import TokenizedCorpus, is_held_out
from bertlab.training.tokens import write_tokens

TOPICS = [f"topic{k}" for k in range(80)]  # one per article: a sentence says which article it comes from
WORDS = [f"word{k}" for k in range(60)]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *WORDS, *TOPICS]


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


def write_article(topic: str, rng: np.random.Generator) -> list[str]:
    def sentence() -> str:
        return " ".join([topic.capitalize(), *rng.choice(WORDS, rng.integers(3, 14))]) + "."

    return [" ".join(sentence() for _ in range(rng.integers(3, 9))) for _ in range(3)]


@pytest.fixture(scope="session")
def articles() -> list[list[str]]:
    """Eighty articles, the last forty of them drawn until their hash holds them out."""
    rng = np.random.default_rng(7)
    written = []
    for number, topic in enumerate(TOPICS):
        article = write_article(topic, rng)
        while is_held_out(article) != (number >= 40):
            article = write_article(topic, rng)
        written.append(article)
    return written


@pytest.fixture(scope="session")
def text(articles, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("text") / "tiny.txt"
    path.write_text("\n\n".join("\n".join(article) for article in articles) + "\n")
    return path


@pytest.fixture(scope="session")
def tokenizer() -> BertTokenizer:
    return BertTokenizer(vocab={piece: i for i, piece in enumerate(VOCABULARY)}, do_lower_case=True)


@pytest.fixture(scope="session")
def corpus(articles, tokenizer) -> TokenizedCorpus:
    return TokenizedCorpus.build(articles[:40], tokenizer)


@pytest.fixture(scope="session")
def recipe(tmp_path_factory) -> Path:
    """A recipe of one text: pairs, a tenth of the batches single sentences, and held-out articles."""
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    path.write_text('singles = 0.1\n[[text]]\nfile = "tiny.txt"\npairs = 1.0\nsingles = 1.0\nheld_out = "tiny"\n')
    return path


@pytest.fixture(scope="session")
def data(recipe, text, tokenizer, tmp_path_factory) -> Path:
    """The token arrays of that recipe."""
    folder = tmp_path_factory.mktemp("tokens")
    write_tokens(recipe, text.parent, folder, tokenizer)
    return folder


@pytest.fixture
def make_model():
    """A random BERT of unequal sizes: 32 wide, 4 heads, 2 layers, 37 in the feed-forward layer."""

    def make(**changes) -> BertForPreTraining:
        torch.manual_seed(0)
        sizes = {"hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": 37}
        settings = {"vocab_size": len(VOCABULARY), "max_position_embeddings": 128} | sizes | changes
        return BertForPreTraining(BertConfig(**settings))

    return make


@pytest.fixture
def start(tmp_path, tokenizer, make_model) -> Path:
    """A folder to start pre-training from. It has dropout: that too must survive a kill."""
    folder = tmp_path / "start"
    make_model(hidden_dropout_prob=0.1).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
