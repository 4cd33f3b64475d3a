import shlex

import pytest

from bertlab.training.arguments import command_line, parse_arguments

OPTIONS = "--start runs/start --data /home/somebody/tokens --out /home/somebody/mini --minutes 12.5"


def test_a_command_line_names_nothing_of_this_machine_and_gives_the_same_run_again():
    args = parse_arguments(shlex.split(f"{OPTIONS} --lr 3e-4 --compile"))
    line = command_line(args)
    assert line.startswith("python -m bertlab.training.pretrain --start runs/start --data tokens --out mini ")
    assert "somebody" not in line
    again = vars(parse_arguments(shlex.split(line)[3:]))
    paths = {"start", "data", "out"}
    assert {k: v for k, v in again.items() if k not in paths} == {k: v for k, v in vars(args).items() if k not in paths}


@pytest.mark.parametrize("budget", ["", "--minutes 3 --tokens 1000"])
def test_a_run_needs_one_budget(budget, capsys):
    with pytest.raises(SystemExit):
        parse_arguments(shlex.split(f"--start a --data b --out c {budget}"))
    assert "--minutes" in capsys.readouterr().err
