"""An issuer's keys, and the verifier of tokens that uses them."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from assembly_service.access.key_set import ALGORITHM, KeySet, KeySetMetrics
from assembly_service.access.token_metrics import TokenMetrics
from assembly_service.access.tokens import TokenVerifier
from assembly_service.settings.drafts import TokenSettings
from tests.access.issuer import Issuer, running_issuer


class Time:
    """A clock that a test advances."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with running_issuer() as running:
        yield running


@pytest.fixture
def verifier(keys: KeySet, issuer: Issuer) -> TokenVerifier:
    settings = TokenSettings(jwt_jwks_url=issuer.url)
    return TokenVerifier(
        find_key=keys.find,
        algorithm=ALGORITHM,
        settings=settings,
        metrics=TokenMetrics(CollectorRegistry()),
    )


@pytest.fixture
def passing() -> Time:
    return Time()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def hurry(keys: KeySet) -> None:
    """Let it wait for its issuer for so short a time that a test can wait for the end of it."""
    keys._session._timeout = aiohttp.ClientTimeout(total=0.5)


@pytest.fixture
async def keys(issuer: Issuer, passing: Time, registry: CollectorRegistry) -> AsyncIterator[KeySet]:
    async with aiohttp.ClientSession() as session:
        opened = KeySet(session, issuer.url, KeySetMetrics(registry), passing)
        yield opened
        await opened.close()
