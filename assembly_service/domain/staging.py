"""A half that waits in the staging table for its other half."""

from dataclasses import dataclass

from assembly_service.domain.product import Half


@dataclass(frozen=True, slots=True)
class StagedHalf:
    """A staging record. All times are milliseconds since 1970.

    `version` is a fresh random value with every write of the record: every change and the delete
    are conditional on it. `expires_at` is judged by the clock and never by the table's TTL.
    """

    half: Half
    version: str
    created_at: int
    updated_at: int
    expires_at: int
    message_id: str
    correlation_id: str
    orphaned_at: int | None = None
