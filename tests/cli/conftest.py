"""A fresh account, as a command finds it in its environment or in `.local/env`."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assembly_service.cli.environment import LOCAL_FILE, local_file_text
from tests.cli.runs import bare_environment
from tests.harness.engine import Account

Received = Callable[[str], Counter[str]]


@pytest.fixture
def environment(aws: Account) -> dict[str, str]:
    """An environment that names the fresh account and its resources."""
    return bare_environment(**aws.environment, **aws.credentials)


@pytest.fixture
def local_directory(aws: Account, tmp_path: Path) -> Path:
    """A directory whose `.local/env` names the fresh account, as `local` writes it."""
    file = tmp_path / LOCAL_FILE
    file.parent.mkdir()
    file.write_text(local_file_text(aws.environment | aws.credentials))
    return tmp_path


@pytest.fixture
def received(connect: Callable[[str], Any]) -> Received:
    """Drains a queue and counts how often each body came."""
    sqs = connect("sqs")

    def drain(queue_url: str) -> Counter[str]:
        bodies: Counter[str] = Counter()
        while messages := _receive(sqs, queue_url):
            bodies.update(message["Body"] for message in messages)
        return bodies

    return drain


def _receive(sqs: Any, queue_url: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages
