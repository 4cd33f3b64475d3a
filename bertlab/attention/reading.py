"""Attention weights as evidence: how spread out they are, where each head looks, and how they add up over the layers.

All of it describes where a model looks, which is not yet why it answers as it does. Sources: Clark et al. 2019
(arXiv:1906.04341) for what heads look at, Kobayashi et al. 2020 (arXiv:2004.10102) for what they gather there, Abnar &
Zuidema 2020 (arXiv:2005.00928) for rollout, Jain & Wallace 2019 (arXiv:1902.10186) and Wiegreffe & Pinter 2019
(arXiv:1908.04626) for what may be concluded.
"""

from collections.abc import Callable, Iterable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerFast

from bertlab.attention.masks import Inputs, get_attentions
from bertlab.models import encoder, evaluating, pick_layers

SHARE = 0.5
"""A head is called after a target that gets at least this share of its attention (Clark et al.: "over half")."""
EVENNESS = 0.8
"""A head is called broad if its entropy is at least this share of the highest possible."""


def attention_entropy(weights: Float[Tensor, "*queries key"]) -> Float[Tensor, "*queries"]:
    """Return how spread out each query's attention is, in nats: 0 on a single key, log(n) on n keys alike.

    Example: `attention_entropy(torch.tensor([[1.0, 0.0], [0.5, 0.5]])).tolist()` is about `[0.0, 0.693]`.

    A weight of 0, as every masked key has, adds nothing: p log p goes to 0 with p, but 0 · log 0 would be NaN.
    """
    logs = torch.where(weights > 0, weights, 1.0).log()
    return -(weights * logs).sum(dim=-1)


@torch.no_grad()
def contributions(model: PreTrainedModel, inputs: Inputs) -> Float[Tensor, "layers batch heads query key"]:
    """Return how long the vector is that each query gets from each key: weight times the length of the value.

    Example: `contributions(model, inputs)[2, 0, 5, 1, 0]` is what token 1 gets from token 0 in head 5 of layer 2.

    The value is taken as it arrives at the query, after the output projection of the layer. Source: Kobayashi et al.
    2020, section 2.
    """
    with evaluating(model):
        states = encoder(model)(**inputs, output_hidden_states=True).hidden_states  # what goes into each layer, and out
    lengths = []
    for layer, state in zip(pick_layers(model), states[:-1], strict=True):
        heads = model.config.num_attention_heads
        value = layer.attention.self.value(state).unflatten(-1, (heads, -1)).transpose(1, 2)  # (B, H, T, d)
        projection = layer.attention.output.dense.weight.unflatten(1, (heads, -1)).permute(1, 2, 0)  # (H, d, hidden)
        lengths.append((value @ projection).norm(dim=-1))
    return get_attentions(model, inputs) * torch.stack(lengths).unsqueeze(-2)


def rollout_step(
    rollout: Float[Tensor, "seq seq"], weights: Float[Tensor, "heads seq seq"]
) -> Float[Tensor, "seq seq"]:
    """Carry a rollout one layer up: half of the stream comes through the mean head, half past it by the residual.

    Example: from `torch.eye(2)`, one head of `[[0.0, 1.0], [0.0, 1.0]]` leads to `[[0.5, 0.5], [0.0, 1.0]]`.

    Rows keep the sum 1. Source: Abnar & Zuidema 2020, section 3.
    """
    layer = 0.5 * weights.mean(dim=0) + 0.5 * torch.eye(weights.shape[-1])
    return layer @ rollout


def attention_rollout(attentions: Float[Tensor, "layers heads seq seq"]) -> Float[Tensor, "layers seq seq"]:
    """Estimate how much of each input token (column) is in each position (row) after every layer.

    Example: `attention_rollout(get_attentions(model, inputs)[:, 0])[-1]` is the rollout of the whole model.

    It takes attention for all that moves information: what the feed-forward layers and the values do is left out.
    """
    steps = [torch.eye(attentions.shape[-1])]
    for weights in attentions:
        steps.append(rollout_step(steps[-1], weights))
    return torch.stack(steps[1:])


def head_targets(tokens: Sequence[str], words: Sequence[int | None]) -> dict[str, Bool[Tensor, "seq seq"]]:
    """Say for each query (row) which keys count as its previous and next token, its own word, [CLS] and [SEP].

    Example: `head_targets(["[CLS]", "hi", "[SEP]"], [None, 0, None])["previous"].tolist()` is
    `[[False, False, False], [True, False, False], [False, True, False]]`.

    `words` numbers the word that each token is a piece of, None for a special token, as in `encoding.word_ids()`. A
    token is among the pieces of its own word. The targets overlap: before the first word stands [CLS].
    """
    length = len(tokens)
    places = torch.arange(length)
    word = torch.tensor([-1 - place if number is None else number for place, number in enumerate(words)])
    return {
        "previous": places[:, None] - 1 == places,
        "next": places[:, None] + 1 == places,
        "same word": word[:, None] == word,
        "[CLS]": torch.tensor([token == "[CLS]" for token in tokens]).expand(length, length),
        "[SEP]": torch.tensor([token == "[SEP]" for token in tokens]).expand(length, length),
    }


def mean_over_words(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    texts: Iterable[str],
    measure: Callable[[BatchEncoding, Float[Tensor, "layers heads seq seq"]], dict[str, Tensor]],
) -> dict[str, Float[Tensor, "layers heads"]]:
    """Average what `measure` says of each query over those that are pieces of words, in all texts.

    Example: `mean_over_words(model, tokenizer, texts, lambda inputs, weights: {"highest": weights.amax(dim=-1)})`

    `measure` takes a text as the tokenizer returns it, and its weights; it returns (layers, heads, seq) tensors. Where
    [CLS] and [SEP] look is not counted. ValueError if there is no piece of a word. TypeError for a single string: its
    letters would be taken for texts.
    """
    if isinstance(texts, str):
        raise TypeError(f"texts is one string, and a list of texts is wanted: give [{texts[:20]!r}]")
    totals: dict[str, Tensor] = {}
    queries = 0
    for text in texts:
        inputs = tokenizer(text, truncation=True, return_tensors="pt")
        counted = torch.tensor([word is not None for word in inputs.word_ids()])
        for name, value in measure(inputs, get_attentions(model, inputs)[:, 0]).items():
            totals[name] = totals.get(name, 0) + value[..., counted].sum(dim=-1)
        queries += int(counted.sum())
    if not queries:
        raise ValueError("the texts have no words to start from: give at least one text that is not empty")
    return {name: total / queries for name, total in totals.items()}


def measure_heads(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, texts: Iterable[str]
) -> dict[str, Float[Tensor, "layers heads"]]:
    """Measure where each head looks: the mean share of attention on each target, over all queries of all texts.

    Example: `measure_heads(model, tokenizer, ["Tea is hot."])["previous"][2, 5]` is the share that head 5 of layer 2
    gives to the token before.

    "broad" is another kind of number: the entropy as a share of the highest possible, 1 if all keys get the same.
    Queries are the pieces of words; where [CLS] and [SEP] look is not counted. ValueError if there is no such query,
    TypeError for a string in place of a list.
    """

    def shares(inputs: BatchEncoding, weights: Tensor) -> dict[str, Tensor]:
        targets = head_targets(inputs.tokens(), inputs.word_ids())
        evenness = attention_entropy(weights) / torch.tensor(weights.shape[-1]).log()
        return {name: (weights * keys).sum(dim=-1) for name, keys in targets.items()} | {"broad": evenness}

    return mean_over_words(model, tokenizer, texts, shares)


def classify_heads(measures: dict[str, Float[Tensor, "layers heads"]]) -> list[list[str]]:
    """Name each head after the target that gets most of its attention, if that is at least half (`SHARE`).

    Example: `classify_heads(measure_heads(model, tokenizer, texts))[2][5]` may be `"previous"`.

    Otherwise it is "broad" if its attention is spread almost evenly (`EVENNESS`), and "mixed" if not.
    """
    names = [name for name in measures if name != "broad"]
    highest, which = torch.stack([measures[name] for name in names]).max(dim=0)  # (layers, heads)
    kinds = torch.where(highest >= SHARE, which, len(names) + (measures["broad"] < EVENNESS))
    return [[[*names, "broad", "mixed"][kind] for kind in layer] for layer in kinds.tolist()]
