"""The guard that keeps the course offline must itself work."""

import socket
import subprocess
import sys

import pytest


def test_an_outside_address_is_refused():
    with pytest.raises(RuntimeError, match="network"), socket.socket() as s:
        s.connect(("192.0.2.1", 80))  # TEST-NET-1, RFC 5737: routed nowhere


def test_an_outside_name_is_refused():
    with pytest.raises(RuntimeError, match="network"):
        socket.getaddrinfo("example.invalid", 80)


def test_loopback_is_allowed():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_the_guard_stands_in_processes_that_tests_start():
    code = "import socket; socket.getaddrinfo('example.invalid', 80)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "NetworkBlockedError" in ran.stderr
