"""Sessions in each status, reached through the API."""

from collections.abc import Awaitable, Callable

from assembly_service.drafts.education.status import Status, Step
from tests.drafts.education.support import Caller, Instance
from tests.harness.drafts import Answer, timed_out

WRITES = "transact_write_items"


async def pending(_: Instance, caller: Caller) -> str:
    """A session whose data breaks a rule."""
    return await caller.staged(cotoStatus=1)


async def staged(_: Instance, caller: Caller) -> str:
    """A session that was just staged."""
    return await caller.staged()


async def validated(instance: Instance, caller: Caller) -> str:
    """A session after its validation."""
    session_id = await staged(instance, caller)
    assert (await caller.validate(session_id)).body["isValid"]
    return session_id


async def category_determined(instance: Instance, caller: Caller) -> str:
    """A session with its category."""
    session_id = await validated(instance, caller)
    assert (await caller.determine(session_id)).status == 200
    return session_id


async def account_linked(_: Instance, caller: Caller) -> str:
    """A session whose account is linked."""
    return await caller.linked()


async def creation_failed(instance: Instance, caller: Caller) -> str:
    """A session whose creation gave up."""
    session_id = await caller.linked()
    instance.writes.orders[WRITES].extend([timed_out] * 3)
    answer = await caller.create(session_id)
    assert (answer.status, answer.body["success"]) == (200, False), answer
    return session_id


async def education_created(_: Instance, caller: Caller) -> str:
    """A session whose record exists."""
    session_id = await caller.linked()
    assert (await caller.create(session_id)).status == 201
    return session_id


async def workflow_completed(_: Instance, caller: Caller) -> str:
    """A session whose workflow is completed."""
    session_id = await caller.staged()
    assert (await caller.execute(session_id, caller.account)).body["success"]
    return session_id


REACH: dict[Status, Callable[[Instance, Caller], Awaitable[str]]] = {
    Status.PENDING: pending,
    Status.STAGED: staged,
    Status.VALIDATED: validated,
    Status.CATEGORY_DETERMINED: category_determined,
    Status.ACCOUNT_LINKED: account_linked,
    Status.CREATION_FAILED: creation_failed,
    Status.EDUCATION_CREATED: education_created,
    Status.WORKFLOW_COMPLETED: workflow_completed,
}


async def take(caller: Caller, step: Step, session_id: str) -> Answer:
    """Take a step."""
    match step:
        case Step.UPDATE:
            return await caller.update(session_id, degreeType=4)
        case Step.VALIDATE:
            return await caller.validate(session_id)
        case Step.DETERMINE:
            return await caller.determine(session_id)
        case Step.LINK:
            return await caller.link(session_id)
        case Step.CREATE:
            return await caller.create(session_id)
        case Step.EXECUTE:
            return await caller.execute(session_id, caller.account)
        case Step.CANCEL:
            return await caller.cancel(session_id)
