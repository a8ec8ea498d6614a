"""Runs another module as a child process that ends when its parent does, however that ended.

`python -m assembly_service.local_aws.child MODULE ARGUMENT...` with standard input a pipe whose
other end only the parent holds.
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
    """Start `python -m` with the command (a module and its arguments) as a child process.

    The child gets a session of its own, so that the Ctrl-C of a terminal reaches the parent alone.
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


def stop(child: subprocess.Popen[bytes], *, patience: float) -> None:
    """Ask the child to end; end it by force after `patience` seconds. Returns when it is gone."""
    child.terminate()
    try:
        child.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin is not None:
        child.stdin.close()


def _end_with_parent() -> None:
    # The pipe never carries anything: its end says that the parent is gone.
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the module named by the first argument as the main program."""
    threading.Thread(target=_end_with_parent, daemon=True, name="end-with-parent").start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
