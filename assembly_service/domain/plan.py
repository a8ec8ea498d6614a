"""What a decision may ask for: one conditional write, an announcement, what is to be put away."""

from dataclasses import dataclass
from enum import StrEnum

from assembly_service.domain.decision_input import Arrival
from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import Product
from assembly_service.domain.staging import StagedHalf


class Outcome(StrEnum):
    """What the handling of a message came to."""

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
    """Write the row if the one there still has the expected `updated_at`."""

    product: Product
    expected_updated_at: str


Write = StageHalf | ReplaceStaged | WriteProduct | UpdateProduct


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in this order; a step that fails ends the plan and the key is looked at again.

    `quarantine`: a half that can never be part of the product, for that `reason`: an arrival's own
    message, or a staged half, which is rebuilt into a message; then the key is looked at again.
    `quarantine_with`: the arrival that goes with a staged half, before its record is deleted.
    `write`: one conditional write. `orphan`: the half that the write gives up, to be named.
    `announce`: the product to announce. `discard`: the staging record to delete on its version.
    """

    outcome: Outcome
    quarantine: Arrival | StagedHalf | None = None
    quarantine_with: Arrival | None = None
    reason: RejectionReason = RejectionReason.TOO_LARGE
    write: Write | None = None
    orphan: StagedHalf | None = None
    announce: Product | None = None
    discard: StagedHalf | None = None
