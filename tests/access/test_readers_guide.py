"""The example of the guide for readers asks for tickets no more often than it has to."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runs import ROOT
from tests.harness.node import node

HERE = Path(__file__).parent


async def done(case: str) -> dict[str, Any]:
    """What the page does if the service answers like this."""
    code, printed = await node(HERE, "readers_guide.mjs", ROOT / "docs" / "readers.md", case)
    assert code == 0, printed
    found: dict[str, Any] = json.loads(printed)
    return found


@pytest.mark.parametrize(("case", "status"), [("refused", 401), ("forbidden", 403)])
async def test_a_page_whose_token_is_refused_asks_once(case: str, status: int) -> None:
    assert await done(case) == {"asked": 1, "waits": [], "urls": [], "signIns": [status]}


@pytest.mark.parametrize("case", ["down", "lost", "closed"])
async def test_a_page_that_comes_back_waits_a_while_each_time(case: str) -> None:
    page = await done(case)
    assert len(page["waits"]) == page["asked"] == 5
    assert all(1_000 <= wait <= 3_000 for wait in page["waits"])
    assert len({*page["waits"]}) > 1


async def test_a_page_that_comes_back_misses_nothing() -> None:
    first, second, *_ = (await done("closed"))["urls"]
    assert first.endswith("/events?ticket=t")
    assert second.endswith("/events?ticket=t&since=mark-1")
