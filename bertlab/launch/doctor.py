"""Look for what may keep the course from working, and say what to do about each thing that is wrong.

Example: `python3 -m bertlab doctor`, with exit status 1 if anything is wrong.

It works without the course's packages too: it reports them missing, and installs nothing.
"""

from collections.abc import Callable

from bertlab.launch import checks
from bertlab.launch.bootstrap import COMMAND
from bertlab.launch.checks import Finding

CHECKS: tuple[Callable[[], Finding], ...] = (
    checks.python,
    checks.folder,
    checks.environment,
    checks.packages,
    checks.memory,
    checks.disk,
    checks.checkpoint,
    checks.progress,
    checks.jupyter,
    checks.widgets,
)


def report() -> int:
    """Print every finding; return 1 if anything is wrong, else 0. Example: `sys.exit(report())`."""
    findings = [examine(look) for look in CHECKS]
    for finding in findings:
        print(f"{'WRONG' if finding.todo else 'ok':5}  {finding.subject:11}  {finding.seen}")
        if finding.todo:
            print(f"{'':20}What to do: {finding.todo}")
    wrong = sum(bool(finding.todo) for finding in findings)
    print(f"\n{wrong} of {len(findings)} things are wrong." if wrong else "\nAll is well.")
    return int(wrong > 0)


def examine(look: Callable[[], Finding]) -> Finding:
    """Look at one thing. Where even that fails, the failure is what was found, and the others still get looked at.

    Example: `examine(checks.memory).subject` is "memory".
    """
    try:
        return look()
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        todo = f"run `{COMMAND} study`: it installs what is missing; or run `{checks.pip_install(package)}`"
        return Finding(look.__name__, f"can't be looked at: the package {package} is missing", todo)
    except Exception as error:
        todo = "if nothing else that is wrong explains it, open an issue with what stands here"
        return Finding(look.__name__, f"can't be looked at: {type(error).__name__}: {error}", todo)
