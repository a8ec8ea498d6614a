"""Log lines block nobody: what cannot be buffered or written is dropped, counted and reported."""

import asyncio
import fcntl
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

import pytest

from assembly_service.runtime import line_writer
from assembly_service.runtime.line_writer import LineWriter

LONG = "x" * 60_000
PATIENCE_SECONDS = 120.0


class Pipe(NamedTuple):
    """A pipe; its write end is a stream."""

    reader: int
    stream: TextIO

    def read_to_the_end(self) -> list[str]:
        """All lines, once the other end is closed."""
        with open(self.reader, encoding="ascii", closefd=False) as lines:
            return lines.read().splitlines()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reader, writer = os.pipe()
    with open(writer, "w", encoding="ascii") as stream:  # noqa: PTH123
        yield Pipe(reader, stream)
    os.close(reader)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer waits for its thread on closing, and a busy machine may let that wait."""
    monkeypatch.setattr(line_writer, "_CLOSE_SECONDS", PATIENCE_SECONDS)


def writer_to(stream: TextIO | None) -> LineWriter:
    return LineWriter(stream, dropped_line=lambda count: f"{count} dropped")


async def is_written(writer: LineWriter, text: str) -> bool:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await writer.write(text).written()


class Reading(threading.Thread):
    """Reads all lines of a pipe until its other end is closed."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__(daemon=True)
        self.lines: list[str] = []
        self._pipe = pipe

    def run(self) -> None:
        self.lines = self._pipe.read_to_the_end()

    def all(self) -> list[str]:
        """The lines, once the writer is closed."""
        self._pipe.stream.close()
        self.join(PATIENCE_SECONDS)
        return self.lines


def test_a_reader_that_keeps_up_gets_every_line_in_order(pipe: Pipe) -> None:
    reading, writer = Reading(pipe), writer_to(pipe.stream)
    reading.start()
    for number in range(5_000):
        writer.write(str(number))
    writer.close()
    assert reading.all() == [str(number) for number in range(5_000)]
    assert writer.dropped == 0


def test_a_reader_that_stops_blocks_nobody_and_learns_how_much_it_missed(pipe: Pipe) -> None:
    writer = writer_to(pipe.stream)
    # More than the buffer and the pipe hold.
    accepted = [n for n in range(200) if writer.write(f"{n} {LONG}").number]
    assert writer.dropped == 200 - len(accepted) > 0
    reading = Reading(pipe)
    reading.start()
    writer.close()
    lines = reading.all()
    # Reported once there is room, which may be before the last lines.
    told = [line for line in lines if line.endswith(" dropped")]
    assert sum(int(line.split()[0]) for line in told) == writer.dropped
    assert [int(line.split()[0]) for line in lines if line not in told] == accepted


async def test_closing_does_not_wait_for_a_stopped_reader_and_counts_what_it_misses(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_writer, "_CLOSE_SECONDS", 0.01)
    writer = writer_to(pipe.stream)
    # The pipe has room for the first line only.
    assert await is_written(writer, LONG)
    missed = [writer.write(LONG).written() for _ in range(3)]
    closing = threading.Thread(target=writer.close, daemon=True)
    closing.start()
    await asyncio.to_thread(closing.join, PATIENCE_SECONDS)
    assert not closing.is_alive()
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await asyncio.gather(*missed) == [False] * 3
    assert writer.dropped == 3


async def test_a_line_after_closing_counts_as_dropped(pipe: Pipe) -> None:
    writer = writer_to(pipe.stream)
    assert await is_written(writer, "a")
    writer.close()
    assert not await is_written(writer, "b")
    assert writer.dropped == 1
    pipe.stream.close()
    assert pipe.read_to_the_end() == ["a"]


async def test_a_receipt_tells_whether_its_line_was_written(pipe: Pipe) -> None:
    writer = writer_to(pipe.stream)
    assert await is_written(writer, "a")
    assert os.read(pipe.reader, 10) == b"a\n"
    late = writer.write(2 * LONG).written()
    assert not await is_written(writer, 100 * LONG)
    assert not late.done()


async def test_what_cannot_be_written_is_dropped_and_counted() -> None:
    with Path("/dev/full").open("w") as full:  # noqa: ASYNC230
        closed_later = writer_to(full)
        for writer in (closed_later, writer_to(None)):
            for count in (1, 2):
                assert not await is_written(writer, "a")
                assert writer.dropped == count
    assert not await is_written(closed_later, "a")
    assert closed_later.dropped == 3


async def test_a_reader_that_is_gone_blocks_nobody() -> None:
    reader, descriptor = os.pipe()
    os.close(reader)
    with open(descriptor, "w") as stream:  # noqa: ASYNC230, PTH123
        writer = writer_to(stream)
        assert not await is_written(writer, "a")
    assert writer.dropped == 1


async def test_after_a_gap_the_next_line_starts_on_its_own_and_the_gap_is_reported(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, write = writer_to(pipe.stream), os.write
    rooms, ours = [3, 0], pipe.stream.fileno()

    def with_little_room(descriptor: int, data: bytes) -> int:
        if descriptor != ours or not rooms:
            return write(descriptor, data)
        if not (room := rooms.pop(0)):
            raise OSError
        return write(descriptor, bytes(data)[:room])

    monkeypatch.setattr(os, "write", with_little_room)
    assert not await is_written(writer, "abcdef")
    assert await is_written(writer, "ghi")
    writer.close()
    assert os.read(pipe.reader, 100) == b"abc\nghi\n1 dropped\n"


def test_what_the_stream_cannot_encode_is_escaped_as_json_escapes_it(pipe: Pipe) -> None:
    writer, text = writer_to(pipe.stream), "Perles ✨ é \U0001f600 \ud800"
    writer.write(json.dumps(text, ensure_ascii=False))
    writer.close()
    pipe.stream.close()
    [line] = pipe.read_to_the_end()
    assert json.loads(line) == text


def test_a_shared_descriptor_stays_blocking(pipe: Pipe) -> None:
    flags = fcntl.fcntl(pipe.stream, fcntl.F_GETFL)
    writer = writer_to(pipe.stream)
    writer.write("a")
    writer.close()
    assert fcntl.fcntl(pipe.stream, fcntl.F_GETFL) == flags


def test_a_descriptor_made_non_blocking_by_others_loses_nothing(pipe: Pipe) -> None:
    os.set_blocking(pipe.stream.fileno(), False)
    writer = writer_to(pipe.stream)
    for number in range(10):
        writer.write(f"{number} {LONG}")
    reading = Reading(pipe)
    reading.start()
    writer.close()
    assert [line.split()[0] for line in reading.all()] == [str(number) for number in range(10)]
