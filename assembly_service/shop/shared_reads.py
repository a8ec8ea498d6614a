"""Shares reads of a seller's products among requests that need the latest state."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from assembly_service.runtime.token_bucket import TokenBucket

Question = TypeVar("Question")
Answer = TypeVar("Answer")

_READS_AT_ONCE = 8
_READS_IN_A_ROW = 5
_READS_PER_SECOND = 4
_MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class _Request(Generic[Question, Answer]):
    question: Question
    answer: asyncio.Future[Answer]

    @property
    def is_pending(self) -> bool:
        return not self.answer.done()


class SharedReads(Generic[Question, Answer]):
    """Answers requests about one seller by one read, if it began after they were made.

    So there is one read a seller at a time, and requests that arrive meanwhile share the next one.
    After a few reads in a row it waits for more to share one, however many clients ask again and
    again. Limits concurrent reads of all sellers too: when a server restarts, all its clients ask
    at once. `read` gets a seller and the questions, and returns an answer to each.
    """

    def __init__(
        self, read: Callable[[str, Sequence[Question]], Awaitable[Sequence[Answer]]]
    ) -> None:
        self._read = read
        self._slots = asyncio.Semaphore(_READS_AT_ONCE)
        self._bucket_of = lru_cache(maxsize=_MOST_BUCKETS)(_new_bucket)
        self._requests: dict[str, list[_Request[Question, Answer]]] = {}
        self._pending: set[asyncio.Future[Answer]] = set()
        self._reading: set[asyncio.Task[None]] = set()

    async def request(self, seller_handle: str, question: Question) -> Answer:
        """Return the answer of a read that begins after this call. Raises what the read raises."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending.add(answer)
        answer.add_done_callback(self._pending.discard)
        request = _Request(question, answer)
        if seller_handle in self._requests:
            self._requests[seller_handle].append(request)
        else:
            self._requests[seller_handle] = [request]
            task = asyncio.create_task(self._read_all(seller_handle), name="shared-reads")
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        return await answer

    async def close(self) -> None:
        """Cancel all reads, and the requests that wait for them."""
        for answer in self._pending:
            answer.cancel()
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    async def _read_all(self, seller_handle: str) -> None:
        """Read until no request about the seller is left."""
        try:
            while self._requests[seller_handle]:
                bucket = self._bucket_of(seller_handle)
                if seconds := bucket.seconds_until_next():
                    await asyncio.sleep(seconds)
                async with self._slots:
                    if requests := self._take(seller_handle):
                        bucket.take()
                        await self._answer(seller_handle, requests)
        finally:
            del self._requests[seller_handle]

    def _take(self, seller_handle: str) -> Sequence[_Request[Question, Answer]]:
        """Take the requests for the next read, without those whose callers have left."""
        requests, self._requests[seller_handle] = self._requests[seller_handle], []
        return [each for each in requests if each.is_pending]

    async def _answer(
        self, seller_handle: str, requests: Sequence[_Request[Question, Answer]]
    ) -> None:
        try:
            answers = await self._read(seller_handle, [each.question for each in requests])
        except Exception as error:
            for request in requests:
                if request.is_pending:
                    request.answer.set_exception(error)
            return
        for request, answer in zip(requests, answers, strict=True):
            if request.is_pending:
                request.answer.set_result(answer)


def _new_bucket(_seller_handle: str) -> TokenBucket:
    return TokenBucket(size=_READS_IN_A_ROW, per_second=_READS_PER_SECOND)
