"""Even at debug level no log line has a whole session id or a client address."""

import json
from uuid import uuid4

from aiohttp import ClientSession

from tests.cli.runs import bare_environment
from tests.drafts.project.support import COMPLETE, Caller
from tests.harness.engine import Account
from tests.system.acceptance.processes import serving

ADDRESS = "198.51.100.77"


async def test_no_debug_line_has_a_whole_session_id_or_a_client_address(
    aws: Account,
) -> None:
    environment = bare_environment(
        **aws.environment,
        **aws.credentials,
        PROJECT_SESSIONS="true",
        TRUSTED_PROXIES="1",
        LOG_LEVEL="DEBUG",
        SERVICE_ROLE="web",
    )
    headers = {"X-Forwarded-For": ADDRESS, "User-Agent": "browser/1"}
    async with serving(environment) as service, ClientSession(service.url, headers=headers) as http:
        caller = Caller(session=http, token=None)
        ids = [await caller.ready(), await caller.create(**COMPLETE)]
        for session_id in (*ids, str(uuid4())):
            for path in (f"/api/sessions/{session_id}", f"/api/project-session/{session_id}"):
                for method in ("GET", "PUT", "PATCH", "OPTIONS"):
                    await caller.call(method, path)
            await caller.call("PUT", "/api/sessions", {"sessionId": session_id, "budget": 1})
            await caller.call("GET", f"/api/sessions/{session_id}/nowhere")
            bad = {"Authorization": "Bearer x"}
            await caller.call("GET", f"/api/sessions/{session_id}", headers=bad)
            await caller.commit(session_id)
        await caller.delete(ids[1])
    lines = [json.dumps(line) for line in service.lines]
    assert any("project-session.commit.success" in line for line in lines)
    assert any("project-session.deleted" in line for line in lines)
    assert any('"token_refused"' in line for line in lines)
    for secret in (*ids, ADDRESS):
        assert [line for line in lines if secret in line] == []
    assert all(any(each[:8] in line for line in lines) for each in ids)
