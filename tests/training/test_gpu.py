"""All of it but the card: the archives, the parts, and that nothing is done where there is no card."""

import json

import torch
from transformers import BertForPreTraining

from bertlab.training import gpu
from bertlab.training.gpu import main, pack_folder, unpack_folder

OPTIONS = "--stages 37x4:0.5,64x7:1 --lr 1e-3 --warmup 3 --precision fp32"


def pack(data, start, tmp_path) -> None:
    main(["pack", "--data", str(data), "--start", str(start), "--to", str(tmp_path / "parts")])


def train(tmp_path) -> None:
    folders = {"--parts": "parts", "--run": "run", "--results": "results"}
    paths = [word for option, name in folders.items() for word in (option, str(tmp_path / name))]
    main(["train", *paths, "--minutes", "0.05", "--options", OPTIONS])


def test_a_folder_comes_out_of_its_parts_as_it_went_in(data, tmp_path):
    parts = pack_folder(data, "tokens.tar.xz", tmp_path / "parts")
    assert all(part.stat().st_size <= 16 * 2**20 for part in parts)
    again = unpack_folder(tmp_path / "parts", "tokens.tar.xz", tmp_path / "new" / "tokens")
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in data.iterdir()
    }


def test_without_a_card_nothing_is_done(data, start, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    pack(data, start, tmp_path)
    train(tmp_path)
    assert capsys.readouterr().out == "There is no CUDA device here: nothing was done.\n"
    assert not (tmp_path / "run").exists()


def test_with_a_card_the_trained_weights_come_back(data, start, tmp_path, monkeypatch):
    """The rehearsal: the card is feigned for the question alone, and training takes the CPU."""
    monkeypatch.setattr(gpu, "is_there", lambda: True)
    monkeypatch.setattr(gpu, "RESERVE", 0)
    pack(data, start, tmp_path)
    train(tmp_path)
    main(["unpack", "--results", str(tmp_path / "results"), "--run", str(tmp_path / "home")])
    before, after = (BertForPreTraining.from_pretrained(folder) for folder in (start, tmp_path / "home" / "model"))
    assert not torch.equal(before.bert.pooler.dense.weight, after.bert.pooler.dense.weight)
    assert json.loads((tmp_path / "results" / "recipe.json").read_text())["commands"]
