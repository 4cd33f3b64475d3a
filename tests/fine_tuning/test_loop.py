"""The loop is the library's Trainer on the same batches, and an interruption leaves no trace."""

import copy

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.testing import assert_close
from torch.utils.data import DataLoader
from transformers import Trainer, TrainingArguments

from bertlab.fine_tuning import loop
from bertlab.fine_tuning.batches import Encoded, encode, pad
from bertlab.fine_tuning.head import Classifier
from bertlab.fine_tuning.loop import FineTuning, accuracy, logits_of
from bertlab.fine_tuning.optimizer import warmup_then_decay
from tests.fine_tuning.toys import make_model, make_reviews


@pytest.fixture(scope="module")
def train(tokenizer):
    return encode(make_reviews(37), tokenizer)


@pytest.fixture(scope="module")
def validation(tokenizer):
    return encode(make_reviews(13, seed=1), tokenizer)


def assert_same_weights(model, other):
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, other.state_dict()[name]), name


def assert_close_weights(model, other):
    """All but the bias of the keys: the softmax takes it away, so that its gradient is rounding alone."""
    for (name, weight), same in zip(model.named_parameters(), other.parameters(), strict=True):
        if not name.endswith("key.bias"):
            assert_close(weight, same, rtol=1e-4, atol=1e-5, msg=name)


class FixedBatches(Trainer):
    """The library's Trainer, but which texts are in which batch is given."""

    batches: list[list[int]]

    def get_train_dataloader(self):
        return DataLoader(self.train_dataset, batch_sampler=self.batches, collate_fn=self.data_collator)


class TestAgainstTheLibrary:
    def test_as_trainer_on_the_same_batches(self, tokenizer, train, tmp_path):
        ours, theirs = make_model(), make_model()
        run = FineTuning(ours, tokenizer, train, epochs=2, batch_size=8, lr=1e-2, weight_decay=0.3, clip=0.5)
        arguments = TrainingArguments(
            output_dir=str(tmp_path), max_steps=run.steps, learning_rate=1e-2, warmup_steps=1, weight_decay=0.3,
            max_grad_norm=0.5, logging_steps=1, save_strategy="no", report_to=[], disable_tqdm=True, use_cpu=True,
            dataloader_pin_memory=False,
        )  # fmt: skip
        rows = [{**features, "labels": label} for features, label in zip(*train, strict=True)]
        trainer = FixedBatches(theirs, arguments, train_dataset=rows, data_collator=lambda rows: pad(tokenizer, rows))
        trainer.batches = run.batches
        trainer.train()
        run.finish()
        assert run.step == 10
        assert_close_weights(ours, theirs)
        assert not torch.equal(ours.classifier.weight, make_model().classifier.weight)
        logged = [row["loss"] for row in trainer.state.log_history if "loss" in row]
        assert [loss for _, loss in run.losses] == pytest.approx(logged, abs=1e-4)

    def test_as_a_loop_written_out_with_dropout_on(self, tokenizer, train):
        ours, theirs = make_model(dropout=0.2), make_model(dropout=0.2)
        run = FineTuning(ours, tokenizer, train, epochs=2, batch_size=8, lr=3e-3, warmup=0.25)
        torch.manual_seed(3)
        run.finish()
        decayed = [weight for weight in theirs.parameters() if weight.ndim == 2]
        others = [weight for weight in theirs.parameters() if weight.ndim == 1]
        optimizer = torch.optim.AdamW([{"params": decayed}, {"params": others, "weight_decay": 0.0}], weight_decay=0.01)
        torch.manual_seed(3)
        theirs.train()
        for step, numbers in enumerate(run.batches):
            for group in optimizer.param_groups:
                group["lr"] = 3e-3 * warmup_then_decay(step, 10, 3)
            logits = theirs(**pad(tokenizer, [train.features[number] for number in numbers])).logits
            optimizer.zero_grad()
            cross_entropy(logits, train.labels[numbers]).backward()
            torch.nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
            optimizer.step()
        assert_close_weights(ours, theirs)


class TestTheRun:
    def test_it_learns_and_writes_down_what_it_found(self, tokenizer, train, validation):
        model = make_model()
        run = FineTuning(model, tokenizer, train, validation, epochs=8, batch_size=8, lr=5e-3)
        assert list(run) == list(range(1, 41))
        assert [step for step, _ in run.losses] == list(range(1, 41))
        assert [row["step"] for row in run.history] == [5, 10, 15, 20, 25, 30, 35, 40]
        assert run.history[-1]["accuracy"] > 0.9 > run.history[0]["accuracy"]
        assert run.losses[-1][1] < 0.2 < run.losses[0][1]
        assert run.seconds > 0
        assert list(run) == []

    def test_each_text_is_seen_once_an_epoch(self, tokenizer, train):
        run = FineTuning(make_model(), tokenizer, train, epochs=3, batch_size=8)
        for epoch in range(3):
            batches = run.batches[5 * epoch : 5 * epoch + 5]
            assert sorted(number for batch in batches for number in batch) == list(range(37))
        other = FineTuning(make_model(), tokenizer, train, epochs=3, batch_size=8, seed=1)
        assert run.batches != other.batches

    def test_the_best_weights_are_kept_and_not_moved_any_more(self, tokenizer, train, validation):
        """A rate that is far too high makes the validation loss go up and down."""
        model = make_model()
        run = FineTuning(model, tokenizer, train, validation, epochs=6, batch_size=8, lr=0.1, evaluate_every=3)
        kept = []
        for step in run:
            if run.history and run.history[-1]["step"] == step:
                kept.append(copy.deepcopy(model.state_dict()))
        losses = [row["loss"] for row in run.history]
        best = losses.index(min(losses))
        assert best < len(losses) - 1
        assert len(kept) == len(losses) == 10
        for name, weight in run.best.items():
            assert torch.equal(weight, kept[best][name]), name
        model.load_state_dict(run.best)
        found = cross_entropy(logits_of(model, tokenizer, validation), validation.labels)
        assert found.item() == pytest.approx(min(losses))

    def test_without_validation_nothing_is_kept(self, tokenizer, train):
        run = FineTuning(make_model(), tokenizer, train, epochs=1).finish()
        assert (run.history, run.best) == ([], {})

    def test_evaluations_come_when_they_are_due_and_at_the_end(self, tokenizer, train, validation):
        def steps(**options):
            run = FineTuning(make_model(), tokenizer, train, validation, epochs=2, batch_size=8, **options).finish()
            return [row["step"] for row in run.history]

        assert steps() == [5, 10]
        assert steps(evaluate_every=4) == [4, 8, 10]
        assert steps(evaluate_every=100) == [10]

    def test_dropout_is_on_while_training_and_off_while_evaluating(self, tokenizer, train, validation):
        model = make_model(dropout=0.3)
        modes = []
        model.dropout.register_forward_hook(lambda part, given, result: modes.append(part.training))
        FineTuning(model.eval(), tokenizer, train, validation, epochs=1, batch_size=8, evaluate_every=2).finish()
        assert modes == [True, True, False, True, True, False, True, False]

    def test_evaluating_does_not_change_what_is_trained(self, tokenizer, train, validation):
        runs = []
        for held_out in (None, validation):
            torch.manual_seed(9)
            model = make_model(dropout=0.3)
            runs.append(FineTuning(model, tokenizer, train, held_out, epochs=2, batch_size=8).finish())
        assert runs[0].losses == runs[1].losses
        assert_same_weights(runs[0].model, runs[1].model)

    def test_groups_keep_their_own_peaks(self, tokenizer, train):
        model = make_model()
        groups = [
            {"params": model.classifier.parameters(), "lr": 0.5},
            {"params": model.bert.pooler.parameters()},
        ]
        run = FineTuning(model, tokenizer, train, epochs=1, batch_size=8, lr=0.01, groups=groups, warmup=0.4)
        rates = [[group["lr"] for group in run.optimizer.param_groups] for _ in run]
        assert rates == [pytest.approx([0.5 * share, 0.01 * share]) for share in (0, 1 / 2, 1, 2 / 3, 1 / 3)]
        start = make_model()
        assert torch.equal(model.bert.embeddings.word_embeddings.weight, start.bert.embeddings.word_embeddings.weight)
        assert not torch.equal(model.bert.pooler.dense.weight, start.bert.pooler.dense.weight)

    def test_another_loss_and_our_own_classifier(self, tokenizer, train, validation):
        def yes_or_no(logits, labels):
            return binary_cross_entropy_with_logits(logits, torch.nn.functional.one_hot(labels, 2).float())

        model = Classifier(make_model(), outputs=2, dropout=0.0)
        run = FineTuning(model, tokenizer, train, validation, epochs=6, batch_size=8, lr=5e-3, loss=yes_or_no)
        run.finish()
        logits = logits_of(model, tokenizer, validation)
        assert run.history[-1]["loss"] == pytest.approx(yes_or_no(logits, validation.labels).item())
        assert run.history[-1]["accuracy"] > 0.9


class TestInterruptions:
    def make(self, tokenizer, train, validation, dropout=0.2):
        torch.manual_seed(0)
        model = make_model(dropout)
        return FineTuning(model, tokenizer, train, validation, epochs=3, batch_size=8, lr=3e-3, evaluate_every=4)

    def assert_same(self, run, whole):
        assert run.step == whole.step == 15
        assert run.losses == whole.losses
        assert run.history == whole.history
        assert_same_weights(run.model, whole.model)
        for name, weight in run.best.items():
            assert torch.equal(weight, whole.best[name]), name

    @pytest.mark.parametrize("stops", [[1], [4], [3, 4, 5, 11], [14]])
    def test_between_two_steps_it_leaves_no_trace_also_with_dropout(self, tokenizer, train, validation, stops):
        whole = self.make(tokenizer, train, validation).finish()
        run = self.make(tokenizer, train, validation)
        for stop in stops:
            for step in run:
                if step == stop:
                    break
        self.assert_same(run.finish(), whole)

    def test_within_a_step_it_is_taken_once_more(self, tokenizer, train, validation):
        """Without dropout: what was drawn before the interruption would be drawn anew."""
        whole = self.make(tokenizer, train, validation, dropout=0.0).finish()
        run = self.make(tokenizer, train, validation, dropout=0.0)
        calls = []

        def interrupted(*given):
            calls.append(given)
            if len(calls) == 7:
                raise KeyboardInterrupt
            return cross_entropy(*given)

        run.loss = interrupted
        with pytest.raises(KeyboardInterrupt):
            run.finish()
        assert 0 < run.step < 15
        self.assert_same(run.finish(), whole)

    @pytest.mark.parametrize("number", [0, 1, 3])
    def test_an_evaluation_that_was_interrupted_is_made_up_for(self, tokenizer, train, validation, monkeypatch, number):
        whole = self.make(tokenizer, train, validation).finish()
        run = self.make(tokenizer, train, validation)
        due = [True] * number + [False] + [True] * 9

        def interrupted(*given):
            if not due.pop(0):
                raise KeyboardInterrupt
            return logits_of(*given)

        monkeypatch.setattr(loop, "logits_of", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run.finish()
        assert len(run.history) == number
        self.assert_same(run.finish(), whole)


class TestLogits:
    def test_they_are_those_of_each_text_alone_in_order(self, tokenizer, train):
        model = make_model(dropout=0.3).train()
        logits = logits_of(model, tokenizer, train, batch_size=5)
        assert model.training
        model.eval()
        with torch.no_grad():
            alone = torch.cat([model(**pad(tokenizer, [features])).logits for features in train.features])
        assert_close(logits, alone, rtol=1e-4, atol=1e-5)
        assert len({tuple(row) for row in logits.tolist()}) > 30

    def test_the_size_of_batches_does_not_matter(self, tokenizer, train):
        model = make_model(num_labels=3)
        assert_close(
            logits_of(model, tokenizer, train, 1), logits_of(model, tokenizer, train, 100), rtol=1e-4, atol=1e-5
        )

    def test_labels_are_not_read(self, tokenizer, train):
        blind = Encoded(train.features, torch.tensor([]))
        model = make_model()
        assert torch.equal(logits_of(model, tokenizer, blind), logits_of(model, tokenizer, train))


def test_accuracy_is_the_share_of_largest_logits_at_the_label():
    logits = torch.tensor([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [0.0, -1.0, -2.0]])
    assert accuracy(logits, torch.tensor([2, 1, 0])) == pytest.approx(2 / 3)
    assert accuracy(logits, torch.tensor([2, 0, 0])) == 1
