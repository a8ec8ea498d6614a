"""Each role may do exactly what it does: its policy allows no more, and no less."""

from functools import partial

import boto3
import pytest

from assembly_service.local_aws.local_engine import Engine
from assembly_service.settings.service import Settings
from tests.cli.letters import Letters
from tests.harness.engine import Account
from tests.infra.roles.call_sites import Reached, call_sites
from tests.infra.roles.permissions import allowed_by
from tests.infra.roles.recorder import recording
from tests.infra.roles.scenarios import Stage, operate, prepare, serve, work

POLICIES = {"worker": "WorkerPolicy", "web": "WebPolicy", "operator": "OperatorPolicy"}


async def test_each_role_may_do_what_it_does_and_nothing_else(
    aws: Account,
    settings: Settings,
    boto_session: boto3.Session,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connect = partial(
        boto_session.client,
        endpoint_url=engine.url,
        aws_access_key_id=aws.access_key_id,
        aws_secret_access_key=aws.secret_access_key,
    )
    letters, dynamodb = Letters.of(connect("sqs"), settings), connect("dynamodb")
    reached = Reached.from_now_on(monkeypatch)
    async with recording(engine.url, connect("cloudformation"), "product-assembly") as recorder:
        stage = Stage(
            recorder=recorder,
            environment=aws.environment,
            letters=letters,
            dynamodb=dynamodb,
            reached=reached,
            monkeypatch=monkeypatch,
        )
        for play in (prepare, work, serve, operate):
            await play(stage)
    for role, policy in POLICIES.items():
        asked, allowed = recorder.asked[role], allowed_by(policy)
        assert sorted(asked - allowed) == [], f"{policy} lacks what its role asks for"
        assert sorted(allowed - asked) == [], f"{policy} has what its role never asks for"
    unreached = [site for site in call_sites() if not reached.covers(site)]
    assert unreached == [], "no role was tried at these places"
