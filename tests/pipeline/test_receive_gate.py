"""Nothing is received during an outage, and messages old only because of trouble are no backlog."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from assembly_service.aws.queues import HalfQueue, Message
from assembly_service.pipeline.cleanup import Cleanup
from assembly_service.pipeline.in_flight import InFlightMessages
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.pipeline.pollers import Poller
from assembly_service.pipeline.waiting_keys import ReceiveGate
from tests.harness.handling import Handling
from tests.harness.hooks import after_call, before_call
from tests.harness.one_batch import handle_together, received
from tests.harness.pipeline import Pipeline, eventually
from tests.pipeline.support import (
    A_CAPTION,
    CAPTION,
    KEY,
    THUMBNAILS,
    orphans,
    send_pair,
)


class Receives:
    """A queue that returns one message per call, and stops the poller after some."""

    name = "queue"
    kind = CAPTION

    def __init__(self, messages: Sequence[Message], stop: asyncio.Event) -> None:
        self._messages = list(messages)
        self._stop = stop
        self.calls = 0

    async def receive(self, **_: Any) -> list[Message]:
        self.calls += 1
        message = self._messages.pop(0)
        if not self._messages:
            self._stop.set()
        return [message]


async def poller_of(
    pipeline: Pipeline, queue: Receives, stop: asyncio.Event, gate: ReceiveGate, *, trouble: str
) -> Poller:
    collaborators = await pipeline.collaborators(stop)
    return Poller(
        collaborators,
        queue=queue,  # type: ignore[arg-type]
        in_flight=InFlightMessages(
            collaborators, outcomes=OutcomeLog(pipeline.metrics.outcomes), most_messages=40
        ),
        gate=gate,
        in_trouble=lambda seller: seller == trouble,
        deliver=lambda _: None,
    )


@pytest.mark.parametrize("free", [40, 0])
async def test_a_closed_gate_keeps_a_poller_from_receiving(pipeline: Pipeline, free: int) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    stop, gate = asyncio.Event(), ReceiveGate(pipeline.metrics.queues)
    queue = Receives(await received(pipeline, caption=1), stop)
    poller = await poller_of(pipeline, queue, stop, gate, trouble="")
    gate.set_open(False)
    # Slots released only now take the slow path to the gate.
    await poller._in_flight.acquire(40 - free)
    polling = asyncio.create_task(poller.run())
    await poller._in_flight.release(40 - free)
    await asyncio.sleep(0.05)
    assert queue.calls == 0
    gate.set_open(True)
    async with asyncio.timeout(30):
        await polling
    assert queue.calls == 1


@pytest.mark.parametrize(
    ("receive_count", "trouble", "caught_up"),
    [(1, KEY.seller_handle, False), (2, KEY.seller_handle, True), (2, "another", False)],
)
async def test_an_old_message_is_no_backlog_only_if_it_is_redelivered_for_a_seller_in_trouble(
    pipeline: Pipeline, receive_count: int, trouble: str, caught_up: bool
) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    [message] = await received(pipeline, caption=1)
    old = replace(message, receive_count=receive_count, sent_at=message.sent_at - 60_000)
    stop = asyncio.Event()
    gate = ReceiveGate(pipeline.metrics.queues)
    poller = await poller_of(pipeline, Receives([old], stop), stop, gate, trouble=trouble)
    await poller.run()
    assert poller.caught_up is caught_up


async def test_in_an_outage_messages_are_left_in_their_queue(pipeline: Pipeline) -> None:
    pipeline.announcer.refusals = 10_000
    polls: list[object] = []
    before_call(pipeline.clients.sqs_receive, "receive_message", lambda: polls.append(None))
    after_call(pipeline.clients.sqs_receive, "receive_message", lambda _: polls.pop())
    await send_pair(pipeline)
    async with pipeline.working():

        async def paused() -> bool:
            sample = pipeline.metrics.registry.get_sample_value
            return sample("assembly_receiving_paused") == 1

        async def all_polls_have_ended() -> bool:
            return not polls

        await eventually(paused)
        await eventually(all_polls_have_ended)
        await send_pair(pipeline, 1)
        asked = pipeline.announcer.refusals

        async def tried_again() -> bool:
            return pipeline.announcer.refusals < asked - 1

        await eventually(tried_again)
        [waiting] = await received(pipeline, caption=1)
        assert waiting.receive_count == 1


async def test_a_sweep_skips_sellers_in_trouble(pipeline: Pipeline) -> None:
    await pipeline.send(CAPTION, A_CAPTION)
    await handle_together(pipeline, caption=1)
    [staged] = await pipeline.staged()
    pipeline.clock = lambda: staged.expires_at + 1
    collaborators = await pipeline.collaborators(asyncio.Event())
    handling = Handling(collaborators, [])
    for troubled, named in ((KEY.seller_handle, 0), ("another", 1)):
        await Cleanup(
            collaborators,
            loop=handling.loop,
            caught_up=lambda: True,
            in_trouble=lambda seller, troubled=troubled: seller == troubled,  # type: ignore[misc]
            interval_seconds=3_600,
        ).sweep()
        assert orphans(pipeline, CAPTION.other) == named


async def test_a_failing_dead_letter_queue_is_trouble_of_its_key_and_not_an_outage(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates: list[bool] = []
    send = HalfQueue.return_half

    async def fails_at_first(queue: HalfQueue, **letter: Any) -> None:
        if len(gates) < 3:
            gates.append(handling.gate.open.is_set())
            raise TimeoutError
        await send(queue, **letter)

    monkeypatch.setattr(HalfQueue, "return_half", fails_at_first)
    await pipeline.send(
        CAPTION.other, THUMBNAILS[0] | {"thumbnails": THUMBNAILS[0]["thumbnails"][:3]}
    )
    await handle_together(pipeline, thumbnail=1)
    pipeline.rules = replace(pipeline.rules, most_item_bytes=3_000)
    await pipeline.send(CAPTION, {**A_CAPTION, "raw_caption": "x" * 1_500})
    messages = await received(pipeline, caption=1)
    handling = Handling(await pipeline.collaborators(asyncio.Event()), messages)
    await handling.handle(messages)
    assert gates == [True, True, True]
    assert len(await pipeline.dead_letters(CAPTION.other)) == 1
