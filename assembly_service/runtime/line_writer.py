"""Writes lines to a stream in a thread of its own, so that its reader holds nobody up."""

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
"""What Linux writes to a pipe in one piece; no other process's line comes in between."""
_CLOSE_SECONDS = 2.0
_REST_SECONDS = 0.01


class NotWritten(OSError):
    """A line was dropped: the stream cannot be written, or its reader is too far behind."""


class Receipt(NamedTuple):
    """Stands for a line that was handed to a writer."""

    writer: "LineWriter"
    number: int | None

    async def written(self, seconds: float) -> None:
        """Return when the line was written.

        Raises NotWritten if it was dropped, TimeoutError if it still waits after so many seconds.
        """
        async with asyncio.timeout(seconds):
            await asyncio.wrap_future(self.writer.when_written(self.number))


class LineWriter:
    """Takes lines and returns at once; lines that find no room are dropped and counted.

    `stream` is a file, a pipe, a socket or a terminal, or None where the process was started with
    it closed. `told_of_dropped` gives the line that says how many were dropped; it is written as
    soon as the stream takes lines again.
    """

    def __init__(self, stream: TextIO | None, *, told_of_dropped: Callable[[int], str]) -> None:
        self.dropped = 0
        self._stream = stream
        self._told_of_dropped = told_of_dropped
        # An object that is collected while this is held may log, in the same thread.
        self._lock = threading.RLock()
        self._lines: list[bytes] = []
        self._bytes = 0
        self._taken = self._done = self._last_failed = 0
        self._untold = 0
        self._is_torn = False
        self._waiting: list[tuple[int, Future[None]]] = []
        self._wake: SimpleQueue[bool] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> Receipt:
        """Write a line, soon."""
        line = encoded(text, self._stream) + b"\n"
        with self._lock:
            if self._stream is None or self._bytes + len(line) > _MOST_WAITING_BYTES:
                self._drop(1)
                return Receipt(self, None)
            was_idle = not self._lines
            self._lines.append(line)
            self._bytes += len(line)
            self._taken += 1
            if was_idle:
                self._wake_up()
            return Receipt(self, self._taken)

    # What loggers call it.
    debug = info = warning = error = critical = write

    def when_written(self, number: int | None) -> Future[None]:
        """Done when the line of this number was written; fails if it was dropped."""
        result: Future[None] = Future()
        with self._lock:
            if number is not None and number > self._done:
                self._waiting.append((number, result))
            else:
                self._settle(number, result)
        return result

    def close(self) -> None:
        """Write what waits, for two seconds at most. A line after that is written at no time."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            self._wake.put(False)
            thread.join(_CLOSE_SECONDS)

    def _drop(self, count: int) -> None:
        self.dropped += count
        self._untold += count

    def _wake_up(self) -> None:
        if self._thread is None:
            # Not waited for at the end of the process: a reader that stopped would hold it up.
            self._thread = threading.Thread(target=self._run, name="line-writer", daemon=True)
            self._thread.start()
            atexit.register(self.close)
        self._wake.put(True)

    def _run(self) -> None:
        while self._wake.get():
            self._write_waiting()
            # Waking this thread costs more than a line: those that come meanwhile share the next.
            time.sleep(_REST_SECONDS)
        self._write_waiting()

    def _write_waiting(self) -> None:
        with self._lock:
            lines, self._lines, self._bytes = self._lines, [], 0
            last, untold = self._taken, self._untold
        # What was dropped came after these lines.
        note = [encoded(self._told_of_dropped(untold), self._stream) + b"\n"] if untold else []
        failed = self._write(lines + note)
        with self._lock:
            if not failed:
                self._untold -= untold
            elif failed > len(note):
                self._last_failed = last
                self._drop(failed - len(note))
            self._done = last
            due = [each for each in self._waiting if each[0] <= last]
            self._waiting = [each for each in self._waiting if each[0] > last]
        for number, result in due:
            self._settle(number, result)

    def _settle(self, number: int | None, result: Future[None]) -> None:
        if not result.set_running_or_notify_cancel():
            return
        if number is None or number <= self._last_failed:
            result.set_exception(NotWritten("the line was dropped"))
        else:
            result.set_result(None)

    def _write(self, lines: Sequence[bytes]) -> int:
        """How many of the lines could not be written."""
        written = 0
        for piece in _pieces(lines):
            try:
                self._write_piece(b"".join(piece))
            except (OSError, ValueError):
                break
            written += len(piece)
        return len(lines) - written

    def _write_piece(self, piece: bytes) -> None:
        # Asked for each time: a stream that was closed may have left its number to another file.
        descriptor = self._stream.fileno() if self._stream else -1
        if self._is_torn:
            piece = b"\n" + piece
        left = memoryview(piece)
        try:
            while left:
                try:
                    left = left[os.write(descriptor, left) :]
                except BlockingIOError:
                    # Whoever shares it has made it so.
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
