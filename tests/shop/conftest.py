"""A shop's calls are tested through the whole web front."""

from tests.web.conftest import (
    api,
    application,
    aws_session,
    catalogue,
    clock,
    described,
    dynamodb,
    health,
    metrics,
    recent_changes,
    shelf,
    subscriptions,
)

__all__ = [
    "api",
    "application",
    "aws_session",
    "catalogue",
    "clock",
    "described",
    "dynamodb",
    "health",
    "metrics",
    "recent_changes",
    "shelf",
    "subscriptions",
]
