"""Measure a pre-training checkpoint: articles it was never trained on, everyday sentences, agreement.

python -m bertlab.training.evaluate --checkpoint data/checkpoints/bertlab-mini --data runs/tokens
"""

import argparse
import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer, BertForPreTraining, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from bertlab.constants import DATA, IGNORED
from bertlab.masked_language_modeling.pseudo_likelihood import agreement_pairs
from bertlab.training.agreement import count_agreement
from bertlab.training.batches import Batch, held_out_batches
from bertlab.training.cloze import measure_cloze, read_blanks
from bertlab.training.corpus import TokenizedCorpus
from bertlab.training.tokens import read_tokens


@dataclass
class Tally:
    """Sums over held-out batches, from which the figures are taken."""

    loss: float = 0.0
    correct: int = 0
    positions: int = 0
    masked_correct: int = 0  # of the positions that show [MASK]
    masked: int = 0
    nsp_correct: int = 0
    pairs: int = 0

    def add(self, model: BertForPreTraining, batch: Batch, mask_token_id: int) -> None:
        """Count what `model` does on one batch."""
        hidden, pooled = model.bert(batch.input_ids, batch.attention_mask, batch.token_type_ids, return_dict=False)
        selected = batch.labels != IGNORED
        logits, labels = model.cls.predictions(hidden[selected]).float(), batch.labels[selected]
        hit, shows_mask = logits.argmax(-1) == labels, batch.input_ids[selected] == mask_token_id
        relation = model.cls.seq_relationship(pooled).argmax(-1)
        self.loss += float(cross_entropy(logits, labels, reduction="sum"))
        self.correct += int(hit.sum())
        self.positions += len(labels)
        self.masked_correct += int(hit[shows_mask].sum())
        self.masked += int(shows_mask.sum())
        self.nsp_correct += int((relation == batch.next_sentence_label).sum())
        self.pairs += len(pooled)

    def figures(self) -> dict[str, int | float]:
        """The averages, and over how many they are taken."""
        return {
            "mlm_loss": self.loss / self.positions,
            "mlm_accuracy": self.correct / self.positions,
            "mlm_accuracy_masked": self.masked_correct / self.masked,
            "mlm_positions": self.positions,
            "mlm_masked": self.masked,
            "nsp_accuracy": self.nsp_correct / self.pairs,
            "nsp_pairs": self.pairs,
        }


@torch.inference_mode()
def evaluate(
    model: BertForPreTraining,
    corpus: TokenizedCorpus,
    tokenizer: PreTrainedTokenizerBase,
    *,
    batches: int | None = None,
    seq_len: int = 128,
    batch_size: int = 32,
    seed: int = 12345,
) -> dict[str, int | float]:
    """Return MLM loss (nats) and accuracy at BERT's 15 % 80/10/10, and NSP accuracy, over one pass of `corpus`.

    Example: `evaluate(model, corpus, tokenizer, batches=20)["mlm_accuracy"]`

    `mlm_accuracy_masked` counts only the positions that show [MASK]; `mlm_positions`, `mlm_masked` and `nsp_pairs` say
    over how many the figures are taken. `batches` stops after that many; the same seed gives the same pairs and masks.
    """
    was_training, device = model.training, next(model.parameters()).device
    model.eval()
    stream = held_out_batches(corpus, tokenizer, seq_len=seq_len, batch_size=batch_size, seed=seed)
    tally = Tally()
    for batch in islice(stream, batches):
        tally.add(model, batch.to(device), tokenizer.mask_token_id)
    model.train(was_training)
    return tally.figures()


def evaluate_all(
    model: BertForPreTraining, folder: Path, tokenizer: PreTrainedTokenizerBase, batches: int | None = None
) -> dict[str, dict[str, int | float]]:
    """The figures for each text of which a part is held out, under its heading.

    Example: `evaluate_all(model, Path("runs/tokens"), tokenizer)["prose"]["mlm_accuracy"]`
    """
    held_out = read_tokens(folder, held_out=True)
    figures = {}
    for name, corpus in held_out.items():
        articles = {"articles": len(corpus.article_starts) - 1}
        figures[name] = evaluate(model, corpus, tokenizer, batches=batches) | articles
    return figures


def evaluate_checkpoint(
    checkpoint: Path, folder: Path, batches: int | None = None
) -> dict[str, dict[str, int | float]]:
    """All figures of a checkpoint as stored: held-out text, everyday sentences with a blank, agreement pairs.

    Example: `evaluate_checkpoint(Path("data/checkpoints/bertlab-mini"), Path("runs/tokens"))["cloze"]["first_fits"]`
    """
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = BertForPreTraining.from_pretrained(checkpoint, dtype=torch.float32).eval()
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    cloze = measure_cloze(read_blanks(DATA / "cloze.tsv"), model, tokenizer)
    agreement = count_agreement(agreement_pairs(), model, tokenizer)
    return {**evaluate_all(model, folder, tokenizer, batches), "cloze": cloze, "agreement": agreement}


def main() -> None:
    """Print the measurements of one checkpoint as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder that bertlab.training.tokens wrote")
    parser.add_argument("--batches", type=int, help="stop after that many of 32 pairs (default: one pass)")
    args = parser.parse_args()
    print(json.dumps(evaluate_checkpoint(args.checkpoint, args.data, args.batches), indent=1))


if __name__ == "__main__":
    main()
