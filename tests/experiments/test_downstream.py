"""Fine-tuning on few texts learns, leaves the model that it starts from alone, and is the same for the same seed."""

import pytest
import torch

from bertlab.experiments.downstream import TESTED, by_component, fine_tune, on_cls
from bertlab.small_bert.model import small_bert
from bertlab.tinyworld import TAGS, World, entity_tags, sentiments


@pytest.fixture(scope="module")
def sentences():
    return World.default().sentences


@pytest.fixture(scope="module")
def opinions(sentences):
    return sentences.only(sentiments(sentences) != -100)


@pytest.fixture(scope="module")
def tone(opinions):
    return by_component(opinions, on_cls(sentiments(opinions), opinions.emissions.shape[1]))


def test_fine_tuning_leaves_the_model_alone_and_learns(sentences, tone):
    model = small_bert(sentences)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = fine_tune(model, tone, 2, seed=0)
    assert found > 0.6
    assert fine_tune(model, tone, 2, seed=0) == found
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_of_tags_the_o_is_not_counted(sentences):
    tags = entity_tags(sentences)

    def nothing_but_o(n, generator):
        sample = sentences.sample(n, generator)
        labels = tags[sample.components].clamp(max=0)
        return sample.input_ids, labels if n < TESTED else tags[sample.components]

    assert fine_tune(small_bert(sentences), nothing_but_o, len(TAGS), seed=0) < 0.05


def test_labels_come_from_the_component(opinions, tone):
    texts, labels = tone(37, torch.Generator().manual_seed(0))
    again = opinions.sample(37, torch.Generator().manual_seed(0))
    assert torch.equal(texts, again.input_ids)
    assert labels[:, 0].tolist() == sentiments(opinions)[again.components].tolist()
    assert (labels[:, 1:] == -100).all()


def test_the_label_of_a_sentence_stands_at_its_beginning():
    assert on_cls(torch.tensor([1, 0]), 3).tolist() == [[1, -100, -100], [0, -100, -100]]


def test_as_many_texts_are_labeled_as_asked_for(sentences, tone):
    asked = []

    def counted(n, generator):
        asked.append(n)
        return tone(n, generator)

    fine_tune(small_bert(sentences), counted, 2, seed=0, labeled=13)
    assert asked == [13, TESTED]
