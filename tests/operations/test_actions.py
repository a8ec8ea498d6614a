"""Operators with the privilege Main put dead letters back, repair them, and announce again."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from assembly_service.access.caller import Privilege
from assembly_service.access.signing import signed_token
from assembly_service.domain.exact_json import Value
from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import HalfKind
from assembly_service.http.problems import Problem
from assembly_service.openapi import openapi_document
from assembly_service.operations import letter_calls
from assembly_service.operations.actions.access import refusing
from assembly_service.operations.operator_calls import operator_calls_document
from assembly_service.runtime.clock import wall_clock
from assembly_service.service import running_service
from assembly_service.settings.drafts import ProjectSessionSettings, TokenSettings
from assembly_service.settings.service import Settings
from tests.cli.letters import Letters
from tests.harness.described import Described, checking
from tests.harness.halves import KEY
from tests.harness.small_events import event
from tests.harness.valkey import free_port
from tests.harness.web import Shelf, load, make_product
from tests.notification.support import plain_settings

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
REDRIVE = "/api/v1/operations/dead-letters/redrive"
LETTERS = "/api/v1/operations/dead-letters"
ANNOUNCE = "/api/v1/operations/announcements"
TITLE = [{"path": "title", "value": "Cup"}]
USER = "operator-7"


@pytest.fixture
def drafts(aws: Any, settings: Settings) -> ProjectSessionSettings:
    """What verifies tokens."""
    return ProjectSessionSettings.from_environment(
        {**aws.environment, "JWT_SECRET": "a secret of more than 32 letters"}
    )


@pytest.fixture
async def web(settings: Settings, drafts: ProjectSessionSettings) -> AsyncIterator[ClientSession]:
    """The operators' port of a web front, which lets dead letters and queues alone."""
    own_port = {"operations_port": free_port(), "service_role": "web", "project_sessions": drafts}
    traces = [checking(Described(openapi_document([operator_calls_document()])))]
    async with (
        running_service(settings.model_copy(update=own_port)) as service,
        ClientSession(service.operations_url, trace_configs=traces) as http,
    ):
        yield http


def token(drafts: ProjectSessionSettings, privilege: Privilege) -> dict[str, str]:
    """The header of a user."""
    claims = {"sub": USER, "organizationGuid": "o", "privilege": privilege}
    made = signed_token(drafts, issued=wall_clock() // 1000, seconds=60, claims=claims)
    return {"Authorization": f"Bearer {made}"}


@pytest.fixture
def main(drafts: ProjectSessionSettings) -> dict[str, str]:
    """The header of a user who may act."""
    return token(drafts, Privilege.MAIN)


async def act(
    http: ClientSession, path: str, headers: dict[str, str], **body: Value
) -> tuple[int, dict[str, Any]]:
    """The status and the body of an action's answer."""
    async with http.post(path, headers=headers, json=body) as response:
        return response.status, await response.json()


def broken(second: int) -> dict[str, Value]:
    """A caption whose title is not a text."""
    return {**event(CAPTION, second), "title": second}


async def test_without_a_token_of_privilege_main_nothing_is_done(
    web: ClientSession, letters: Letters, drafts: ProjectSessionSettings
) -> None:
    letters.quarantine(CAPTION, "{", RejectionReason.NOT_JSON)
    wrong = {"Authorization": "Bearer wrong"}
    admin = token(drafts, Privilege.ADMIN)
    for path in (REDRIVE, ANNOUNCE):
        for headers, status in (({}, 401), (wrong, 401), (admin, 403)):
            got, problem = await act(web, path, headers, preview=False, sellerHandle="a")
            assert (got, "privilege Main" in problem["detail"]) == (status, True)
    assert letters.size(letters.dead(CAPTION)) == (1, 0)


NO_SECRET = ProjectSessionSettings(dynamodb_drafts_table="drafts", dynamodb_records_table="records")


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, "JWT_JWKS_URL, and switch on a draft system, such as PRODUCT_DRAFTS.$"),
        ({"project_sessions": NO_SECRET}, "this instance verifies none: set JWT_SECRET or JWT_JW"),
        ({"operations_port": 9002, "service_role": "worker"}, "set JWT_SECRET or JWT_JWKS_URL.$"),
    ],
    ids=["no draft system", "no secret", "operators' port"],
)
async def test_where_no_tokens_are_verified_it_is_said_what_is_missing(
    changes: dict[str, Any], missing: str
) -> None:
    with pytest.raises(Problem, match=missing) as raised:
        await refusing(plain_settings(**changes))(make_mocked_request("POST", REDRIVE))
    assert raised.value.status == 403


@pytest.mark.parametrize("role", ["web", "worker"])
async def test_tokens_of_operators_are_verified_without_any_draft_system(
    settings: Settings, drafts: ProjectSessionSettings, letters: Letters, role: str
) -> None:
    letters.quarantine(CAPTION, "{", RejectionReason.NOT_JSON)
    changes = {
        "operations_port": free_port(),
        "service_role": role,
        "announce_nowhere": True,
        "token_settings": TokenSettings(jwt_secret=drafts.jwt_secret),
    }
    async with (
        running_service(settings.model_copy(update=changes)) as service,
        ClientSession(service.operations_url) as http,
    ):
        for privilege, status in ((Privilege.MAIN, 200), (Privilege.ADMIN, 403)):
            got, _ = await act(http, REDRIVE, token(drafts, privilege), preview=True)
            assert got == status


async def test_without_settings_of_tokens_actions_are_refused(operators: ClientSession) -> None:
    for path in (REDRIVE, ANNOUNCE):
        status, problem = await act(operators, path, {}, preview=True)
        assert (status, "JWT_SECRET" in problem["detail"]) == (403, True)


async def test_letters_of_a_reason_go_back_after_a_preview_that_changes_nothing(
    web: ClientSession, letters: Letters, main: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_calls, "_MAX_AGE_SECONDS", 60)
    for second in (1, 2):
        letters.quarantine(CAPTION, json.dumps(event(CAPTION, second)), "seller_full")
    letters.quarantine(THUMBNAIL, "{", RejectionReason.NOT_JSON)

    status, preview = await act(web, REDRIVE, main, reason="seller_full", preview=True)
    assert (status, preview["putBack"], preview["left"], preview["complete"]) == (200, 2, 1, True)
    assert letters.size(letters.dead(CAPTION)) == (2, 0)

    assert (await load(web, LETTERS))["byReason"] == {"not_json": 1, "seller_full": 2}
    with capture_logs() as lines:
        status, done = await act(web, REDRIVE, main, reason="seller_full", preview=False)
    assert (await load(web, LETTERS))["byReason"] == {"not_json": 1}, "the list is old"
    assert (status, done) == (200, preview)
    bodies = [json.loads(body) for body, _ in letters.take(letters.sources[CAPTION])]
    assert bodies == [event(CAPTION, 1), event(CAPTION, 2)]
    assert [letters.size(letters.dead(kind)) for kind in HalfKind] == [(0, 0), (1, 0)]
    [line] = [line for line in lines if line["event"] == "dead_letters_redriven"]
    assert (line["user"], line["reason"], line["put_back"]) == (USER, "seller_full", 2)


async def test_one_letter_is_repaired_and_what_it_held_before_is_answered(
    web: ClientSession, letters: Letters, main: dict[str, str]
) -> None:
    texts = [json.dumps(broken(second)) for second in (1, 2)]
    chosen, other = (letters.quarantine(CAPTION, text, "invalid_event") for text in texts)
    unfit = letters.quarantine(THUMBNAIL, "{", RejectionReason.NOT_JSON)
    one = {"queue": "caption", "messageId": chosen, "edits": TITLE}

    _, preview = await act(web, REDRIVE, main, **one, preview=True)
    change = {"messageId": chosen, "path": "title", "old": "1", "new": '"Cup"'}
    assert (preview["differences"], preview["previousBodies"]) == ([change], [])
    assert letters.size(letters.dead(CAPTION)) == (2, 0)

    with capture_logs() as lines:
        _, done = await act(web, REDRIVE, main, **one, preview=False)
    assert (done["putBack"], done["left"], done["differences"]) == (1, 1, [change])
    assert done["previousBodies"] == [{"queue": "caption", "body": texts[0], "messageId": chosen}]
    [(body, _)] = letters.take(letters.sources[CAPTION])
    assert json.loads(body) == {**broken(1), "title": "Cup"}
    [line] = [line for line in lines if line["event"] == "dead_letters_redriven"]
    assert (line["paths"], line["keys"]) == (["title"], [KEY._asdict()])
    assert "Cup" not in str(line)

    price = [{"path": "price", "value": 1}]
    for reason, letter, why in (
        ("invalid_event", other, "would be refused again: title"),
        ("not_json", unfit, "would be refused again: The text is not JSON"),
    ):
        _, left = await act(web, REDRIVE, main, reason=reason, edits=price, preview=False)
        assert (left["putBack"], left["left"], left["previousBodies"]) == (0, 2, [])
        [refused] = left["refused"]
        assert [letter in refused, why in refused] == [True, True]
    assert letters.size(letters.dead(CAPTION)) == (1, 0)


async def test_products_are_announced_again_after_a_preview_that_changes_nothing(
    web: ClientSession, shelf: Shelf, main: dict[str, str]
) -> None:
    await shelf.put(make_product("v1"), make_product("v2"))
    named = {"sellerHandle": "amani_beads", "videoIds": ["v1", "v9"]}
    absent = [{"videoId": "v9", "missing": None}]
    expected = {"announced": 1, "stamped": 1, "failed": 0, "absent": absent, "complete": True}

    assert await act(web, ANNOUNCE, main, **named, preview=True) == (200, expected)
    with capture_logs() as lines:
        assert await act(web, ANNOUNCE, main, **named, preview=False) == (200, expected)
    [line] = [line for line in lines if line["event"] == "products_announced_again"]
    assert (line["user"], line["seller_handle"], line["announced"]) == (USER, "amani_beads", 1)

    _, whole = await act(web, ANNOUNCE, main, sellerHandle="amani_beads", preview=True)
    assert (whole["announced"], whole["stamped"], whole["absent"]) == (2, 1, [])


async def test_broken_bodies_are_refused_by_name(web: ClientSession, main: dict[str, str]) -> None:
    async def mistakes(path: str, **body: Value) -> set[str]:
        status, problem = await act(web, path, main, **body)
        assert status == 400
        return {each["parameter"] for each in problem["errors"]}

    assert await mistakes(REDRIVE) == {"preview"}
    assert await mistakes(REDRIVE, queue="both", reason="why", other=1, preview="yes") == {
        "queue",
        "reason",
        "other",
        "preview",
    }
    assert await mistakes(REDRIVE, edits=[{"path": "a..b", "value": 1}], preview=True) == {"edits"}
    assert await mistakes(REDRIVE, edits=TITLE, queue="caption", preview=True) == {"edits"}
    assert await mistakes(ANNOUNCE, sellerHandle="a b", videoIds=["c d"], preview=True) == {
        "sellerHandle",
        "videoIds",
    }
    for text in (b"{", b"[]", b"\xff", b'{"preview": "\\ud800"}'):
        async with web.post(REDRIVE, data=text, headers=main) as response:
            assert response.status == 400
            assert "JSON object" in (await response.json())["detail"]
