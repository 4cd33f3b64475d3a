"""A tagger: an encoder, one linear layer, and on top either a softmax for each word or a CRF for the whole sentence.

    train, validation = (encode_sentences(splits[name], tokenizer) for name in ("train", "validation"))
    tagger = Tagger(AutoModel.from_pretrained(checkpoint), train.names, crf=True, allowed=allowed_moves(train.names))
    TaggerTraining(tagger, tokenizer, train, validation, groups=two_rates(tagger, 1e-4)).finish()
    predict_tags(tagger, tokenizer, [["Ann", "left", "Oslo"]])

Devlin et al. 2018 (arXiv:1810.04805, section 5.3) have the softmax, and read the first piece of each word.
"""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import MAX_LENGTH, Encoded
from bertlab.fine_tuning.loop import FineTuning
from bertlab.fine_tuning.optimizer import split_by_decay
from bertlab.models import encoder, evaluating
from bertlab.token_classification.alignment import WordIds, encode_words, inside
from bertlab.token_classification.crf import LinearChainCRF
from bertlab.token_classification.entity_scores import entity_score
from bertlab.token_classification.gather import GatheredWords, gather_labels, gather_words
from bertlab.token_classification.word_batches import EncodedSentences, WordBatch, word_batch

Pieces = Literal["first", "last", "mean", "all"]
Allowed = tuple[Bool[Tensor, "tags tags"], Bool[Tensor, " tags"]]
Labels = Sequence[Sequence[int]]


class Tagger(nn.Module):
    """Scores each tag of each word, and chooses tags one by one (softmax) or a path at once (CRF).

    Example: `Tagger(AutoModel.from_pretrained(checkpoint), bio_tags(["LOC", "PER"])).eval().predict(batch)`

    `bert`, `dropout` and `classifier` are those of `BertForTokenClassification`; the linear layer is drawn as there.

    Args:
        body: an encoder, or a model that has one.
        names: the tags; a label is a number into them.
        crf: learn a score for each move from tag to tag, by the likelihood of whole paths.
        allowed: as `bio.allowed_moves` returns it: no other path is predicted, and a CRF gives none a probability.
            None allows all.
        pieces: whose vector a word gets. "all" trains each piece by itself, those after the first to go on with the
            entity, and reads the first.

    Raises:
        ValueError: a CRF over all pieces, or moves that do not fit the names.
    """

    def __init__(
        self,
        body: nn.Module,
        names: Sequence[str],
        crf: bool = False,
        allowed: Allowed | None = None,
        pieces: Pieces = "first",
        dropout: float = 0.1,
    ):
        super().__init__()
        if crf and pieces == "all":
            raise ValueError("a CRF goes over words, not over pieces: choose 'first', 'last' or 'mean'")
        self.names, self.pieces = tuple(names), pieces
        self.bert: Any = encoder(body)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(self.bert.config.hidden_size, len(self.names))
        nn.init.normal_(self.classifier.weight, std=self.bert.config.initializer_range)
        nn.init.zeros_(self.classifier.bias)
        self.crf = LinearChainCRF(len(self.names), *(allowed or ())) if crf else None
        self.decoder = path_finder(*allowed) if allowed and not crf else self.crf

    def forward(self, batch: WordBatch) -> GatheredWords:
        """Return the logits of each word as `states`, (batch, words, tags). Example: `tagger(batch).states`."""
        hidden = self.bert(**batch.inputs).last_hidden_state
        which = "first" if self.pieces == "all" else self.pieces
        gathered = gather_words(hidden, batch.word_ids, batch.words, which)
        return gathered._replace(states=self.classifier(self.dropout(gathered.states)))

    def loss(self, batch: WordBatch, labels: Labels) -> Float[Tensor, ""]:
        """Return the mean of −log P over words (over pieces, if all are trained), in nats.

        Example: `tagger.loss(batch, [[1, 2], [0, 0, 3]]).backward()`, a label for each word of each sentence.

        A CRF's −log P(path) is divided among the words, so that both losses have one unit. ValueError as in
        `gather_labels` and `LinearChainCRF.loss`.
        """
        if self.pieces == "all":
            batch, labels = pieces_as_words(batch, labels, self.names)
        logits = self(batch)
        wanted = gather_labels(labels, logits.numbers).to(logits.states.device)
        if self.crf:
            return self.crf.loss(logits.states, wanted, logits.mask) * len(wanted) / logits.mask.sum()
        return cross_entropy(logits.states[logits.mask], wanted[logits.mask])

    @torch.no_grad()
    def word_losses(self, batch: WordBatch, labels: Labels) -> list[list[float]]:
        """Return −log P of the tag of each word by itself, in nats; 0 for a word that has no piece.

        Example: `tagger.eval().word_losses(batch, labels)[0]`, high where the model would choose another tag.

        Under a CRF, P is that of all paths with the tag together (`LinearChainCRF.marginals`).
        """
        logits = self(batch)
        wanted = gather_labels(labels, logits.numbers).to(logits.states.device).clamp(min=0)
        chances = self.crf.marginals(logits.states, logits.mask) if self.crf else logits.states.softmax(-1)
        rows = -chances.gather(2, wanted[..., None])[..., 0].clamp(min=1e-30).log()
        losses = [[0.0] * len(words) for words in batch.words]
        for own, numbers, row in zip(losses, logits.numbers, rows.tolist(), strict=True):
            for number, loss in zip(numbers, row, strict=False):
                own[number] = loss
        return losses

    @torch.no_grad()
    def predict(self, batch: WordBatch) -> list[list[str]]:
        """Return a tag for each word of each sentence, O for a word that has no piece.

        Example: `tagger.eval().predict(batch)`; `predict_tags` takes any number of sentences.
        """
        logits = self(batch)
        tags = [["O"] * len(words) for words in batch.words]
        there = [row for row, numbers in enumerate(logits.numbers) if numbers]
        if self.decoder and there:
            paths = self.decoder.viterbi(logits.states[there], logits.mask[there]).paths
        else:
            paths = logits.states[there].argmax(-1).tolist()
        for row, path in zip(there, paths, strict=True):
            for word, number in zip(logits.numbers[row], path, strict=False):
                tags[row][word] = self.names[number]
        return tags


def path_finder(moves: Bool[Tensor, "tags tags"], starts: Bool[Tensor, " tags"]) -> LinearChainCRF:
    """Return a CRF with nothing to learn, whose Viterbi path is the allowed one with the highest sum of logits.

    Example: `tagger.decoder = path_finder(*allowed_moves(tagger.names))`, also after a training with a softmax.

    ValueError if they allow no path.
    """
    found = LinearChainCRF(len(starts), moves, starts)
    for scores in found.parameters():
        nn.init.zeros_(scores.requires_grad_(False))
    return found


def pieces_as_words(batch: WordBatch, labels: Labels, names: Sequence[str]) -> tuple[WordBatch, list[list[int]]]:
    """Take each piece for a word of its own, whose label goes on with the entity where the piece goes on with a word.

    Example: `pieces_as_words(WordBatch({}, [[None, 0, 0, None]], [range(1)]), [[1]], ["O", "B-LOC", "I-LOC"])[1]` is
    `[[1, 2]]`.
    """
    goes_on = [names.index(inside(name)) for name in names]
    numbers: list[WordIds] = []
    given: list[list[int]] = []
    for ids, own in zip(batch.word_ids, labels, strict=True):
        words = [word for word in ids if word is not None]
        places = iter(range(len(words)))
        numbers.append([None if word is None else next(places) for word in ids])
        given.append([goes_on[own[word]] if word in words[:at] else own[word] for at, word in enumerate(words)])
    return WordBatch(batch.inputs, numbers, [range(len(own)) for own in given]), given


def two_rates(model: nn.Module, lr: float, new_lr: float = 1e-2, weight_decay: float = 0.01) -> list[dict[str, Any]]:
    """Return parameter groups for the optimizer: the encoder `bert` at one rate, all that is new above it at another.

    Example: `TaggerTraining(tagger, tokenizer, train, groups=two_rates(tagger, 1e-4))`

    Adam moves a weight by about its rate in each step. A linear layer, and the scores of a CRF's moves, begin near zero
    and have far to go: at a rate that an encoder can bear, a hundred steps do not take them there.
    """
    named = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    old, new = ([(name, w) for name, w in named if name.startswith("bert.") == inner] for inner in (True, False))
    return [*split_by_decay(old, weight_decay, lr=lr), *split_by_decay(new, weight_decay=0.0, lr=new_lr)]


class TaggerTraining(FineTuning):
    """The loop of notebook 07 with a tagger's loss. Its data come from `encode_sentences`.

    Example: `TaggerTraining(tagger, tokenizer, train, validation, epochs=5).finish().history[-1]["F1"]`
    """

    def batch_loss(self, numbers: list[int]) -> Tensor:
        """Return the tagger's loss on these training sentences. Example: `run.batch_loss([0, 1]).backward()`."""
        train = checked(self.train)
        return self.model.loss(train.batch(numbers, self.tokenizer), train.labels_of(numbers))

    @torch.no_grad()
    def figures(self, data: Encoded) -> dict[str, float]:
        """Measure the loss for each word and the strict entity F1. Example: `run.figures(validation)["F1"]`."""
        data = checked(data)
        total = 0.0
        predicted: list[list[str]] = [[]] * len(data.words)
        order = sorted(range(len(data.words)), key=lambda number: data.lengths[number])
        with evaluating(self.model):
            for numbers in (order[start : start + 32] for start in range(0, len(order), 32)):
                batch, labels = data.batch(numbers, self.tokenizer), data.labels_of(numbers)
                total += self.model.loss(batch, labels).item() * sum(map(len, labels))
                for number, tags in zip(numbers, self.model.predict(batch), strict=True):
                    predicted[number] = tags
        return {
            "loss": total / sum(map(len, data.words)),
            "F1": entity_score(data.tags(), predicted, "strict").f1,
        }


def checked(data: Encoded) -> EncodedSentences:
    """Refuse what has no words. Example: `checked(train).words`.

    TypeError says what to give.
    """
    if not isinstance(data, EncodedSentences):
        raise TypeError(f"a tagger learns from what encode_sentences returns, not from {type(data).__name__}")
    return data


def predict_tags(
    tagger: Tagger,
    tokenizer: PreTrainedTokenizerFast,
    sentences: Sequence[Sequence[str]],
    max_length: int = MAX_LENGTH,
    batch_size: int = 32,
) -> list[list[str]]:
    """Return a tag for each word of each sentence, dropout off.

    Example: `predict_tags(tagger, tokenizer, [["Ann", "left", "Oslo"]])`

    Words that `max_length` cuts off are O: longer texts go through `windows.encode_windows`.
    """
    encoded = [encode_words(words, tokenizer, max_length) for words in sentences]
    order = sorted(range(len(encoded)), key=lambda number: len(encoded[number].word_ids))
    found: list[list[str]] = [[]] * len(encoded)
    with evaluating(tagger):
        for numbers in (order[start : start + batch_size] for start in range(0, len(order), batch_size)):
            words = [range(len(sentences[number])) for number in numbers]
            tags = tagger.predict(word_batch([encoded[number] for number in numbers], words, tokenizer))
            for number, own in zip(numbers, tags, strict=True):
                found[number] = own
    return found
