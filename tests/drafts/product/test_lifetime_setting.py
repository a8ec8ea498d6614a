"""ORCHESTRATOR_TTL_SECONDS: how long a product draft lives."""

from http import HTTPStatus

from assembly_service.aws.clients import Clients
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.support import (
    SESSIONS,
    running_instance,
)
from tests.harness.drafts import (
    YEAR_2100,
)


async def test_a_draft_lives_as_long_as_the_setting_says(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    short = orchestrator_settings.model_copy(update={"orchestrator_ttl_seconds": 90})
    async with running_instance(clients, short) as instance:
        created = await instance.admin.call("POST", f"{SESSIONS}/create")
        assert created.body["expiresAt"] == format_milliseconds(YEAR_2100 + 90_000)
        session_id = created.body["sessionId"]
        instance.clock.now += 89_999
        added = await instance.admin.add_product(session_id)
        assert (added.status, added.body["expiresAt"]) == (200, created.body["expiresAt"])
        instance.clock.now += 1
        gone = await instance.admin.progress(session_id)
        assert gone.status == HTTPStatus.NOT_FOUND


def test_the_default_is_two_hours(orchestrator_settings: ProductDraftSettings) -> None:
    assert orchestrator_settings.orchestrator_ttl_seconds == 7200
