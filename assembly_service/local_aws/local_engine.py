"""Runs a local AWS (ministack) in a child process, in memory, on the loopback interface only."""

import http.client
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from assembly_service.local_aws import child
from assembly_service.runtime.os_errors import reason_of

REGION = "us-east-1"
_START_SECONDS = 60
_STOP_SECONDS = 5


class EngineNotStarted(Exception):
    """The local AWS could not be started. The message is one sentence that says why."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A running local AWS."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """The endpoint, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_engine(*, port: int = 0) -> Iterator[Engine]:
    """Run a local AWS on a loopback port (0: a free one), and yield it when it is ready.

    Raises EngineNotStarted when the port is in use or the process does not start.
    """
    listener = _listen(port)
    port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="local-aws-", ignore_cleanup_errors=True) as files:
        try:
            process = _start(listener.fileno(), port, files)
        finally:
            listener.close()
        try:
            _wait_until_ready(port)
            yield Engine(port=port, process=process)
        finally:
            child.stop(process, timeout_seconds=_STOP_SECONDS)


def _listen(port: int) -> socket.socket:
    # Bound here and inherited, so that nothing else can take the port before the child does.
    try:
        return socket.create_server(("127.0.0.1", port), backlog=1024)
    except OSError as error:
        raise EngineNotStarted(
            f"Port {port} for the local AWS cannot be used ({reason_of(error)}): "
            "set LOCAL_AWS_PORT to a free port, or leave it out."
        ) from None


def _start(listener: int, port: int, files: str) -> subprocess.Popen[bytes]:
    # Without workers the server runs in the child itself, not in a child of its own.
    quiet = ["--workers", "0", "--log-level", "CRITICAL", "--graceful-timeout", "0"]
    bind = ["--bind", f"fd://{listener}", "--keep-alive", "75"]
    return child.start(
        command=["hypercorn", "ministack.app:app", *bind, *quiet],
        environment=_environment(os.environ, port, files),
        output=subprocess.DEVNULL,
        pass_fds=[listener],
    )


def _environment(inherited: Mapping[str, str], port: int, files: str) -> dict[str, str]:
    # Variables about AWS, ports and log levels are meant for other programs.
    kept = {
        name: inherited[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in inherited
    }
    paths = {name: value for name, value in inherited.items() if name.startswith("PYTHON")}
    own = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "STATE_DIR": files,
        "LOG_LEVEL": "CRITICAL",
    }
    return kept | paths | own


def _wait_until_ready(port: int) -> None:
    # The socket already listens: the request waits until the process accepts it or ends.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_SECONDS)
    try:
        connection.request("GET", "/_ministack/health")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        raise EngineNotStarted(
            f"The local AWS did not start ({error or type(error).__name__}): "
            "run `make install` again, which installs it."
        ) from None
    finally:
        connection.close()
