"""Guarantees that hold for every combination of arrivals and stored state."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product as combinations

from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.decision_input import DecisionInput
from assembly_service.domain.plan import (
    Outcome,
    Plan,
    ReplaceStaged,
    StageHalf,
    UpdateProduct,
    WriteProduct,
)
from assembly_service.domain.product import HalfKind, Product
from assembly_service.domain.staging import StagedHalf
from assembly_service.domain.timestamps import to_milliseconds
from tests.harness.halves import DAY, HOUR, NOW, arrival, product, staged

RULES = AssemblyRules(staging_ttl=DAY, commit_allowance=5_000)
SECONDS = (None, 1, 2, 3)


def every_staged_half() -> Iterator[StagedHalf | None]:
    yield None
    for kind, second, expires_at, orphaned in combinations(
        HalfKind, (1, 2, 3), (NOW - HOUR, NOW + HOUR), (False, True)
    ):
        yield staged(
            kind, second, expires_at=expires_at, orphaned_at=NOW - HOUR if orphaned else None
        )


def every_product() -> Iterator[Product | None]:
    yield None
    for caption, thumbnail, updated_at, is_new in combinations(
        (1, 2), (1, 2), (NOW - HOUR, NOW - 1, NOW + HOUR), (True, False)
    ):
        created_at = updated_at if is_new else updated_at - HOUR
        yield product(caption, thumbnail, updated_at=updated_at, created_at=created_at)


def every_input() -> Iterator[DecisionInput]:
    flags = list(combinations((False, True), repeat=3))
    for caption, thumbnail, waiting, row in combinations(
        SECONDS, SECONDS, list(every_staged_half()), list(every_product())
    ):
        arrivals = {
            kind: arrival(kind, second)
            for kind, second in ((HalfKind.CAPTION, caption), (HalfKind.THUMBNAIL, thumbnail))
            if second is not None
        }
        for redelivered, attempted, announced in flags:
            yield DecisionInput(arrivals, row, waiting, redelivered, attempted, announced)


def after(known: DecisionInput, plan: Plan) -> DecisionInput:
    """The tables and the handling after a plan that succeeded in every part."""
    staged_now, row = known.staged, known.product
    attempted, announced = known.attempted, known.announced
    match plan.write:
        case StageHalf(record) | ReplaceStaged(record, _):
            staged_now = record
        case WriteProduct(written) | UpdateProduct(written, _):
            row, attempted, announced = written, True, False
    return replace(
        known,
        product=row,
        staged=None if plan.discard is not None else staged_now,
        attempted=attempted,
        announced=announced or plan.announce is not None,
    )


def is_last(plan: Plan) -> bool:
    return plan.write is None or plan.discard is not None


def check_conditions(known: DecisionInput, plan: Plan) -> None:
    """Every write is conditional on exactly what was read."""
    match plan.write:
        case StageHalf():
            assert known.staged is None
            assert known.product is None
        case ReplaceStaged(record, version):
            assert known.product is None
            assert known.staged is not None
            assert version == known.staged.version
            assert record.version != version
        case WriteProduct():
            assert known.product is None
        case UpdateProduct(row, stamp):
            assert known.product is not None
            assert stamp == known.product.updated_at < row.updated_at
    assert plan.discard in (None, known.staged)


def check_nothing_is_lost(known: DecisionInput, plan: Plan) -> None:
    """A finished plan leaves nothing older than what arrived or was staged."""
    end = after(known, plan)
    for kind, arrived in known.arrivals.items():
        holders = [end.product.half(kind)] if end.product is not None else []
        if end.staged is not None and end.staged.half.kind is kind:
            holders.append(end.staged.half)
        if is_last(plan):
            assert any(not arrived.half.newer_than(holder) for holder in holders)
    if plan.discard is not None:
        assert end.product is not None
        assert not plan.discard.half.newer_than(end.product.half(plan.discard.half.kind))


def check_announcement(known: DecisionInput, plan: Plan) -> None:
    """No product is written without an announcement, and no old row is announced."""
    if isinstance(plan.write, WriteProduct | UpdateProduct):
        assert plan.announce == plan.write.product
    if plan.announce is not None:
        assert NOW - to_milliseconds(plan.announce.updated_at) < RULES.commit_allowance
        assert plan.announce == after(known, plan).product
    owed = known.redelivered or known.attempted or known.staged is not None
    if known.product is not None and known.arrivals and owed and not known.announced:
        assert plan.announce is not None


def test_every_decision_keeps_its_promises_and_handling_comes_to_an_end() -> None:
    seen = 0
    for start in every_input():
        known = start
        for _ in range(5):
            plan = RULES.decide(known, now=NOW, version=f"version {seen}")
            seen += 1
            check_conditions(known, plan)
            check_nothing_is_lost(known, plan)
            check_announcement(known, plan)
            known = after(known, plan)
            if is_last(plan):
                break
        else:
            raise AssertionError(f"handling goes on forever from {start}")
        check_the_end(start, known)
    assert seen > 80_000


def check_the_end(start: DecisionInput, end: DecisionInput) -> None:
    """No staged half stays beside a product, and a complete pair becomes one."""
    assert end.product is None or end.staged is None
    if set(start.arrivals) == set(HalfKind):
        assert end.product is not None


def test_without_messages_and_staged_halves_nothing_is_done() -> None:
    plan = RULES.decide(DecisionInput({}), now=NOW, version="fresh")
    assert plan == Plan(Outcome.STALE)
