"""Operators see how much of what is where, what an instance did lately, and what is wrong."""

import asyncio
import json
from typing import Any

from aiohttp import ClientSession

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import HalfKind
from tests.cli.letters import Letters
from tests.harness.halves import KEY
from tests.harness.pipeline import eventually
from tests.harness.small_events import event
from tests.harness.web import load

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
FLOW = "/api/v1/operations/flow"
TRACE = f"/api/v1/operations/videos/{KEY.seller_handle}/{KEY.video_id}"


async def test_what_waits_is_counted_where_it_is_and_what_happened_by_outcome(
    operators: ClientSession, letters: Letters
) -> None:
    _publish(letters, CAPTION)

    async def staged() -> bool:
        return bool((await load(operators, TRACE))["state"] == "waiting")

    await eventually(staged)
    letters.quarantine(CAPTION, "hidden", RejectionReason.NOT_JSON)
    letters.take(letters.dead(CAPTION))
    for kind in HalfKind:
        letters.quarantine(kind, "visible", RejectionReason.NOT_JSON)

    async def counted() -> bool:
        return bool((await load(operators, FLOW))["outcomes"]["staged"])

    await eventually(counted)
    answers: list[dict[str, Any]] = await asyncio.gather(*(load(operators, FLOW) for _ in range(9)))
    assert answers == [answers[0]] * 9, "parallel requests share a reading"
    _check_one_waits(answers[0])
    _publish(letters, THUMBNAIL)

    async def made() -> bool:
        return bool((await load(operators, FLOW))["latestProducts"])

    await eventually(made)
    [latest] = (await load(operators, FLOW))["latestProducts"]
    assert (latest["sellerHandle"], latest["videoId"]) == KEY
    assert (latest["eventType"], bool(latest["title"])) == ("new_product", True)


def _publish(letters: Letters, kind: HalfKind) -> None:
    body = json.dumps(event(kind, 1))
    letters.sqs.send_message(QueueUrl=letters.sources[kind], MessageBody=body)


def _check_one_waits(flow: dict[str, Any]) -> None:
    """One caption is staged, dead letters are in both queues, and no product was made."""
    assert flow["deadLetters"] == {
        "caption": {"waiting": 1, "hidden": 1},
        "thumbnail": {"waiting": 1, "hidden": 0},
    }
    staging = flow["staging"]
    assert (staging["waiting"], staging["orphaned"], staging["complete"]) == (1, 0, True)
    assert staging["byAge"] == {"under1Minute": 1, "under1Hour": 0, "under1Day": 0, "older": 0}
    assert staging["oldestSince"] <= staging["readAt"]
    assert {name: count for name, count in flow["outcomes"].items() if count} == {"staged": 1}
    received = {kind: queue["perMinute"] for kind, queue in flow["queues"].items()}
    assert received == {"caption": 1, "thumbnail": 0}
    assert flow["instance"]["role"] == "all"
    [own] = flow["instances"]
    assert flow["instance"].items() <= own.items()
    assert (own["connections"], own["isLive"]) == (0, True)
    assert flow["latestProducts"] == []


async def test_what_cannot_be_read_is_null_and_said_in_a_sentence(
    operators: ClientSession, letters: Letters
) -> None:
    letters.sqs.delete_queue(QueueUrl=letters.dead(CAPTION))
    flow = await load(operators, FLOW)
    assert flow["deadLetters"]["caption"] == {"waiting": None, "hidden": None}
    assert flow["deadLetters"]["thumbnail"] == {"waiting": 0, "hidden": 0}
    assert flow["queues"]["caption"]["waiting"] == 0
    sentences = [problem["sentence"] for problem in flow["problems"]]
    assert any("names a dead-letter queue that does not exist" in each for each in sentences)
