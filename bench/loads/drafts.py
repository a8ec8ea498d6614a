"""Callers who prepare products: drafts from create to commit, several at once."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import jwt

from assembly_service.drafts.product.product_fields import PRICE_FIELDS
from bench.errors import BenchFailed

ORGANIZATION = "7c1d1f0e-0d3b-4c8f-9d55-3f2b8f6f2a10"
_SIGNING_KEY = "the key that signs the tokens of the bench"
SETTINGS: Mapping[str, str] = {
    "SERVICE_ROLE": "web",
    "PRODUCT_DRAFTS": "true",
    "JWT_SECRET": _SIGNING_KEY,
}
"""The settings of a program for these callers, besides its account."""
_SESSIONS = "/private/products/orchestrate/session"
_AT_ONCE = 8
_PRODUCT: Mapping[str, object] = {
    "productName": "Hand therapy: splinting in practice",
    "productDescription": "Two days about splints, with patients. " * 25,
    "productCategory": 4,
    "productGlCode": 14,
    "productYear": "2026",
    "productStatus": 1,
    "userType": 1,
    "taxes": 13,
    **{name: 95 + 12.25 * number for number, name in enumerate(PRICE_FIELDS)},
    "inventory": 40,
    "productPicture": "https://media.example/products/splinting-in-practice.jpg",
    "postPurchaseInfo": "You will find the programme and the way to us in your mailbox.",
    "startDate": "2026-09-01",
    "endDate": "2026-11-30",
}
_TARGET: Mapping[str, object] = {
    "osot_membership_city": [1, 2, 3, 5, 8, 13, 21, 34],
    "osot_province": [1],
    "osot_language": [1, 2],
    "osot_membership_category": [1, 2, 3],
    "osot_practice_area": [1, 4, 9, 16],
    "osot_practice_settings": [2, 3, 5, 7],
    "osot_client_age": [1, 2],
    "osot_coto_status": [1],
}


@dataclass(frozen=True, kw_only=True)
class People:
    """Callers of one organisation."""

    session: aiohttp.ClientSession

    async def make(self, numbers: range) -> None:
        """Make a product for each number, with eight drafts at once.

        Raises BenchFailed for an unexpected answer.
        """
        left = iter(numbers)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(self._make_all(left))

    async def _make_all(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            await self._make(f"SPLINTS-{number:06}")

    async def _make(self, code: str) -> None:
        created = await self._call("POST", "/create")
        draft = f"/{created['sessionId']}"
        await self._call("POST", f"{draft}/product", {**_PRODUCT, "productCode": code})
        await self._call("POST", f"{draft}/audience-target", _TARGET)
        progress = await self._call("GET", f"{draft}/progress")
        if not progress["canCommit"]:
            raise BenchFailed(f"A draft that is ready cannot be committed: {progress}")
        committed = await self._call("POST", f"{draft}/commit")
        if not committed["success"] or committed["productCode"] != code:
            raise BenchFailed(f"A draft was not committed: {committed}")

    async def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body)
        async with self.session.request(method, _SESSIONS + path, data=data) as answer:
            text = await answer.text()
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise BenchFailed(f"{method} {path} was answered with {answer.status}: {text[:200]}")
        said: dict[str, Any] = json.loads(text)
        return said


@asynccontextmanager
async def people(url: str) -> AsyncIterator[People]:
    """Open the callers of the program at `url`."""
    headers = {"Authorization": f"Bearer {_token()}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(url, headers=headers) as session:
        yield People(session=session)


def _token() -> str:
    claims = {
        "sub": "ada",
        "privilege": 2,
        "organizationGuid": ORGANIZATION,
        "aud": "assembly-service",
        "exp": datetime.now(UTC) + timedelta(hours=1),
    }
    return jwt.encode(claims, _SIGNING_KEY, algorithm="HS256")
