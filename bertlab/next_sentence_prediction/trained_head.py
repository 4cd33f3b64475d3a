"""Which checkpoint can answer whether a text follows another: one whose next-sentence head was trained."""

import json
from pathlib import Path

from safetensors import safe_open

from bertlab.checkpoints import EMBEDDED, checkpoint

HEAD = "cls.seq_relationship.weight"


def lacks_nsp_head(folder: str | Path) -> str | None:
    """Say why a checkpoint has no next-sentence head to ask; None if it has one. It reads names, and no weights.

    Example: `lacks_nsp_head(checkpoint())` is `None` for the embedded BERT.

    Loaded without one, transformers 5 would draw a head at random, whose answers mean nothing.
    """
    folder = Path(folder)
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind != "bert":
        return f"it is a model of type {kind!r}, and only BERT's own ('bert') has this head"
    names: set[str] = set()
    for file in folder.glob("*.safetensors"):
        with safe_open(file, framework="pt") as weights:
            names.update(weights.keys())
    return None if HEAD in names else f"its weights hold no {HEAD}: it was saved without the head, or never had one"


def with_nsp_head(folder: str) -> str:
    """Return a checkpoint that has a next-sentence head as it is; for any other say why, and return the embedded BERT.

    Example: `AutoModelForPreTraining.from_pretrained(with_nsp_head(checkpoint()))`
    """
    reason = lacks_nsp_head(folder)
    if reason is None:
        return folder
    print(f"{folder} can't be asked about next sentences: {reason}. The embedded BERT takes its place here.")
    return checkpoint(EMBEDDED.name)
