"""Makes tokens, valid ones and others."""

import base64
import json
import time
from contextlib import AbstractAsyncContextManager
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from prometheus_client import CollectorRegistry

from assembly_service.access.tokens import TokenVerifier, open_verifier
from assembly_service.settings.drafts import TokenSettings

SECRET = "long enough for every algorithm of its kind: " * 2
AUDIENCE = "assembly-service"


def claims(**changes: object) -> dict[str, object]:
    """Claims of an admin's valid token; a change to None leaves a claim out."""
    sound = {
        "sub": "user-1",
        "organizationGuid": "org-1",
        "privilege": 2,
        "aud": AUDIENCE,
        "exp": int(time.time()) + 86_400,
    }
    return {name: value for name, value in (sound | changes).items() if value is not None}


def signed(**changes: object) -> str:
    """A token signed with the secret."""
    return encode(claims(**changes), SECRET, "HS256")


def signed_by(key: RSAPrivateKey, key_id: str | None = None, **changes: object) -> str:
    """A token signed with a private key."""
    return encode(claims(**changes), key, "RS256", {} if key_id is None else {"kid": key_id})


def encode(
    payload: object,
    key: str | RSAPrivateKey,
    algorithm: str,
    headers: dict[str, object] | None = None,
) -> str:
    """Sign any payload; the library's own function would check it."""
    return jwt.PyJWS().encode(json.dumps(payload).encode(), key, algorithm, headers)


def segment(value: object) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def bearer(token: str) -> str:
    """The header `Authorization`."""
    return f"Bearer {token}"


def opened(**settings: Any) -> AbstractAsyncContextManager[TokenVerifier]:
    """A verifier by the secret, with further settings."""
    return open_verifier(TokenSettings(jwt_secret=SECRET, **settings), CollectorRegistry())
