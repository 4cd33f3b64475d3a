"""Only code is compared, and only what changed is shown."""

from bertlab.inside_the_encoder.model import Embeddings
from bertlab.variants.differences import code_lines, show_difference
from bertlab.variants.roberta import RobertaEmbeddings


def before(a):
    """Say something
    over two lines.
    """
    b = a + 1

    return b


def after(a):
    """Say something else."""
    b = a + 2

    return b


def test_docstrings_and_blank_lines_are_no_code():
    assert code_lines(before) == ["def before(a):", "    b = a + 1", "    return b"]
    assert not any('"""' in line for line in code_lines(Embeddings))


def test_lines_that_went_and_came(capsys):
    show_difference(before, after, around=0)
    assert capsys.readouterr().out.splitlines() == [
        "...",
        "-def before(a):",
        "-    b = a + 1",
        "+def after(a):",
        "+    b = a + 2",
    ]


def test_the_positions_of_roberta(capsys):
    show_difference(Embeddings.forward, RobertaEmbeddings.forward)
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("+") and "position_ids(input_ids, padding_idx)" in line for line in lines)
    assert any(line.startswith("-") and "torch.arange" in line for line in lines)
    assert not any("dropout" in line for line in lines)
