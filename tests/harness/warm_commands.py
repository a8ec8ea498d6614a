"""Runs commands as processes that are forked from one in which the libraries are loaded.

Loading them is most of what a short command takes. All else is as in a process of its own: its
arguments, environment, directory, output and exit code.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

_ROOT = Path(__file__).parents[2]
_END = b"\n"


def run_warm(
    arguments: Sequence[str], *, directory: Path, environment: Mapping[str, str], timeout: float
) -> tuple[int, str, str]:
    """The exit code and the output. Raises TimeoutError."""
    parent = _parent()
    parent.settimeout(timeout)
    request = {
        "arguments": [*arguments],
        "directory": str(directory),
        "environment": {**environment},
    }
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        socket.send_fds(parent, [json.dumps(request).encode() + _END], [out.fileno(), err.fileno()])
        code = json.loads(_line(parent, parent.recv(4096)))
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "surrogateescape"))
    return code, *texts


@cache
def _parent() -> socket.socket:
    """The process to fork from, reached over a socket; it ends with this process."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        cwd=_ROOT,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _line(connection: socket.socket, read: bytes) -> bytes:
    """What was read, and what follows up to the end of the line."""
    while not read.endswith(_END):
        more = connection.recv(1 << 20)
        if not more:
            raise ConnectionError("the process to fork from has ended")
        read += more
    return read


def _serve(connection: socket.socket) -> dict[str, Any] | None:
    """Fork for every request. Returns the request in the child, None at the end in the parent."""
    while True:
        read, files, _, _ = socket.recv_fds(connection, 1 << 20, 2)
        if not read:
            return None
        request: dict[str, Any] = json.loads(_line(connection, read))
        child = os.fork()
        if not child:
            os.dup2(files[0], 1)
            os.dup2(files[1], 2)
        for file in files:
            os.close(file)
        if not child:
            connection.close()
            return request
        _, status = os.waitpid(child, 0)
        connection.sendall(json.dumps(os.waitstatus_to_exitcode(status)).encode() + _END)


def _preload() -> None:
    commands = import_module("assembly_service.cli.commands")
    for module in iter_modules(commands.__path__, f"{commands.__name__}."):
        import_module(module.name)


def _main() -> None:
    _preload()
    request = _serve(socket.socket(fileno=int(sys.argv[1])))
    if request is None:
        return
    sys.argv = [str(_ROOT / "assembly_service/__main__.py"), *request["arguments"]]
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["directory"])
    import_module("assembly_service.cli.main").main()


if __name__ == "__main__":
    _main()
