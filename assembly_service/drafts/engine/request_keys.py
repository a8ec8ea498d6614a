"""What a call notes about itself on its request, for its log line and its metrics."""

from aiohttp import web

OPERATION_ID = web.RequestKey("operation_id", str)
OUTCOME = web.RequestKey("outcome", str)
"""How a call ended, where its status does not say."""
SESSION_ID = web.RequestKey("session_id", str)
"""The draft that a call created, or named outside its path."""


def operation_of(request: web.Request) -> str:
    """Return the operation id of this call."""
    return request[OPERATION_ID]
