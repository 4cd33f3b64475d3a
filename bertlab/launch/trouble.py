"""What stops an installation or a start, as a sentence that says what to do. Standard library only.

Example: `print(explain(OSError(errno.ENOSPC, "No space left on device")))`
"""

from __future__ import annotations

import errno

from bertlab.launch.bootstrap import COMMAND, ROOT, VENV

FULL = ("No space left", "not enough space", "Disk quota exceeded")
OFFLINE = (
    "connection error",
    "NewConnectionError",
    "Temporary failure in name resolution",
    "getaddrinfo failed",
    "Name or service not known",
    "Network is unreachable",
    "ConnectTimeoutError",
    "ProxyError",
    "Read timed out",
)
"""What pip says where the network, and not the package, is the trouble."""


class InstallError(Exception):
    """The installation cannot go on; the message says what to do."""


def explain(error: Exception) -> str:
    """Turn an error into what happened and what to do; an InstallError says both already.

    Example: `explain(PermissionError(errno.EACCES, "Permission denied"))`
    """
    if isinstance(error, InstallError):
        return str(error)
    code = getattr(error, "errno", None)
    if code in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full ({error}). {free_space()}"
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"Something can't be written: {error}.\nCopy the course into a folder of your own, or allow writing in"
            f" {ROOT}; then start the same command again."
        )
    return (
        f"The start failed: {type(error).__name__}: {error}.\nStart the same command again. If that does not help,"
        f" delete {VENV} and start once more; `{COMMAND} doctor` looks for other reasons."
    )


def free_space() -> str:
    """Say what to do about a full disk. Example: `print(free_space())`."""
    return f"Free some space near {ROOT} (4 GB are needed), then start the same command again."


def says(marks: tuple[str, ...], text: str) -> bool:
    """Say whether a text has one of these marks. Example: `says(FULL, "No space left on device")` is True."""
    return any(mark.lower() in text.lower() for mark in marks)
