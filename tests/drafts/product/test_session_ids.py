"""Anything in place of a session id is answered like an unknown one, with 404."""

import asyncio
import json
from contextlib import closing
from http import HTTPStatus
from typing import Any

import pytest
from yarl import URL

from tests.drafts.product.support import (
    SESSIONS,
    Caller,
    Instance,
)

ODD = [
    (b"%7Bx%7D", "{x}"),
    (b"{x}", "{x}"),
    (b"%7B", "{"),
    (b"a%2Fb", "a/b"),
    (b"%2F", "/"),
    (b"", ""),
    (b"%20", " "),
    (b".", "."),
    (b"..", ".."),
    (b"%2E%2E", ".."),
    (b"..%2F..%2Fproducts", "../../products"),
    (b"%C3%A9", "é"),
    (b"%F0%9F%92%A9", "💩"),
    (b"%FF", "%FF"),
    (b"%00", "\0"),
    (b"%0A", "\n"),
    (b"%25", "%"),
    (b"x" * 7_000, "x" * 7_000),
    (b"create", "create"),
]
"""As sent, and as repeated in the answer."""
CALLS = [
    ("POST", "/product"),
    ("POST", "/audience-target"),
    ("POST", "/commit"),
    ("GET", "/progress"),
    ("GET", ""),
]


async def sent_as_it_is(
    instance: Instance, method: str, path: bytes, token: str | None
) -> tuple[int, Any]:
    """Status and body of an answer; HTTP clients would normalise the path."""
    url = URL(instance.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    with closing(writer):
        head = f" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        writer.write(method.encode() + b" " + path + head.encode())
        answer = await reader.read()
    start, _, body = answer.partition(b"\r\n\r\n")
    return int(start.split(b" ", 2)[1]), json.loads(body)


@pytest.mark.parametrize(("method", "step"), CALLS)
async def test_an_odd_session_id_is_answered_like_an_unknown_one(
    instance: Instance, admin: Caller, method: str, step: str
) -> None:
    for odd, named in ODD:
        if (named, step) == ("create", ""):
            continue  # the path of another call
        path = f"{SESSIONS}/".encode() + odd + step.encode()
        assert await sent_as_it_is(instance, method, path, admin.token) == (
            HTTPStatus.NOT_FOUND,
            {"statusCode": 404, "message": "Session not found or expired", "sessionId": named},
        )
        status, _ = await sent_as_it_is(instance, method, path, None)
        assert status == HTTPStatus.UNAUTHORIZED


async def test_the_path_of_the_create_call_answers_other_methods_with_405(admin: Caller) -> None:
    answer = await admin.call("GET", f"{SESSIONS}/create")
    assert answer.status == HTTPStatus.METHOD_NOT_ALLOWED


async def test_an_unknown_path_stays_unknown(admin: Caller) -> None:
    for path in (f"{SESSIONS}/a/b/progress", f"{SESSIONS}/a/unknown", SESSIONS):
        answer = await admin.call("GET", path)
        assert answer.body["message"] == "There is nothing at this path: check it for a mistake"
