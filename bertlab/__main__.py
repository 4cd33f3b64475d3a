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
    problem = bootstrap.unsupported() or bootstrap.uprooted()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    options, rest = read(arguments)
    bootstrap.anchor()
    from bertlab.launch import trouble

    try:
        return start(options, rest, arguments)
    except KeyboardInterrupt:
        print("\nStopped. The same command starts again.", file=sys.stderr)
        return 130
    except (trouble.InstallError, OSError, ValueError) as error:
        print(trouble.explain(error), file=sys.stderr)
        return 1


def start(options: argparse.Namespace, rest: list[str], arguments: list[str]) -> int:
    """Find the Python that has the packages, installing them where none has, and run the command in it.

    Example: `start(*read(["doctor"]), ["doctor"])`
    """
    python = bootstrap.ready()
    if options.command == "doctor":
        python = python or sys.executable  # it reports what is missing, and installs nothing
    if python is None:
        from bertlab.launch import installer

        installer.install()
        python = str(bootstrap.venv_python())
    if python != sys.executable and not bootstrap.inside_venv():
        return bootstrap.hand_over([python, "-m", "bertlab", *arguments])
    if options.command != "doctor" and not bootstrap.inside_venv():
        note_other_versions()
    return run(options, rest)


def note_other_versions() -> None:
    """Say that an environment which somebody prepared differs from what the course was tested with.

    Example: `note_other_versions()`
    """
    if other := bootstrap.other_versions():
        print(
            f"Not the tested versions: {bootstrap.shorten(other)}. What to do: {bootstrap.COMMAND} doctor", flush=True
        )


def read(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Read the command line; what `test` does not know is left for pytest, anything else unknown is an error.

    Example: `options, rest = read(["test", "-k", "wordpiece"])`
    """
    parser = argparse.ArgumentParser(
        prog=bootstrap.COMMAND, description="BERT from the inside: a course in notebooks.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    study = commands.add_parser("study", help="open the course in JupyterLab", allow_abbrev=False)
    study.add_argument("--no-browser", action="store_true", help="only print the address, open no browser")
    study.add_argument("--port", type=port, help="the port that JupyterLab listens on (8888 where it is free)")
    commands.add_parser(
        "test", help="run the tests and every notebook; further arguments go to pytest", allow_abbrev=False
    )
    commands.add_parser("doctor", help="look for what may keep the course from working", allow_abbrev=False)
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "test":
        parser.error(f"{options.command} does not know {' '.join(rest)}: see {bootstrap.COMMAND} {options.command} -h")
    return options, rest


def port(text: str) -> int:
    """Read the number of a port. Example: `port("9000")` is 9000; `port("99999")` is refused: there is none."""
    if text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 1 to 65535, such as 9000")


def run(options: argparse.Namespace, rest: list[str]) -> int:
    """Run the command that was asked for, in this Python. Example: `run(*read(["doctor"]))`."""
    if options.command == "doctor":
        from bertlab.launch import doctor

        return doctor.report()
    from bertlab.launch import commands

    if options.command == "test":
        return commands.test(rest)
    return commands.study(port=options.port, browser=not options.no_browser)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
