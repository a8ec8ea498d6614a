"""Says which clients may join the sockets, and what they may read, by their tokens."""

import structlog

from assembly_service.access.problems import KEYS_UNAVAILABLE, note_refusal
from assembly_service.access.readers import Reader, Readers
from assembly_service.access.requests import only_one
from assembly_service.access.tokens import KeysUnavailable, Unauthorized
from assembly_service.http.middleware import SOCKET_PATH
from assembly_service.notification.socketio.admission import (
    AdmissionUnavailable,
    ConnectRefused,
    Credentials,
)

TOKEN_REQUIRED, TOKEN_REFUSED = "token_required", "token_refused"

log = structlog.get_logger()


async def reader_of(credentials: Credentials, *, readers: Readers) -> Reader:
    """Return what a client may read.

    Its token is `token` of what it connects with, as stock clients send it by `auth`, or else in
    the header `Authorization`. Raises ConnectRefused, AdmissionUnavailable.
    """
    data = credentials.data
    token = data.get("token") if isinstance(data, dict) else None
    try:
        with readers.refusals_counted():
            # Clients send null or nothing when nobody has signed in.
            if token is None or token == "":
                return await readers.by_header(only_one(credentials.authorization))
            return await readers.by_token(token)
    except Unauthorized as error:
        code = TOKEN_REQUIRED if error.fault is None else TOKEN_REFUSED
        note_refusal(SOCKET_PATH, error)
        raise ConnectRefused(code, f"{error}: connect with a valid one in auth.token.") from None
    except KeysUnavailable:
        log.warning("token_keys_unavailable", path=SOCKET_PATH)
        raise AdmissionUnavailable(KEYS_UNAVAILABLE) from None
