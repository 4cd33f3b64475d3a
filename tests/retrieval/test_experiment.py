"""The recorded comparison of indexes: what is measured, that knobs are really turned, and that the file is whole."""

import math
import tempfile

import pytest
import torch
from transformers import BertModel

from bertlab.retrieval import experiment
from bertlab.retrieval.ann import Sizes, build_index, share_found
from bertlab.retrieval.answering import READ
from bertlab.retrieval.collection import load_collection
from bertlab.retrieval.exact import top_k
from bertlab.retrieval.experiment import (
    K,
    embedded,
    exact,
    measure,
    measure_ann,
    of_lengths,
    results,
    runs,
    search,
    turned,
)
from bertlab.retrieval.knobs import BY_NAME, EFFORTS
from bertlab.retrieval.scann_index import is_installed
from bertlab.retrieval.three_ways import NAMES
from bertlab.sentence_embeddings.encode import embed
from tests.encoders import assert_close
from tests.fine_tuning.toys import make_config

METRICS = {
    "share found",
    "share found, questions",
    "times flat",
    "times flat, one by one",
    "bytes per vector",
    "build seconds",
}
HERE = [name for name in BY_NAME if is_installed() or not name.startswith("scann")]
DIM = 96


CACHED = (experiment.asked, embedded, of_lengths, exact, experiment.flat, experiment.built)


def forget():
    for cached in CACHED:
        cached.cache_clear()


@pytest.fixture
def fresh():
    """Nothing that was kept, before and after."""
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def given():
    """Vectors in clusters, of lengths that vary, and queries: 11 questions and 13 chunks held out."""
    generator = torch.Generator().manual_seed(3)
    centers = torch.randn(37, DIM, generator=generator)

    def draw(count):
        chosen = centers[torch.randint(37, (count,), generator=generator)]
        lengths = 1 + torch.rand(count, 1, generator=generator)
        return (chosen + torch.randn(count, DIM, generator=generator)) * lengths

    return draw(700), draw(24)


@pytest.fixture(scope="module")
def small(given):
    """The experiment on those vectors, with few rounds."""
    forget()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"HELD_OUT": 13, "AT_ONCE": 7, "ROUNDS": 1, "embedded": lambda: given}.items():
            patch.setattr(experiment, name, value)
        yield given
    forget()


def test_every_setting_is_measured_once_and_scann_where_it_is_installed(monkeypatch):
    def indexes():
        return [run for run in runs() if run[0].startswith("ann, ")]

    assert indexes() == [(f"ann, {name}", 0) for name in HERE]
    monkeypatch.setattr(experiment, "is_installed", lambda: True)
    assert indexes() == [(f"ann, {name}", 0) for name in BY_NAME]
    monkeypatch.setattr(experiment, "is_installed", lambda: False)
    assert not any("scann" in setting for setting, _ in runs())


def test_what_is_not_trained_is_measured_once():
    seeds = [seed for setting, seed in runs() if setting == "represent, late, trained"]
    assert seeds == [0, 1, 2, 3, 4]
    assert [seed for setting, seed in runs() if setting == "represent, late, untrained"] == [0]


@pytest.mark.parametrize("name", HERE)
def test_a_measurement_is_complete_and_finite(small, name):
    found = measure(f"ann, {name}", 0)
    assert set(found) == METRICS
    assert all(math.isfinite(value) and value >= 0 for value in found.values())
    assert found["share found"] <= 1


def test_flat_search_is_exact_and_as_fast_as_itself(small):
    found = measure_ann("flat", 0)
    assert found["share found"] == found["share found, questions"] == 1
    assert found["bytes per vector"] == pytest.approx(4 * DIM, abs=1)


def test_questions_are_the_first_queries(small, monkeypatch):
    def wrong_after_11(index, queries, full=None, at_once=7):
        ids = exact("unit").clone()
        ids[11:] = -1
        return ids

    monkeypatch.setattr(experiment, "search", wrong_after_11)
    found = measure_ann("sq8", 0)
    assert found["share found, questions"] == 1
    assert found["share found"] == pytest.approx(11 / 24)


@pytest.mark.parametrize(
    ("name", "field", "values"),
    [("ivf", "probes", (1, 8)), ("hnsw", "effort", (8, 64)), ("binary", "candidates", (1, 16))],
)
def test_a_turned_index_finds_what_one_built_so_finds(small, name, field, values):
    vectors, queries = small
    for value in (*values, values[0]):
        sizes = Sizes(clusters=experiment.CLUSTERS, **{field: value})
        expected = build_index(name, vectors, sizes=sizes).search(queries, K)
        assert torch.equal(search(turned(name, value)[0], queries), expected.ids)


def test_only_parts_need_another_index(small, monkeypatch):
    calls = []
    monkeypatch.setattr(
        experiment, "built", lambda name, value: calls.append((name, value)) or experiment.build(name, value)
    )
    for name, value in [("hnsw", 64), ("hnsw", 8), ("pq", 12), ("pq", 24)]:
        index, _ = turned(name, value)
    assert calls == [("hnsw", EFFORTS[0]), ("hnsw", EFFORTS[0]), ("pq", 12), ("pq", 24)]
    assert index.sizes.parts == 24


def test_more_finds_more(small):
    for fewer, more in [("ivf, 1", "ivf, 32"), ("pq, 12", "pq, 96"), ("binary, 1", "binary full, 16")]:
        assert measure_ann(fewer, 0)["share found"] < measure_ann(more, 0)["share found"]


def test_full_vectors_order_better_and_are_counted(small):
    signs, full = (measure_ann(name, 0) for name in ("binary, 64", "binary full, 64"))
    assert full["share found"] == 1  # 640 candidates are nearly all
    assert signs["share found"] < 1
    assert full["bytes per vector"] == pytest.approx(signs["bytes per vector"] + 4 * DIM)


def test_lengths(small):
    vectors, queries = small
    found = {lengths: of_lengths(lengths) for lengths in ("unit", "raw", "log-normal")}
    assert_close(found["unit"][0].norm(dim=1), torch.ones(700))
    assert torch.equal(found["raw"][0], vectors)
    drawn = found["log-normal"][0].norm(dim=1).log()
    assert drawn.mean().abs() < 0.15
    assert drawn.std() == pytest.approx(1, abs=0.1)
    for lengths, (own, asked) in found.items():
        assert_close(asked.norm(dim=1), torch.ones(24))
        assert torch.equal(exact(lengths), top_k(queries, own, K).ids)
    assert share_found(exact("log-normal"), exact("unit")) < 0.5


class TestEmbedded:
    @pytest.fixture
    def encoder(self, fresh, tokenizer, tmp_path, monkeypatch):
        torch.manual_seed(1)
        model = BertModel(make_config(initializer_range=0.1)).eval()
        monkeypatch.setattr(experiment, "sentence_encoder", lambda: (model, tokenizer))
        monkeypatch.setattr(experiment, "asked", lambda: (["One text.", "Another one.", "A third."], ["What?", "Who?"]))
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        return model

    def test_vectors_are_as_long_as_the_encoder_makes_them(self, encoder, tokenizer):
        vectors, queries = embedded()
        assert_close(vectors, embed(encoder, tokenizer, ["One text.", "Another one.", "A third."]))
        assert_close(queries, embed(encoder, tokenizer, ["What?", "Who?"]))

    def test_a_resumed_run_does_not_embed_again_unless_the_file_is_damaged(self, encoder, tmp_path, monkeypatch):
        before = embedded()
        calls = []
        monkeypatch.setattr(experiment, "embed", lambda *given: calls.append(given) or embed(*given))
        embedded.cache_clear()
        assert all(map(torch.equal, embedded(), before))
        assert calls == []
        [path] = tmp_path.glob("bertlab-retrieval-*.safetensors")
        path.write_bytes(path.read_bytes()[:-7])
        embedded.cache_clear()
        assert all(map(torch.equal, embedded(), before))
        assert len(calls) == 1


def test_what_is_asked_is_not_in_the_index(fresh, monkeypatch):
    drawn = [f"chunk {number}" for number in range(50)]
    monkeypatch.setattr(experiment, "COUNT", 37)
    monkeypatch.setattr(experiment, "HELD_OUT", 13)
    monkeypatch.setattr(experiment, "many_chunks", lambda count: drawn[:count])
    chunks, queries = experiment.asked()
    assert chunks == drawn[:37]
    assert queries == [question.question for question in load_collection().questions] + drawn[37:]


def test_the_file_in_the_repository_is_complete():
    rows = [row for row in results.of_embedded().rows() if row["setting"].startswith("ann, ")]
    wanted = {f"ann, {name}" for name in BY_NAME if not name.startswith("scann")}
    found = {row["setting"] for row in rows}
    assert wanted <= found <= {f"ann, {name}" for name in BY_NAME}  # ScaNN is not everywhere
    for setting in found:
        assert sorted(row["metric"] for row in rows if row["setting"] == setting) == sorted(METRICS), setting
    shares = results.values("share found")
    assert shares["ann, flat", 0] == pytest.approx(1, abs=1e-3)  # but for equal scores
    for name in ("ivf", "hnsw", "hnsw log-normal"):
        own = [shares[f"ann, {name}, {value}", 0] for value in experiment.WAYS[name].values]
        assert own == sorted(own)


def test_the_other_groups_are_complete():
    found: dict[str, list[int]] = {}
    for row in results.of_embedded().rows():
        seeds = found.setdefault(row["setting"], [])
        if int(row["seed"]) not in seeds:
            seeds.append(int(row["seed"]))
    for name in NAMES:
        assert sorted(found[f"represent, {name}"]) == (
            [0] if name.endswith(("untrained", "shifted")) else [0, 1, 2, 3, 4]
        )
    for name in READ:
        assert sorted(found[f"answer, {name}"]) == [0, 1, 2]
