"""The process that others are forked from: it loads the libraries once, and forks when asked.

`python -m tests.harness.warm_parent DESCRIPTOR` reads a socket on which each message brings another
socket. The program to run comes over that one, with its stdin, stdout and stderr; back go its
process id and, when it has ended, its exit code, a line of JSON each.
"""

import gc
import json
import os
import runpy
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

_STANDARD = (0, 1, 2)
_CHUNK = 1 << 20


def _preload() -> None:
    commands = import_module("assembly_service.cli.commands")
    for module in iter_modules(commands.__path__, f"{commands.__name__}."):
        import_module(module.name)
    import_module("assembly_service.service")
    # What was loaded is shared until a collection writes to it.
    gc.freeze()


def _serve(asking: socket.socket) -> dict[str, Any] | None:
    """Fork for every request. Returns the program in its own process, None in this one."""
    while True:
        read, files, _, _ = socket.recv_fds(asking, 1, 1)
        _reap()
        if not read:
            return None
        with socket.socket(fileno=files[0]) as answers:
            if not os.fork():
                asking.close()
                return _watch(answers)


def _reap() -> None:
    """Wait for those that have ended, so that their time counts as that of the run."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watch(answers: socket.socket) -> dict[str, Any]:
    """Fork the program. Returns it in its own process; the watching one ends with it."""
    read, files, _, _ = socket.recv_fds(answers, _CHUNK, len(_STANDARD))
    while not read.endswith(b"\n"):
        read += answers.recv(_CHUNK)
    child = os.fork()
    for ours, standard in zip(files, _STANDARD, strict=True):
        if not child:
            os.dup2(ours, standard)
        os.close(ours)
    if not child:
        answers.close()
        program: dict[str, Any] = json.loads(read)
        return program
    answers.sendall(b"%d\n" % child)
    _, status = os.waitpid(child, 0)
    answers.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _main() -> None:
    _preload()
    program = _serve(socket.socket(fileno=int(sys.argv[1])))
    if program is None:
        return
    sys.argv = [program["module"], *program["arguments"]]
    os.environ.clear()
    os.environ.update(program["environment"])
    os.chdir(program["directory"])
    # Those of the start suppose what this process had, in which one can seek.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
    runpy.run_module(program["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
