"""Case 26: no event or log line has a whole personal value."""

import asyncio
import io
import json
from typing import Any

import pytest
import structlog

from assembly_service.drafts.education.events import masked
from assembly_service.runtime.logs import configure_logs
from tests.drafts.education.statuses import WRITES
from tests.drafts.education.support import OTHERS_ACCOUNT, Caller, Instance
from tests.harness.drafts import timed_out

NUMBER, NOTES = "ZX987654", "Exchange year in Nairobi"


async def everything(instance: Instance, owner: Caller, main: Caller) -> list[str]:
    """Run sessions through every call, with errors and failures."""
    personal: dict[str, Any] = {"cotoRegistration": NUMBER, "notes": NOTES}
    session_id = await owner.staged(**personal)
    await owner.create(session_id)
    await owner.validate(session_id)
    await owner.determine(session_id)
    await owner.link(session_id, OTHERS_ACCOUNT)
    await owner.link(session_id)
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    await owner.create(session_id)
    made = await owner.create(session_id)
    await owner.record(made.body["educationRecord"]["recordId"])
    await owner.sessions()
    duplicate = await main.staged(**personal, body={"stagingOptions": {"skipValidation": True}})
    await main.execute(duplicate, OTHERS_ACCOUNT)
    await main.stage(**personal, country=999)
    broken = await main.staged(**personal, cotoStatus=1)
    await main.validate(broken)
    await main.cancel(broken)
    instance.reads.orders["query"].append(timed_out)
    await owner.read(session_id)
    return [session_id, duplicate, broken]


async def test_case_26_no_log_line_or_event_has_a_whole_personal_value(
    instance: Instance, owner: Caller, main: Caller
) -> None:
    lines = io.StringIO()
    configure_logs(level="DEBUG", log_format="json", stream=lines)
    # Loggers that cached this configuration would write nowhere in later tests.
    structlog.configure(cache_logger_on_first_use=False)
    try:
        sessions = await everything(instance, owner, main)
        events = [event for each in sessions for event in await instance.events(each)]
        stop = asyncio.Event()
        running = asyncio.create_task(instance.engine.run(stop))
        await instance.engine.relay.publish_all(sweep=False)
        stop.set()
        await running
    finally:
        structlog.reset_defaults()
    written = lines.getvalue() + json.dumps(events)
    assert len(events) > 12
    assert "ot-education-orchestrator.education.created" in lines.getvalue()
    assert "osot********" in written
    for personal in (owner.member, NUMBER, NUMBER.lower(), NOTES):
        assert personal not in written


@pytest.mark.parametrize(
    ("value", "shown"), [("osot-0000123", "osot********"), ("osot", "oso*"), ("ab", "a*"), ("", "")]
)
def test_a_masked_value_shows_its_first_four_characters_and_never_all(
    value: str, shown: str
) -> None:
    assert masked(value) == shown
