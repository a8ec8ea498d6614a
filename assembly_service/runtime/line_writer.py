"""Writes lines to a stream in a thread of its own, so that a slow reader blocks nobody."""

import asyncio
import atexit
import os
import select
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import NamedTuple, TextIO

from assembly_service.runtime.terminal import encoded

_MOST_WAITING_BYTES = 4 * 2**20
_PIPE_BUF = 4096
"""Linux writes this much to a pipe atomically, so lines of other processes cannot interleave."""
_CLOSE_SECONDS = 2.0
_REST_SECONDS = 0.01


class Receipt(NamedTuple):
    """A line that was given to a writer."""

    writer: "LineWriter"
    number: int | None

    def written(self) -> asyncio.Future[bool]:
        """Resolve to whether the line was written or dropped.

        Call it at once: a line of long ago may be reported as dropped.
        """
        return asyncio.wrap_future(self.writer.when_known(self.number))


class LineWriter:
    """Takes lines without blocking; drops and counts lines when its buffer is full.

    `stream` is a file, a pipe, a socket or a terminal, or None if the process was started with it
    closed. `dropped_line` formats the line that reports how many were dropped; it is written as
    soon as the stream takes lines again.
    """

    def __init__(self, stream: TextIO | None, *, dropped_line: Callable[[int], str]) -> None:
        self.dropped = 0
        self._stream = stream
        self._dropped_line = dropped_line
        # Reentrant: a finalizer may log in the thread that holds the lock.
        self._lock = threading.RLock()
        self._lines: list[bytes] = []
        self._bytes = 0
        self._taken = self._done = self._last_failed = 0
        self._unreported = 0
        self._is_torn = self._is_closed = self._has_given_up = False
        self._waiting: dict[int, Future[bool]] = {}
        self._wake: SimpleQueue[bool] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> Receipt:
        """Queue a line for writing."""
        line = encoded(text, self._stream) + b"\n"
        with self._lock:
            has_room = self._bytes + len(line) <= _MOST_WAITING_BYTES
            if self._stream is None or self._is_closed or not has_room:
                self._drop(1)
                return Receipt(self, None)
            was_idle = not self._lines
            self._lines.append(line)
            self._bytes += len(line)
            self._taken += 1
            if was_idle:
                self._wake_up()
            return Receipt(self, self._taken)

    # The methods of a logger.
    debug = info = warning = error = critical = write

    def when_known(self, number: int | None) -> Future[bool]:
        """Resolve to whether the line of this number was written."""
        with self._lock:
            if number is not None and number > self._done:
                return self._waiting.setdefault(number, Future())
            known: Future[bool] = Future()
            known.set_result(number is not None and number > self._last_failed)
            return known

    def close(self) -> None:
        """Write what waits, for two seconds at most. Later lines are dropped."""
        with self._lock:
            self._is_closed = True
            thread = self._thread
        if thread is not None:
            self._wake.put(False)
            thread.join(_CLOSE_SECONDS)
            with self._lock:
                self._has_given_up = True
                self._settle(self._taken - self._done, is_written=False)

    def _drop(self, count: int) -> None:
        self.dropped += count
        self._unreported += count

    def _wake_up(self) -> None:
        if self._thread is None:
            # A daemon: a reader that stopped must not keep the process alive.
            self._thread = threading.Thread(target=self._run, name="line-writer", daemon=True)
            self._thread.start()
            atexit.register(self.close)
        self._wake.put(True)

    def _run(self) -> None:
        while self._wake.get():
            self._write_waiting()
            # Waking this thread costs more than a line: lines that arrive meanwhile share the next.
            time.sleep(_REST_SECONDS)
        self._write_waiting()

    def _write_waiting(self) -> None:
        with self._lock:
            lines, self._lines, self._bytes = self._lines, [], 0
            unreported = self._unreported
        for piece in _pieces(lines):
            is_written = self._write(b"".join(piece))
            with self._lock:
                if self._has_given_up:
                    return
                self._settle(len(piece), is_written=is_written)
        # The dropped lines came after these.
        if unreported and self._write(
            encoded(self._dropped_line(unreported), self._stream) + b"\n"
        ):
            with self._lock:
                self._unreported -= unreported

    def _settle(self, count: int, *, is_written: bool) -> None:
        """Record the result of the oldest `count` lines that are not done."""
        first, self._done = self._done + 1, self._done + count
        if not is_written:
            self._last_failed = self._done
            self._drop(count)
        for number in range(first, self._done + 1):
            known = self._waiting.pop(number, None)
            if known is not None and known.set_running_or_notify_cancel():
                known.set_result(is_written)

    def _write(self, piece: bytes) -> bool:
        try:
            self._write_piece(piece)
        except (OSError, ValueError):
            return False
        return True

    def _write_piece(self, piece: bytes) -> None:
        if self._is_torn:
            piece = b"\n" + piece
        left = memoryview(piece)
        try:
            while left:
                # Asked each time: the descriptor of a closed stream may belong to another by now.
                descriptor = self._stream.fileno() if self._stream else -1
                try:
                    left = left[os.write(descriptor, left) :]
                except BlockingIOError:
                    # A process that shares the stream has made it non-blocking.
                    select.select([], [descriptor], [])
        finally:
            if len(left) < len(piece):
                self._is_torn = bool(left)


def _pieces(lines: Sequence[bytes]) -> Iterator[list[bytes]]:
    piece: list[bytes] = []
    size = 0
    for line in lines:
        if piece and size + len(line) > _PIPE_BUF:
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    if piece:
        yield piece
