"""The calls of the local mode's pages: for those pages alone, on this machine alone."""

import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from aiohttp import ClientSession

from assembly_service.local_aws.page_calls import page_calls
from assembly_service.local_aws.reference import sample_lines
from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.settings.service import Settings
from tests.harness.served import served
from tests.http.test_stripped_prefix import front
from tests.notification.support import plain_settings

SECRET = "secret" * 6


class Queues:
    """Takes what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    async def send_message_batch(self, *, QueueUrl: str, Entries: Any) -> None:  # noqa: N803
        self.sent += [(QueueUrl, json.loads(entry["MessageBody"])) for entry in Entries]


@pytest.fixture
def queues() -> Queues:
    return Queues()


@pytest.fixture
def settings() -> Settings:
    return plain_settings(
        pages=True,
        product_drafts=ProductDraftSettings(
            jwt_secret=SECRET,
            dynamodb_drafts_table="drafts",
            dynamodb_records_table="records",
        ),
    )


@pytest.fixture
async def url(settings: Settings, queues: Queues) -> AsyncIterator[str]:
    """Where a service of the local mode is."""
    clients: Any = SimpleNamespace(sqs=queues)
    application = front(settings, page_calls(settings, clients))
    async with served(application) as url:
        yield url


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
async def test_an_own_page_gets_a_token_with_all_privileges(url: str, host: str) -> None:
    port = url.rpartition(":")[2]
    headers = {"Host": f"{host}:{port}", "Origin": f"http://{host}:{port}"}
    async with ClientSession(url) as page, page.post("/local/token", headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        token = (await answer.json())["token"]
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience="assembly-service")
    assert (claims["privilege"], claims["sellers"]) == (3, "*")


async def test_the_token_of_a_page_is_for_the_organisation_of_the_samples(url: str) -> None:
    lines = [json.loads(line) for line in sample_lines().splitlines()]
    async with ClientSession(url, headers={"Origin": url}) as page:
        answer = await page.post("/local/token")
        claims = jwt.decode((await answer.json())["token"], options={"verify_signature": False})
    assert {line["organization"] for line in lines} == {claims["organizationGuid"]}


HOSTILE = {
    "host resolved to this machine": ("evil.example:3002", "http://evil.example:3002"),
    "name that begins like it": ("127.0.0.1.evil.example", "http://127.0.0.1.evil.example"),
    "host that a proxy is said to have changed": ("evil.example:3002", "http://127.0.0.1:3002"),
    "page of another host": ("127.0.0.1:3002", "http://evil.example"),
    "page of another port": ("127.0.0.1:3002", "http://127.0.0.1:8080"),
    "page of another scheme": ("127.0.0.1:3002", "https://127.0.0.1:3002"),
    "page without an origin": ("127.0.0.1:3002", "null"),
    "no page at all": ("127.0.0.1:3002", ""),
}


@pytest.mark.parametrize("path", ["/local/token", "/local/events"])
@pytest.mark.parametrize(("host", "origin"), HOSTILE.values(), ids=HOSTILE.keys())
async def test_nobody_but_an_own_page_is_answered(
    url: str, queues: Queues, path: str, host: str, origin: str
) -> None:
    headers = {"Host": host, **({"Origin": origin} if origin else {})}
    forwarded = {"X-Forwarded-Host": "127.0.0.1:3002", "X-Forwarded-Proto": "http"}
    async with (
        ClientSession(url) as page,
        page.post(path, headers=headers | forwarded, data='{"captions": [{}]}') as answer,
    ):
        assert answer.status == 403
        assert answer.content_type == "application/problem+json"
    assert queues.sent == []


@pytest.mark.parametrize("path", ["/local/token", "/local/events"])
async def test_nobody_is_answered_by_a_service_outside_the_local_mode(
    settings: Settings, path: str
) -> None:
    async with (
        served(front(settings)) as url,
        ClientSession(url) as page,
        page.post(path, headers={"Origin": url}) as answer,
    ):
        assert answer.status == 404


async def test_events_of_an_own_page_go_to_the_queues_as_they_are(
    url: str, settings: Settings, queues: Queues
) -> None:
    sent = '{"captions": [{"price": 1999.90}, "no event"], "thumbnails": [{"video_id": "1"}]}'
    async with (
        ClientSession(url, headers={"Origin": url}) as page,
        page.post("/local/events", data=sent) as answer,
    ):
        assert answer.status == 204
    captions, thumbnails = (
        settings.sqs_caption_analysis_queue_url,
        settings.sqs_thumbnail_generation_queue_url,
    )
    assert queues.sent == [
        (captions, {"price": 1999.9}),
        (captions, "no event"),
        (thumbnails, {"video_id": "1"}),
    ]


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", '{"captions": {}}', '{"others": []}', json.dumps({"captions": [1] * 11})],
)
async def test_what_holds_no_events_is_refused_in_a_sentence(
    url: str, queues: Queues, body: str
) -> None:
    async with (
        ClientSession(url, headers={"Origin": url}) as page,
        page.post("/local/events", data=body) as answer,
    ):
        assert answer.status == 400
        assert "at most 10 captions" in (await answer.json())["detail"]
    assert queues.sent == []
