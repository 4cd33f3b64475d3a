"""A tagger's loss is that of the library, its paths are those of its CRF, and the loop of notebook 07 trains it."""

from itertools import product

import pytest
import torch
from transformers import AutoModelForTokenClassification, BertForTokenClassification

from bertlab.fine_tuning.batches import Encoded
from bertlab.models import evaluating
from bertlab.token_classification.alignment import align_labels, encode_words, read_back
from bertlab.token_classification.bio import allowed_moves, is_valid
from bertlab.token_classification.entity_scores import entity_score
from bertlab.token_classification.tagger import (
    Tagger,
    TaggerTraining,
    path_finder,
    pieces_as_words,
    predict_tags,
    two_rates,
)
from bertlab.token_classification.word_batches import WordBatch, encode_sentences, word_batch
from tests.encoders import assert_close
from tests.fine_tuning.toys import make_config
from tests.token_classification.toys import NAMES, make_body, make_sentences

ALLOWED = allowed_moves(NAMES)


@pytest.fixture(scope="module")
def data():
    return make_sentences(37)


@pytest.fixture(scope="module")
def encoded(data, tokenizer):
    return encode_sentences(data, tokenizer)


@pytest.fixture(scope="module")
def batch(encoded, tokenizer):
    return encoded.batch([0, 3, 5, 7, 1], tokenizer)


@pytest.fixture(scope="module")
def labels(encoded):
    return encoded.labels_of([0, 3, 5, 7, 1])


def make_tagger(**options):
    """A tagger whose logits differ enough to choose every tag somewhere."""
    body = make_body()
    torch.manual_seed(5)
    tagger = Tagger(body, NAMES, **options).eval()
    torch.nn.init.normal_(tagger.classifier.weight, std=0.7, generator=torch.Generator().manual_seed(1))
    return tagger


def make_theirs(ours: Tagger) -> BertForTokenClassification:
    theirs = AutoModelForTokenClassification.from_config(make_config(num_labels=len(NAMES))).eval()
    missing = theirs.load_state_dict(ours.state_dict(), strict=False)
    assert not missing.missing_keys
    assert all(name.startswith(("bert.pooler", "decoder")) for name in missing.unexpected_keys)
    return theirs


@pytest.mark.parametrize("which", ["first", "last", "all"])
def test_loss_gradient_and_tags_are_those_of_the_library(which, data, batch, labels, tokenizer):
    ours = make_tagger(pieces=which)
    theirs = make_theirs(ours)
    aligned = [
        align_labels([NAMES[label] for label in own], ids, NAMES, which)
        for own, ids in zip(labels, batch.word_ids, strict=True)
    ]
    length = batch.inputs["input_ids"].shape[1]
    padded = torch.tensor([row + [-100] * (length - len(row)) for row in aligned])
    expected = theirs(**batch.inputs, labels=padded)
    loss = ours.loss(batch, labels)
    assert_close(loss, expected.loss)
    loss.backward()
    expected.loss.backward()
    word = "embeddings.word_embeddings.weight"
    assert_close(ours.bert.get_parameter(word).grad, theirs.bert.get_parameter(word).grad)
    tags = [
        read_back(row, ids, NAMES, len(words), which)
        for row, ids, words in zip(expected.logits.argmax(-1).tolist(), batch.word_ids, batch.words, strict=True)
    ]
    assert ours.predict(batch) == tags
    assert len({tag for own in tags for tag in own}) == len(NAMES)


def test_the_head_is_drawn_as_in_the_library():
    torch.manual_seed(0)
    wide = Tagger(make_body(hidden_size=240), [f"B-{number}" for number in range(200)])
    assert wide.classifier.weight.std().item() == pytest.approx(0.1, rel=0.02)
    assert not wide.classifier.bias.any()
    assert wide.dropout.p == 0.1


def test_of_the_mean_each_piece_counts(batch):
    ours = make_tagger(pieces="mean")
    hidden = ours.bert(**batch.inputs).last_hidden_state
    logits = ours(batch)
    for row, ids in enumerate(batch.word_ids):
        for word in range(len(batch.words[row])):
            places = [place for place, number in enumerate(ids) if number == word]
            assert_close(logits.states[row, word], ours.classifier(hidden[row, places].mean(0)))
    assert max(ids.count(word) for ids in batch.word_ids for word in range(4)) > 1


@pytest.mark.parametrize("allowed", [None, ALLOWED])
def test_with_a_crf_loss_and_paths_are_those_of_the_crf(allowed, batch, labels):
    ours = make_tagger(crf=True, allowed=allowed)
    logits = ours(batch)
    total, paths = 0.0, []
    for row, own in enumerate(labels):
        alone = logits.states[row : row + 1, : len(own)]
        total += ours.crf.loss(alone, torch.tensor([own])).item()
        paths += ours.crf.viterbi(alone).paths
    assert ours.loss(batch, labels).item() == pytest.approx(total / sum(map(len, labels)), rel=1e-5)
    assert ours.predict(batch) == [[NAMES[tag] for tag in path] for path in paths]


def test_forbidden_moves_are_never_predicted_whether_learned_or_not(batch, encoded, tokenizer):
    everything = encoded.batch(range(37), tokenizer)
    free, bound, learned = make_tagger(), make_tagger(allowed=ALLOWED), make_tagger(crf=True, allowed=ALLOWED)
    assert torch.equal(free(batch).states, bound(batch).states)
    assert not all(map(is_valid, free.predict(everything)))
    for tagger in (bound, learned):
        assert all(map(is_valid, tagger.predict(everything)))
    assert bound.crf is None
    for before, after in zip(free.predict(everything), bound.predict(everything), strict=True):
        assert (before == after) == is_valid(before)


def test_the_best_allowed_path_has_the_highest_sum_of_logits():
    logits = torch.randn(1, 4, len(NAMES), generator=torch.Generator().manual_seed(3))
    paths = [path for path in product(range(len(NAMES)), repeat=4) if is_valid([NAMES[tag] for tag in path])]
    best = max(paths, key=lambda path: sum(logits[0, place, tag].item() for place, tag in enumerate(path)))
    finder = path_finder(*ALLOWED)
    assert finder.viterbi(logits).paths == [list(best)]
    assert not any(weight.requires_grad for weight in finder.parameters())


@pytest.mark.parametrize("crf", [False, True])
def test_losses_of_words_are_those_of_each_tag_by_itself(crf, batch, labels):
    ours = make_tagger(crf=crf)
    logits = ours(batch)
    found = ours.word_losses(batch, labels)
    assert list(map(len, found)) == list(map(len, labels))
    for row, own in enumerate(labels):
        alone = logits.states[row : row + 1, : len(own)]
        chances = ours.crf.marginals(alone)[0] if crf else alone[0].softmax(-1)
        assert_close(torch.tensor(found[row]), -chances[range(len(own)), own].log())
    if not crf:
        mean = sum(map(sum, found)) / sum(map(len, found))
        assert ours.loss(batch, labels).item() == pytest.approx(mean, rel=1e-5)


def test_pieces_go_on_with_the_entity_of_their_word():
    batch = WordBatch({}, [[None, 0, 0, 1, 2, 2, 2, None], [None, 1, None]], [range(3), range(2)])
    per, inside = NAMES.index("B-PER"), NAMES.index("I-PER")
    pieces, labels = pieces_as_words(batch, [[per, 0, inside], [0, per]], NAMES)
    assert labels == [[per, inside, 0, inside, inside, inside], [per]]
    assert pieces.word_ids == [[None, 0, 1, 2, 3, 4, 5, None], [None, 0, None]]
    assert pieces.words == [range(6), range(1)]


@pytest.mark.parametrize("crf", [False, True])
def test_words_without_a_piece_are_o_and_cost_nothing(crf, tokenizer):
    ours = make_tagger(crf=crf)
    torch.nn.init.constant_(ours.classifier.bias[NAMES.index("B-LOC") :][:1], 99.0)
    sentences = [["Ann", "\u200b", "left"], ["\u200b"], [], ["Oslo"]]
    assert predict_tags(ours, tokenizer, sentences) == [["B-LOC", "O", "B-LOC"], ["O"], [], ["B-LOC"]]
    encoded = [encode_words(words, tokenizer) for words in sentences[:1]]
    [losses] = ours.word_losses(word_batch(encoded, [range(3)], tokenizer), [[1, 1, 0]])
    assert losses[1] == 0.0
    assert losses[2] > 50
    assert predict_tags(ours, tokenizer, [["Ann", "left", "Oslo"]], max_length=4) == [["B-LOC", "B-LOC", "O"]]


def test_sentences_come_back_in_their_order_whatever_the_batches(data, tokenizer):
    ours = make_tagger().train()
    alone = [predict_tags(ours, tokenizer, [words])[0] for words in data.words]
    assert predict_tags(ours, tokenizer, data.words, batch_size=5) == alone
    assert ours.training
    assert len({tuple(tags) for tags in alone}) > 20


def test_impossible_taggers_are_refused():
    with pytest.raises(ValueError, match="over words, not over pieces"):
        make_tagger(crf=True, pieces="all")
    with pytest.raises(ValueError, match="moves"):
        make_tagger(crf=True, allowed=allowed_moves(NAMES[:3]))


def test_only_what_is_new_has_the_higher_rate():
    ours = make_tagger(crf=True)
    groups = two_rates(ours, 3e-4, new_lr=2e-2, weight_decay=0.3)
    rate = {id(weight): (group["lr"], group["weight_decay"]) for group in groups for weight in group["params"]}
    assert len(rate) == len(list(ours.parameters()))
    for name, weight in ours.named_parameters():
        decays = name.startswith("bert.") and not name.endswith(("bias", "LayerNorm.weight"))
        assert rate[id(weight)] == (3e-4 if name.startswith("bert.") else 2e-2, 0.3 if decays else 0.0), name
    frozen = {id(weight) for weight in make_tagger(allowed=ALLOWED).decoder.parameters()}
    assert frozen.isdisjoint(id(weight) for group in two_rates(ours, 1e-4) for weight in group["params"])


@pytest.mark.parametrize(("crf", "pieces"), [(False, "first"), (True, "mean"), (False, "all")])
def test_the_loop_trains_it(crf, pieces, data, encoded, tokenizer):
    held_out = make_sentences(29, seed=1)
    tagger = Tagger(make_body(dropout=0.1), NAMES, crf, ALLOWED if crf else None, pieces)
    groups = two_rates(tagger, 5e-3, new_lr=2e-2)
    run = TaggerTraining(
        tagger, tokenizer, encoded, encode_sentences(held_out, tokenizer), epochs=12, batch_size=8, groups=groups
    ).finish()
    assert run.history[-1]["F1"] > 0.9 > 0.5 > run.history[0]["F1"]
    assert run.losses[-1][1] < run.losses[0][1] / 4
    predicted = predict_tags(tagger, tokenizer, held_out.words)
    assert run.history[-1]["F1"] == entity_score(held_out.tags, predicted, "strict").f1
    assert [point["step"] for point in run.history] == list(range(5, 61, 5))


def test_figures_are_means_over_words_whatever_the_batches(encoded, tokenizer):
    sentences = make_sentences(71, seed=2)
    data = encode_sentences(sentences, tokenizer)
    ours = make_tagger(crf=True)
    found = TaggerTraining(ours.train(), tokenizer, encoded).figures(data)
    assert ours.training
    with evaluating(ours), torch.no_grad():
        whole = ours.loss(data.batch(range(71), tokenizer), data.labels_of(range(71))).item()
        assert found["loss"] == pytest.approx(whole, rel=1e-5)
    expected = entity_score(sentences.tags, predict_tags(ours, tokenizer, sentences.words), "strict").f1
    assert found["F1"] == expected


def test_what_has_no_words_is_refused(encoded, tokenizer):
    run = TaggerTraining(make_tagger(), tokenizer, Encoded(encoded.features, encoded.labels))
    with pytest.raises(TypeError, match="encode_sentences"):
        run.batch_loss([0])
