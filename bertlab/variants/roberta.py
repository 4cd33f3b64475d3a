"""RoBERTa is BERT's encoder, trained otherwise; two things in the model differ.

Positions are counted from `padding_idx + 1`, and over tokens only: padding always has the one position `padding_idx`,
so a text means the same whether it is padded on the right or on the left. And there is no next-sentence head: the head
for masked words, whose parts are called differently, is the only one. Token types are left in, but roberta-base has
just one. Source: Liu et al. 2019 (arXiv:1907.11692), section 4; for the positions fairseq, `make_positions`.
"""

from pathlib import Path
from typing import Any

import transformers
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import Embedding, Module, Sequential
from transformers import BertConfig, PreTrainedConfig, RobertaConfig

from bertlab.inside_the_encoder.model import BertModel, Embeddings, Hidden, MLMHead, TokenIds
from bertlab.inside_the_encoder.weights import initialize
from bertlab.variants.layers import MaskedLMOutput


def as_bert(config: PreTrainedConfig, **changed: Any) -> BertConfig:
    """Return the sizes of a variant as BERT's own configuration, some of them changed.

    Example: `as_bert(RobertaConfig(hidden_size=48), num_hidden_layers=1).hidden_size` is `48`.
    """
    return BertConfig(**config.to_dict() | changed)


def position_ids(input_ids: TokenIds, padding_idx: int) -> Int[Tensor, "batch seq"]:
    """Number the tokens of each text from `padding_idx + 1`; padding itself is `padding_idx`, and is not counted.

    Example: `position_ids(torch.tensor([[0, 31, 2, 1, 1]]), padding_idx=1).tolist()` is `[[2, 3, 4, 1, 1]]`.

    It goes by the ids alone: a batch that is padded with another id has its padding counted, whatever its
    attention mask says.
    """
    tokens = (input_ids != padding_idx).long()
    return tokens.cumsum(1) * tokens + padding_idx


class RobertaEmbeddings(Embeddings):
    """BERT's three vectors, but for the positions. Of `max_position_embeddings` = 514 rows, 512 are for tokens."""

    def __init__(self, config: BertConfig):
        super().__init__(config)
        rows, width = self.position_embeddings.weight.shape
        self.position_embeddings = Embedding(rows, width, padding_idx=config.pad_token_id)

    def forward(self, input_ids: TokenIds, token_type_ids: TokenIds) -> Hidden:
        """Look up and add. ValueError if there are more tokens than positions."""
        padding_idx = self.position_embeddings.padding_idx or 0
        seq, limit = input_ids.shape[1], self.position_embeddings.num_embeddings - padding_idx - 1
        if seq > limit:
            raise ValueError(f"{seq} tokens for {limit} positions: tokenize with truncation=True, max_length={limit}")
        positions = self.position_embeddings(position_ids(input_ids, padding_idx))  # (B, T, hidden)
        summed = self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids) + positions
        return self.dropout(self.LayerNorm(summed))


class RobertaModel(BertModel):
    """BERT's encoder, with the embeddings above.

    ValueError for cross-attention, no id of padding, and all that `BertModel` refuses.
    """

    def __init__(self, config: RobertaConfig, add_pooling_layer: bool = True):
        if config.add_cross_attention or config.pad_token_id is None:
            raise ValueError("our RoBERTa has no add_cross_attention, and cannot do without a pad_token_id")
        super().__init__(as_bert(config))
        self.embeddings = RobertaEmbeddings(self.config)
        initialize(self.embeddings, config.initializer_range)
        if not add_pooling_layer:  # a model for masked words has none: pooler_output is <s> as it comes
            self.pooler = Sequential()


class RobertaLMHead(MLMHead):
    """BERT's head, its parts under other names: `transform.LayerNorm` is `layer_norm`, `transform.dense` is `dense`."""

    def __init__(self, config: BertConfig, word_embeddings: Embedding):
        super().__init__(config, word_embeddings)
        self.dense, self.gelu, self.layer_norm = self.transform.children()
        del self.transform

    def forward(self, hidden: Float[Tensor, "*positions hidden"]) -> Float[Tensor, "*positions vocab"]:
        """Return the logits."""
        return self.decoder(self.layer_norm(self.gelu(self.dense(hidden))))


def from_library(kind: Any, name: str | Path) -> Any:
    """Load what the library's class of the same name loads: a folder, or a name on the Hub; ours takes its weights.

    Example: `from_library(RobertaForMaskedLM, "FacebookAI/roberta-base")`
    """
    theirs = getattr(transformers, kind.__name__).from_pretrained(name)
    model = kind(theirs.config)
    model.load_state_dict(model.our_names(theirs.state_dict()))
    return model.eval()


class RobertaForMaskedLM(Module):
    """The encoder, without a pooler, and the head for masked words, which is all that RoBERTa was trained with."""

    base_model_prefix = "roberta"

    def __init__(self, config: RobertaConfig):
        super().__init__()
        self.config = config
        self.roberta = RobertaModel(config, add_pooling_layer=False)
        self.lm_head = RobertaLMHead(self.roberta.config, self.roberta.embeddings.word_embeddings)
        initialize(self.lm_head, config.initializer_range)

    from_pretrained = classmethod(from_library)
    our_names: Any = staticmethod(dict)  # they are the library's

    def forward(self, input_ids: TokenIds, **inputs: Any) -> MaskedLMOutput:
        """Take what `RobertaModel` takes, and return the logits."""
        hidden, _, attentions = self.roberta(input_ids, **inputs)
        return MaskedLMOutput(self.lm_head(hidden), attentions)
