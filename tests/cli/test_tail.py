"""`tail` shows what arrives, and after a lost connection what it missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from assembly_service.cli.commands.tail import _Here
from assembly_service.cli.following import Follower, SubscribeRefused
from assembly_service.runtime.clock import wall_clock
from tests.cli.fake_service import answering
from tests.cli.runs import COMMAND, SAMPLES, bare_environment
from tests.harness.valkey import free_port
from tests.harness.web import ManualClock
from tests.notification.readers import lasting, served
from tests.system.acceptance.processes import run_command, serving

PATIENCE_SECONDS = 120
SELLER = "home256"


@asynccontextmanager
async def tailing(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `tail` as a process until it has subscribed."""
    process = await _tail(SELLER, url)
    try:
        assert await _line(process.stderr) == f"Subscribed to {SELLER}.\n"
        yield process
    finally:
        process.kill()
        await process.communicate()


async def _tail(seller: str, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *("tail", seller, "--url", url),
        env=bare_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _line(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    line = await asyncio.wait_for(stream.readline(), PATIENCE_SECONDS)
    assert line
    return line.decode()


def _one_video(directory: Path) -> list[str]:
    """The arguments of `send` for one of the seller's videos."""
    files = {"--captions": "captions.jsonl", "--thumbnails": "thumbnails.jsonl"}
    arguments = []
    for option, name in files.items():
        lines = (SAMPLES / name).read_text(encoding="utf-8").split("\n")
        (directory / name).write_text(next(line for line in lines if f'"{SELLER}"' in line))
        arguments += [option, str(directory / name)]
    return arguments


async def test_a_product_created_while_the_service_was_down_is_shown_afterwards(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment = environment | {"SQS_WAIT_SECONDS": "1"}
    port = free_port()
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(serving(environment))
        witness = await stack.enter_async_context(tailing(worker.url))
        async with serving(environment | {"SERVICE_ROLE": "web"}, port=port) as front:
            tail = await stack.enter_async_context(tailing(front.url))
        while "The connection is lost" not in await _line(tail.stderr):
            pass
        await run_command(environment, "send", *_one_video(tmp_path))
        made = await _line(witness.stdout)
        await stack.enter_async_context(serving(environment | {"SERVICE_ROLE": "web"}, port=port))
        missed = await _line(tail.stdout)
        # The time of the announcement differs; the product is the same.
        assert missed.split()[1:] == made.split()[1:]
        assert (await _line(tail.stderr)).startswith(f"Subscribed to {SELLER}, from 2")


async def test_an_invalid_seller_ends_it_with_a_sentence(
    environment: dict[str, str],
) -> None:
    async with serving(environment | {"SERVICE_ROLE": "web"}) as front:
        process = await _tail("no handle!", front.url)
        try:
            output, errors = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
        finally:
            if process.returncode is None:
                process.kill()
    assert process.returncode == 1
    assert output == b""
    [sentence] = errors.decode().splitlines()
    assert sentence.startswith("Error: The service says: Give seller_handle as")


async def test_an_address_without_a_scheme_is_understood(environment: dict[str, str]) -> None:
    async with (
        serving(environment | {"SERVICE_ROLE": "web"}) as front,
        tailing(front.url.removeprefix("http://")),
    ):
        pass


async def test_it_follows_with_a_token_and_says_what_is_wrong_with_one() -> None:
    shown: list[str] = []
    subscribed = asyncio.Event()

    def note(sentence: str) -> None:
        shown.append(sentence)
        subscribed.set()

    def follower(url: str, token: str | None) -> Follower:
        return Follower(url=url, sellers=["amani"], token=token, show=lambda *_: None, note=note)

    async with served(ManualClock(wall_clock())) as instance:
        following = asyncio.create_task(follower(instance.url, lasting(1)).follow())
        await subscribed.wait()
        following.cancel()
        assert shown == ["Subscribed to amani."]
        for token, wrong in (
            (None, "There is no token (token_required)"),
            ("wrong", "The token is malformed (token_refused)"),
        ):
            with pytest.raises(SubscribeRefused) as refused:
                await follower(instance.url, token).follow()
            told = f"The service says: {wrong}: give a valid one with --token or READER_TOKEN."
            assert str(refused.value) == told


async def test_a_temporary_refusal_is_retried() -> None:
    busy = {"message": "Busy.", "code": "temporarily_unavailable"}
    answer = {"seller_handle": SELLER, "timestamp": "2026-11-21T09:00:00Z"}
    async with answering(("error", busy), ("subscribed", answer)) as url:
        process = await _tail(SELLER, url)
        try:
            told = "The service says: Busy. (temporarily_unavailable)\n"
            assert await _line(process.stderr) == told
            assert "trying again" in await _line(process.stderr)
            assert await _line(process.stderr) == f"Subscribed to {SELLER}.\n"
        finally:
            process.kill()
            await process.communicate()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:3391"),
        ("0.0.0.0", "http://127.0.0.1:3391"),
        ("::", "http://[::1]:3391"),
        ("192.0.2.2", "http://192.0.2.2:3391"),
    ],
)
def test_the_address_of_the_service_follows_the_settings(host: str, url: str) -> None:
    assert _Here.from_environment({"HOST": host, "PORT": "3391"}).url == url
