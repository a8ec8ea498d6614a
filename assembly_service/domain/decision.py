"""Decides what to do about one video, given what arrived and what the tables hold. Pure.

The first half is staged, the second one completes the product, newer halves replace older ones, and
whatever may not have been announced is announced again.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TypeAlias

from assembly_service.domain import item_size
from assembly_service.domain.decision_input import Arrival, DecisionInput
from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.plan import (
    Outcome,
    Plan,
    ReplaceStaged,
    StageHalf,
    UpdateProduct,
    WriteProduct,
)
from assembly_service.domain.product import Half, HalfKind, Product
from assembly_service.domain.staging import StagedHalf
from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds

_Sources: TypeAlias = dict[HalfKind, Arrival | StagedHalf]


@dataclass(frozen=True, slots=True)
class AssemblyRules:
    """The parameters of the rules. Times are milliseconds, sizes are bytes."""

    staging_ttl: int
    commit_allowance: int
    most_item_bytes: int = item_size.MOST_BYTES_OF_HALVES
    """Leaves two kilobytes for keys, timestamps and the other attributes of a row."""

    def decide(self, known: DecisionInput, *, now: int, version: str) -> Plan:
        """Return the next step for a key that was just read.

        `now` is the time in milliseconds; `version` is a new random value for a staging record.
        """
        if known.product is not None:
            return self._with_product(known, known.product, now)
        match known.arrivals:
            case {HalfKind.CAPTION: caption, HalfKind.THUMBNAIL: thumbnail}:
                return self._with_both(known, caption, thumbnail, now)
            case {HalfKind.CAPTION: only} | {HalfKind.THUMBNAIL: only}:
                return self._with_one(only, known, now, version)
            case _:
                return _mark_orphan(known.staged, now, version)

    def _with_product(self, known: DecisionInput, product: Product, now: int) -> Plan:
        """The product exists: merge newer halves, else announce it again if that may be missing."""
        newer: _Sources = {
            kind: source
            for kind, source in _newest_sources(known).items()
            if source.half.newer_than(product.half(kind))
        }
        if newer:
            return self._with_newer(known, product, newer, now)
        return self._with_known(known, product, now)

    def _with_newer(
        self, known: DecisionInput, product: Product, newer: _Sources, now: int
    ) -> Plan:
        if known.seller_full:
            return _quarantine_all(newer.values())
        halves = {kind: source.half for kind, source in newer.items()}
        updated = Product(
            caption=halves.get(HalfKind.CAPTION, product.caption),
            thumbnail=halves.get(HalfKind.THUMBNAIL, product.thumbnail),
            created_at=product.created_at,
            updated_at=_later_stamp(product, now),
        )
        if self._too_large(updated.caption, updated.thumbnail):
            return _quarantine(_larger(*newer.values()))
        return Plan(
            Outcome.UPDATED,
            write=UpdateProduct(updated, product.updated_at),
            announce=updated,
            discard=known.staged,
        )

    def _with_known(self, known: DecisionInput, product: Product, now: int) -> Plan:
        """The product has all that came: announce it again if that may be missing."""
        outcome = _repeated(
            *(
                arrival.half.timestamp < product.half(kind).timestamp
                for kind, arrival in known.arrivals.items()
            )
        )
        if known.announced or not self._may_be_unannounced(known, product):
            return Plan(outcome, discard=known.staged)
        # At the full allowance it is too late: reads of changes go back by this allowance and the
        # one for clocks, which may be used up. Not so if sockets got this version in time and only
        # the topic is left.
        young = now - to_milliseconds(product.updated_at) < self.commit_allowance
        if young or known.pushed == product.updated_at:
            return Plan(outcome, announce=product, discard=known.staged)
        fresh = _restamp(product, now)
        return Plan(
            outcome,
            write=UpdateProduct(fresh, product.updated_at),
            announce=fresh,
            discard=known.staged,
        )

    def _may_be_unannounced(self, known: DecisionInput, product: Product) -> bool:
        """Whether the product may not have been announced.

        In a clean-up, without messages, that is so if a merged half is still staged.
        """
        staged = known.staged
        if known.attempted or known.redelivered:
            return True
        if staged is None:
            return False
        held = product.half(staged.half.kind)
        return bool(known.arrivals) or not held.newer_than(staged.half)

    def _with_both(
        self, known: DecisionInput, caption: Arrival, thumbnail: Arrival, now: int
    ) -> Plan:
        """Both halves arrived: a staged one counts only if it is newer than that of its kind.

        They pair however far apart they were sent: an orphan would help nobody.
        """
        newest = _newest_sources(known)
        if known.seller_full:
            return _quarantine_all(newest.values())
        return self._commit(
            newest.get(HalfKind.CAPTION, caption),
            newest.get(HalfKind.THUMBNAIL, thumbnail),
            known.staged,
            now,
        )

    def _with_one(self, arrival: Arrival, known: DecisionInput, now: int, version: str) -> Plan:
        """One half arrived: complete the staged one, or stage it."""
        staged = known.staged
        fresh = self._staging_record(arrival, now, version)
        if self._too_large(arrival.half):
            return _quarantine(arrival)
        if known.seller_full:
            return _quarantine_all([arrival] if staged is None else [staged, arrival])
        if staged is None:
            if known.staged_before:
                # Another handler merged or quarantined it: staging it again could make two handlers
                # quarantine and stage it forever.
                return Plan(Outcome.STAGED)
            return Plan(Outcome.STAGED, write=StageHalf(fresh))
        if staged.half.kind is not arrival.half.kind:
            if arrival.first_sent_at <= staged.expires_at:
                return self._commit(arrival, staged, staged, now)
            orphan = staged if staged.orphaned_at is None else None
            return Plan(Outcome.STAGED, write=ReplaceStaged(fresh, staged.version), orphan=orphan)
        expires_at = max(staged.expires_at, fresh.expires_at)
        if arrival.half.newer_than(staged.half):
            orphaned_at = staged.orphaned_at if expires_at == staged.expires_at else None
            newest = replace(
                fresh,
                created_at=staged.created_at,
                expires_at=expires_at,
                orphaned_at=orphaned_at,
            )
            return Plan(Outcome.STAGED, write=ReplaceStaged(newest, staged.version))
        outcome = _repeated(arrival.half.timestamp < staged.half.timestamp)
        if expires_at == staged.expires_at:
            return Plan(outcome)
        longer = replace(
            staged, expires_at=expires_at, version=version, updated_at=now, orphaned_at=None
        )
        return Plan(outcome, write=ReplaceStaged(longer, staged.version))

    def _commit(
        self,
        one: Arrival | StagedHalf,
        other: Arrival | StagedHalf,
        staged: StagedHalf | None,
        now: int,
    ) -> Plan:
        """Write the product if there is none."""
        halves = {source.half.kind: source.half for source in (one, other)}
        stamp = format_milliseconds(now)
        product = Product(
            caption=halves[HalfKind.CAPTION],
            thumbnail=halves[HalfKind.THUMBNAIL],
            created_at=stamp,
            updated_at=stamp,
        )
        if self._too_large(product.caption, product.thumbnail):
            return _quarantine(_larger(one, other))
        return Plan(
            Outcome.ASSEMBLED, write=WriteProduct(product), announce=product, discard=staged
        )

    def _staging_record(self, arrival: Arrival, now: int, version: str) -> StagedHalf:
        return StagedHalf(
            half=arrival.half,
            version=version,
            created_at=now,
            updated_at=now,
            expires_at=arrival.last_sent_at + self.staging_ttl,
            message_id=arrival.message_id,
            correlation_id=arrival.correlation_id,
        )

    def _too_large(self, *halves: Half) -> bool:
        return item_size.exceeds(self.most_item_bytes, (dict(half.fields) for half in halves))


def _newest_sources(known: DecisionInput) -> _Sources:
    """Return the newest half of each kind, arrived or staged; an arrival wins a tie."""
    newest: _Sources = dict(known.arrivals)
    staged = known.staged
    if staged is not None:
        arrival = newest.get(staged.half.kind)
        if arrival is None or staged.half.newer_than(arrival.half):
            newest[staged.half.kind] = staged
    return newest


def _mark_orphan(staged: StagedHalf | None, now: int, version: str) -> Plan:
    """Nothing arrived: an expired half is marked, and reported once by whoever marks it."""
    if staged is None or staged.orphaned_at is not None or now <= staged.expires_at:
        return Plan(Outcome.STALE)
    marked = replace(staged, version=version, updated_at=now, orphaned_at=now)
    return Plan(Outcome.STALE, write=ReplaceStaged(marked, staged.version), orphan=staged)


def _restamp(product: Product, now: int) -> Product:
    """Return the same product with a later `updated_at`; a new one stays new."""
    stamp = _later_stamp(product, now)
    created_at = stamp if product.never_updated else product.created_at
    return replace(product, created_at=created_at, updated_at=stamp)


def _quarantine(half: Arrival | StagedHalf) -> Plan:
    discard = half if isinstance(half, StagedHalf) else None
    return Plan(Outcome.QUARANTINED, quarantine=half, discard=discard)


def _quarantine_all(halves: Collection[Arrival | StagedHalf]) -> Plan:
    """Quarantine all of them: a staged half together with an arrival, else one after another."""
    staged = next((half for half in halves if isinstance(half, StagedHalf)), None)
    arrival = next((half for half in halves if isinstance(half, Arrival)), None)
    if staged is not None:
        plan = replace(_quarantine(staged), quarantine_with=arrival)
    elif arrival is not None:
        plan = _quarantine(arrival)
    else:
        raise ValueError("there is nothing to quarantine")
    return replace(plan, reason=RejectionReason.SELLER_FULL)


def _larger(*sources: Arrival | StagedHalf) -> Arrival | StagedHalf:
    return max(sources, key=lambda source: _half_size(source.half))


def _later_stamp(product: Product, now: int) -> str:
    return format_milliseconds(max(now, to_milliseconds(product.updated_at) + 1))


def _half_size(half: Half) -> int:
    return item_size.item_size(dict(half.fields))


def _repeated(*older: bool) -> Outcome:
    return Outcome.STALE if any(older) else Outcome.DUPLICATE
