"""The loss of a large batch with the memory of a small one: GradCache (Gao et al. 2021, arXiv:2101.06983, section 3).

In-batch losses need the vectors of the whole batch at once, so plain accumulation over small batches computes another
loss, with fewer negatives. But the loss sees the encoder through its vectors alone. So:

1. Embed the batch chunk by chunk, without gradients: vectors are small, activations are not.
2. Compute the loss of all vectors, and its gradient by each vector: the cache.
3. Embed each chunk once more, now with gradients, and carry the cached ones on into the weights.

Dropout must draw the same masks in step 3 as in step 1, or the cache belongs to other vectors: the state of the random
numbers is kept for each chunk. The price is one more run forward.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.checkpoint import get_device_states, set_device_states

from bertlab.sentence_bert.siamese import Batch


class RandomState(NamedTuple):
    """The state of the random numbers on the CPU and on the GPUs that a chunk lies on.

    Example: `random_state(chunk)`
    """

    cpu: Tensor
    devices: list[int]
    states: list[Tensor]


def random_state(chunk: Batch) -> RandomState:
    """Note the state of the random numbers. Example: `with replayed(random_state(chunk)): ...`."""
    return RandomState(torch.get_rng_state(), *get_device_states(*chunk.values()))


@contextmanager
def replayed(state: RandomState) -> Iterator[None]:
    """Draw the random numbers that followed this state; afterwards go on as if nothing had been drawn.

    Example: `with replayed(state): encoder(**chunk)`
    """
    with torch.random.fork_rng(devices=state.devices):
        torch.set_rng_state(state.cpu)
        set_device_states(state.devices, state.states)
        yield


def chunks_of(batch: Batch, size: int) -> list[dict[str, Tensor]]:
    """Cut a batch into smaller ones.

    Example: `[len(chunk["input_ids"]) for chunk in chunks_of({"input_ids": torch.zeros(7, 5)}, 3)]` is `[3, 3, 1]`.

    ValueError if the size is not positive.
    """
    if size < 1:
        raise ValueError(f"a chunk must hold at least 1 text, not {size}")
    parts = {name: values.split(size) for name, values in batch.items()}
    return [dict(zip(parts, values, strict=True)) for values in zip(*parts.values(), strict=True)]


def cached_backward(
    encoder: nn.Module, columns: Sequence[Batch], loss: Callable[..., Tensor], chunk_size: int
) -> Float[Tensor, ""]:
    """Add to every weight its gradient of the loss of the whole batch, a chunk at a time; return the loss, detached.

    Example: `cached_backward(encoder, tokenize_columns(tokenizer, [anchors, positives]), ranking_loss, chunk_size=8)`

    It takes the place of `loss.backward()`. Weights of the loss itself get their gradient too.

    Args:
        encoder: from a batch to vectors; its mode, and so its dropout, stays as it is.
        columns: a batch for each argument of the loss.
        loss: takes the vectors of all columns; bind whatever else it takes.
        chunk_size: how many texts' activations are held at once.

    Raises:
        ValueError: the chunk size is not positive, or the loss leaves a column out.
    """
    chunks = [chunks_of(column, chunk_size) for column in columns]
    states: list[list[RandomState]] = []
    vectors: list[Tensor] = []
    with torch.no_grad():
        for column in chunks:
            states.append([])
            parts = []
            for chunk in column:
                states[-1].append(random_state(chunk))
                parts.append(encoder(**chunk))
            vectors.append(torch.cat(parts))
    for column_vectors in vectors:
        column_vectors.requires_grad_()
    value = loss(*vectors)
    value.backward()  # it ends at the vectors
    for column, column_states, column_vectors in zip(chunks, states, vectors, strict=True):
        if column_vectors.grad is None:
            raise ValueError("the loss leaves a column out: leave it out of `columns` too")
        for chunk, state, gradient in zip(column, column_states, column_vectors.grad.split(chunk_size), strict=True):
            with replayed(state):
                encoder(**chunk).backward(gradient)
    return value.detach()
