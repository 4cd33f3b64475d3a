import shlex

import pytest

from bertlab.training.arguments import command_line, parse_arguments

OPTIONS = "--start runs/start --text /home/somebody/wiki.txt.xz --cache /tmp/x --out /home/somebody/mini --minutes 12.5"


def test_a_command_line_names_nothing_of_this_machine_and_gives_the_same_run_again():
    args = parse_arguments(shlex.split(f"{OPTIONS} --lr 3e-4"))
    line = command_line(args)
    assert line.startswith("python -m bertlab.training.pretrain --start runs/start --text wiki.txt.xz --out mini ")
    assert "somebody" not in line
    assert "cache" not in line
    again = vars(parse_arguments(shlex.split(line)[3:]))
    paths = {"start", "text", "out", "cache"}
    assert {k: v for k, v in again.items() if k not in paths} == {k: v for k, v in vars(args).items() if k not in paths}


@pytest.mark.parametrize("budget", ["", "--minutes 3 --tokens 1000"])
def test_a_run_needs_one_budget(budget, capsys):
    with pytest.raises(SystemExit):
        parse_arguments(shlex.split(f"--start a --text b --out c {budget}"))
    assert "--minutes" in capsys.readouterr().err
