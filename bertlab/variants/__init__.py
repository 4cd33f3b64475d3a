"""Notebook 13: what came after BERT, each variant as the smallest change to the encoder of notebook 02."""

from bertlab.variants.albert import AlbertModel, FactorizedEmbeddings
from bertlab.variants.albert_counts import count_albert
from bertlab.variants.byte_bpe import train_byte_bpe
from bertlab.variants.deberta import DebertaModel
from bertlab.variants.deberta_parts import score_parts
from bertlab.variants.deberta_v2 import DebertaV2Model
from bertlab.variants.differences import show_difference
from bertlab.variants.distilbert import DistilBertForMaskedLM
from bertlab.variants.distillation import distillation_loss, every_other, make_student, soft_target_loss
from bertlab.variants.electra import ElectraForPreTraining, discriminator_loss, replace
from bertlab.variants.masking import count_distinct, expected_distinct, maskings
from bertlab.variants.modernbert import ModernBertModel
from bertlab.variants.roberta import RobertaEmbeddings, RobertaForMaskedLM, position_ids
from bertlab.variants.rotary import rotate
from bertlab.variants.serving import bf16_weights, int8
from bertlab.variants.unpadding import unpadded

__all__ = [
    "AlbertModel",
    "DebertaModel",
    "DebertaV2Model",
    "DistilBertForMaskedLM",
    "ElectraForPreTraining",
    "FactorizedEmbeddings",
    "ModernBertModel",
    "RobertaEmbeddings",
    "RobertaForMaskedLM",
    "bf16_weights",
    "count_albert",
    "count_distinct",
    "discriminator_loss",
    "distillation_loss",
    "every_other",
    "expected_distinct",
    "int8",
    "make_student",
    "maskings",
    "position_ids",
    "replace",
    "rotate",
    "score_parts",
    "show_difference",
    "soft_target_loss",
    "train_byte_bpe",
    "unpadded",
]
