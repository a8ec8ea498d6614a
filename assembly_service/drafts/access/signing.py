"""Makes tokens for trying the service out; elsewhere their issuer does."""

import os
from collections.abc import Mapping

from assembly_service.settings.drafts import TokenSettings


def signed_token(
    settings: TokenSettings, *, claims: Mapping[str, object], issued: int, seconds: int
) -> str:
    """A token with these claims that the service takes, from `issued` on (Unix time).

    It is signed with JWT_SECRET, which has to be set.
    """
    # Loads a library of ciphers, which no other command should wait for.
    import jwt

    issuer = {} if settings.jwt_issuer is None else {"iss": settings.jwt_issuer}
    return jwt.encode(
        {**claims, **issuer, "aud": settings.jwt_audience, "iat": issued, "exp": issued + seconds},
        os.fsencode(settings.jwt_secret or ""),
        algorithm="HS256",
        headers={"typ": settings.jwt_type or "JWT"},
    )
