"""Several assembled batches are cleaned up together, and end as promised at every point.

One handler assembles batches one after another and cleans all of them up at once. It is played with
a fault at each of its calls in turn; what is still queued then is redelivered.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum

import pytest
from structlog.testing import capture_logs

from assembly_service.aws.errors import Failure
from assembly_service.aws.queues import Message
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.pipeline.plan_executor import PlanExecutor
from assembly_service.pipeline.work_item import WorkItem
from tests.harness.halves import KEY
from tests.harness.model_aws import ModelQueues, ModelTables
from tests.harness.quiet_loop import everyone_waits, play
from tests.harness.scene_checks import (
    check,
    check_messages,
    check_step,
    dead_halves,
    messages_in,
)
from tests.harness.scenes import C1, C2, T1, Batch, Scene, batch
from tests.harness.small_events import event, half
from tests.harness.stage import MOST_STEPS, Stage
from tests.harness.stage_calls import TABLE_CALLS
from tests.harness.stage_handlers import Handler

OTHER = KEY._replace(video_id="other")
COLD = KEY._replace(seller_handle="cold")
# With the seconds of the caption and the thumbnails of every announced version.
GATHERED: list[tuple[Scene, list[tuple[int, int]]]] = [
    (Scene(name="a caption, then thumbnails", actors=[batch(C1), batch(T1)]), [(1, 1)]),
    (
        Scene(
            name="a caption, a newer one, then thumbnails",
            actors=[batch(C1), batch(C2), batch(T1)],
            product=(2, 1),
        ),
        [(2, 1)],
    ),
    (
        Scene(name="a pair, then an update", actors=[batch(C1, T1), batch(C2)], product=(2, 1)),
        [(1, 1), (2, 1)],
    ),
    (Scene(name="a pair twice", actors=[batch(C1, T1), batch(C1, T1)]), [(1, 1)]),
    (
        Scene(
            name="a caption thrice",
            actors=[batch(C1), batch(C1), batch(C1)],
            product=None,
            staged=C1,
        ),
        [],
    ),
]
SCENES = [scene for scene, _ in GATHERED]


class Misfortune(Enum):
    """What happens at a call."""

    CRASH_BEFORE = "a crash before"
    CRASH_AFTER = "a crash after"
    LOST_ANSWER = "a lost answer to"
    FAILURE = "a failure of"
    THROTTLED = "a throttling of"


async def gathering(
    stage: Stage, actors: Sequence[object], keys: Sequence[ProductKey] = (KEY,)
) -> Handler:
    """Start to assemble batches of equal halves of each key, and clean them up together."""
    batches: list[list[Message]] = [
        [
            await stage.deliver(sent.kind, event(sent.kind, sent.second, key=key))
            for key in keys
            for sent in actor.halves
        ]
        for actor in actors
        if isinstance(actor, Batch)
    ]
    handler = Handler("gathering", messages=[each for part in batches for each in part])
    handling = stage.instance(handler).handling()

    async def work() -> None:
        left: list[WorkItem] = []
        for part in batches:
            accepted = await handling.loop.accept(part)
            left += await handling.loop.assemble(accepted.work)
        await handling.loop.clean_up(left)
        await handling.work_on([])

    return await stage._start(handler, work())


@pytest.mark.parametrize("misfortune", Misfortune, ids=lambda each: each.name.lower())
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_batched_clean_ups_end_as_promised_whatever_happens_at_any_call(
    scene: Scene, misfortune: Misfortune, tell: Callable[[str], None]
) -> None:
    calls = _played_at_every_call(lambda calls: struck(scene, misfortune, calls))
    tell(f"{scene}: {misfortune.value} each of {calls} calls")
    assert calls > 5


Ending = Callable[[Stage], Awaitable[None]]
"""Checks the end of a play."""


async def struck(scene: Scene, misfortune: Misfortune, calls: int) -> bool:
    """Play a scene with a fault after some calls; False if it ended before."""

    async def ended_as_promised(stage: Stage) -> None:
        await check(scene, stage)
        await check_messages(scene, stage)

    stage = Stage()
    handler = await gathering(stage, scene.actors)
    return await play_struck(stage, handler, misfortune, calls, ended_as_promised)


async def play_struck(
    stage: Stage, handler: Handler, misfortune: Misfortune, calls: int, check_ending: Ending
) -> bool:
    """Continue a handler with a fault after some calls; False as for `struck`."""
    names: list[str] = []
    try:
        while not handler.done and len(names) < calls:
            names.append(handler.waiting[0].name)
            await stage.release(handler, handler.waiting[0])
            await check_step(stage)
        if handler.done:
            return False
        names.append(f"{misfortune.value} {handler.waiting[0].name}")
        await strike(stage, handler, misfortune)
        await check_step(stage)
        await check_ending(stage)
    except Exception as error:
        error.add_note("The calls were:\n  " + "\n  ".join(names))
        raise
    return True


async def strike(stage: Stage, handler: Handler, misfortune: Misfortune) -> None:
    """Let the fault happen at the waiting call, and continue to the end."""
    call = handler.waiting[0]
    if misfortune in {Misfortune.FAILURE, Misfortune.THROTTLED} and call.name == "announce":
        await stage.refuse(handler, call)
        await stage.finish(handler)
        return
    if misfortune is Misfortune.THROTTLED and call.name in TABLE_CALLS:
        await stage.throttle(handler, call)
        await stage.finish(handler)
        return
    if misfortune in {Misfortune.CRASH_AFTER, Misfortune.LOST_ANSWER}:
        await stage.carry_out_unheard(handler, call)
    else:
        handler.waiting.remove(call)
    if misfortune in {Misfortune.CRASH_BEFORE, Misfortune.CRASH_AFTER}:
        await stage.crash(handler)
        left = [each for each in handler.messages if stage.is_left(each)]
        await stage.handled(*[await stage.deliver_again(each) for each in left])
        return
    if call.name == "announce":
        call.answer.set_result({KEY: Failure.CALL})
    else:
        call.answer.set_exception(TimeoutError())
    await everyone_waits()
    await stage.finish(handler)


@pytest.mark.parametrize(("scene", "versions"), GATHERED, ids=str)
def test_without_a_fault_each_version_is_announced_once_and_no_call_is_refused(
    scene: Scene, versions: list[tuple[int, int]]
) -> None:
    async def undisturbed() -> None:
        stage = Stage()
        handler = await gathering(stage, scene.actors)
        await stage.finish(handler)
        await check(scene, stage)
        await check_messages(scene, stage)
        assert [(each.product.caption, each.product.thumbnail) for each in stage.shown] == [
            (half(HalfKind.CAPTION, caption), half(HalfKind.THUMBNAIL, thumbnail))
            for caption, thumbnail in versions
        ]
        assert all(each.applied for each in handler.taken), handler.recent()

    with capture_logs():
        play(undisturbed())


@pytest.mark.parametrize("misfortune", Misfortune, ids=lambda each: each.name.lower())
def test_two_sellers_in_one_batch_end_with_their_products_whatever_happens_at_any_call(
    misfortune: Misfortune,
) -> None:
    async def both_are_there(stage: Stage) -> None:
        for key in (KEY, COLD):
            product = await stage.product(key)
            assert product is not None
            assert product in stage.published
        assert await stage.staged() == []
        await check_messages(SCENES[0], stage)

    async def play_from(calls: int) -> bool:
        stage = Stage()
        handler = await gathering(stage, [batch(C1), batch(T1)], keys=(KEY, COLD))
        return await play_struck(stage, handler, misfortune, calls, both_are_there)

    assert _played_at_every_call(play_from) > 5


@pytest.mark.parametrize("misfortune", Misfortune, ids=lambda each: each.name.lower())
def test_both_halves_of_a_full_seller_are_dead_lettered_whatever_happens_at_any_call(
    misfortune: Misfortune,
) -> None:
    async def both_are_dead(stage: Stage) -> None:
        assert await stage.product() is None
        # What a crash leaves staged expires; it is in its dead-letter queue too.
        assert all(each.half == half(HalfKind.CAPTION, 1) for each in await stage.staged())
        for kind in HalfKind:
            dead = await dead_halves(stage, kind)
            # At least once: a crash between sending and deleting sends it again.
            assert dead
            assert all(each == half(kind, 1) for each in dead)
            assert await messages_in(stage, stage.resources.url(kind)) == []

    async def play_from(calls: int) -> bool:
        stage = Stage()
        tables = stage.clients.dynamodb
        assert isinstance(tables, ModelTables)
        tables.full.add((stage.resources.products_table, KEY.seller_handle))
        handler = await gathering(stage, [batch(C1), batch(T1)])
        return await play_struck(stage, handler, misfortune, calls, both_are_dead)

    assert _played_at_every_call(play_from) > 5


def _played_at_every_call(play_from: Callable[[int], Awaitable[bool]]) -> int:
    """Play with a fault at each call in turn; return how many there are."""

    async def everywhere() -> int:
        for calls in range(MOST_STEPS):
            if not await play_from(calls):
                return calls
        raise AssertionError(f"the handling does not end within {MOST_STEPS} calls")

    with capture_logs():
        return play(everywhere())


def test_a_bug_in_the_clean_up_of_one_key_hands_back_only_that_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    discard = PlanExecutor.discard

    async def wrong_for_other(self: PlanExecutor, work: Sequence[WorkItem]) -> None:
        if any(item.key == OTHER for item in work):
            raise LookupError("a mistake")
        await discard(self, work)

    async def left_at_the_end() -> set[str]:
        stage = Stage()
        handler = await gathering(stage, SCENES[0].actors, keys=(KEY, OTHER))
        await stage.finish(handler)
        assert {half.half.key for half in await stage.staged()} == {OTHER}
        assert await stage.product() is not None
        queues = stage.clients.sqs
        assert isinstance(queues, ModelQueues)
        assert "hand back" in {each.name for each in handler.taken}
        return {each.body for each in queues.letters.values()}

    monkeypatch.setattr(PlanExecutor, "discard", wrong_for_other)
    with capture_logs():
        left = play(left_at_the_end())
    assert len(left) == 2
    assert all(OTHER.video_id in body for body in left)
