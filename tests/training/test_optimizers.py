from bertlab.training.optimizers import make_optimizers


def names_of(group, model) -> set[str]:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return {names[id(parameter)] for parameter in group["params"]}


def test_every_weight_has_one_optimizer_and_biases_and_norms_are_not_decayed(make_model):
    model = make_model()
    muon, adamw = make_optimizers(model, lr=1e-3)
    inner = names_of(muon.param_groups[0], model)
    decayed, others = (names_of(group, model) for group in adamw.param_groups)
    assert len(inner) + len(decayed) + len(others) == len(dict(model.named_parameters()))
    assert inner | decayed | others == {name for name, _ in model.named_parameters()}
    assert all("dense.weight" in name or "self." in name for name in inner)
    assert "bert.embeddings.word_embeddings.weight" in decayed
    assert all("bias" in name or "LayerNorm.weight" in name for name in others)
    assert adamw.param_groups[0]["weight_decay"] > 0 == adamw.param_groups[1]["weight_decay"]
