"""The rules of assembly, each by an example."""

from assembly_service.domain.decision import AssemblyRules
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
from assembly_service.domain.product import HalfKind, Product
from assembly_service.domain.staging import StagedHalf
from assembly_service.domain.timestamps import format_milliseconds
from tests.harness.halves import DAY, NOW, arrival, product, staged

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
RULES = AssemblyRules(staging_ttl=DAY, commit_allowance=5_000)
LARGE = 250_000


def decide(
    *arrivals: Arrival,
    staged: StagedHalf | None = None,
    product: Product | None = None,
    redelivered: bool = False,
    attempted: bool = False,
    announced: bool = False,
    pushed: str | None = None,
    seller_full: bool = False,
    now: int = NOW,
) -> Plan:
    known = DecisionInput(
        arrivals={each.half.kind: each for each in arrivals},
        staged=staged,
        product=product,
        redelivered=redelivered,
        attempted=attempted,
        announced=announced,
        pushed=pushed,
        seller_full=seller_full,
    )
    return RULES.decide(known, now=now, version="fresh")


def test_a_first_half_is_staged_until_a_day_after_it_was_sent() -> None:
    plan = decide(arrival(CAPTION, sent_at=NOW - 1_000))
    assert isinstance(plan.write, StageHalf)
    assert plan.write.staged.expires_at == NOW - 1_000 + DAY
    assert plan.write.staged.version == "fresh"
    assert (plan.outcome, plan.announce, plan.discard) == (Outcome.STAGED, None, None)


def test_a_second_half_completes_the_product_then_announces_then_discards() -> None:
    waiting = staged(CAPTION)
    plan = decide(arrival(THUMBNAIL), staged=waiting)
    assert isinstance(plan.write, WriteProduct)
    assert plan.write.product.caption == waiting.half
    assert plan.write.product.updated_at == format_milliseconds(NOW)
    assert plan.write.product.never_updated
    assert plan.announce == plan.write.product
    assert plan.discard == waiting


def test_a_half_pairs_if_the_other_was_sent_by_its_expiry_however_late_it_is_handled() -> None:
    waiting = staged(CAPTION, expires_at=NOW)
    plan = decide(arrival(THUMBNAIL, sent_at=NOW), staged=waiting, now=NOW + 3 * DAY)
    assert isinstance(plan.write, WriteProduct)


def test_a_half_sent_by_the_expiry_pairs_with_a_half_already_reported_as_an_orphan() -> None:
    waiting = staged(CAPTION, expires_at=NOW, orphaned_at=NOW + 1)
    plan = decide(arrival(THUMBNAIL, sent_at=NOW), staged=waiting, now=NOW + DAY)
    assert isinstance(plan.write, WriteProduct)


def test_a_half_sent_after_the_expiry_replaces_the_expired_one_and_reports_it() -> None:
    waiting = staged(CAPTION, expires_at=NOW - 1)
    plan = decide(arrival(THUMBNAIL, sent_at=NOW), staged=waiting)
    assert isinstance(plan.write, ReplaceStaged)
    assert plan.write.expected_version == waiting.version
    assert plan.write.staged.half.kind is THUMBNAIL
    assert plan.orphan == waiting


def test_a_reported_orphan_is_not_reported_again_when_it_is_replaced() -> None:
    waiting = staged(CAPTION, expires_at=NOW - 1, orphaned_at=NOW - 1)
    assert decide(arrival(THUMBNAIL, sent_at=NOW), staged=waiting).orphan is None


def test_the_same_half_again_changes_nothing() -> None:
    plan = decide(arrival(CAPTION, sent_at=NOW - DAY), staged=staged(CAPTION, expires_at=NOW))
    assert plan == Plan(Outcome.DUPLICATE)


def test_an_older_half_is_stale() -> None:
    plan = decide(arrival(CAPTION, 1, sent_at=NOW - DAY), staged=staged(CAPTION, 2))
    assert plan == Plan(Outcome.STALE)


def test_the_same_half_sent_later_extends_the_expiry_and_lifts_the_orphan_mark() -> None:
    waiting = staged(CAPTION, 2, expires_at=NOW, orphaned_at=NOW)
    plan = decide(arrival(CAPTION, 1, sent_at=NOW), staged=waiting)
    assert isinstance(plan.write, ReplaceStaged)
    assert plan.write.staged.half == waiting.half
    assert plan.write.staged.expires_at == NOW + DAY
    assert plan.write.staged.orphaned_at is None
    assert plan.write.staged.version == "fresh"


def test_a_newer_half_replaces_the_staged_one_and_keeps_the_later_expiry() -> None:
    waiting = staged(CAPTION, 1, expires_at=NOW + 2 * DAY)
    plan = decide(arrival(CAPTION, 2), staged=waiting)
    assert isinstance(plan.write, ReplaceStaged)
    assert plan.write.staged.half == arrival(CAPTION, 2).half
    assert plan.write.staged.expires_at == NOW + 2 * DAY


def test_two_halves_in_flight_need_no_staging() -> None:
    plan = decide(arrival(CAPTION), arrival(THUMBNAIL))
    assert isinstance(plan.write, WriteProduct)
    assert plan.discard is None


def test_two_halves_in_flight_use_a_newer_staged_half_instead_of_their_own() -> None:
    plan = decide(arrival(CAPTION, 1), arrival(THUMBNAIL), staged=staged(CAPTION, 2))
    assert isinstance(plan.write, WriteProduct)
    assert plan.write.product.caption == staged(CAPTION, 2).half
    assert plan.discard == staged(CAPTION, 2)


def test_a_plain_duplicate_for_a_product_is_not_announced() -> None:
    row = product(updated_at=NOW - DAY)
    assert decide(arrival(CAPTION), product=row) == Plan(Outcome.DUPLICATE)
    assert decide(arrival(CAPTION, 1), product=product(2, updated_at=NOW)) == Plan(Outcome.STALE)


def test_a_product_that_may_not_have_been_announced_is_announced_again() -> None:
    row = product(updated_at=NOW - 4_999)
    assert decide(arrival(CAPTION), product=row, redelivered=True).announce == row
    assert decide(arrival(CAPTION), product=row, attempted=True).announce == row
    left_over = decide(arrival(CAPTION), product=row, staged=staged(THUMBNAIL))
    assert (left_over.announce, left_over.discard) == (row, staged(THUMBNAIL))


def test_an_announcement_made_by_this_handling_is_not_repeated() -> None:
    row = product(updated_at=NOW)
    plan = decide(arrival(CAPTION), product=row, attempted=True, redelivered=True, announced=True)
    assert plan == Plan(Outcome.DUPLICATE)


def test_an_old_row_gets_a_new_timestamp_before_it_is_announced_and_stays_new() -> None:
    row = product(updated_at=NOW - 5_001)
    plan = decide(arrival(CAPTION), product=row, redelivered=True)
    assert isinstance(plan.write, UpdateProduct)
    assert plan.write.expected_updated_at == row.updated_at
    assert plan.announce == plan.write.product
    assert plan.announce.updated_at == plan.announce.created_at == format_milliseconds(NOW)


def test_an_updated_row_keeps_its_creation_time_when_it_gets_a_new_timestamp() -> None:
    row = product(updated_at=NOW - 5_001, created_at=NOW - DAY)
    plan = decide(arrival(CAPTION), product=row, redelivered=True)
    assert plan.announce is not None
    assert plan.announce.created_at == row.created_at
    assert not plan.announce.never_updated


def test_a_newer_half_updates_the_product_and_never_moves_its_timestamp_backwards() -> None:
    row = product(updated_at=NOW + 60_000)
    plan = decide(arrival(CAPTION, 2), product=row)
    assert isinstance(plan.write, UpdateProduct)
    assert plan.write.expected_updated_at == row.updated_at
    assert plan.write.product.caption == arrival(CAPTION, 2).half
    assert plan.write.product.thumbnail == row.thumbnail
    assert plan.write.product.updated_at == format_milliseconds(NOW + 60_001)
    assert plan.write.product.created_at == row.created_at
    assert plan.outcome is Outcome.UPDATED


def test_a_newer_leftover_half_is_merged_before_it_is_discarded() -> None:
    row = product(updated_at=NOW)
    plan = decide(product=row, staged=staged(CAPTION, 2, expires_at=NOW - 1))
    assert isinstance(plan.write, UpdateProduct)
    assert plan.announce == plan.write.product
    assert plan.discard == staged(CAPTION, 2, expires_at=NOW - 1)


def test_clean_up_discards_what_a_product_supersedes_without_announcing_it() -> None:
    waiting = staged(CAPTION, 1, expires_at=NOW - 1)
    plan = decide(product=product(2, updated_at=NOW - DAY), staged=waiting)
    assert (plan.write, plan.announce, plan.discard) == (None, None, waiting)


def test_clean_up_announces_a_product_whose_half_was_merged_and_is_still_staged() -> None:
    waiting = staged(CAPTION, 2, expires_at=NOW - 1)
    plan = decide(product=product(2, updated_at=NOW), staged=waiting)
    assert (plan.announce, plan.discard) == (product(2, updated_at=NOW), waiting)


def test_clean_up_marks_an_expired_half_once_and_leaves_it_to_pair_later() -> None:
    waiting = staged(CAPTION, expires_at=NOW - 1)
    plan = decide(staged=waiting)
    assert isinstance(plan.write, ReplaceStaged)
    assert plan.write.expected_version == waiting.version
    assert plan.write.staged.orphaned_at == NOW
    assert plan.orphan == waiting
    assert decide(staged=plan.write.staged).write is None


def test_clean_up_leaves_a_half_that_has_not_expired() -> None:
    assert decide(staged=staged(CAPTION, expires_at=NOW)).write is None


def test_a_half_too_large_to_be_staged_is_quarantined() -> None:
    too_large = arrival(THUMBNAIL, padding=2 * LARGE)
    assert decide(too_large) == Plan(Outcome.QUARANTINED, quarantine=too_large)


def test_the_larger_half_of_a_pair_that_is_too_large_is_quarantined() -> None:
    too_large = arrival(THUMBNAIL, padding=LARGE)
    plan = decide(too_large, staged=staged(CAPTION, padding=LARGE - 1_000))
    assert plan == Plan(Outcome.QUARANTINED, quarantine=too_large)


def test_a_staged_half_that_makes_the_product_too_large_is_rebuilt_and_removed() -> None:
    too_large = staged(THUMBNAIL, padding=LARGE)
    plan = decide(arrival(CAPTION, padding=LARGE - 1_000), staged=too_large)
    assert plan == Plan(Outcome.QUARANTINED, quarantine=too_large, discard=too_large)


def test_an_update_that_makes_the_product_too_large_is_quarantined() -> None:
    too_large = arrival(THUMBNAIL, 2, padding=2 * LARGE)
    assert decide(too_large, product=product(updated_at=NOW)).quarantine == too_large


def test_a_version_that_sockets_got_is_published_unchanged_however_old() -> None:
    old = product(updated_at=NOW - DAY)
    plan = decide(arrival(CAPTION), product=old, attempted=True, pushed=old.updated_at)
    assert (plan.write, plan.announce) == (None, old)


def test_an_old_version_that_sockets_did_not_get_gets_a_new_timestamp() -> None:
    old = product(updated_at=NOW - DAY)
    before = format_milliseconds(NOW - DAY - 1)
    plan = decide(arrival(CAPTION), product=old, attempted=True, pushed=before)
    assert isinstance(plan.write, UpdateProduct)
    assert plan.announce is not None
    assert plan.announce.updated_at == format_milliseconds(NOW)


def test_if_the_seller_is_full_the_staged_half_is_quarantined_before_the_arrived_one() -> None:
    waiting, mine = staged(CAPTION), arrival(THUMBNAIL)
    first = decide(mine, staged=waiting, seller_full=True)
    assert (first.quarantine, first.discard, first.write) == (waiting, waiting, None)
    then = decide(mine, seller_full=True)
    assert (then.quarantine, then.discard, then.write) == (mine, None, None)
    assert first.reason is then.reason is RejectionReason.SELLER_FULL


def test_if_the_seller_is_full_only_what_would_change_the_product_is_quarantined() -> None:
    newer = arrival(CAPTION, 2)
    plan = decide(newer, arrival(THUMBNAIL), product=product(updated_at=NOW), seller_full=True)
    assert (plan.quarantine, plan.write) == (newer, None)
    repeated = decide(arrival(CAPTION), product=product(updated_at=NOW), seller_full=True)
    assert (repeated.quarantine, repeated.outcome) == (None, Outcome.DUPLICATE)
