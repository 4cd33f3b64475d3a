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


def leaves_out_the_factor(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """You add the product as it is. Multiply it by alpha / rank first."""
    return weight + B @ A


def subtracts(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """You subtract the product. LoRA's layer adds it to the result of the frozen one, so add it to the matrix too; its
    sign is in `A` and `B` already."""
    return weight - alpha / A.shape[0] * (B @ A)


def multiplies(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """You multiply each weight by 1 plus the product's entry. The product is not a share of the weights: add it to
    them."""
    return weight * (1 + alpha / A.shape[0] * (B @ A))


def returns_the_change_alone(weight: Tensor, A: Tensor, B: Tensor, alpha: float) -> Tensor:
    """That is only what LoRA adds. The merged matrix is `weight` plus this."""
    return alpha / A.shape[0] * (B @ A)
