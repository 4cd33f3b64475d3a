"""Students cut from teachers, ours and the library's, and the three losses against PyTorch's, one by one."""

import copy

import pytest
import torch
import transformers
from torch import nn
from torch.nn.functional import cosine_embedding_loss, cross_entropy, kl_div, log_softmax, softmax
from transformers import BertConfig, DistilBertConfig

from bertlab.constants import IGNORED
from bertlab.inside_the_encoder.model import BertForPreTraining
from bertlab.models import encoder, pick_layers
from bertlab.variants import distillation
from bertlab.variants.distilbert import DistilBertForMaskedLM
from bertlab.variants.distillation import (
    Predictions,
    cosine_loss,
    distillation_loss,
    every_other,
    make_student,
    mlm_loss_by_hand,
    predict,
    soft_target_loss,
)
from tests.docstrings import assert_examples_hold
from tests.encoders import assert_close, make_inputs

CONFIG = BertConfig(
    vocab_size=101,
    hidden_size=48,
    num_hidden_layers=5,
    num_attention_heads=4,
    intermediate_size=37,
    max_position_embeddings=13,
    pad_token_id=6,
    initializer_range=0.3,
)


@pytest.fixture(params=[BertForPreTraining, transformers.BertForMaskedLM, transformers.BertForPreTraining])
def teacher(request):
    torch.manual_seed(5)
    return request.param(copy.deepcopy(CONFIG)).eval()


@pytest.fixture
def inputs():
    """Three pairs of 11, 6 and 1 token."""
    return make_inputs(CONFIG, 3, 11)


@pytest.fixture
def labels(inputs):
    """Every third real token is to be guessed."""
    real = inputs["attention_mask"] == 1
    return inputs["input_ids"].masked_fill(~real | (torch.arange(11) % 3 != 0), IGNORED)


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def student():
    return Predictions(drawn(1, 3, 11, 101).requires_grad_(), drawn(2, 3, 11, 48).requires_grad_())


@pytest.fixture
def taught():
    return Predictions(drawn(3, 3, 11, 101), drawn(4, 3, 11, 48))


@pytest.mark.parametrize("function", [every_other, soft_target_loss, cosine_loss])
def test_what_the_docstring_shows_is_so(function):
    assert_examples_hold(function.__doc__, {**vars(distillation), "torch": torch})


@pytest.mark.parametrize(("layers", "half"), [(5, [0, 2, 4]), (6, [0, 2, 5]), (4, [0, 3]), (2, [0]), (1, [0])])
def test_half_of_the_layers(layers, half):
    assert every_other(layers) == half


class TestStudent:
    @pytest.mark.parametrize("layers", [None, [1, 4], [3, 0]])
    def test_it_computes_what_the_teacher_does_without_the_other_layers(self, teacher, inputs, layers):
        student = make_student(teacher, layers).eval()
        kept = [0, 2, 4] if layers is None else layers
        with torch.no_grad():
            given = inputs["input_ids"], inputs["token_type_ids"]
            hidden = encoder(teacher).embeddings(*given)
            padding = (1.0 - inputs["attention_mask"])[:, None, None] * torch.finfo(torch.float32).min
            for layer in kept:
                hidden = encoder(teacher).encoder.layer[layer](hidden, padding)
                hidden = hidden[0] if isinstance(hidden, tuple) else hidden
            assert_close(predict(student, inputs).hidden, hidden)

    def test_all_of_it_is_a_copy(self, teacher):
        before = {name: weight.clone() for name, weight in teacher.state_dict().items()}
        student = make_student(teacher)
        assert type(student) is type(teacher)
        assert {*student.state_dict()} < {*before}
        copied = {name: before[name] for name in student.state_dict() if ".layer." not in name}
        assert_close({name: student.state_dict()[name] for name in copied}, copied, rtol=0, atol=0)
        with torch.no_grad():
            for weight in student.parameters():
                weight += 1
        assert_close(dict(teacher.state_dict()), before, rtol=0, atol=0)

    def test_it_is_counted_in_its_configuration_and_the_teacher_is_not(self, teacher):
        student = make_student(teacher)
        assert len(pick_layers(student)) == student.config.num_hidden_layers == 3
        assert student.config is encoder(student).config
        assert len(pick_layers(teacher)) == teacher.config.num_hidden_layers == 5

    def test_it_is_ready_to_be_trained_by_a_frozen_teacher(self, teacher, inputs, labels):
        student = make_student(teacher.requires_grad_(False))
        assert student.training
        assert not teacher.training
        found = distillation_loss(predict(student, inputs), predict(teacher, inputs), labels, inputs["attention_mask"])
        found.loss.backward()
        unused = {name for name, weight in student.named_parameters() if weight.grad is None}
        assert all("pooler" in name or "seq_relationship" in name for name in unused)
        assert all(weight.grad is None for weight in teacher.parameters())

    def test_its_decoder_stays_tied(self, teacher):
        student = make_student(teacher)
        assert student.cls.predictions.decoder.weight is student.bert.embeddings.word_embeddings.weight

    @pytest.mark.parametrize("teacher", [transformers.BertForMaskedLM], indirect=True)
    def test_a_library_s_student_is_saved_and_loaded(self, teacher, inputs, tmp_path):
        student = make_student(teacher).eval()
        student.save_pretrained(tmp_path)
        again = transformers.AutoModelForMaskedLM.from_pretrained(tmp_path)
        assert_close(again(**inputs).logits, student(**inputs).logits)
        assert_close(predict(student, inputs).logits, student(**inputs).logits)

    def test_a_distilbert_of_ours_can_teach_too(self, inputs):
        torch.manual_seed(0)
        sizes = {"vocab_size": 101, "dim": 48, "n_layers": 4, "n_heads": 4, "hidden_dim": 37}
        teacher = DistilBertForMaskedLM(DistilBertConfig(**sizes))
        student = make_student(teacher, [1])
        assert student.config.n_layers == 1
        assert predict(student, inputs).logits.shape == (3, 11, 101)

    @pytest.mark.parametrize(
        ("layers", "message"),
        [([], "at least one layer"), ([2, 2], "only once"), ([5], "there is no layer 5"), ([-1], "no layer -1")],
    )
    def test_layers_that_cannot_be_taken(self, layers, message):
        with pytest.raises(ValueError, match=message):
            make_student(BertForPreTraining(CONFIG), layers)

    def test_a_model_without_such_layers(self):
        with pytest.raises(TypeError, match="no layers built like BERT's"):
            make_student(nn.Linear(3, 3))


class TestSoftTargets:
    @pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 7.0])
    def test_it_is_pytorch_s_divergence(self, student, taught, temperature):
        mine, theirs = student.logits.flatten(0, 1), taught.logits.flatten(0, 1)
        soft = log_softmax(mine / temperature, -1), softmax(theirs / temperature, -1)
        expected = kl_div(*soft, reduction="batchmean") * temperature**2
        found = soft_target_loss(student.logits, taught.logits, temperature)
        assert_close(found, expected)
        assert_close(*(torch.autograd.grad(loss, student.logits)[0] for loss in (found, expected)))

    def test_the_gradient_is_the_difference_of_probabilities(self, student, taught):
        soft = (softmax(part.logits / 3, -1) for part in (student, taught))
        mine, theirs = soft
        [gradient] = torch.autograd.grad(soft_target_loss(student.logits, taught.logits, 3.0), student.logits)
        assert_close(gradient, 3**2 * (mine - theirs) / 3 / 33)

    def test_squared_temperature_makes_the_gradient_independent_of_it(self, student, taught):
        difference = student.logits.detach() - taught.logits
        limit = (difference - difference.mean(-1, keepdim=True)) / 101 / 33  # a vocabulary of 101, 33 positions
        for temperature in (1e3, 1e4):
            loss = soft_target_loss(student.logits, taught.logits, temperature)
            [gradient] = torch.autograd.grad(loss, student.logits)
            assert (gradient - limit).abs().max() < 3 / temperature * limit.abs().max()

    def test_without_the_square_it_fades(self, student, taught):
        sizes = []
        for temperature in (100.0, 1000.0):
            loss = soft_target_loss(student.logits, taught.logits, temperature) / temperature**2
            sizes.append(torch.autograd.grad(loss, student.logits)[0].norm())
        assert sizes[0] / sizes[1] == pytest.approx(100, rel=0.02)

    def test_at_temperature_1_it_is_cross_entropy_less_the_teacher_s_entropy(self, student, taught):
        target = softmax(taught.logits, -1).flatten(0, 1)
        entropy = -(target * target.log()).sum(-1).mean()
        found = soft_target_loss(student.logits, taught.logits, 1.0)
        assert_close(found, cross_entropy(student.logits.flatten(0, 1), target) - entropy)


class TestOtherParts:
    def test_mlm(self, student, labels):
        assert 0 < (labels != IGNORED).sum() < 18
        expected = cross_entropy(student.logits.flatten(0, 1), labels.flatten())
        assert_close(mlm_loss_by_hand(student.logits, labels), expected)

    def test_cosine(self, student, taught):
        mine, theirs = student.hidden.flatten(0, 1), taught.hidden.flatten(0, 1)
        found, expected = cosine_loss(mine, theirs), cosine_embedding_loss(mine, theirs, torch.ones(33))
        assert_close(found, expected)
        assert_close(*(torch.autograd.grad(loss, student.hidden)[0] for loss in (found, expected)))

    def test_cosine_knows_directions_and_no_lengths(self, taught):
        hidden = taught.hidden
        assert cosine_loss(7 * hidden, hidden).item() == pytest.approx(0, abs=1e-12)
        assert cosine_loss(-3 * hidden, hidden).item() == pytest.approx(2, abs=1e-12)


class TestSum:
    @pytest.mark.parametrize("restrict", [False, True])
    def test_it_is_what_distilbert_was_trained_by(self, student, taught, labels, inputs, restrict):
        """Step by step as in their `distiller.py`."""
        mask = labels > -1 if restrict else inputs["attention_mask"].bool()
        soft = log_softmax(student.logits[mask] / 2, -1), softmax(taught.logits[mask] / 2, -1)
        ce = nn.KLDivLoss(reduction="batchmean")(*soft) * 2**2
        mlm = nn.CrossEntropyLoss(ignore_index=-100)(student.logits.view(-1, 101), labels.view(-1))
        real = inputs["attention_mask"].bool()
        cos = nn.CosineEmbeddingLoss()(student.hidden[real], taught.hidden[real], torch.ones(int(real.sum())))
        found = distillation_loss(student, taught, labels, inputs["attention_mask"], restrict_ce_to_mask=restrict)
        assert_close(tuple(found), (5 * ce + 2 * mlm + cos, ce, mlm, cos))

    def test_where_it_looks(self, student, taught, labels, inputs):
        real, selected = inputs["attention_mask"] == 1, labels != IGNORED
        everywhere, restricted = (
            distillation_loss(
                student, taught, labels, inputs["attention_mask"], alpha_mlm=0.0, restrict_ce_to_mask=only
            )
            for only in (False, True)
        )
        for found, expected in ((everywhere, real), (restricted, selected)):
            logits, hidden = torch.autograd.grad(found.loss, student)
            assert torch.equal(logits.abs().sum(-1) > 0, expected)
            assert torch.equal(hidden.abs().sum(-1) > 0, real)

    def test_each_part_can_be_weighted(self, student, taught, labels, inputs):
        given = student, taught, labels, inputs["attention_mask"]
        found = distillation_loss(*given, temperature=4.0, alpha_ce=0.0, alpha_mlm=3.0, alpha_cos=0.5)
        assert_close(found.loss, 3 * found.mlm + found.cos / 2)
        real = inputs["attention_mask"] == 1
        assert_close(found.ce, soft_target_loss(student.logits[real], taught.logits[real], 4.0))
