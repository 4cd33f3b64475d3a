"""The commands: `python3 -m bertlab study`, `test` and `doctor`, on a machine with nothing but Python.

Standard library only, and no syntax newer than Python 3.8: see `bootstrap`.
"""

from __future__ import annotations

import argparse
import sys

from bertlab.launch import bootstrap


def main(arguments: list[str]) -> int:
    """Run one command where the course's packages are, installing them first where there are none.

    Example: `main(["study", "--no-browser", "--port", "9000"])`
    """
    problem = bootstrap.unsupported()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    options, rest = read(arguments)
    python = bootstrap.ready()
    if options.command == "doctor":
        python = python or sys.executable  # it reports what is missing, and installs nothing
    if python is None:
        from bertlab.launch import installer

        try:
            installer.install()
        except installer.InstallError as error:
            print(error, file=sys.stderr)
            return 1
        python = str(bootstrap.venv_python())
    if python != sys.executable and not bootstrap.inside_venv():
        return bootstrap.hand_over([python, "-m", "bertlab", *arguments])
    if options.command != "doctor" and not bootstrap.inside_venv():
        note_other_versions()
    return run(options, rest)


def note_other_versions() -> None:
    """Say that an environment which somebody prepared differs from what the course was tested with."""
    if other := bootstrap.other_versions():
        print(
            f"Not the tested versions: {bootstrap.shorten(other)}. What to do: {bootstrap.COMMAND} doctor", flush=True
        )


def read(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Read the command line; what `test` does not know is left for pytest, anything else unknown is an error."""
    parser = argparse.ArgumentParser(
        prog=bootstrap.COMMAND, description="BERT from the inside: a course in notebooks.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    study = commands.add_parser("study", help="open the course in JupyterLab", allow_abbrev=False)
    study.add_argument("--no-browser", action="store_true", help="only print the address, open no browser")
    study.add_argument("--port", type=int, help="the port that JupyterLab listens on (8888 where it is free)")
    commands.add_parser(
        "test", help="run the tests and every notebook; further arguments go to pytest", allow_abbrev=False
    )
    commands.add_parser("doctor", help="look for what may keep the course from working", allow_abbrev=False)
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "test":
        parser.error(f"{options.command} does not know {' '.join(rest)}: see {bootstrap.COMMAND} {options.command} -h")
    return options, rest


def run(options: argparse.Namespace, rest: list[str]) -> int:
    """Run the command that was asked for, in this Python."""
    if options.command == "doctor":
        from bertlab.launch import doctor

        return doctor.report()
    from bertlab.launch import commands

    if options.command == "test":
        return commands.test(rest)
    return commands.study(port=options.port, browser=not options.no_browser)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
