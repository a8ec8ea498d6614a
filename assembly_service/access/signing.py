"""Signs tokens for trying out the service. In production, an issuer does."""

import os
from collections.abc import Mapping

from assembly_service.settings.drafts import TokenSettings


def signed_token(
    settings: TokenSettings, *, claims: Mapping[str, object], issued: int, seconds: int
) -> str:
    """Return a token with these claims, valid from `issued` (Unix time) for so many seconds.

    It is signed with JWT_SECRET, which has to be set.
    """
    # Loads a library of ciphers, which other commands do not need.
    import jwt

    issuer = {} if settings.jwt_issuer is None else {"iss": settings.jwt_issuer}
    return jwt.encode(
        {**claims, **issuer, "aud": settings.jwt_audience, "iat": issued, "exp": issued + seconds},
        os.fsencode(settings.jwt_secret or ""),
        algorithm="HS256",
        headers={"typ": settings.jwt_type or "JWT"},
    )
