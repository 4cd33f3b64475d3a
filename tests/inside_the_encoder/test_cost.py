"""The cost by hand against PyTorch's own counter, and the measurements against what can be worked out."""

from itertools import accumulate, count

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from transformers import BertConfig

from bertlab.inside_the_encoder import cost as encoder_cost
from bertlab.inside_the_encoder.cost import Growth, Seconds, fit_growth, flops_per_token, measure_seconds, saved_bytes
from bertlab.inside_the_encoder.counts import build_empty
from tests.docstrings import assert_examples_hold
from tests.encoders import CONFIGS, make_ours, make_theirs

BASE = BertConfig()


@pytest.mark.parametrize("documented", [flops_per_token, Growth.parts])
def test_what_the_docstring_shows_is_so(documented):
    assert_examples_hold(documented.__doc__, {**vars(encoder_cost)})


class TestFlops:
    @pytest.mark.parametrize("config", [BASE, *CONFIGS.values()], ids=["base", *CONFIGS])
    @pytest.mark.parametrize("seq_len", [1, 7, 13])
    def test_pytorch_counts_the_same(self, config, seq_len):
        with FlopCounterMode(display=False) as counter:
            build_empty(config).bert(torch.zeros(1, seq_len, dtype=torch.long, device="meta"))
        pooler = 2 * config.hidden_size**2
        assert counter.get_total_flops() == seq_len * sum(flops_per_token(config, seq_len).values()) + pooler

    def test_bert_base_at_512(self):
        flops = flops_per_token(BASE, 512)
        assert flops == {"projections": 56_623_104, "feed-forward": 113_246_208, "attention": 18_874_368}
        assert flops["attention"] / sum(flops.values()) == pytest.approx(0.1)

    def test_attention_costs_as_much_as_all_else_at_six_times_the_width(self):
        flops = flops_per_token(BASE, 6 * 768)
        assert flops["attention"] == flops["projections"] + flops["feed-forward"]


class Quadratic(nn.Module):
    """Keeps one matrix of seq by seq numbers and one vector of seq numbers, and no weight of its own twice."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, input_ids):
        row = torch.zeros(input_ids.shape[1]) * self.weight  # keeps the zeros
        return (row[:, None] + row[None]).exp()  # keeps its result


class TestMemory:
    @pytest.mark.parametrize("seq_len", [3, 10])
    def test_what_can_be_worked_out(self, seq_len):
        assert saved_bytes(Quadratic(), seq_len) == 4 * (seq_len**2 + seq_len)

    def test_attention_weights_are_the_quadratic_part(self):
        config = CONFIGS["wide"]
        model = make_ours(make_theirs(config)).bert
        at = [saved_bytes(model, seq_len) for seq_len in (4, 8, 12)]
        weights = 4 * config.num_hidden_layers * config.num_attention_heads  # bytes for each pair of tokens
        assert at[2] - 2 * at[1] + at[0] == 2 * 4**2 * weights

    def test_attention_that_never_forms_its_weights_needs_no_such_memory(self):
        model = make_theirs(CONFIGS["wide"], attention="sdpa").bert
        at = [saved_bytes(model, seq_len) for seq_len in (4, 8, 12)]
        assert at[2] - 2 * at[1] + at[0] == 0

    def test_it_is_the_same_each_time(self):
        model = make_ours(make_theirs(CONFIGS["narrow"])).bert
        assert saved_bytes(model, 9) == saved_bytes(model, 9)


class TestSeconds:
    @pytest.fixture
    def tick(self, monkeypatch):
        """A clock that goes one second forward whenever somebody looks at it."""
        seconds = count()
        monkeypatch.setattr(encoder_cost.time, "perf_counter", lambda: float(next(seconds)))

    @pytest.mark.usefixtures("tick")
    @pytest.mark.parametrize(
        "make", [make_theirs, lambda config: make_ours(make_theirs(config))], ids=["theirs", "ours"]
    )
    def test_the_time_between_query_key_and_value_is_that_of_attention(self, make):
        model = make(
            CONFIGS["wide"]
        )  # each of 3 layers starts, then stops and goes on 3 times, then stops: 4 stretches
        assert measure_seconds(model, 5) == measure_seconds(model.bert, 5) == Seconds(attention=3 * 4, rest=3 * 4 + 1)

    def test_the_fastest_counts_and_the_first_does_not(self, monkeypatch):
        looks = 2 + 3 * 8  # by the clock, in one pass
        passes = [0.1] * looks + [5.0] * looks + [2.0] * looks + [3.0] * looks
        seconds = accumulate(passes)
        monkeypatch.setattr(encoder_cost.time, "perf_counter", lambda: next(seconds))
        measured = measure_seconds(make_theirs(CONFIGS["wide"]), 5, repeats=3)
        assert measured == pytest.approx(Seconds(attention=2.0 * 12, rest=2.0 * 13))

    def test_no_gradients_are_kept_and_no_hook_is_left(self):
        model, kept = make_ours(make_theirs(CONFIGS["wide"])), []
        model.bert.pooler.register_forward_hook(lambda *_: kept.append(torch.is_grad_enabled()))
        measure_seconds(model, 5)
        assert kept == [False] * 4
        assert not model.bert.encoder.layer[0].attention.self._forward_hooks


class TestGrowth:
    def test_exact_amounts_give_exact_terms(self):
        lengths = [16, 64, 128, 512]
        growth = fit_growth(lengths, [3 * n + 0.25 * n**2 for n in lengths])
        assert growth == pytest.approx(Growth(3, 0.25))
        assert sum(growth.parts(512)) == pytest.approx(3 * 512 + 0.25 * 512**2)

    def test_short_lengths_count_as_much_as_long_ones(self):
        linear, quadratic = fit_growth([1, 1000], [5, 7_000_000])
        assert (linear + quadratic, 1000 * linear + 1_000_000 * quadratic) == pytest.approx((5, 7_000_000))

    def test_one_length_is_not_enough(self):
        with pytest.raises(ValueError, match="measure at two or more"):
            fit_growth([64, 64], [1.0, 1.1])
