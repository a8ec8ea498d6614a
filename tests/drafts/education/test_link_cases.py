"""Case 18: which accounts can be linked, over HTTP."""

from assembly_service.drafts.education.reference_items import to_row
from tests.drafts.education.reference import account
from tests.drafts.education.support import (
    ACCOUNT,
    FOREIGN_ACCOUNT,
    MEMBER,
    OTHERS_ACCOUNT,
    UNKNOWN_ACCOUNT,
    Caller,
    Instance,
)


async def test_case_18_an_unsuitable_account_is_not_linked(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.staged()
    await owner.validate(session_id)
    await owner.determine(session_id)
    inaccessible = "Account does not exist or is not accessible"
    of_another = "User Business ID does not match the account"
    for account_id, error, is_accessible in (
        (FOREIGN_ACCOUNT, inaccessible, False),
        (UNKNOWN_ACCOUNT, inaccessible, False),
        (OTHERS_ACCOUNT, of_another, True),
        (None, "Account ID is required", False),
    ):
        answer = await owner.link(session_id, account_id)
        assert (answer.status, answer.body["success"]) == (200, False)
        assert answer.body["errors"] == [error]
        assert answer.body["accountAccessible"] is is_accessible
        assert answer.body["userBusinessIdConsistent"] is False
        assert answer.body["privilegeSufficient"] is True
        session = (await owner.read(session_id)).body
        assert (session["status"], session["errors"]) == ("category_determined", [error])
        assert "accountId" not in session
    events = [e for e in await instance.events(session_id) if e["event"].endswith("linked")]
    assert [event["success"] for event in events] == [False] * 4


async def test_case_18_an_account_is_not_accessible_to_an_owner_it_does_not_list(
    instance: Instance, owner: Caller
) -> None:
    stranger = owner.as_(user="bob", privilege=1, userBusinessId="osot-0000123")
    session_id = await stranger.staged()
    await stranger.validate(session_id)
    await stranger.determine(session_id)
    answer = await stranger.link(session_id, ACCOUNT)
    assert (answer.body["success"], answer.body["accountAccessible"]) == (False, False)
    assert answer.body["userBusinessIdConsistent"] is True


async def test_an_account_with_a_record_is_not_linked(instance: Instance, main: Caller) -> None:
    late = await main.staged()
    await main.validate(late)
    await main.determine(late)
    assert (await main.create(await main.linked())).status == 201
    answer = await main.link(late)
    assert (answer.status, answer.body["success"]) == (200, False)
    assert answer.body["errors"] == ["Account already has an OT education record"]
    assert (answer.body["accountAccessible"], answer.body["userBusinessIdConsistent"]) == (
        True,
        True,
    )


async def test_case_18_a_null_account_counts_as_absent(owner: Caller) -> None:
    session_id = await owner.staged(body={"accountId": None})
    await owner.validate(session_id)
    await owner.determine(session_id)
    for body in (None, {}, {"accountId": None}):
        answer = await owner.step("link-account", session_id, body)
        assert (answer.status, answer.body["success"]) == (200, False)
        assert answer.body["errors"] == ["Account ID is required"]
        assert "accountId" not in answer.body
    for malformed, sentence in (
        (b"null", "The body must be a JSON object."),
        ({"accountId": ""}, "accountId must be a UUID"),
        ({"accountId": 0}, "accountId must be a string"),
        ({"accountId": [None]}, "accountId must be a string"),
        ({"color": None}, "Unknown field: color"),
    ):
        answer = await owner.step("link-account", session_id, malformed)
        assert (answer.status, answer.body["type"]) == (400, "validation_failed")
        assert answer.body["errors"] == [sentence]
    assert (await owner.read(session_id)).body["status"] == "category_determined"


async def test_case_18_a_stored_account_with_a_null_is_not_linked(
    instance: Instance, owner: Caller
) -> None:
    session_id = await owner.staged()
    await owner.validate(session_id)
    await owner.determine(session_id)
    sound = to_row(account(UNKNOWN_ACCOUNT, business_id=MEMBER))
    for name in ("businessId", "organization", "users"):
        row = {**sound, name: {"NULL": True}}
        await instance.reads.put_item(TableName=instance.settings.dynamodb_records_table, Item=row)
        answer = await owner.link(session_id, UNKNOWN_ACCOUNT)
        assert (answer.status, answer.body["success"]) == (200, False)
        assert answer.body["errors"] == ["Account does not exist or is not accessible"]


async def test_a_link_without_an_account_uses_the_one_from_staging(owner: Caller) -> None:
    session_id = await owner.staged(body={"accountId": ACCOUNT})
    await owner.validate(session_id)
    await owner.determine(session_id)
    answer = await owner.link(session_id, None)
    assert (answer.body["success"], answer.body["accountId"]) == (True, ACCOUNT)
