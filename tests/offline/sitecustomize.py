"""Fail on any attempt to reach an address that is not this machine's own: the course must work offline.

Python imports a module of this name at start when its folder is on PYTHONPATH, so the guard also stands in kernels
and servers that the tests start.
"""

import ipaddress
import socket
import sys


class NetworkBlockedError(RuntimeError):
    """Something tried to reach the network."""


def is_loopback(host: object) -> bool:
    """Say whether a host, as given to `connect` or `getaddrinfo`, is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name).split("%")[0]).is_loopback or name in ("0.0.0.0", "::")
    except ValueError:
        return False


def guard(event: str, args: tuple) -> None:
    """The audit hook: sees every look-up and connection that Python code makes, whatever library asks for it."""
    if event in ("socket.connect", "socket.sendto"):
        host = args[1][0] if isinstance(args[1], tuple) else None  # a path is a local socket
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    else:
        return
    if not is_loopback(host) and host != socket.gethostname():
        raise NetworkBlockedError(f"{event} to {host!r}: nothing in the course may need the network")


sys.addaudithook(guard)
INSTALLED = True
