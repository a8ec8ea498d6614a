"""Notices when the reader of standard output goes away."""

import asyncio
import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ending_with_the_reader() -> Iterator[None]:
    """Raise BrokenPipeError as soon as the reader of a pipe is gone, even between writes."""
    if not stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode):
        yield
        return
    pipe, loop, task = sys.stdout.fileno(), asyncio.get_running_loop(), asyncio.current_task()
    is_gone = False

    def end() -> None:
        nonlocal is_gone
        is_gone = loop.remove_reader(pipe)
        if task is not None:
            task.cancel()

    # The write end of a pipe becomes readable only when the other end is closed.
    loop.add_reader(pipe, end)
    try:
        yield
    except asyncio.CancelledError:
        if is_gone:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None
        raise
    finally:
        loop.remove_reader(pipe)
