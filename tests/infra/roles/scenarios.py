"""Runs each role through all that it does on AWS."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from click.testing import CliRunner

from assembly_service.cli import session
from assembly_service.cli.command_line import command_line
from assembly_service.cli.commands import education
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind
from assembly_service.drafts.education import recategorisation_job
from assembly_service.drafts.engine import open_drafts
from assembly_service.pipeline import cleanup, creation
from assembly_service.runtime.clock import wall_clock
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from tests.cli.letters import Letters
from tests.drafts.education.support import Caller as EducationCaller
from tests.drafts.product.support import PRODUCTS
from tests.drafts.product.support import Caller as ProductCaller
from tests.drafts.project.support import PROJECTS
from tests.drafts.project.support import Caller as ProjectCaller
from tests.harness.drafts import SIGNING_KEY, token
from tests.harness.valkey import free_port
from tests.infra.roles.call_sites import Reached
from tests.infra.roles.permissions import allowed_by
from tests.infra.roles.recorder import Recorder
from tests.pipeline.support import A_CAPTION, A_THUMBNAIL

SAMPLES = Path(__file__).parents[3] / "samples"
_PATIENCE_SECONDS = 120
_CAPTION = {**A_CAPTION, "seller_handle": "home256", "raw_caption": "x" * 600}
_THUMBNAILS = {
    **A_THUMBNAIL,
    "seller_handle": "home256",
    "thumbnails": A_THUMBNAIL["thumbnails"][:1],
}
_LARGE = {
    HalfKind.CAPTION: {"raw_caption": "x" * 2_500},
    HalfKind.THUMBNAIL: {"thumbnails": A_THUMBNAIL["thumbnails"][:1] * 5},
}
_BYTES = 3_200
"""Room for one of these halves and a small one, not for a large one and a small one."""
_SYSTEMS = ("PRODUCT_DRAFTS", "PROJECT_SESSIONS", "EDUCATION_REGISTRATION")
_HOUR = 3_600_000
_YEAR = 366 * 24 * _HOUR


@dataclass(frozen=True, kw_only=True)
class Stage:
    """An account behind a recorder; `environment` names its resources, `letters` has its queues.

    `made` has the ids of what was made on the way.
    """

    recorder: Recorder
    environment: Mapping[str, str]
    letters: Letters
    dynamodb: Any
    reached: Reached
    monkeypatch: pytest.MonkeyPatch
    made: dict[str, str] = field(default_factory=dict)

    def settings(self, **more: str) -> Settings:
        """The settings of an instance."""
        ours = {"AWS_ENDPOINT_URL": self.recorder.url, "PORT": "0", "SQS_WAIT_SECONDS": "1"}
        return Settings.from_environment({**self.environment, **ours, **more})

    def send(self, queue: HalfKind, kind: HalfKind, video: int, **changes: Value) -> None:
        """Send a half of a video, by its number, to the queue of a kind."""
        event = {HalfKind.CAPTION: _CAPTION, HalfKind.THUMBNAIL: _THUMBNAILS}[kind]
        body = json.dumps({**event, "video_id": f"video-{video}", **changes})
        self.letters.sqs.send_message(QueueUrl=self.letters.sources[queue], MessageBody=body)

    async def pairs(self, video: int, *, large: HalfKind | None) -> None:
        """Send a half and, once it is staged, the other one; then a newer version of the first.

        Only one of the two fits into a product if one is `large`, which is sent first.
        """
        first = large or HalfKind.CAPTION
        self.send(first, first, video, **(_LARGE[first] if large else {}))
        await _until(lambda: self._is_stored(video, "DYNAMODB_STAGING_TABLE"))
        self.send(first.other, first.other, video)
        if large is None:
            await _until(lambda: self._is_stored(video, "DYNAMODB_PRODUCTS_TABLE"))
            self.send(first, first, video, timestamp="2026-12-24T18:00:00Z")

    def _is_stored(self, video: int, table: str) -> bool:
        key = {"video_id": {"S": f"video-{video}"}, "seller_handle": {"S": "home256"}}
        return "Item" in self.dynamodb.get_item(TableName=self.environment[table], Key=key)

    async def run(self, *arguments: str | Path) -> str:
        """Run a command in this process, and return what it prints."""
        runner, texts = CliRunner(), [str(each) for each in arguments]
        outcome = await asyncio.to_thread(runner.invoke, command_line, texts)
        assert outcome.exit_code == 0, (texts, outcome.output, outcome.exception)
        return outcome.stdout

    async def until_asked(self, policy: str) -> None:
        """Wait until all that the policy allows was asked for, though not for ever."""
        wanted, asked = allowed_by(policy), self.recorder.asked[self.recorder.role]
        await _until(lambda: wanted <= asked)


async def _until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; the comparison that follows says what is missing."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110 - SQS tells nobody
                await asyncio.sleep(0.02)


async def prepare(stage: Stage) -> None:
    """Let commands run in this process; an operator loads what educations refer to."""
    stage.recorder.role = "operator"
    stage.monkeypatch.setattr(session, "configure_logs", lambda **_: None)
    for name, value in {**stage.environment, "AWS_ENDPOINT_URL": stage.recorder.url}.items():
        stage.monkeypatch.setenv(name, value)
    await stage.run("reference", "load", SAMPLES / "reference.jsonl")


async def work(stage: Stage) -> None:
    """A worker: queues that seem swapped, products old and new, halves too large, and orphans."""
    stage.recorder.role = "worker"
    stage.monkeypatch.setattr(cleanup, "_SOON_SECONDS", 0.5)
    stage.monkeypatch.setattr(
        creation, "AssemblyRules", partial(AssemblyRules, most_item_bytes=_BYTES)
    )
    quick = {"STAGING_TTL_SECONDS": "1", "CLEANUP_INTERVAL_SECONDS": "1"}
    for kind in HalfKind:
        for number in range(10):
            stage.send(kind.other, kind, number)
    settings = stage.settings(SERVICE_ROLE="worker", **quick)
    async with running_service(settings) as service, ClientSession(service.url) as http:
        await http.get("/health/ready")
        hidden = {
            ("sqs:ChangeMessageVisibility", each) for each in ("CaptionQueue", "ThumbnailQueue")
        }
        await _until(lambda: hidden <= stage.recorder.asked["worker"])
        await stage.pairs(1, large=None)
        await stage.pairs(2, large=HalfKind.CAPTION)
        await stage.pairs(3, large=HalfKind.THUMBNAIL)
        stage.recorder.missing |= {stage.letters.dead(kind).rpartition("/")[2] for kind in HalfKind}
        await stage.pairs(4, large=HalfKind.CAPTION)
        await stage.pairs(5, large=HalfKind.THUMBNAIL)
        await stage.until_asked("WorkerPolicy")
    stage.recorder.missing.clear()


async def serve(stage: Stage) -> None:
    """A web front: a shop, and all draft systems from their first call to the last clean-up."""
    stage.recorder.role = "web"
    stage.monkeypatch.setattr(recategorisation_job, "_TICK_SECONDS", 0.2)
    stage.monkeypatch.setattr(open_drafts, "COUNT_SECONDS", 0.2)
    # The nightly job of educations runs after two in the morning of Toronto.
    ahead = (17 * _HOUR - wall_clock()) % (24 * _HOUR)
    settings = stage.settings(
        **dict.fromkeys(_SYSTEMS, "true"),
        SERVICE_ROLE="web",
        JWT_SECRET=SIGNING_KEY,
        SESSION_CLEANUP_INTERVAL="1",
    )
    async with (
        running_service(settings, clock=lambda: wall_clock() + ahead) as service,
        ClientSession(service.url) as http,
    ):
        await _register(http, account=0, graduates=datetime.now(UTC).year + 1)
        await _visit_shop(http)
        await _make_product(stage, ProductCaller(session=http, token=token(privilege=2)))
        await _make_project(ProjectCaller(session=http, token=None))
        # Sessions have expired, and who was a student has graduated; somebody else is one now.
        ahead += 3 * _YEAR
        await _register(http, account=1, graduates=datetime.now(UTC).year + 5)
        await _until(lambda: stage.reached.covers_all("drafts/engine/store.py"))
        await stage.until_asked("WebPolicy")


async def _visit_shop(http: ClientSession) -> None:
    shop = "/api/v1/shop/home256/products"
    since = "since=2026-11-01T00:00:00Z"
    for path in (shop, f"{shop}?{since}", f"{shop}/video-1", "/health/ready"):
        async with http.get(path) as response:
            assert response.status == 200, (path, await response.text())


async def _make_product(stage: Stage, caller: ProductCaller) -> None:
    for code in ("ONE-1", "TWO-2"):
        draft = await caller.draft_with_product(productCode=code)
        await caller.configure_target(draft, osot_province=[1])
        answer = await caller.commit(draft)
        assert answer.status == 200, answer
        await caller.progress(draft)
    product = answer.body["productGuid"]
    stage.made.update(draft=draft, product=product)
    for method, path, body in (
        ("GET", PRODUCTS, None),
        ("GET", f"{PRODUCTS}/{product}", None),
        ("PATCH", f"{PRODUCTS}/{product}", {"productCode": "TWO-3"}),
        ("PATCH", f"{PRODUCTS}/{product}/target", {"osot_province": [2]}),
    ):
        answer = await caller.call(method, path, body)
        assert answer.status == 200, (path, answer)
    stage.recorder.unanswered.add("TransactWriteItems")
    answer = await caller.call("PATCH", f"{PRODUCTS}/{product}", {"productName": "A name"})
    stage.recorder.unanswered.clear()
    assert answer.status == 200, answer


async def _make_project(caller: ProjectCaller) -> None:
    left = await caller.create(projectName="Left alone")
    await caller.save(left, projectName="Left alone twice")
    await caller.validate(left, 1)
    await caller.delete(await caller.create())
    answer = await caller.commit(await caller.ready())
    project = answer.body["project"]["id"]
    for path in (PROJECTS, f"{PROJECTS}/{project}", f"{caller.prefix}/health"):
        found = await caller.call("GET", path)
        assert found.status == 200, (path, found)


async def _register(http: ClientSession, *, account: int, graduates: int) -> None:
    lines = (SAMPLES / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    linked = json.loads(lines[account])
    owner = token(
        user=linked["users"][0],
        privilege=1,
        organization=linked["organization"],
        userBusinessId=linked["businessId"],
    )
    caller = EducationCaller(
        session=http,
        token=owner,
        member=linked["businessId"],
        account=linked["accountId"],
        number=f"{account:08d}",
    )
    await caller.cancel(await caller.staged(graduationYear=graduates))
    session_id = await caller.linked(graduationYear=graduates)
    await caller.update(session_id, university=6)
    await caller.up_to_link(session_id)
    answer = await caller.create(session_id)
    assert answer.status == 201, answer
    await caller.sessions(caller.member)
    await caller.record_of(caller.member)


async def operate(stage: Stage) -> None:
    """An operator: every command that reads or changes something, and an instance's figures."""
    stage.recorder.role = "operator"
    captions, thumbnails = SAMPLES / "captions.jsonl", SAMPLES / "thumbnails.jsonl"
    halves = ("--captions", captions, "--thumbnails", thumbnails)
    await stage.run("send", *halves)
    await stage.run("send", "--sns", *halves)
    for kind in HalfKind:
        letter = stage.letters.quarantine(kind, "{", "not_json")
        await stage.run("dlq", "show", letter)
        await stage.run("dlq", "redrive", "--id", letter, "--yes")
    await stage.run("dlq", "redrive", "--yes")
    await stage.run("trace", "home256", "video-1")
    await stage.run("orphans")
    await stage.run("announce", "home256")
    stage.monkeypatch.setattr(education, "wall_clock", lambda: wall_clock() + 9 * _YEAR)
    assert " 0 moved" not in await stage.run("education", "recategorise")
    await stage.run("draft", "show", stage.made["draft"])
    await stage.run("draft", "audit", "--record", stage.made["product"])
    stage.recorder.role = "start of an instance"
    settings = stage.settings(SERVICE_ROLE="web", OPERATIONS_PORT=str(free_port()))
    async with (
        running_service(settings) as service,
        ClientSession(service.operations_url) as http,
    ):
        stage.recorder.role = "operator"
        for path in ("flow", "dead-letters", "videos/home256/video-1"):
            async with http.get(f"/api/v1/operations/{path}") as response:
                assert response.status == 200, (path, await response.text())
