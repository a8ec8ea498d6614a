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


class Receipt(NamedTuple):
    """Stands for a line that was handed to a writer."""

    writer: "LineWriter"
    number: int | None

    def written(self) -> asyncio.Future[bool]:
        """Whether the line was written, once that is known; if not, it was dropped.

        To be asked for at once: of a line long past it may say that it was dropped.
        """
        return asyncio.wrap_future(self.writer.when_known(self.number))


class LineWriter:
    """Takes lines and returns at once; lines that find no room are dropped and counted.

    `stream` is a file, a pipe, a socket or a terminal, or None where the process was started with
    it closed. `dropped_line` gives the line that says how many were dropped; it is written as soon
    as the stream takes lines again.
    """

    def __init__(self, stream: TextIO | None, *, dropped_line: Callable[[int], str]) -> None:
        self.dropped = 0
        self._stream = stream
        self._dropped_line = dropped_line
        # An object that is collected while this is held may log, in the same thread.
        self._lock = threading.RLock()
        self._lines: list[bytes] = []
        self._bytes = 0
        self._taken = self._done = self._last_failed = 0
        self._untold = 0
        self._is_torn = self._is_closed = self._has_given_up = False
        self._waiting: dict[int, Future[bool]] = {}
        self._wake: SimpleQueue[bool] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> Receipt:
        """Write a line, soon."""
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

    # What loggers call it.
    debug = info = warning = error = critical = write

    def when_known(self, number: int | None) -> Future[bool]:
        """Whether the line of this number was written, once that is known."""
        with self._lock:
            if number is not None and number > self._done:
                return self._waiting.setdefault(number, Future())
            known: Future[bool] = Future()
            known.set_result(number is not None and number > self._last_failed)
            return known

    def close(self) -> None:
        """Write what waits, for two seconds at most. Lines after that are never written.

        They are counted as dropped.
        """
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
            untold = self._untold
        for piece in _pieces(lines):
            is_written = self._write(b"".join(piece))
            with self._lock:
                if self._has_given_up:
                    return
                self._settle(len(piece), is_written=is_written)
        # What was dropped came after these lines.
        if untold and self._write(encoded(self._dropped_line(untold), self._stream) + b"\n"):
            with self._lock:
                self._untold -= untold

    def _settle(self, count: int, *, is_written: bool) -> None:
        """Note what became of so many lines, the oldest that are not done."""
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
                # Asked for each time: a stream that was closed may have left its number to another.
                descriptor = self._stream.fileno() if self._stream else -1
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
