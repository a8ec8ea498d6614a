"""The metrics of tokens."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter


class UnauthorizedReason(StrEnum):
    """Why a token is refused."""

    MISSING = "missing"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    NOT_IN_FORCE = "not_in_force"
    AUDIENCE = "audience"
    ISSUER = "issuer"
    SIGNATURE = "signature"
    ALGORITHM = "algorithm"
    KEY = "key"
    TYPE = "type"
    LIFETIME = "lifetime"
    INCOMPLETE = "incomplete"
    USER = "user"
    NOT_VERIFIED = "not_verified"


class TokenMetrics:
    """How many tokens are refused, and why."""

    def __init__(self, registry: CollectorRegistry) -> None:
        refused = Counter(
            "assembly_tokens_refused",
            "Tokens refused, and calls without the one that they need.",
            ["reason"],
            registry=registry,
        )
        self._refused = {reason: refused.labels(reason.value) for reason in UnauthorizedReason}

    def refused(self, reason: UnauthorizedReason) -> None:
        """Count a refusal."""
        self._refused[reason].inc()
