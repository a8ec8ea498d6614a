"""A half that waits in the staging table for its other half."""

from dataclasses import dataclass

from assembly_service.domain.product import Half


@dataclass(frozen=True, slots=True)
class StagedHalf:
    """A staging record. All times are milliseconds since 1970.

    `version` is a new random value with every write; every change and the delete are conditional on
    it. `expires_at` is compared with the clock; the table's TTL only deletes the row later.
    """

    half: Half
    version: str
    created_at: int
    updated_at: int
    expires_at: int
    message_id: str
    correlation_id: str
    orphaned_at: int | None = None
