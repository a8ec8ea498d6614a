"""In which order a draft call is checked: the caller, the draft, its state, and only then the body.

A body that is never looked at need not arrive either.
"""

import asyncio
from contextlib import closing
from http import HTTPStatus
from uuid import uuid4

import pytest
from yarl import URL

from tests.drafts.product.support import (
    SESSIONS,
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Json,
)

STEPS = ("product", "audience-target", "commit")
LIMIT_SECONDS = 30
"""Far longer than an answer takes, so that a call that waits for the body fails."""


def status_line(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def announce_a_body(instance: Instance, caller: Caller, path: str) -> int:
    """The status of the answer to a call that announces a body and never sends it."""
    url = URL(instance.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    with closing(writer):
        head = f"POST {path} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {caller.token}"
        writer.write(f"{head}\r\nContent-Length: 9\r\n\r\n".encode())
        async with asyncio.timeout(LIMIT_SECONDS):
            return status_line(await reader.readuntil(b"\r\n"))


@pytest.mark.parametrize("step", STEPS)
async def test_a_body_that_the_caller_may_not_send_is_not_read(
    instance: Instance, admin: Caller, step: str
) -> None:
    owner, unknown = admin.as_(privilege="owner"), str(uuid4())
    assert await announce_a_body(instance, owner, f"{SESSIONS}/create") == HTTPStatus.FORBIDDEN
    path = f"{SESSIONS}/{unknown}/{step}"
    assert await announce_a_body(instance, owner, path) == HTTPStatus.FORBIDDEN
    assert await announce_a_body(instance, admin, path) == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_that_the_state_forbids_is_refused_before_the_body_arrives(
    instance: Instance, admin: Caller, step: str
) -> None:
    session_id = await admin.create()
    if step == "product":
        await admin.add_product(session_id)
        await admin.commit(session_id)
    path = f"{SESSIONS}/{session_id}/{step}"
    assert await announce_a_body(instance, admin, path) == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("step", ["create", "commit"])
async def test_a_call_without_fields_names_a_bounded_number_of_unknown_ones(
    admin: Caller, step: str
) -> None:
    path = f"{SESSIONS}/create"
    if step == "commit":
        path = f"{SESSIONS}/{await admin.draft_with_product()}/commit"
    fields: Json = {f"field{number}": 1 for number in range(5_000)}
    answer = await admin.call("POST", path, fields)
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert answer.body["errors"][0] == "Unknown field: field0"
    assert answer.body["errors"][-1] == "Unknown field: 4900 more"
    assert len(answer.body["errors"]) == 101
