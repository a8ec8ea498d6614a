"""One registration from stage to record, over HTTP."""

from tests.drafts.education.support import ACCOUNT, ONE, Caller, Instance


async def test_an_education_is_registered_step_by_step(instance: Instance, owner: Caller) -> None:
    session_id = await owner.staged()
    await owner.up_to_link(session_id, ACCOUNT)
    created = await owner.create(session_id)
    assert created.status == 201
    assert created.body["success"] is True
    assert created.body["finalCategoryLabel"] == "New Graduate"
    record = await owner.record(created.body["educationRecord"]["recordId"])
    assert record.body["educationRecord"] == created.body["educationRecord"]
    assert await instance.count_records() == ONE
    assert await instance.event_names(session_id) == [
        "session.staged",
        "validation.completed",
        "category.determined",
        "account.linked",
        "creation.started",
        "education.created",
    ]
