"""Members who register an education: from stage to the record, several at once."""

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

from assembly_service.drafts.education.reference_items import read_lines, to_row
from assembly_service.runtime.chunks import chunks
from bench.errors import BenchFailed

ORGANIZATION = "7c1d1f0e-0d3b-4c8f-9d55-3f2b8f6f2a10"
_SIGNING_KEY = "the key that signs the tokens of the bench"
SETTINGS: Mapping[str, str] = {
    "SERVICE_ROLE": "web",
    "EDUCATION_REGISTRATION": "true",
    "JWT_SECRET": _SIGNING_KEY,
}
"""The settings of a program for these members, besides its account."""
_BASE = "/ot-education/orchestrator"
_AT_ONCE = 8
_STEPS = ("validate", "determine-category", "link-account", "create")
_ROWS_PER_CALL = 25


@dataclass(frozen=True, kw_only=True)
class Members:
    """Members of one organisation."""

    session: aiohttp.ClientSession

    async def register(self, numbers: range) -> None:
        """Register an education for each number, eight at once.

        Raises BenchFailed for an unexpected answer.
        """
        left = iter(numbers)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(self._register_all(left))

    async def _register_all(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            staged = await self._call("stage", _stage_body(number))
            for step in _STEPS:
                answer = await self._call(f"{step}/{staged['sessionId']}")
                if not answer["success"]:
                    raise BenchFailed(f"{step} did not succeed: {answer}")

    async def _call(self, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body)
        async with self.session.post(f"{_BASE}/{path}", data=data) as answer:
            text = await answer.text()
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise BenchFailed(f"{path} was answered with {answer.status}: {text[:200]}")
        said: dict[str, Any] = json.loads(text)
        return said


@asynccontextmanager
async def members(url: str) -> AsyncIterator[Members]:
    """Open the callers of the program at `url`."""
    headers = {"Authorization": f"Bearer {_token()}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(url, headers=headers) as session:
        yield Members(session=session)


async def load_accounts(dynamodb: Any, table: str, numbers: range) -> None:
    """Put an account for each number into the records table, and a membership year."""
    year = datetime.now(UTC).year + 1
    membership: dict[str, object] = {
        "kind": "membershipYear",
        "organization": ORGANIZATION,
        "id": "standard",
        "year": year,
        "yearEnds": f"{year}-12-31",
        "status": "ACTIVE",
    }
    lines = [membership, *map(_account, numbers)]
    rows = [to_row(each) for each in read_lines(("", json.dumps(line)) for line in lines).items]
    for batch in chunks(rows, _ROWS_PER_CALL):
        await dynamodb.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": row}} for row in batch]}
        )


def _account(number: int) -> dict[str, object]:
    return {
        "kind": "account",
        "organization": ORGANIZATION,
        "accountId": _account_id(number),
        "businessId": _business_id(number),
    }


def _stage_body(number: int) -> dict[str, object]:
    return {
        "accountId": _account_id(number),
        "educationData": {
            "userBusinessId": _business_id(number),
            "cotoStatus": 4,
            "cotoRegistration": f"{number:08d}",
            "degreeType": 3,
            "university": 5,
            "graduationYear": datetime.now(UTC).year,
            "country": 1,
            "notes": "A year of exchange, with a placement in paediatrics.",
        },
    }


def _account_id(number: int) -> str:
    return f"0f8fad5b-d9cb-469f-a165-{number:012d}"


def _business_id(number: int) -> str:
    return f"osot-{number:07d}"


def _token() -> str:
    claims = {
        "sub": "ada",
        "privilege": 3,
        "organizationGuid": ORGANIZATION,
        "aud": "assembly-service",
        "exp": datetime.now(UTC) + timedelta(hours=1),
    }
    return jwt.encode(claims, _SIGNING_KEY, algorithm="HS256")
