"""An issuer of tokens on the loopback, which publishes the keys that a test sets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """A key pair for each name, made once."""
    return rsa.generate_private_key(
        public_exponent=65537, key_size=1024 if name == "short" else 2048
    )


def public_key(name: str, **changes: object) -> dict[str, object]:
    """How the issuer publishes a key; a change to None leaves the member out."""
    published = RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True)
    published |= {"kid": name, "use": "sig", "alg": "RS256", **changes}
    return {member: value for member, value in published.items() if value is not None}


class Issuer:
    """Publishes keys at `url`, and counts how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[object] = [public_key("first")]
        self.answer: Callable[[], web.Response] = self.published
        self.asked = 0
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.url = ""

    def published(self) -> web.Response:
        """The key set."""
        return web.json_response({"keys": self.keys})

    async def handle(self, _: web.BaseRequest) -> web.Response:
        """Answer a request, once it may."""
        self.asked += 1
        self.is_asked.set()
        await self.may_answer.wait()
        return self.answer()

    async def elsewhere(self, _: web.BaseRequest) -> web.Response:
        """The keys, at an address that is not configured."""
        return self.published()


@asynccontextmanager
async def running_issuer() -> AsyncIterator[Issuer]:
    """An issuer at an address of its own."""
    made = Issuer()
    application = web.Application()
    application.router.add_get("/jwks.json", made.handle)
    application.router.add_get("/elsewhere.json", made.elsewhere)
    async with TestServer(application) as server:
        made.url = str(server.make_url("/jwks.json"))
        yield made
        made.may_answer.set()
