"""The stored draft, with which a reloaded page can fill its form."""

from http import HTTPStatus

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.support import (
    SESSIONS,
    Caller,
    Instance,
    running_instance,
)
from tests.harness.drafts import (
    Answer,
)


async def stored(caller: Caller, session_id: str) -> Answer:
    return await caller.call("GET", f"{SESSIONS}/{session_id}")


async def test_it_holds_what_was_given_so_far(instance: Instance, admin: Caller) -> None:
    session_id = await admin.create()
    empty = (await stored(admin, session_id)).body
    assert (empty["state"], empty["errors"]) == ("initiated", [])
    assert empty.keys().isdisjoint({"product", "audienceTarget", "productGuid"})
    instance.clock.now += 1_000
    added = (await admin.add_product(session_id, productName="  Splints  ")).body
    there = (await stored(admin, session_id)).body
    assert (there["product"], there["updatedAt"]) == (added["product"], added["updatedAt"])
    assert there["product"]["productName"] == "Splints"
    assert "audienceTarget" not in there
    given = (await admin.configure_target(session_id, osot_province=[11, 1])).body
    there = (await stored(admin, session_id)).body
    assert there["audienceTarget"] == given["audienceTarget"] == {"osot_province": [1, 11]}
    for name in ("sessionId", "state", "createdAt", "updatedAt", "expiresAt", "product"):
        assert there[name] == given[name]


async def test_reading_changes_nothing(instance: Instance, admin: Caller) -> None:
    session_id = await admin.draft_with_product()
    before = (await admin.progress(session_id)).body
    instance.clock.now += 1_000
    first = (await stored(admin, session_id)).body
    second = (await stored(admin, session_id.upper())).body
    assert first.pop("operationId") != second.pop("operationId")
    assert first == second
    assert (await admin.progress(session_id)).body == before
    assert await instance.event_names(session_id) == ["session.created", "product.added"]


async def test_once_committed_it_names_the_records(admin: Caller) -> None:
    session_id = await admin.draft_with_product()
    result = (await admin.commit(session_id)).body
    there = (await stored(admin, session_id)).body
    assert there["state"] == "committed"
    for name in ("productGuid", "targetGuid", "productCode"):
        assert there[name] == result[name]


async def test_other_callers_and_late_ones_get_the_same_answer_as_for_progress(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    for other in (admin.as_(user="eve"), admin.as_(organization="another")):
        answer = await stored(other, session_id)
        assert answer.status == HTTPStatus.NOT_FOUND
        assert answer.body == (await other.progress(session_id)).body
    assert (await stored(admin.as_(privilege="owner"), session_id)).status == HTTPStatus.FORBIDDEN
    instance.clock.now += 7_200_000
    assert (await stored(admin, session_id)).status == HTTPStatus.NOT_FOUND


async def test_a_shared_draft_is_shown_to_the_organization(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    shared = orchestrator_settings.model_copy(update={"orchestrator_share_within_org": True})
    async with running_instance(clients, shared) as instance:
        session_id = await instance.admin.draft_with_product()
        seen = await stored(instance.admin.as_(user="bob"), session_id)
        assert seen.body["product"]["productCode"] == "OSOT-WORKSHOP-2026"
