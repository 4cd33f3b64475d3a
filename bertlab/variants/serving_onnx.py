"""A BERT as a file that needs neither PyTorch nor Python: exported to ONNX, answered by ONNX Runtime.

    if is_installed():
        onnx(model)(**batch).logits

The export runs the model once on symbols in the place of numbers and writes down its operations: what was a loop or a
condition in Python is fixed, the number of texts and their length stay free. The course does not install what it takes:
about 120 MB, most of it onnxruntime.
"""

import logging
import math
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from bertlab.variants.serving import Answer, fp32

PACKAGES = ("onnx", "onnxruntime", "onnxscript")
MISSING = f"ONNX is not installed: pip install {' '.join(PACKAGES)} (120 MB), or serve another way"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
EXAMPLE = (2, 7)
"""Texts and tokens of the example that is exported: no 1 among them, which would be taken for fixed."""


def is_installed() -> bool:
    """Say whether all that ONNX takes can be imported here. Example: `is_installed()` may be `False`."""
    return all(find_spec(name) for name in PACKAGES)


class OnnxModel(nn.Module):
    """A file of ONNX, served: it takes and returns what `Served` does.

    Example: `OnnxModel(Path("model.onnx").read_bytes(), model.config)(**batch).logits`

    It runs on as many threads as PyTorch does when it is made. ImportError if something is not installed.
    """

    def __init__(self, file: bytes, config: Any = None):
        super().__init__()
        if not is_installed():
            raise ImportError(MISSING)
        from onnxruntime import InferenceSession, SessionOptions

        self.file, self.config, self.bytes = file, config, len(file)
        self.nowhere = nn.Parameter(torch.empty(0), requires_grad=False)  # models are asked on which device they are
        options = SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        self.session = InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, token_type_ids: Tensor | None = None
    ) -> Answer:
        """Take what a tokenizer returns. No mask: all is seen. No types: all are 0. Example: `served(**batch)`."""
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        types = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        given = {name: values.numpy() for name, values in zip(INPUTS, (input_ids, mask, types), strict=True)}
        return Answer(torch.from_numpy(self.session.run(None, given)[0]))


class FirstOutput(nn.Module):
    """A model with three inputs by name and one output: what an export needs. Example: `FirstOutput(model)`."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return the states of an encoder, or the logits of a head."""
        return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]


@contextmanager
def quiet() -> Iterator[None]:
    """Let libraries say nothing: the exporter warns of its own code and of torchvision, which no BERT needs, and the
    quantizer of a step that may be left out.

    Example: `with quiet(): export_onnx(model, path)`
    """
    earlier = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(earlier)


def export_onnx(model: nn.Module, path: Path) -> Path:
    """Write a model as one file, for any number of texts of any length. Example: `export_onnx(model, Path("m.onnx"))`.

    It takes about ten seconds. ImportError if something is not installed.
    """
    if not is_installed():
        raise ImportError(MISSING)
    ids = torch.arange(math.prod(EXAMPLE)).view(EXAMPLE)
    example = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)}
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with quiet(), torch.no_grad():
        torch.onnx.export(
            FirstOutput(fp32(model).model).eval(),
            kwargs=example,  # three tensors: one tensor given thrice would become one input
            f=path,
            input_names=INPUTS,
            dynamic_shapes=dict.fromkeys(INPUTS, free),
            external_data=False,
            verbose=False,
        )
    return path


def quantize_onnx(path: Path, smaller: Path) -> Path:
    """Write an exported model once more with its matrices and tables in int8, a scale for each output.

    Example: `quantize_onnx(Path("m.onnx"), Path("m8.onnx"))`

    ONNX Runtime rounds what comes in with one scale for all tokens of a batch, so that a text's output depends, a
    little, on its neighbors. ImportError if something is not installed.
    """
    if not is_installed():
        raise ImportError(MISSING)
    with quiet():
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(path, smaller, per_channel=True, weight_type=QuantType.QInt8)
    return smaller


def onnx(model: nn.Module) -> OnnxModel:
    """Export a model and serve the file. Example: `onnx(model)(**batch).logits`. ImportError as in `export_onnx`."""
    with tempfile.TemporaryDirectory() as folder:
        return OnnxModel(export_onnx(model, Path(folder, "model.onnx")).read_bytes(), getattr(model, "config", None))


def onnx_int8(model: nn.Module) -> OnnxModel:
    """Serve a model in int8, which may be exported already. Example: `onnx_int8(onnx(model))`, or `onnx_int8(model)`.

    ImportError as in `export_onnx`.
    """
    exported = model if isinstance(model, OnnxModel) else onnx(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        path.write_bytes(exported.file)
        return OnnxModel(quantize_onnx(path, Path(folder, "int8.onnx")).read_bytes(), exported.config)
