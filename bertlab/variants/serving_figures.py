"""Ways to serve one model, side by side: how large, how fast, how far from float32, and whether answers change.

served = serve(model)
ratios(measure_serving(served))["int8"].batch
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from bertlab.fine_tuning.batches import Encoded
from bertlab.fine_tuning.loop import logits_of
from bertlab.sentence_embeddings.correlation import spearman
from bertlab.sentence_embeddings.encode import embed
from bertlab.sentence_embeddings.pairs import ScoredPairs
from bertlab.sentence_embeddings.similarity import pairwise_cosine
from bertlab.variants import serving_onnx
from bertlab.variants.serving import bf16_autocast, bf16_weights, fp32, int8
from bertlab.variants.serving_onnx import onnx, onnx_int8

REFERENCE = "fp32"
WAYS: dict[str, Callable[[nn.Module], nn.Module]] = {
    REFERENCE: fp32,
    "bf16, autocast": bf16_autocast,
    "bf16 weights": bf16_weights,
    "int8": int8,
    "ONNX": onnx,
    "ONNX int8": onnx_int8,
}


def serve(model: nn.Module, names: Sequence[str] | None = None) -> dict[str, nn.Module]:
    """Serve a model in each of the ways with these names, or in all that this machine has.

    Example: `serve(model, ["fp32", "int8"])["int8"](**batch).logits`

    ImportError as in `export_onnx`; ValueError if there is no such way.
    """
    if names is None:
        names = [name for name in WAYS if not name.startswith("ONNX") or serving_onnx.is_installed()]
    for name in names:
        if name not in WAYS:
            raise ValueError(f"there is no way {name!r} to serve: take some of {', '.join(WAYS)}")
    served: dict[str, nn.Module] = {}
    for name in names:
        exported = served.get("ONNX", model)  # exporting takes longest: once is enough
        served[name] = WAYS[name](exported if name == "ONNX int8" else model)
    return served


class Speed(NamedTuple):
    """How long a way to serve takes, in ms: for one short text, one long text, and a batch of short ones.

    Example: `Speed(2.0, 8.0, 40.0).long` is `8.0`.
    """

    short: float
    long: float
    batch: float


def clock() -> float:
    """Seconds: of this process alone if it has one thread, so that what else the machine does counts for little.

    Example: `clock() - started`
    """
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


@torch.inference_mode()
def measure_serving(
    served: Mapping[str, nn.Module],
    lengths: tuple[int, int] = (32, 128),
    batch_size: int = 32,
    rounds: int = 7,
    vocab_size: int = 1000,
) -> dict[str, Speed]:
    """Time each way on one text of each of two lengths in tokens, and on a batch of the shorter: the fastest round.

    Example: `measure_serving(serve(model))["int8"].short`, in ms.

    All take turns, so that a machine that gets busy slows them all. The first round warms up and does not count. The
    tokens are random: how long a text takes does not depend on what it says.
    """
    generator = torch.Generator().manual_seed(0)
    shapes = [(1, lengths[0]), (1, lengths[1]), (batch_size, lengths[0])]
    batches = [torch.randint(vocab_size, shape, generator=generator) for shape in shapes]
    found: dict[str, list[Speed]] = {name: [] for name in served}
    for _ in range(1 + rounds):
        for name, model in served.items():
            found[name].append(Speed(*[milliseconds(model, input_ids) for input_ids in batches]))
    return {name: Speed(*map(min, zip(*speeds[1:], strict=True))) for name, speeds in found.items()}


def milliseconds(model: nn.Module, input_ids: Tensor) -> float:
    """Time one call, none of whose tokens is padding. Example: `milliseconds(model, torch.ones(1, 32).long())`."""
    attention_mask = torch.ones_like(input_ids)
    started = clock()
    model(input_ids=input_ids, attention_mask=attention_mask)
    return 1000 * (clock() - started)


def ratios(speeds: Mapping[str, Speed], to: str = REFERENCE) -> dict[str, Speed]:
    """Say how many times as fast as one of them each is.

    Example: `ratios({"fp32": Speed(2.0, 8.0, 40.0), "int8": Speed(1.0, 8.0, 80.0)})["int8"]` is `Speed(2.0, 1.0, 0.5)`.
    """
    base = speeds[to]
    return {name: Speed(*(b / own for b, own in zip(base, speed, strict=True))) for name, speed in speeds.items()}


class LogitsCompared(NamedTuple):
    """How far logits are from others: the largest difference, and the share of texts with the same label.

    Example: `LogitsCompared(0.01, 0.995).equal_labels` is `0.995`.
    """

    largest_difference: float
    equal_labels: float


def compare_logits(
    served: nn.Module, reference: nn.Module, tokenizer: PreTrainedTokenizerFast, data: Encoded
) -> LogitsCompared:
    """Compare what two classifiers say of the same texts.

    Example: `compare_logits(int8(model), fp32(model), tokenizer, encode(reviews["test"], tokenizer)).equal_labels`
    """
    ours, theirs = logits_of(served, tokenizer, data), logits_of(reference, tokenizer, data)
    equal = (ours.argmax(-1) == theirs.argmax(-1)).double().mean().item()
    return LogitsCompared((ours - theirs).abs().max().item(), equal)


def lowest_cosine(
    served: nn.Module, reference: nn.Module, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]
) -> float:
    """Return the cosine of the two vectors of a text, of the text where they differ most.

    Example: `lowest_cosine(int8(model), fp32(model), tokenizer, ["A dog barks.", "Rain."])`
    """
    return pairwise_cosine(embed(served, tokenizer, texts), embed(reference, tokenizer, texts)).min().item()


def similarity_score(served: nn.Module, tokenizer: PreTrainedTokenizerFast, pairs: ScoredPairs) -> float:
    """Return Spearman's correlation of the cosines of pairs with their scores.

    Example: `similarity_score(int8(model), tokenizer, load_pairs()["test"])`
    """
    first, second = (embed(served, tokenizer, texts) for texts in (pairs.first, pairs.second))
    return spearman(pairwise_cosine(first, second), torch.tensor(pairs.scores))
