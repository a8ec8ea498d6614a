"""Case 19: who may do what, and who can see which sessions."""

from typing import Any

from tests.drafts.education.support import (
    MEMBER,
    OTHER_MEMBER,
    OTHERS_ACCOUNT,
    YEAR,
    Caller,
    Instance,
    from_organization,
)

MALFORMED = "Validation error. Please check the provided data."


async def test_case_19_an_owner_acts_for_no_other_member(instance: Instance, owner: Caller) -> None:
    refused = [
        await owner.stage(userBusinessId=OTHER_MEMBER),
        await owner.update(await owner.staged(), userBusinessId=OTHER_MEMBER),
        await owner.sessions(OTHER_MEMBER),
        await owner.as_(privilege=1).stage(),
    ]
    for answer in refused:
        assert answer.status == 403
        assert (answer.body["code"], answer.body["message"]) == (
            "PERMISSION_DENIED",
            "Permission denied.",
        )
        assert answer.body["type"] == "privilege_insufficient"
        assert answer.body["context"]["number"] == 3001


async def test_case_19_a_refusal_says_what_to_do(instance: Instance) -> None:
    owner, staff = instance.owner, instance.admin
    session_id = await staff.linked()
    skipping = {"stagingOptions": {"skipValidation": True}}
    for answer, suggestion in (
        (await owner.as_(privilege=1).stage(), "Use a token that names the Owner's member"),
        (await owner.stage(userBusinessId=OTHER_MEMBER), "Use a token of this member, or of an"),
        (await owner.as_(privilege=None).stage(), "Use a token with a privilege (owner, admin or"),
        (await staff.create(session_id), "Let the Owner of the session or a Main create"),
        (await staff.execute(session_id), "Let the Owner of the session or a Main create"),
        (await owner.stage(body=skipping), "Leave stagingOptions out, or use a token of a Main"),
    ):
        assert answer.status == 403
        [told] = answer.body["recoverySuggestions"]
        assert told.startswith(suggestion)


async def test_case_19_an_admin_can_prepare_everything_but_create_nothing(
    instance: Instance,
) -> None:
    session_id = await instance.admin.linked()
    refused = await instance.admin.create(session_id)
    at_once = await instance.admin.execute(session_id)
    assert (refused.status, at_once.status) == (403, 403)
    assert (await instance.admin.read(session_id)).body["status"] == "account_linked"
    assert (await instance.count_records())["records"] == 0


async def test_case_19_a_main_creates_for_any_member_of_the_organisation(
    instance: Instance, main: Caller
) -> None:
    session_id = await main.linked(OTHERS_ACCOUNT, userBusinessId=OTHER_MEMBER)
    created = await main.create(session_id)
    assert created.status == 201
    assert created.body["educationRecord"]["userBusinessId"] == OTHER_MEMBER


async def test_case_19_every_call_needs_a_role_in_an_organisation(
    instance: Instance, owner: Caller
) -> None:
    strangers: list[dict[str, Any]] = [
        {"privilege": None},
        {"privilege": 9},
        {"privilege": 3, "organization": None},
    ]
    for who in strangers:
        assert (await owner.as_(**who).stage()).status == 403
    nobody = Caller(session=instance.session, token=None)
    answer = await nobody.stage()
    assert (answer.status, answer.body["message"]) == (401, "Unauthorized")
    assert "WWW-Authenticate" in answer.headers


async def test_only_its_owner_and_the_staff_of_the_organisation_see_a_session(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.staged()
    for caller in (owner, instance.admin, instance.main):
        assert (await caller.read(session_id)).status == 200
    of_staff = await instance.main.staged()
    strangers = [
        await owner.as_(user="bob", privilege=1, userBusinessId=MEMBER).read(session_id),
        await owner.read(of_staff),
        await from_organization(owner).read(session_id),
        await owner.read("5b2f6f0e-4a53-4f5e-9d0b-6b1f8a9c2d11"),
        await owner.read("no-id"),
    ]
    for answer in strangers:
        assert (answer.status, answer.body["message"]) == (404, "Resource not found.")
        assert (answer.body["code"], answer.body["type"]) == ("NOT_FOUND", "session_not_found")
        assert answer.body["context"]["number"] == 5001


async def test_a_list_has_the_sessions_that_the_caller_may_see(
    instance: Instance, owner: Caller
) -> None:
    own = await owner.staged(body={"ttlSeconds": 300})
    of_staff = await instance.main.staged()
    moved = await instance.main.staged()
    await instance.main.update(moved, userBusinessId=OTHER_MEMBER)
    cancelled = await owner.staged()
    await owner.cancel(cancelled)

    def ids(answer: Any) -> list[str]:
        return [session["sessionId"] for session in answer.body["sessions"]]

    assert ids(await owner.sessions()) == [own]
    assert ids(await instance.admin.sessions()) == [own, of_staff]
    assert ids(await instance.main.sessions(OTHER_MEMBER)) == [moved]
    assert ids(await from_organization(owner).sessions()) == []


async def test_a_list_without_a_member_is_400(owner: Caller) -> None:
    answer = await owner.sessions(None)
    assert answer.status == 400
    assert answer.body["errors"] == ["userBusinessId is missing: name the member to look for."]


async def test_the_record_of_a_member_is_found_by_the_member_and_the_staff(
    instance: Instance, owner: Caller
) -> None:
    missing = await owner.record_of()
    assert (missing.status, missing.body["type"]) == (404, "record_not_found")
    created = (await owner.create(await owner.linked())).body
    for caller in (owner, instance.admin, instance.main):
        found = await caller.record_of()
        assert (found.status, found.body["educationRecord"]) == (200, created["educationRecord"])
    assert (await owner.record_of(OTHER_MEMBER)).status == 403
    assert (await instance.main.record_of(OTHER_MEMBER)).status == 404
    assert (await from_organization(owner).record_of()).status == 404
    assert (await owner.record_of(None)).body["fields"].keys() == {"userBusinessId"}


async def test_a_session_says_why_it_has_its_category(owner: Caller) -> None:
    session_id = await owner.staged()
    assert "categoryRationale" not in (await owner.read(session_id)).body
    await owner.up_to_link(session_id)
    rationale = (await owner.read(session_id)).body["categoryRationale"]
    assert rationale == f"Graduated in {YEAR}, membership period open until {YEAR}-12-31"
