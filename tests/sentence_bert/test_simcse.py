"""SimCSE is the library's ranking loss on each text and itself, under the same dropout masks; it is refused without."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from torch import nn

from bertlab.sentence_bert.simcse import drops_out, simcse_loss
from tests.sentence_bert.given import AsLibrary, gradients, make_batch, make_encoder


def test_it_is_the_librarys_loss_on_pairs_of_equal_texts():
    encoder, batch = make_encoder(dropout=0.2), make_batch()
    torch.manual_seed(3)
    ours = simcse_loss(encoder, batch)
    ours.backward()
    mine = gradients(encoder)
    encoder.zero_grad()
    torch.manual_seed(3)
    theirs = MultipleNegativesRankingLoss(AsLibrary(encoder))([dict(batch), dict(batch)], torch.empty(0))
    theirs.backward()
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(mine, gradients(encoder))
    assert mine["bert.embeddings.word_embeddings.weight"].abs().max() > 0


def test_the_two_runs_differ_by_dropout_alone():
    encoder, batch = make_encoder(dropout=0.2), make_batch()
    assert not torch.allclose(encoder(**batch), encoder(**batch))
    encoder.eval()
    torch.testing.assert_close(encoder(**batch), encoder(**batch))


@pytest.mark.parametrize("encoder", [make_encoder(dropout=0.2).eval(), make_encoder(dropout=0.0)])
def test_without_dropout_it_is_refused(encoder):
    with pytest.raises(ValueError, match=r"dropout is off.*call encoder.train\(\)"):
        simcse_loss(encoder, make_batch())


def test_where_dropout_is_on():
    assert drops_out(nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.1)))
    assert not drops_out(nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.0)))
