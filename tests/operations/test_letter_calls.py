"""Operators list dead letters with what they hold, and nothing is moved by it."""

import asyncio
import json

from aiohttp import ClientSession

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import RECEIVE_COUNT_EXCEEDED
from tests.cli.letters import Letters
from tests.harness.halves import KEY
from tests.harness.small_events import event
from tests.harness.web import load

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
PATH = "/api/v1/operations/dead-letters"


async def test_letters_of_every_reason_are_listed_and_counted_and_stay_where_they_are(
    operators: ClientSession, letters: Letters
) -> None:
    body = json.dumps(event(CAPTION, 1))
    for reason in RejectionReason:
        letters.quarantine(CAPTION, body, reason)
    unreadable = r'{"seller_handle": "\ud83d", "video_id": 7}'
    letters.put(THUMBNAIL, unreadable)

    found, same = await asyncio.gather(load(operators, PATH), load(operators, PATH))
    assert same["byReason"] == found["byReason"], "two readers hide nothing from each other"
    reasons = {*(reason.value for reason in RejectionReason), RECEIVE_COUNT_EXCEEDED}
    assert found["byReason"] == dict.fromkeys(sorted(reasons), 1)
    assert {each["reason"] for each in found["deadLetters"]} == reasons
    assert (found["hidden"], found["complete"]) == (0, True)
    named = {(each["sellerHandle"], each["videoId"]) for each in found["deadLetters"]}
    assert named == {KEY, (None, None)}
    assert {each["body"] for each in found["deadLetters"]} == {body, unreadable}

    only = await load(operators, PATH, queue="caption", reason="not_json", limit=1)
    assert [each["reason"] for each in only["deadLetters"]] == ["not_json"]
    assert only["byReason"] == dict.fromkeys(sorted(each.value for each in RejectionReason), 1)
    assert letters.size(letters.dead(CAPTION)) == (len(RejectionReason), 0)


async def test_letters_that_another_reader_holds_are_counted_as_hidden(
    operators: ClientSession, letters: Letters
) -> None:
    letters.quarantine(CAPTION, "{", RejectionReason.NOT_JSON)
    letters.take(letters.dead(CAPTION))
    found = await load(operators, PATH)
    assert (found["deadLetters"], found["hidden"], found["complete"]) == ([], 1, False)


async def test_invalid_parameters_are_refused_by_name(operators: ClientSession) -> None:
    async with operators.get(f"{PATH}?queue=both&limit=501") as response:
        assert response.status == 400
        mistakes = (await response.json())["errors"]
    assert [each["parameter"] for each in mistakes] == ["queue", "limit"]


async def test_a_queue_without_dead_letters_is_said_to_have_none(
    operators: ClientSession, letters: Letters
) -> None:
    letters.sqs.delete_queue(QueueUrl=letters.dead(CAPTION))
    async with operators.get(PATH) as response:
        assert response.status == 409
        assert "names a dead-letter queue that does not exist" in (await response.json())["detail"]
    assert (await load(operators, PATH, queue="thumbnail"))["complete"]
