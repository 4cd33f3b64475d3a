"""What goes wrong when LoRA's product is added to its matrix. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def does_not_divide_by_the_rank(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """Your product is multiplied by alpha alone. Divide alpha by the rank, so that a higher rank does not by itself
    make a larger change."""
    return weight + alpha * (B @ A)


def divides_by_the_inputs(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """You divide alpha by the number of inputs. `A` is (rank, inputs): the rank is its first axis, `A.shape[0]`."""
    return weight + alpha / A.shape[1] * (B @ A)


def divides_by_the_outputs(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """You divide alpha by the number of outputs. `B` is (outputs, rank): the rank is its last axis, `B.shape[1]`."""
    return weight + alpha / B.shape[0] * (B @ A)


def transposes_the_product(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """Your product is transposed, which shows only where the matrix is square; elsewhere the shapes do not fit. Inputs
    go through `A` first, so that the matrix is `B @ A`, without any `.T`."""
    return weight + alpha / A.shape[0] * (A.T @ B.T)


def multiplies_in_the_wrong_order(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """That is `A @ B`, a table of rank times rank, which does not even exist unless the matrix is square. Inputs go
    through `A` first, and what comes first stands on the right: `B @ A` has the shape of `weight`."""
    return weight + alpha / A.shape[0] * (A @ B)


def multiplies_entry_by_entry(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """Your result is right for rank 1 and an error for all others: `*` multiplies entry by entry. The product of two
    matrices is `@`, here `B @ A`."""
    return weight + alpha / A.shape[0] * (B * A)


def leaves_out_the_factor(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """You add the product as it is. Multiply it by alpha / rank first."""
    return weight + B @ A


def returns_the_change_alone(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """That is only what LoRA adds. The merged matrix is `weight` plus this."""
    return alpha / A.shape[0] * (B @ A)
