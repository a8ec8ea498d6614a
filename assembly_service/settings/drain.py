"""Settings of a stop."""

from pydantic import Field, ValidationInfo, field_validator

from assembly_service.settings.values import SettingsModel

CLOSE_SECONDS = 2.0
"""How long clients may take to answer the end of their connections, or to read the rest."""
# To close everything else, once the last client is cut.
_REST_SECONDS = 1.0
_SHARE_FOR_TRACES = 0.05


class DrainSettings(SettingsModel):
    """How long a stop may take, and over how much of that it sends clients away."""

    drain_deadline_seconds: float = Field(default=10, ge=2, le=3_600)
    drain_spread_seconds: float | None = Field(default=None, ge=0)

    @field_validator("drain_spread_seconds")
    @classmethod
    def _leaves_time_for_the_last_client(cls, seconds: float, checked: ValidationInfo) -> float:
        # An invalid deadline is missing from the data, and has a sentence of its own.
        deadline = checked.data.get("drain_deadline_seconds", float("inf"))
        needed = CLOSE_SECONDS + _REST_SECONDS
        if seconds > max(0, deadline - needed):
            raise ValueError(
                f"it has to be at least {needed:g} s less than DRAIN_DEADLINE_SECONDS, or 0"
            )
        return seconds

    @property
    def flush_seconds(self) -> float:
        """How long the last traces may take, after everything else has stopped."""
        return self.drain_deadline_seconds * _SHARE_FOR_TRACES

    def goodbye_seconds(self, *, others: bool) -> float:
        """Over how long a stop spreads its goodbyes.

        By default, the last client is cut after four fifths of the deadline if `others` can take
        the clients in. If nobody can, they are only away for longer, so they are told at once.
        """
        if self.drain_spread_seconds is not None:
            return self.drain_spread_seconds
        return max(0, self.drain_deadline_seconds * 0.8 - CLOSE_SECONDS) if others else 0
