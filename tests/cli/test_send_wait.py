"""`send --wait` returns when the products are there, or says which are not."""

import asyncio
import json
from pathlib import Path
from typing import Any
from unittest.mock import ANY

from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.settings.service import Settings
from tests.cli.runs import Outcome, run
from tests.harness.pipeline import open_pipeline
from tests.harness.small_events import event

KEYS = [ProductKey("amani", f"v{number}") for number in range(5)]


def _file(directory: Path, *lines: dict[str, Any] | str) -> Path:
    file = directory / f"{len(list(directory.iterdir()))}.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(texts))
    return file


def _halves(directory: Path, *, second: int) -> list[str | Path]:
    captions, thumbnails = (
        _file(directory, *(event(kind, second, key=key) for key in KEYS)) for kind in HalfKind
    )
    return ["--captions", captions, "--thumbnails", thumbnails]


async def test_it_returns_when_the_products_hold_what_was_sent(
    environment: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    async def send(*arguments: str | Path) -> Outcome:
        return await asyncio.to_thread(
            run, "send", *arguments, directory=tmp_path, environment=environment
        )

    async with open_pipeline(settings) as account:
        async with account.working():
            outcome = await send(*_halves(tmp_path, second=1), "--wait")
            assert outcome.code == 0, outcome.err
            assert outcome.out.endswith("5 products are there.\n")
            assert await account.products() == dict.fromkeys(KEYS, ANY)
            broken = _file(tmp_path, event(HalfKind.CAPTION, 1, key=KEYS[0]), "no event")
            outcome = await send("--captions", broken, "--wait")
            assert outcome.code == 1
            assert outcome.sentences[-1] == (
                "Error: 1 message can only end in a dead-letter queue: "
                "`assembly-service validate` says why."
            )
        outcome = await send(*_halves(tmp_path, second=2), "--wait", "0.2")
        assert "(5 of 5 products)" in outcome.err, "older versions were taken for the sent ones"


def test_it_names_what_is_missing_and_what_says_why(
    environment: dict[str, str], tmp_path: Path
) -> None:
    outcome = run(
        *("send", *_halves(tmp_path, second=1), "--wait", "0.2"),
        directory=tmp_path,
        environment=environment,
    )
    assert outcome.code == 1
    assert "Sent 10 of 10 messages" in outcome.out
    assert outcome.sentences == [
        "Error: Not there after 0.2 s: amani v0, amani v1, amani v2 and 2 more (5 of 5 products). "
        "`assembly-service trace amani v0` says why."
    ]
