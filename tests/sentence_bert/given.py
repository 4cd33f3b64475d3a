"""What the library's losses are held against: a model that returns the vectors it is given, and a tiny random BERT."""

import torch
from torch import nn
from transformers import BertConfig, BertModel

from bertlab.sentence_bert.siamese import SentenceEncoder

BATCH, HIDDEN, VOCABULARY = 7, 13, 53


class Given(nn.Module):
    """In the place of a SentenceTransformer: a batch is its vectors, under this name."""

    device = torch.device("cpu")
    max_seq_length = 37

    def __init__(self, tokenizer=None, name="vectors", hidden=HIDDEN):
        super().__init__()
        self.tokenizer, self.name, self.hidden = tokenizer, name, hidden

    def forward(self, batch):
        return {"sentence_embedding": batch[self.name]}

    def get_embedding_dimension(self):
        return self.hidden


class AsLibrary(nn.Module):
    """Our encoder with the library's way of being called."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def __getitem__(self, place):
        return self.encoder

    def forward(self, batch):
        return {"sentence_embedding": self.encoder(**batch)}


def draw(count, rows=BATCH, hidden=HIDDEN, seed=0, length=1.0):
    """Columns of random vectors that want their gradient."""
    generator = torch.Generator().manual_seed(seed)
    return [(length * torch.randn(rows, hidden, generator=generator)).requires_grad_() for _ in range(count)]


def features(*columns):
    return [{"vectors": column} for column in columns]


def assert_same(ours, theirs, columns):
    """Two losses are equal, and so are their gradients by each column, of which none is zero."""
    torch.testing.assert_close(ours, theirs)
    for mine, other in zip(torch.autograd.grad(ours, columns), torch.autograd.grad(theirs, columns), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-6)
        assert mine.abs().max() > 1e-5


def make_encoder(dropout=0.0, seed=0, **options):
    """A random BERT of two layers with a pooling."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=37,
        max_position_embeddings=19,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    return SentenceEncoder(BertModel(config), **options).train()


def make_batch(rows=BATCH, seq=11, seed=0):
    """Random texts, each a token shorter than the one before, down to five."""
    generator = torch.Generator().manual_seed(seed)
    input_ids = torch.randint(1, VOCABULARY, (rows, seq), generator=generator)
    lengths = (seq - torch.arange(rows)).clamp(min=5)
    mask = (torch.arange(seq) < lengths[:, None]).long()
    return {"input_ids": input_ids * mask, "attention_mask": mask}


def gradients(module):
    return {name: weight.grad.clone() for name, weight in module.named_parameters() if weight.grad is not None}
