"""What the papers say: whether rounded counts come out, tokens by multiplication, and nothing left without a source."""

import re

import pytest

from bertlab.variants import published
from bertlab.variants.census import CONFIGS, census
from bertlab.variants.published import (
    CLAIMS,
    MNLI,
    NOTHING,
    RECIPES,
    Claim,
    Recipe,
    comes_out,
    count_ways,
    recipe,
    rounded,
    tokens_seen,
)
from tests.docstrings import assert_examples_hold

PRE_TRAINED = [name for name in CONFIGS if not name.startswith("all-MiniLM")]
UNEXPLAINED = (("ALBERT-xxlarge", 235), ("DeBERTa-base", 134), ("DeBERTa-v2-xxlarge", 1320))


@pytest.mark.parametrize("documented", [Recipe, Claim, recipe, tokens_seen, count_ways, rounded, comes_out])
def test_what_the_docstring_shows_is_so(documented):
    assert_examples_hold(documented.__doc__, vars(published))


class TestClaims:
    def test_every_size_of_the_census_has_one(self):
        assert {claim.name for claim in CLAIMS} == set(PRE_TRAINED)

    @pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.name} {claim.millions}M")
    def test_what_is_said_to_be_counted_comes_to_the_rounded_figure(self, claim):
        explained = (claim.name, claim.millions) not in UNEXPLAINED
        assert comes_out(claim) == explained
        assert claim.why.startswith(NOTHING) != explained

    @pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.name} {claim.millions}M")
    def test_a_reason_is_given_where_the_plain_count_does_not_round_to_it(self, claim):
        assert bool(claim.why) == (rounded(census(claim.name).total) != claim.millions)

    @pytest.mark.parametrize(("name", "millions"), UNEXPLAINED)
    def test_what_nothing_explains_is_reached_by_no_way_of_counting(self, name, millions):
        assert millions not in {rounded(parameters) for parameters in count_ways(name).values()}

    def test_a_claim_that_is_off_by_one_does_not_come_out(self):
        assert not comes_out(CLAIMS[0]._replace(millions=111))
        assert not comes_out(CLAIMS[0]._replace(counted="encoder"))

    def test_ways_of_counting(self):
        assert count_ways("BERT-base") == {
            "encoder": 109_482_240,
            "with heads": 110_106_428,
            "without words": 109_482_240 - 30_522 * 768,
            "without words, with a pooler": 109_482_240 - 30_522 * 768 + 768 * 769,
        }
        assert count_ways("DeBERTa-base")["without words"] == 99_998_208
        assert count_ways("ModernBERT-base")["without words"] == 149_014_272 - 50_368 * 768
        assert count_ways("DistilBERT")["with heads"] - 66_362_880 == 768 * 769 + 2 * 768 + 30_522

    def test_deberta_v2_xxlarge_without_words(self):
        said = re.search(r"[\d,]+ million", next(claim.why for claim in CLAIMS if claim.millions == 1320))[0]
        assert said == f"{rounded(count_ways('DeBERTa-v2-xxlarge')['without words']):,} million"

    @pytest.mark.parametrize(
        ("step", "cut", "millions"), [(1, False, 336), (1, True, 336), (10, False, 340), (10, True, 330)]
    )
    def test_rounding(self, step, cut, millions):
        assert rounded(336_226_108, step, cut) == millions


class TestRecipes:
    @pytest.mark.parametrize("name", PRE_TRAINED)
    def test_every_model_has_one(self, name):
        found = recipe(name)
        assert re.fullmatch(r"\d{4}\.\d{5}", found.arxiv)
        assert 2018 <= found.year <= 2024
        assert found.year % 100 == int(found.arxiv[:2])
        assert all([found.vocabulary, found.tokenizer, found.objectives, found.data, found.place])

    @pytest.mark.parametrize("name", PRE_TRAINED)
    def test_the_vocabulary_is_that_of_the_configuration(self, name):
        thousands = int(recipe(name).vocabulary.removesuffix("K"))
        assert round(CONFIGS[name].vocab_size / 1000) in {thousands, thousands + 1}  # 30,522 is called 30K

    def test_the_longest_beginning_counts(self):
        assert recipe("DeBERTa-v3-base") is RECIPES["DeBERTa-v3"]
        assert recipe("DeBERTa-base") is RECIPES["DeBERTa"]
        assert recipe("ELECTRA-base") is RECIPES["ELECTRA"]
        with pytest.raises(ValueError, match="nothing is published here for 'BERTA-base': take a model of BERT, Ro"):
            recipe("BERTA-base")

    def test_tokens_are_steps_times_texts_times_length(self):
        billions = {name: (tokens_seen(name) or 0) / 1e9 for name in PRE_TRAINED}
        assert billions["BERT-base"] == 256 * (900_000 * 128 + 100_000 * 512) / 1e9 == pytest.approx(42.6, abs=0.05)
        assert billions["RoBERTa-large"] == pytest.approx(2097, abs=1)
        assert billions["ALBERT-xlarge"] == pytest.approx(262, abs=1)
        assert billions["DeBERTa-base"] == pytest.approx(1049, abs=1)
        assert billions["ELECTRA-base"] == pytest.approx(100, abs=1)
        assert billions["ModernBERT-large"] == 2000
        assert billions["DistilBERT"] == billions["DeBERTa-v3-base"] == billions["XLM-R-base"] == 0

    def test_bert_saw_a_third_of_its_own_sum(self):
        assert tokens_seen("BERT-base") / (1_000_000 * 256 * 512) == pytest.approx(1 / 3, abs=0.01)

    def test_accuracies_are_of_the_census_and_have_a_place(self):
        assert set(MNLI) == set(PRE_TRAINED)
        assert all(80 < accuracy < 93 and "," in place for accuracy, place in MNLI.values())
