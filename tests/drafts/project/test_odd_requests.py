"""Odd requests lose no data and leave no secret in the log."""

import asyncio
import io
import json
from collections.abc import AsyncIterator

import pytest
import structlog

from assembly_service.drafts.project.fields import MOST_DATA_BYTES
from assembly_service.runtime.logs import configure_logs
from tests.drafts.project.support import PROJECTS, SESSIONS, Caller, Instance

LATIN_1 = {"User-Agent": "Gr\udcfcn"}
"""A byte that is not UTF-8, as aiohttp's client sends it."""
HALF = MOST_DATA_BYTES // 2 + 10_000


async def test_a_header_that_is_not_utf_8_neither_fails_a_call_nor_reveals_its_id(
    instance: Instance, anybody: Caller
) -> None:
    stream = io.StringIO()
    configure_logs(level="INFO", log_format="json", stream=stream)
    # Loggers that cached this configuration would write nowhere in later tests.
    structlog.configure(cache_logger_on_first_use=False)
    try:
        made = await anybody.call("POST", SESSIONS, {}, headers=LATIN_1)
        assert made.status == 201, made
        session_id = made.body["sessionId"]
        saved = await anybody.put(session_id, currentStep=3, headers=LATIN_1)
        assert (saved.status, saved.body["version"]) == (200, 2)
        assert (await anybody.call("GET", f"{SESSIONS}/health", headers=LATIN_1)).status == 200
    finally:
        structlog.reset_defaults()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["status"] for line in lines if line["event"] == "draft_step"] == [201, 200, 200]
    assert session_id not in stream.getvalue()


async def test_concurrent_saves_never_exceed_the_size_limit(
    instance: Instance, second: Instance, anybody: Caller
) -> None:
    session_id = await anybody.create()
    for number in range(4):
        values = {
            "connectors": [{"type": "a", "text": f"{number}" * HALF}],
            "uploadedFiles": [{"id": "f", "text": f"{number}" * HALF}],
        }
        saves = [
            caller.save(session_id, **{name: value})
            for caller, (name, value) in zip((anybody, second.anybody), values.items(), strict=True)
        ]
        assert sorted(answer.status for answer in await asyncio.gather(*saves)) == [200, 400]
        stored = json.dumps(await anybody.data(session_id), separators=(",", ":"))
        assert len(stored) <= MOST_DATA_BYTES
        cleared = await anybody.save(session_id, connectors=None, uploadedFiles=None)
        assert cleared.status == 200


async def test_a_body_that_is_too_large_does_not_count_as_a_creation(
    instance: Instance, anybody: Caller
) -> None:
    too_large = {"projectData": {"connectors": [{"type": "x" * MOST_DATA_BYTES}]}}
    refused = await anybody.call("POST", SESSIONS, too_large)
    assert refused.status == 400, refused
    assert not [
        call async for call in _counted(instance) if call.startswith("CALLS#project-session#create")
    ]
    assert (await anybody.call("POST", SESSIONS, {})).status == 201
    assert [
        call async for call in _counted(instance) if call.startswith("CALLS#project-session#create")
    ]


async def test_a_limited_number_of_unknown_keys_is_named(anybody: Caller) -> None:
    sent = {"projectData": {f"unknown{number}": 1 for number in range(5_000)}}
    answer = await anybody.call("POST", SESSIONS, sent)
    assert answer.status == 400
    assert len(answer.body["details"]["errors"]) == 100


async def test_a_slash_after_the_base_path_changes_nothing(anybody: Caller) -> None:
    session_id = await anybody.create()
    body = {"sessionId": session_id, "currentStep": 2}
    answer = await anybody.call("PUT", f"{SESSIONS}/", body)
    assert answer.status == 200, answer
    assert (await anybody.body(session_id))["currentStep"] == 2


@pytest.mark.parametrize("path", [f"{SESSIONS}/health", PROJECTS])
async def test_a_token_that_does_not_verify_is_401_also_where_none_is_needed(
    anybody: Caller, path: str
) -> None:
    answer = await anybody.call("GET", path, headers={"Authorization": "Bearer x"})
    assert answer.status == 401


async def _counted(instance: Instance) -> AsyncIterator[str]:
    rows = await instance.reads.scan(
        TableName=instance.settings.dynamodb_drafts_table, ConsistentRead=True
    )
    for row in rows["Items"]:
        yield row["pk"]["S"]
