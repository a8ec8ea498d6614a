"""The staging rules under random events: a state machine, and what must hold in the end.

Halves of two videos are sent, newer and older ones, twice, and a day later; handlers on instances
with different clocks handle them, several at a time, and clean up; their calls are interleaved one
by one; more messages arrive at an instance at work; calls fail, are throttled or lose their
answers, the topic refuses announcements, handlers crash and lose their messages. Then everything
left is handled undisturbed.
"""

import asyncio
from collections import defaultdict

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from assembly_service.aws.queues import Message
from assembly_service.domain.product import Half, HalfKind, Product, ProductKey
from tests.harness.halves import DAY, HOUR, KEY, holds
from tests.harness.model_aws import ModelQueues
from tests.harness.small_events import event, half
from tests.harness.stage import Stage
from tests.harness.stage_calls import TABLE_CALLS
from tests.harness.stage_handlers import Call, Handler
from tests.system.proofs.machine import SteppedMachine, play_rules

OTHER = ProductKey("another_shop", "other")
SKEWS = st.sampled_from([-5_000, 0])
STEPS = st.integers(0, 7)
FATES = st.sampled_from(
    [
        "waits",
        "finishes",
        "finishes",
        "fails",
        "is throttled",
        "loses its answer",
        "loses custody",
        "crashes before it",
        "crashes after it",
    ]
)
"""What happens to a handler, or to its next call, after some steps."""


class Staging(SteppedMachine):
    """What is sent, who handles it, and what goes wrong.

    `sent`: every half of a video with the time it was sent. `forgotten`: an orphan may be
    unreported, because a handler did not learn that its write was applied.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.sent: defaultdict[ProductKey, list[tuple[Half, int]]] = defaultdict(list)
        self.rows: dict[ProductKey, Product] = {}
        self.started = 0
        self.forgotten = False

    @rule(
        halves=st.lists(
            st.tuples(st.sampled_from(HalfKind), st.integers(1, 4)), min_size=1, max_size=3
        ),
        key=st.sampled_from([KEY, KEY, KEY, OTHER]),
        skew=SKEWS,
        steps=STEPS,
        fate=FATES,
    )
    def arrive(
        self,
        halves: list[tuple[HalfKind, int]],
        key: ProductKey,
        skew: int,
        steps: int,
        fate: str,
    ) -> None:
        """Halves of a video are published, and an instance receives all that waits."""
        for kind, second in halves:
            self.do(self.stage.send(kind, event(kind, second, key=key)))
            self.sent[key].append((half(kind, second, key=key), self.stage.now))
        self.receive(skew, steps, fate)

    @rule(skew=SKEWS, steps=STEPS, fate=FATES)
    def receive(self, skew: int, steps: int, fate: str) -> None:
        """An instance receives what waits."""
        if handler := self.do(self.take(skew)):
            self.do(self.go(handler, steps, fate))

    @rule(number=st.integers(0, 4))
    def come_together(self, number: int) -> None:
        """An instance at work receives what waits, beside what it has."""
        at_work = [each for each in self.stage.handlers.values() if each.handling and not each.done]
        if at_work and (messages := self.do(self.received())):
            self.do(self.stage.bring(at_work[number % len(at_work)], messages))

    @rule(skew=SKEWS, steps=STEPS, fate=FATES)
    def clean_up(self, skew: int, steps: int, fate: str) -> None:
        """An instance looks for orphans."""
        handler = self.do(self.stage.sweeping(self.name(), skew=skew))
        self.do(self.go(handler, steps, fate))

    @rule(number=st.integers(0, 4), steps=STEPS, fate=FATES)
    def go_on(self, number: int, steps: int, fate: str) -> None:
        """A handler takes some steps."""
        if choices := self.stage.choices():
            self.do(self.go(choices[number % len(choices)][0], steps, fate))

    @rule(
        milliseconds=st.sampled_from([1, 1_000, 5_000, HOUR, 20 * HOUR, DAY + 1]),
        clocks=st.none() | SKEWS,
    )
    def wait(self, milliseconds: int, clocks: int | None) -> None:
        """Time passes, clocks may be set, and waiting keys are retried."""
        self.stage.now += milliseconds
        for handler in self.stage.handlers.values():
            handler.skew = handler.skew if clocks is None else clocks
        self.do(asyncio.sleep(10))

    async def go(self, handler: Handler, steps: int, fate: str) -> None:
        """Carry out some calls of a handler, then disturb the next one or the handler."""
        for _ in range(steps):
            if handler.waiting:
                await self.stage.release(handler, handler.waiting[0])
        if fate == "finishes":
            await self.stage.finish(handler)
        elif handler.waiting:
            await self.meet(handler, handler.waiting[0], fate)

    async def meet(self, handler: Handler, call: Call, fate: str) -> None:
        if fate in {"crashes before it", "crashes after it"}:
            self.forgotten |= names_later(handler)
            if fate == "crashes after it":
                self.forgotten |= call.name == "replace staged"
                await self.stage.carry_out_unheard(handler, call)
            await self.stage.crash(handler)
            await self.show_again(handler)
        elif fate == "loses custody":
            await self.show_again(handler)
        elif fate == "fails" and call.name == "announce":
            await self.stage.refuse(handler, call)
        elif fate == "fails" and call.name != "scan":
            await self.stage.answer(handler, call, TimeoutError())
        elif fate == "is throttled" and call.name in TABLE_CALLS:
            await self.stage.throttle(handler, call)
        elif fate == "loses its answer" and call.name not in {"scan", "announce"}:
            self.forgotten |= call.name == "replace staged"
            await self.stage.release(handler, call, error=TimeoutError())

    @invariant()
    def rows_never_go_back(self) -> None:
        """Neither the timestamp of a row nor its halves become older."""
        for key in (KEY, OTHER):
            row, before = self.do(self.stage.product(key)), self.rows.get(key)
            if before is not None:
                assert row is not None
                assert row.updated_at >= before.updated_at
                assert not any(before.half(kind).newer_than(row.half(kind)) for kind in HalfKind)
            if row is not None:
                self.rows[key] = row

    @invariant()
    def what_was_acknowledged_is_held(self) -> None:
        """No acknowledged half is lost: it is in a table, or was reported as an orphan."""
        staged = self.do(self.stage.staged())
        unnamed = self.forgotten or any(map(names_later, self.stage.handlers.values()))
        for each in self.stage.acknowledged:
            held = holds(self.rows.get(each.key), staged, each)
            assert held or unnamed or each.kind in self.orphans(each.key), f"{each} is lost"

    async def finish(self) -> None:
        """Everyone finishes, everything left is handled; then all rules were kept."""
        stage = self.stage
        queues = stage.clients.sqs
        assert isinstance(queues, ModelQueues)
        await stage.finish(*stage.handlers.values())
        for letter in queues.letters.values():
            letter.visible = True
        while any(letter.visible for letter in queues.letters.values()):
            await self.take(0)
            await stage.finish(*stage.handlers.values())
        assert queues.letters == {}, "a message was not settled"
        for key in self.sent:
            await self.check(key)

    async def check(self, key: ProductKey) -> None:
        product = await self.stage.product(key)
        staged = [each for each in await self.stage.staged() if each.half.key == key]
        halves = [each for each, _ in self.sent[key]]
        times = [sent_at for _, sent_at in self.sent[key]]
        if max(times) - min(times) <= DAY:
            newest = [
                max(
                    (each for each in halves if each.kind is kind),
                    key=lambda each: each.timestamp,
                    default=None,
                )
                for kind in HalfKind
            ]
            if all(newest):
                assert product is not None
                assert [product.caption, product.thumbnail] == newest
            else:
                assert product is None
                assert [each.half for each in staged] == [each for each in newest if each]
        if product is not None:
            assert staged == [], "a record is left behind"
            content = (product.caption, product.thumbnail)
            assert any(
                shown.current and (shown.product.caption, shown.product.thumbnail) == content
                for shown in self.stage.shown
            ), "the product was not announced as it stands"
        for each in halves:
            held = holds(product, staged, each)
            assert held or self.forgotten or each.kind in self.orphans(key), f"{each} is lost"

    async def take(self, skew: int) -> Handler | None:
        messages = await self.received()
        if not messages:
            return None
        return await self.stage.handling(self.name(), messages, skew=skew)

    async def received(self) -> list[Message]:
        """All that waits in both queues."""
        return [message for kind in HalfKind for message in await self.stage.queue(kind).receive()]

    async def show_again(self, handler: Handler) -> None:
        for message in handler.messages:
            await self.stage.queue(message.queue).change_visibility([(message, 0)])

    def name(self) -> str:
        self.started += 1
        return f"handler {self.started}"

    def orphans(self, key: ProductKey) -> list[HalfKind]:
        """The kinds of the halves of a video that were reported as orphans."""
        return [
            HalfKind(entry["missing"]).other
            for entry in self.logs
            if entry["event"] == "orphan_found" and entry["video_id"] == key.video_id
        ]


def names_later(handler: Handler) -> bool:
    """Whether reporting an orphan may wait for the writes of other videos."""
    replaced = any(each.name == "replace staged" for each in handler.taken[-2:])
    return replaced and any("stage" in call.name for call in handler.waiting)


def test_the_staging_rules_hold_under_random_events(every: int) -> None:
    play_rules(Staging, examples=400, steps=15, every=every)
