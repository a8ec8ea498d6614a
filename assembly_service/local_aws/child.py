"""Runs a module as a child process that ends when its parent does, even if that is killed.

`python -m assembly_service.local_aws.child MODULE ARGUMENT...`, with a pipe from the parent as
standard input.
"""

import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO


def start(
    *,
    command: Sequence[str],
    environment: Mapping[str, str],
    output: int | IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Run a module with arguments as a child process.

    It gets a session of its own, so that Ctrl-C in a terminal reaches only the parent.
    """
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", __name__, *command],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        pass_fds=pass_fds,
        start_new_session=True,
    )


def stop(child: subprocess.Popen[bytes], *, timeout_seconds: float) -> None:
    """Terminate the child, and kill it if it does not end in time. Returns when it has ended."""
    child.terminate()
    try:
        child.wait(timeout=timeout_seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin is not None:
        child.stdin.close()


def _end_with_parent() -> None:
    # Nothing is ever written to the pipe: reading returns when the parent has ended.
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the module named by the first argument as the main program."""
    threading.Thread(target=_end_with_parent, daemon=True, name="end-with-parent").start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
