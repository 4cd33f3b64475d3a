"""The same BERT at half or a quarter of the precision: bfloat16 by two roads, and int8 by hand.

    served = int8(AutoModelForSequenceClassification.from_pretrained("runs/reviews"))
    served(**batch).logits

Int8 stores each row w of a matrix as whole numbers from -127 to 127 and one scale, max|w| / 127, and rounds the vector
of each token likewise as it comes in ("dynamic"): the sums of products are exact, and no text is needed to prepare it.
Dettmers et al. 2022 (arXiv:2208.07339): absmax, section 2.1; a scale for each row and each column, section 3.1.
PyTorch's own `torch.ao.quantization.quantize_dynamic` is deprecated, and so are its quantized tensors.
"""

import copy
import tempfile
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, Int, Int8
from safetensors.torch import save_model
from torch import Tensor, nn

LARGEST = 127


class Answer(NamedTuple):
    """What a served model returns, in float32: the states of an encoder, or what a head makes of them.

    Example: `Answer(torch.ones(1, 2)).logits.tolist()` is `[[1.0, 1.0]]`.
    """

    last_hidden_state: Tensor

    @property
    def logits(self) -> Tensor:
        """The same tensor, for a model with a head. Example: `served(**batch).logits`"""
        return self.last_hidden_state


class Served(nn.Module):
    """A model that is only asked: no dropout, no gradients, its first output in float32.

    Example: `embed(Served(model), tokenizer, ["A dog barks."])`
    """

    def __init__(self, model: nn.Module, autocast: bool = False):
        super().__init__()
        self.model = model.eval()
        self.config = getattr(model, "config", None)
        self.autocast = autocast

    @torch.inference_mode()
    def forward(self, **batch: Tensor) -> Answer:
        """Take what a tokenizer returns. Example: `served(**tokenizer(texts, padding=True, return_tensors="pt"))`."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
            return Answer(self.model(**batch)[0].float())

    @property
    def bytes(self) -> int:
        """How large its file of weights is. Example: `fp32(model).bytes`."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.safetensors")
            save_model(self.model, str(path))
            return path.stat().st_size


def fp32(model: nn.Module) -> Served:
    """Serve a copy of a model as it is. Example: `fp32(model)(**batch).logits`."""
    return Served(copy.deepcopy(model).float())


def bf16_autocast(model: nn.Module) -> Served:
    """Serve weights of float32, and let PyTorch take the matrix products, and what it thinks safe, in bfloat16.

    Example: `bf16_autocast(model)(**batch).logits`

    The weights are rounded anew in each call: the file is no smaller. `bf16_weights` rounds them once.
    """
    return Served(copy.deepcopy(model).float(), autocast=True)


def bf16_weights(model: nn.Module) -> Served:
    """Serve weights and everything that is computed in bfloat16: half the file, 8 significant bits.

    Example: `bf16_weights(model)(**batch).logits`
    """
    return Served(copy.deepcopy(model).bfloat16())


def to_int8(values: Float[Tensor, "rows numbers"]) -> tuple[Int8[Tensor, "rows numbers"], Float[Tensor, "rows 1"]]:
    """Round each row to whole numbers from -127 to 127, and return by what to multiply them to come back.

    Example: `to_int8(torch.tensor([[0.5, -1.0], [0.0, 0.0]]))[0].tolist()` is `[[64, -127], [0, 0]]`.

    The error is at most half a scale. A single large number makes the scale of its row large, and all others coarse.
    """
    scale = values.abs().amax(-1, keepdim=True).clamp(min=torch.finfo(torch.float32).tiny) / LARGEST
    return (values / scale).round_().to(torch.int8), scale


class Int8Linear(nn.Module):
    """A linear layer whose matrix is int8, a scale for each output; inputs are rounded with a scale for each token.

    Example: `Int8Linear(nn.Linear(384, 1536))(hidden)`
    """

    weight: Tensor
    scale: Tensor
    bias: Tensor

    def __init__(self, layer: nn.Linear):
        super().__init__()
        weight, scale = to_int8(layer.weight.detach().float())
        bias = torch.zeros(len(weight)) if layer.bias is None else layer.bias.detach().float().clone()
        for name, values in {"weight": weight, "scale": scale[:, 0].contiguous(), "bias": bias}.items():
            self.register_buffer(name, values)

    def forward(self, hidden: Float[Tensor, "*tokens inputs"]) -> Float[Tensor, "*tokens outputs"]:
        """Multiply whole numbers, and scale the sums: both scales can wait, for each is the same in all of a sum."""
        whole, scale = to_int8(hidden.reshape(-1, hidden.shape[-1]))
        sums = torch._int_mm(whole, self.weight.T)  # int32: exact, and what processors with VNNI or AMX are fast at
        return torch.addcmul(self.bias, sums * self.scale, scale).view(*hidden.shape[:-1], -1)


class Int8Embedding(nn.Module):
    """A table of vectors whose rows are int8, with a scale for each. Example: `Int8Embedding(nn.Embedding(7, 5))`."""

    weight: Tensor
    scale: Tensor

    def __init__(self, table: nn.Embedding):
        super().__init__()
        weight, scale = to_int8(table.weight.detach().float())
        self.register_buffer("weight", weight)
        self.register_buffer("scale", scale)

    def forward(self, input_ids: Int[Tensor, "*tokens"]) -> Float[Tensor, "*tokens hidden"]:
        """Look up, and scale back."""
        return self.weight[input_ids] * self.scale[input_ids]


def int8(model: nn.Module, embeddings: bool = True) -> Served:
    """Serve a copy with all linear layers in int8 and, unless told otherwise, the table of words.

    Example: `int8(model).bytes < 0.3 * fp32(model).bytes`

    LayerNorm, softmax, GELU and the products of attention stay in float32. Without the table a small BERT's file stays
    large: half of the embedded one's numbers are in it. ValueError if the model has no `nn.Linear`.
    """
    model = copy.deepcopy(model).float()
    replaced = 0
    for owner in list(model.modules()):
        for name, part in list(owner.named_children()):
            if isinstance(part, nn.Linear):
                setattr(owner, name, Int8Linear(part))
                replaced += 1
            elif isinstance(part, nn.Embedding) and embeddings and name == "word_embeddings":
                setattr(owner, name, Int8Embedding(part))
    if not replaced:
        raise ValueError(f"{type(model).__name__} has no nn.Linear to turn into int8: give a BERT with weights in fp32")
    return Served(model)
