"""What a call of a draft system notes of itself, for its line in the log and for its figures."""

from aiohttp import web

OPERATION_ID = web.RequestKey("operation_id", str)
OUTCOME = web.RequestKey("outcome", str)
"""How a call ended, where its status does not say it."""
SESSION_ID = web.RequestKey("session_id", str)
"""The draft that a call made, or named elsewhere than in its path."""


def operation_of(request: web.Request) -> str:
    """The id of this call."""
    return request[OPERATION_ID]
