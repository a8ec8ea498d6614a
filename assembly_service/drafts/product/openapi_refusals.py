"""How calls refuse, whatever they are about: examples for the OpenAPI document."""

from typing import Any

from assembly_service.drafts.engine.request_body import BROKEN, UNKNOWN

_Examples = dict[int, dict[str, dict[str, Any]]]


def _example(status: int, name: str, message: str) -> _Examples:
    return {status: {name: {"statusCode": status, "message": message}}}


EVERYWHERE: _Examples = {
    **_example(401, "unauthorized", "Unauthorized"),
    **_example(403, "notAllowed", "Only Admin users can create products"),
    **_example(500, "unexpected", "Internal server error"),
    **_example(503, "unavailable", "Service temporarily unavailable"),
}
"""Of every call: bodies by status and name."""

UNREADABLE: _Examples = {
    **_example(400, "brokenBody", BROKEN),
    **_example(413, "tooLarge", "The body is too large: send at most 1 MiB"),
    **_example(415, "unknownCoding", UNKNOWN),
}
"""Of every call with a body."""
