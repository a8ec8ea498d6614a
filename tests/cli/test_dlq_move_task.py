"""Where SQS can move a whole queue, `dlq redrive` has it do so, and watches."""

import asyncio
from pathlib import Path

import pytest

from assembly_service.domain.product import HalfKind
from assembly_service.local_aws.local_engine import Engine
from tests.cli.letters import Letters, letters
from tests.cli.moving_sqs import moving_sqs
from tests.cli.runs import Outcome, run

__all__ = ["letters"]

CAPTION = HalfKind.CAPTION


async def _redrive(url: str, environment: dict[str, str], directory: Path, *more: str) -> Outcome:
    return await asyncio.to_thread(
        run,
        *("dlq", "redrive", "--queue", "caption", *more),
        directory=directory,
        environment=environment | {"AWS_ENDPOINT_URL_SQS": url},
    )


@pytest.mark.parametrize("endless", [False, True])
async def test_a_whole_queue_is_moved_by_a_task_that_ends_whatever_happens(
    environment: dict[str, str], letters: Letters, engine: Engine, tmp_path: Path, endless: bool
) -> None:
    letters.quarantine(CAPTION, "{", "not_json")
    async with moving_sqs(engine.url, letters.sqs, endless=endless) as sqs:
        outcome = await _redrive(sqs.url, environment, tmp_path)
    assert outcome.code == 0, outcome.err
    assert "SQS has put back about" in outcome.out
    [request] = sqs.requests
    names = {end: arn.rpartition(":")[2] for end, arn in request.items()}
    assert names == {
        "SourceArn": "product-assembly-caption-analysis-dead-letters",
        "DestinationArn": "product-assembly-caption-analysis",
    }
    assert sqs.cancelled == ["the task"]
    assert letters.size(letters.sources[CAPTION]) == (1, 0)
    assert letters.size(letters.dead(CAPTION)) == (0, 0)


async def test_messages_of_one_reason_are_never_moved_by_a_task(
    environment: dict[str, str], letters: Letters, engine: Engine, tmp_path: Path
) -> None:
    letters.quarantine(CAPTION, "{", "not_json")
    async with moving_sqs(engine.url, letters.sqs, endless=False) as sqs:
        outcome = await _redrive(sqs.url, environment, tmp_path, "--reason", "wrong_queue")
    assert outcome.code == 0, outcome.err
    assert sqs.requests == []
    assert letters.size(letters.dead(CAPTION)) == (1, 0)
