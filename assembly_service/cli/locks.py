"""Locks for what two local services cannot share: the directory of their file, and the port."""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click

from assembly_service.cli.environment import LOCAL_FILE
from assembly_service.runtime.os_errors import reason_of

_LOCK_FILE = LOCAL_FILE.with_name("lock")


@contextmanager
def claimed_directory() -> Iterator[None]:
    """Hold the lock of this directory until the block ends or the process dies in any way."""
    _LOCK_FILE.parent.mkdir(exist_ok=True)
    with _LOCK_FILE.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                "A local AWS runs from this directory already: use it, stop it with Ctrl-C in its "
                "terminal, or start this one in another directory."
            ) from None
        yield


@contextmanager
def claimed_port(host: str, port: int) -> Iterator[None]:
    """Refuse a port that is in use, or that another local service is about to use."""
    # The service itself listens only seconds later. Until then the UDP port of the same number is
    # the claim; without it, another one would take this service's first answer for its own.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as claim:
        try:
            claim.bind((host, port))
            socket.create_server((host, port), family=family).close()
        except OSError as error:
            raise click.ClickException(
                f"Port {port} on {host} cannot be used ({reason_of(error)}): stop what "
                "uses it, or choose another PORT or HOST, as in `PORT=3003 make run`."
            ) from None
        yield
