"""Runs what a command does with AWS's clients open."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.cli.environment import load_settings
from assembly_service.cli.failures import told_in_a_sentence
from assembly_service.runtime.logs import configure_logs
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings

Answer = TypeVar("Answer")


def connected(doing: str, work: Callable[[Settings, Clients], Awaitable[Answer]]) -> Answer:
    """The answer of `work`; what AWS refuses is told in a sentence that says what was tried."""
    settings = load_settings()
    # Standard output is for the answer.
    configure_logs(level="WARNING", log_format="console", stream=sys.stderr)

    async def session() -> Answer:
        async with open_clients(settings, Metrics()) as clients:
            return await work(settings, clients)

    with told_in_a_sentence(doing):
        return asyncio.run(session())
