"""Settings of a stop."""

from pydantic import Field, ValidationInfo, field_validator

from assembly_service.settings.values import SettingsModel


class DrainSettings(SettingsModel):
    """How long a stop may take, and over how much of that it sends clients away."""

    drain_deadline_seconds: float = Field(default=10, ge=2, le=3_600)
    drain_spread_seconds: float | None = Field(default=None, ge=0)

    @field_validator("drain_spread_seconds")
    @classmethod
    def _is_below_the_deadline(cls, seconds: float, checked: ValidationInfo) -> float:
        # An invalid deadline is missing from the data, and has a sentence of its own.
        if seconds >= checked.data.get("drain_deadline_seconds", float("inf")):
            raise ValueError("it has to be less than DRAIN_DEADLINE_SECONDS")
        return seconds

    def goodbye_seconds(self, *, others: bool) -> float:
        """Over how long a stop spreads its goodbyes.

        By default, that is four fifths of the deadline if `others` can take the clients in. If
        nobody can, they are only away for longer, so they are told at once.
        """
        if self.drain_spread_seconds is not None:
            return self.drain_spread_seconds
        return self.drain_deadline_seconds * 0.8 if others else 0
