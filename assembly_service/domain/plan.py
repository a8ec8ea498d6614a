"""The result of a decision: one conditional write, what to announce, quarantine or delete."""

from dataclasses import dataclass
from enum import StrEnum

from assembly_service.domain.decision_input import Arrival
from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import Product
from assembly_service.domain.staging import StagedHalf


class Outcome(StrEnum):
    """The outcome of handling a message."""

    STAGED = "staged"
    ASSEMBLED = "assembled"
    UPDATED = "updated"
    DUPLICATE = "duplicate"
    STALE = "stale"
    QUARANTINED = "quarantined"
    RETRIED = "retried"


@dataclass(frozen=True, slots=True)
class StageHalf:
    """Write the record if nothing is staged for its key."""

    staged: StagedHalf


@dataclass(frozen=True, slots=True)
class ReplaceStaged:
    """Write the record if the staged one still has the expected version."""

    staged: StagedHalf
    expected_version: str


@dataclass(frozen=True, slots=True)
class WriteProduct:
    """Write the row if there is none."""

    product: Product


@dataclass(frozen=True, slots=True)
class UpdateProduct:
    """Write the row if the stored one still has the expected `updated_at`."""

    product: Product
    expected_updated_at: str


Write = StageHalf | ReplaceStaged | WriteProduct | UpdateProduct


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in this order. A failed step ends the plan, and the key is looked at again.

    `quarantine`: a half that can never become part of the product, for this `reason`: the message
    of an arrival, or a staged half, rebuilt into a message. The key is then looked at again.
    `quarantine_with`: the arrival to quarantine too, before the staging record is deleted.
    `write`: one conditional write. `orphan`: the half that the write gives up, to be reported.
    `announce`: the product to announce. `discard`: the staging record to delete, by its version.
    """

    outcome: Outcome
    quarantine: Arrival | StagedHalf | None = None
    quarantine_with: Arrival | None = None
    reason: RejectionReason = RejectionReason.TOO_LARGE
    write: Write | None = None
    orphan: StagedHalf | None = None
    announce: Product | None = None
    discard: StagedHalf | None = None
