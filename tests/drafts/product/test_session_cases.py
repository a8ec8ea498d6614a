"""Cases 1 to 5: who may have a draft, and for how long."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.rows import draft_key
from assembly_service.drafts.engine.sweeper import sweep
from assembly_service.drafts.product.rules import SYSTEM
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.support import (
    SESSIONS,
    Caller,
    Instance,
    running_instance,
)
from tests.harness.drafts import (
    Answer,
    Held,
)

pytestmark = pytest.mark.conditions

LIFETIME_SECONDS = 7200
OTHER_ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000002"
UNAUTHORIZED = {"statusCode": 401, "message": "Unauthorized"}
FORBIDDEN = {"statusCode": 403, "message": "Only Admin users can create products"}

CALLS: dict[str, Callable[[Caller, str], Awaitable[Answer]]] = {
    "product": Caller.add_product,
    "audience-target": Caller.configure_target,
    "commit": Caller.commit,
    "progress": Caller.progress,
}
"""The four calls on an existing draft."""
CREATED = {"sessionId", "state", "createdAt", "updatedAt", "expiresAt", "operationId"}


def not_found(session_id: str) -> dict[str, object]:
    return {
        "statusCode": 404,
        "message": "Session not found or expired",
        "sessionId": session_id,
    }


async def swept(instance: Instance) -> None:
    """Sweep once."""
    store, drafts = instance.engine.store, instance.orchestrator.drafts
    await sweep(store, system=SYSTEM, clock=instance.clock, note=drafts.note_expiry)


async def answers(caller: Caller, session_id: str) -> dict[str, Answer]:
    """What each of the four calls answers, one after another."""
    return {name: await call(caller, session_id) for name, call in CALLS.items()}


async def test_case_01_admin_and_main_create_drafts_their_privilege_a_number_or_a_word(
    admin: Caller,
) -> None:
    ids = set()
    for privilege in (2, 3, "admin", "main", "Admin", "MAIN"):
        answer = await admin.as_(privilege=privilege).call("POST", f"{SESSIONS}/create", {})
        assert answer.status == 201, privilege
        assert answer.body.keys() == CREATED
        assert answer.body["state"] == "initiated"
        assert answer.body["operationId"].startswith("create-product-session-")
        ids |= {answer.body["sessionId"], answer.body["operationId"]}
    assert len(ids) == 12


async def test_case_01_a_draft_is_not_created_without_a_valid_token(admin: Caller) -> None:
    nobody = Caller(session=admin.session, token=None)
    late = admin.as_(expires_in=timedelta(minutes=-5))
    for caller, fault in (
        (nobody, None),
        (Caller(session=admin.session, token="nonsense"), "The token is malformed"),
        (late, "The token has expired"),
    ):
        answer = await caller.call("POST", f"{SESSIONS}/create")
        assert (answer.status, answer.body) == (401, UNAUTHORIZED)
        said = f' error="invalid_token", error_description="{fault}"' if fault else ""
        assert answer.headers["WWW-Authenticate"] == f"Bearer{said}"


async def test_case_01_no_other_privilege_creates_a_draft(admin: Caller) -> None:
    for privilege in (1, "owner", "1", 4, "admın", None, True, 2.5):
        caller = admin.as_(privilege=privilege, organization=None)
        answer = await caller.call("POST", f"{SESSIONS}/create", b"not JSON")
        assert (answer.status, answer.body) == (403, FORBIDDEN), privilege


async def test_case_01_a_draft_needs_an_organisation_and_its_creation_takes_no_fields(
    admin: Caller,
) -> None:
    without = await admin.as_(organization=None).call("POST", f"{SESSIONS}/create", {"a": 1})
    assert without.status == 400
    assert without.body == {"statusCode": 400, "message": "Organization GUID is required"}
    filled = await admin.call("POST", f"{SESSIONS}/create", {"productName": "Spring"})
    assert filled.status == 400
    assert filled.body["errors"] == ["Unknown field: productName"]


async def test_case_02_a_draft_lives_exactly_two_hours_whatever_is_done_with_it(
    instance: Instance, admin: Caller
) -> None:
    created = (await admin.call("POST", f"{SESSIONS}/create")).body
    ends = created["expiresAt"]
    lifetime = datetime.fromisoformat(ends) - datetime.fromisoformat(created["createdAt"])
    assert lifetime == timedelta(seconds=LIFETIME_SECONDS)
    for call in (Caller.add_product, Caller.configure_target):
        instance.clock.now += 60_000
        step = (await call(admin, created["sessionId"])).body
        assert (step["createdAt"], step["expiresAt"]) == (created["createdAt"], ends)
        assert step["updatedAt"] > created["updatedAt"]
        assert (await admin.progress(created["sessionId"])).body["expiresAt"] == ends


async def test_case_03_foreign_unknown_and_malformed_ids_get_the_same_404(
    instance: Instance, admin: Caller
) -> None:
    theirs = await admin.draft_with_product()
    strangers = [
        admin.as_(user="bob"),
        admin.as_(organization=OTHER_ORGANIZATION),
        admin.as_(user="bob", privilege=3),
        admin.as_(organization=None),
    ]
    missing = [(admin, name) for name in (str(uuid4()), "malformed", "ä" * 300, theirs + "0")]
    for caller, session_id in [*((stranger, theirs) for stranger in strangers), *missing]:
        for answer in (await answers(caller, session_id)).values():
            assert (answer.status, answer.body) == (404, not_found(session_id))
    assert (await admin.progress(theirs)).body["state"] == "product-added"
    assert await instance.event_names(theirs) == ["session.created", "product.added"]


async def test_case_03_an_id_may_be_written_in_capitals(admin: Caller) -> None:
    session_id = await admin.create()
    answer = await admin.progress(session_id.upper())
    assert (answer.status, answer.body["sessionId"]) == (200, session_id)


async def test_case_03_where_drafts_are_shared_only_colleagues_may_continue(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    shared = orchestrator_settings.model_copy(update={"orchestrator_share_within_org": True})
    async with running_instance(clients, shared) as instance:
        session_id = await instance.admin.create()
        colleague = instance.admin.as_(user="bob", privilege=3)
        assert (await colleague.add_product(session_id)).status == 200
        stranger = instance.admin.as_(organization=OTHER_ORGANIZATION)
        for answer in (await answers(stranger, session_id)).values():
            assert (answer.status, answer.body) == (404, not_found(session_id))
        assert (await colleague.commit(session_id)).body["success"] is True


async def test_case_04_one_second_before_its_end_a_draft_still_works(
    instance: Instance, admin: Caller
) -> None:
    drafts = {name: await admin.draft_with_product() for name in CALLS}
    instance.clock.now += (LIFETIME_SECONDS - 1) * 1000
    for name, session_id in drafts.items():
        assert (await CALLS[name](admin, session_id)).status == 200, name


async def test_case_04_once_expired_all_calls_answer_404_despite_the_row_and_there_is_one_event(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    instance.clock.now += LIFETIME_SECONDS * 1000
    held = Held()
    instance.reads.orders["transact_write_items"] = deque([held])
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        late = tasks.create_task(admin.progress(session_id))
        await held.reached.wait()
        others = tasks.create_task(answers(admin, session_id))
        await asyncio.gather(swept(instance), others, swept(instance))
        held.let_go.set()
    together = [late.result(), *others.result().values()]
    one_by_one = (await answers(admin, session_id)).values()
    await swept(instance)
    for answer in [*together, *one_by_one]:
        assert (answer.status, answer.body) == (404, not_found(session_id))
    there = await instance.engine.store.read(session_id)
    assert there is not None
    assert there.state == "expired"
    events = await instance.event_names(session_id)
    assert events == ["session.created", "product.added", "session.expired"]
    left = {"system": SYSTEM, "state": "product-added"}
    assert instance.registry.get_sample_value("assembly_drafts_abandoned_total", left) == 1
    assert not await instance.records()


@pytest.mark.parametrize("row", ["META", "PART#product"])
async def test_case_04_once_expired_all_calls_answer_404_whichever_row_the_store_deleted_first(
    instance: Instance, admin: Caller, row: str
) -> None:
    session_id = await admin.draft_with_product()
    instance.clock.now += LIFETIME_SECONDS * 1000
    await instance.reads.delete_item(
        TableName=instance.settings.dynamodb_drafts_table,
        Key={**draft_key(session_id), "sk": {"S": row}},
    )
    for answer in (await answers(admin, session_id)).values():
        assert (answer.status, answer.body) == (404, not_found(session_id))


async def test_case_04_the_sweeper_notes_the_expiry_of_an_abandoned_draft(
    instance: Instance, admin: Caller
) -> None:
    old = await admin.create()
    instance.clock.now += LIFETIME_SECONDS * 1000
    young = await admin.create()
    for _ in range(2):
        await swept(instance)
    assert await instance.event_names(old) == ["session.created", "session.expired"]
    assert await instance.event_names(young) == ["session.created"]
    expired = (await instance.events(old))[1]
    assert expired.keys() == {"event", "sessionId", "timestamp", "operationId"}


async def test_case_05_a_caller_who_lost_the_privilege_gets_403_until_it_is_back(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    for privilege in (1, "owner", None):
        for answer in (await answers(admin.as_(privilege=privilege), session_id)).values():
            assert (answer.status, answer.body) == (403, FORBIDDEN)
    assert not await instance.records()
    assert await instance.event_names(session_id) == ["session.created", "product.added"]
    assert (await admin.progress(session_id)).body["state"] == "product-added"
    committed = await admin.as_(privilege="main").commit(session_id)
    assert (committed.status, committed.body["success"]) == (200, True)


async def test_case_05_the_token_is_checked_first_then_the_privilege_then_the_draft(
    admin: Caller,
) -> None:
    unknown = str(uuid4())
    nobody = Caller(session=admin.session, token=None)
    for name in CALLS:
        path = f"{SESSIONS}/{unknown}/{name}"
        method = "GET" if name == "progress" else "POST"
        for caller, body in (
            (nobody, UNAUTHORIZED),
            (admin.as_(privilege=1), FORBIDDEN),
            (admin, not_found(unknown)),
        ):
            assert (await caller.call(method, path, b"not JSON")).body == body
