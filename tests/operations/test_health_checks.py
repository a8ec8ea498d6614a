"""What makes an instance of each role not ready, what only degrades it, and what times out."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal, cast

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.domain.product import HalfKind
from assembly_service.operations import service_health
from assembly_service.operations.health import Check, CheckStatus
from assembly_service.operations.service_health import ServiceHealth
from assembly_service.pipeline.pollers import STALLED_SECONDS
from assembly_service.pipeline.worker import Worker
from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.settings.service import Settings
from tests.harness.engine import Account
from tests.harness.faults import Fault, Front
from tests.harness.patience import ANSWER_SECONDS
from tests.harness.pipeline import Pipeline, open_pipeline
from tests.harness.quiet_loop import play

Role = Literal["all", "worker", "web"]


@dataclass
class StatedBus:
    """A bus with a given state."""

    bus_failure: str | None = None


@pytest.fixture
async def front(settings: Settings) -> AsyncIterator[Front]:
    """A proxy in front of the tables that counts calls and withholds answers."""
    async with Front(target=str(settings.aws_endpoint_url)).listening() as listening:
        yield listening


@pytest.fixture
async def account(settings: Settings, front: Front) -> AsyncIterator[Pipeline]:
    """The account, with its tables behind the proxy."""
    behind = settings.model_copy(update={"aws_endpoint_url_dynamodb": front.url})
    async with open_pipeline(behind) as opened:
        yield opened


async def delete_table(account: Pipeline, name: str) -> None:
    """Delete a table of the template, which protects it."""
    dynamodb = account.clients.dynamodb
    await dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    await dynamodb.delete_table(TableName=name)


def checks_of(
    account: Pipeline,
    *,
    role: Role = "web",
    worker: Worker | None = None,
    bus: StatedBus | None = None,
    stop: asyncio.Event | None = None,
    **settings: object,
) -> ServiceHealth:
    return ServiceHealth(
        clients=account.clients,
        settings=account.settings.model_copy(update={"service_role": role, **settings}),
        worker=worker,
        bus=bus or StatedBus(),
        stop=stop or asyncio.Event(),
    )


def status_of(checks: Sequence[Check]) -> dict[str, CheckStatus]:
    assert all(check.detail.endswith(".") for check in checks)
    return {check.name: check.status for check in checks}


@pytest.mark.parametrize(
    ("seconds", "status"),
    [
        (0.0, CheckStatus.OK),
        (STALLED_SECONDS, CheckStatus.OK),
        (STALLED_SECONDS + 0.1, CheckStatus.FAILING),
        (math.inf, CheckStatus.FAILING),
    ],
)
async def test_a_worker_is_not_ready_once_one_queue_has_not_answered_for_too_long(
    account: Pipeline, monkeypatch: pytest.MonkeyPatch, seconds: float, status: CheckStatus
) -> None:
    worker = await account.worker(asyncio.Event())
    ages = {HalfKind.CAPTION: 1.0, HalfKind.THUMBNAIL: seconds}
    monkeypatch.setattr(worker, "seconds_since_last_receive", lambda: ages)
    found = status_of(await checks_of(account, role="worker", worker=worker).ready())
    assert found["thumbnail_queue"] is status
    assert {found[name] for name in found.keys() - {"thumbnail_queue"}} == {CheckStatus.OK}


async def test_a_worker_that_has_not_received_yet_is_not_ready(account: Pipeline) -> None:
    worker = await account.worker(asyncio.Event())
    found = status_of(await checks_of(account, role="worker", worker=worker).ready())
    assert found["caption_queue"] is found["thumbnail_queue"] is CheckStatus.FAILING


@pytest.mark.parametrize("role", ["web", "worker"])
async def test_a_missing_table_fails_the_roles_that_need_it(account: Pipeline, role: Role) -> None:
    name = account.settings.dynamodb_staging_table
    await delete_table(account, name)
    found = status_of(await checks_of(account, role=role).database())
    assert found["products_table"] is CheckStatus.OK
    assert found.get("staging_table", CheckStatus.OK) is (
        CheckStatus.OK if role == "web" else CheckStatus.FAILING
    )
    assert ("staging_table" in found) is (role == "worker")


@pytest.mark.parametrize("role", ["all", "web", "worker"])
async def test_the_drafts_tables_are_checked_where_drafts_are_served(
    account: Pipeline, aws: Account, role: Role
) -> None:
    secret = "0123456789abcdef" * 2
    drafts = ProductDraftSettings.model_validate({**aws.environment, "JWT_SECRET": secret})
    await delete_table(account, drafts.dynamodb_records_table)
    found = status_of(await checks_of(account, role=role, product_drafts=drafts).database())
    asked = {"drafts_table": CheckStatus.OK, "records_table": CheckStatus.FAILING}
    assert {name: found[name] for name in asked if name in found} == (
        {} if role == "worker" else asked
    )


@pytest.mark.parametrize("role", ["web", "all", "worker"])
async def test_tables_that_are_lost_only_degrade_readiness_at_first(
    account: Pipeline, front: Front, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    monkeypatch.setattr(service_health, "_SHARED_SECONDS", -1)
    asked = checks_of(account, role=role)
    assert status_of(await asked.ready())["products_table"] is CheckStatus.OK
    front.down = frozenset({"dynamodb"})
    assert status_of(await asked.ready())["products_table"] is CheckStatus.DEGRADED
    assert status_of(await asked.database())["products_table"] is CheckStatus.FAILING
    monkeypatch.setattr(service_health, "_GRACE_SECONDS", 0)
    assert status_of(await asked.ready())["products_table"] is CheckStatus.FAILING
    front.down = frozenset()
    assert status_of(await asked.ready())["products_table"] is CheckStatus.OK


async def test_an_instance_that_never_reached_its_tables_is_not_ready(
    account: Pipeline, front: Front
) -> None:
    front.down = frozenset({"dynamodb"})
    assert status_of(await checks_of(account).ready())["products_table"] is CheckStatus.FAILING


async def test_an_instance_with_both_roles_is_ready_while_its_web_front_serves(
    account: Pipeline,
) -> None:
    name = account.settings.dynamodb_staging_table
    await delete_table(account, name)
    both = checks_of(account, role="all", worker=await account.worker(asyncio.Event()))
    assert status_of(await both.ready()) == {"products_table": CheckStatus.OK}
    queues = {"caption_queue": CheckStatus.FAILING, "thumbnail_queue": CheckStatus.FAILING}
    assert status_of(await both.worker()) == queues
    everything = status_of(await both.everything())
    assert everything.items() >= queues.items()
    assert everything["staging_table"] is CheckStatus.FAILING


async def test_the_worker_check_fails_on_a_web_front(
    account: Pipeline,
) -> None:
    web = checks_of(account)
    assert status_of(await web.worker()) == {"worker": CheckStatus.FAILING}
    assert "worker" not in status_of(await web.everything())


@pytest.mark.parametrize("role", ["worker", "all"])
async def test_a_worker_on_swapped_queues_is_not_ready(
    account: Pipeline, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    worker = await account.worker(asyncio.Event())
    monkeypatch.setattr(type(worker), "queues_seem_swapped", True)
    checks = checks_of(account, role=role, worker=worker)
    assert status_of(await checks.worker())["swapped_queues"] is CheckStatus.FAILING
    assert ("swapped_queues" in status_of(await checks.ready())) is (role == "worker")


async def test_a_table_that_does_not_answer_fails_the_check_in_time(
    account: Pipeline, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_health, "_ANSWER_SECONDS", 0.2)
    front.planned["GetItem"] = Fault.NO_ANSWER
    async with asyncio.timeout(60):
        [check] = await checks_of(account).database()
    assert check.status is CheckStatus.FAILING
    assert check.detail == f"Table {account.settings.dynamodb_products_table} does not answer " + (
        "(TimeoutError)."
    )


async def test_a_probe_is_answered_quickly_when_a_table_that_answered_hangs(
    account: Pipeline, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_health, "_SHARED_SECONDS", -1)
    asked = checks_of(account)
    assert status_of(await asked.ready()) == {"products_table": CheckStatus.OK}
    monkeypatch.setattr(service_health, "_ANSWER_SECONDS", 0.1)
    front.planned["GetItem"] = Fault.NO_ANSWER
    [check] = await asked.ready()
    assert check.status is CheckStatus.DEGRADED
    assert "TimeoutError" in check.detail


def test_a_probe_is_answered_within_a_second_even_if_no_table_has_answered_yet(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_health, "_ANSWER_SECONDS", ANSWER_SECONDS)

    async def never(**_: object) -> None:
        await asyncio.get_running_loop().create_future()

    async def seconds_of_a_probe() -> float:
        health = ServiceHealth(
            clients=cast("Clients", SimpleNamespace(dynamodb=SimpleNamespace(get_item=never))),
            settings=settings,
            worker=None,
            bus=StatedBus(),
            stop=asyncio.Event(),
        )
        found = status_of(await health.ready())
        assert found == {"products_table": CheckStatus.FAILING}
        return asyncio.get_running_loop().time()

    assert play(seconds_of_a_probe()) < 1


async def test_simultaneous_checks_share_one_read(account: Pipeline, front: Front) -> None:
    asked = checks_of(account)
    answers = await asyncio.gather(*(asked.database() for _ in range(20)))
    assert {answer[0].status for answer in answers} == {CheckStatus.OK}
    assert [call.operation for call in front.calls] == ["GetItem"]


async def test_a_stopping_instance_is_not_ready_but_alive(account: Pipeline) -> None:
    stop = asyncio.Event()
    stop.set()
    stopping = checks_of(account, stop=stop)
    assert status_of(await stopping.ready())["stop"] is CheckStatus.FAILING
    assert status_of(await stopping.live()) == {"process": CheckStatus.OK}


@pytest.mark.parametrize(
    ("trouble", "status"),
    [("nothing listens there", CheckStatus.DEGRADED), (None, CheckStatus.OK)],
)
async def test_a_lost_bus_degrades_but_does_not_fail(
    account: Pipeline, trouble: str | None, status: CheckStatus
) -> None:
    bus = StatedBus(bus_failure=trouble)
    shared = checks_of(account, bus=bus, socketio_redis_url="redis://127.0.0.1:1/0")
    checks = await shared.ready()
    assert status_of(checks)["other_instances"] is status
    assert all((trouble or "") in each.detail for each in checks if each.name == "other_instances")
    assert "other_instances" not in status_of(await checks_of(account, bus=bus).ready())
