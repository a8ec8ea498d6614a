"""Scenes of handlers that race for one video: stored state, actors, expected result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.product import HalfKind
from tests.harness.halves import DAY, HOUR
from tests.harness.stage import RULES

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
IN_TIME, LATE = DAY, DAY + 1


@dataclass(frozen=True, slots=True)
class Sent:
    """A half with a timestamp of `second`. `sent`: milliseconds from the start of the scene."""

    kind: HalfKind
    second: int = 1
    sent: int = 0
    padding: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of one handler. `again`: those of the first handler, redelivered."""

    halves: tuple[Sent, ...] = ()
    again: bool = False
    skew: int = 0


@dataclass(frozen=True, slots=True)
class Sweep:
    """One clean-up."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The stored state, concurrent actors, and the expected result.

    `before` is handled first, one message after the other; then `pause` milliseconds pass.
    `misfortunes` are calls, by index of the actor and name, that are throttled once; the topic
    refuses an announcement once. `product` are the seconds of its caption and thumbnails, `orphans`
    how many may be reported.
    """

    name: str
    before: Sequence[Sent] = ()
    pause: int = 0
    actors: Sequence[Batch | Sweep]
    misfortunes: frozenset[tuple[str, str]] = frozenset()
    product: tuple[int, int] | None = (1, 1)
    staged: Sent | None = None
    orphans: frozenset[int] = frozenset({0})
    quarantined: Sent | None = None
    rules: AssemblyRules = RULES

    def __str__(self) -> str:
        return self.name


def batch(*halves: Sent, skew: int = 0) -> Batch:
    return Batch(halves, skew=skew)


C1, C2, C3 = (Sent(CAPTION, second) for second in (1, 2, 3))
T1, T2, T3 = (Sent(THUMBNAIL, second) for second in (1, 2, 3))
PAIR = [
    Scene(name="the two halves arrive at once", actors=[batch(C1), batch(T1)]),
    Scene(
        name="a newer half is staged while its elder is being merged",
        before=[C1],
        actors=[batch(T1), batch(C2)],
        product=(2, 1),
    ),
    Scene(
        name="a newer half is staged while a pair in flight is being written",
        actors=[batch(C1, T1), batch(C2)],
        product=(2, 1),
    ),
    Scene(
        name="a newer half is staged while a pair in flight beside an older half is being written",
        before=[C1],
        actors=[batch(C2, T1), batch(C3)],
        product=(3, 1),
    ),
    Scene(
        name="two updates of one half at once",
        before=[C1, T1],
        actors=[batch(C2), batch(C3)],
        product=(3, 1),
    ),
    Scene(
        name="two updates of one half at once by clocks that differ",
        before=[C1, T1],
        actors=[batch(C2, skew=-5_000), batch(C3)],
        product=(3, 1),
    ),
    Scene(
        name="updates of both halves at once",
        before=[C1, T1],
        actors=[batch(C2), batch(T2)],
        product=(2, 2),
    ),
    Scene(
        name="two pairs with different halves newer",
        actors=[batch(C1, T2), batch(C2, T1)],
        product=(2, 2),
    ),
    Scene(name="one pair twice", actors=[batch(C1, T1), batch(C1, T1)]),
    Scene(
        name="the second half twice",
        before=[C1],
        actors=[batch(T1), batch(T1)],
    ),
    Scene(
        name="the second half redelivered while it is handled",
        before=[C1],
        actors=[batch(T1), Batch(again=True)],
    ),
    Scene(
        name="a pair redelivered while it is handled",
        actors=[batch(C1, T1), Batch(again=True)],
    ),
    Scene(
        name="an update redelivered while it is handled",
        before=[C1, T1],
        actors=[batch(C2), Batch(again=True)],
        product=(2, 1),
    ),
    Scene(
        name="an elder and a newer half at once, alone",
        actors=[batch(C1), batch(C2)],
        product=None,
        staged=C2,
    ),
    Scene(
        name="a duplicate against the other half",
        before=[C1],
        actors=[batch(C1), batch(T1)],
    ),
    Scene(
        name="the other half with an older half in flight",
        before=[C2],
        actors=[batch(C1, T1), batch(T2)],
        product=(2, 2),
    ),
    Scene(
        name="clean-up against a newer version",
        before=[C1],
        pause=DAY + HOUR,
        actors=[Sweep(), batch(replace(C2, sent=LATE))],
        product=None,
        staged=C2,
        orphans=frozenset({0, 1}),
    ),
    Scene(
        name="clean-up of an orphan against its other half",
        before=[C1],
        pause=DAY + HOUR,
        actors=[Sweep(), batch(replace(T1, sent=IN_TIME))],
        orphans=frozenset({0, 1}),
    ),
    Scene(
        name="clean-up of an orphan against a half that comes too late",
        before=[C1],
        pause=DAY + HOUR,
        actors=[Sweep(), batch(replace(T1, sent=LATE))],
        product=None,
        staged=T1,
        orphans=frozenset({1}),
    ),
    Scene(
        name="two halves too late for the same orphan",
        before=[C1],
        pause=DAY + HOUR,
        actors=[batch(replace(T1, sent=LATE)), batch(replace(T2, sent=LATE))],
        product=None,
        staged=T2,
        orphans=frozenset({1}),
    ),
    Scene(
        name="a half too late for an orphan against one in time",
        before=[C1],
        pause=DAY + HOUR,
        actors=[batch(replace(C2, sent=LATE)), batch(replace(T1, sent=IN_TIME))],
        product=(2, 1),
    ),
    Scene(
        name="two clean-ups of one orphan",
        before=[C1],
        pause=DAY + HOUR,
        actors=[Sweep(), Sweep()],
        product=None,
        staged=C1,
        orphans=frozenset({1}),
    ),
    Scene(
        name="a half too large for the product, twice against the other half",
        before=[replace(C1, padding=3_000)],
        actors=[batch(T1), batch(replace(C2, padding=3_000))],
        product=None,
        staged=T1,
        quarantined=replace(C2, padding=3_000),
        rules=replace(RULES, most_item_bytes=3_400),
    ),
]
TROUBLE = [
    Scene(
        name=f"a pair whose {call} fails at first, beside a newer half",
        actors=[batch(C1, T1), batch(C2)],
        misfortunes=frozenset({("1", call)}),
        product=(2, 1),
    )
    for call in ("look", "write product", "announce")
]
TROUBLE += [
    Scene(
        name="a caption that cannot be staged at first, beside its thumbnails",
        actors=[batch(C1), batch(T1)],
        misfortunes=frozenset({("1", "stage")}),
    ),
    Scene(
        name="thumbnails whose merged caption cannot be discarded at first, beside a newer one",
        before=[C1],
        actors=[batch(T1), batch(C2)],
        misfortunes=frozenset({("1", "discard")}),
        product=(2, 1),
    ),
    Scene(
        name="an update that is throttled, beside another that the topic refuses",
        before=[C1, T1],
        actors=[batch(C2), batch(C3)],
        misfortunes=frozenset({("1", "update product"), ("2", "announce")}),
        product=(3, 1),
    ),
]
THREE = [
    Scene(
        name="a pair, a newer half and a redelivery",
        actors=[batch(C1, T1), Batch(again=True), batch(C2)],
        product=(2, 1),
    ),
    Scene(
        name="three updates at once",
        before=[C1, T1],
        actors=[batch(C2), batch(T2), batch(C3)],
        product=(3, 2),
    ),
]
