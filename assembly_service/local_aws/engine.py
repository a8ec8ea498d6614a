"""A local AWS (ministack) as a child process, in memory, on the loopback interface only."""

import http.client
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from assembly_service.local_aws import child

REGION = "us-east-1"
_START_SECONDS = 60
_STOP_SECONDS = 5


class EngineError(Exception):
    """The local AWS could not be started: one sentence that says why."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A running local AWS."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Its endpoint, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_engine(*, port: int = 0) -> Iterator[Engine]:
    """Run a local AWS on a loopback port (0: a free one) until the block ends.

    Answers requests when the block begins. Raises EngineError when the port is taken or the
    process does not come up.
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
            child.stop(process, patience=_STOP_SECONDS)


def _listen(port: int) -> socket.socket:
    # Bound here and handed down, so that no one else can take the port before the child does.
    try:
        return socket.create_server(("127.0.0.1", port), backlog=1024)
    except OSError as error:
        raise EngineError(
            f"Port {port} for the local AWS cannot be used ({os.strerror(error.errno or 0)}): "
            "set LOCAL_AWS_PORT to a free port, or leave it out."
        ) from None


def _start(listener: int, port: int, files: str) -> subprocess.Popen[bytes]:
    # Without workers the server is the child itself and not a child of the child.
    quiet = ["--workers", "0", "--log-level", "CRITICAL", "--graceful-timeout", "0"]
    bind = ["--bind", f"fd://{listener}", "--keep-alive", "75"]
    return child.start(
        command=["hypercorn", "ministack.app:app", *bind, *quiet],
        environment=_environment(os.environ, port, files),
        output=subprocess.DEVNULL,
        pass_fds=[listener],
    )


def _environment(outer: Mapping[str, str], port: int, files: str) -> dict[str, str]:
    # What the surroundings say of AWS, of ports and of log levels is meant for others.
    kept = {name: outer[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in outer}
    paths = {name: value for name, value in outer.items() if name.startswith("PYTHON")}
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
    # The socket listens already: one request waits until the process takes it, or is reset with it.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_SECONDS)
    try:
        connection.request("GET", "/_ministack/health")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        raise EngineError(
            f"The local AWS did not start ({error or type(error).__name__}): "
            "run `make install` again, it belongs to the installed packages."
        ) from None
    finally:
        connection.close()
