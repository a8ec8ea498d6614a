"""The services of compose.yaml work together: two web fronts, two workers, Valkey, a balancer."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import aiohttp
import pytest

from tests.cli.runs import ROOT, SAMPLES, bare_environment
from tests.harness.composed import Composed, composed, haproxy
from tests.harness.follower import following

pytestmark = pytest.mark.by_hand

SELLER, VIDEOS = "home256", 7
SECONDS = 60
IN_A_SECOND_TERMINAL = """
set -ae; . .local/fleet.env; set +a
python=$1; shift
$python -m assembly_service send "$@" --wait
$python -c "import os, urllib.request as r; r.urlopen(os.environ['METRICS'])"
"""
HALVES = [
    *("--captions", str(SAMPLES / "captions.jsonl")),
    *("--thumbnails", str(SAMPLES / "thumbnails.jsonl")),
]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Composed]:
    subprocess.run(["make", "--silent", "secrets"], cwd=ROOT, check=True)
    with composed(tmp_path) as fleet:
        for name in fleet.containers:
            if name != "balancer":
                fleet.start(name)
        for name in ("web-1", "web-2", "worker-1", "worker-2"):
            fleet.wait(name)
        yield fleet


async def ask(fleet: Composed, name: str, path: str) -> dict[str, Any]:
    """The answer of a container's operators' port."""
    url = fleet.url(name, 9002) + path
    async with aiohttp.ClientSession(raise_for_status=True) as http, http.get(url) as answer:
        content: dict[str, Any] = await answer.json()
        return content


async def until_all_know_each_other(fleet: Composed) -> None:
    """Wait until a web front knows of two of each role."""
    roles: Counter[str] = Counter()
    async with asyncio.timeout(30):
        while roles != {"web": 2, "worker": 2}:
            await asyncio.sleep(0.1)
            flow = await ask(fleet, "web-1", "/api/v1/operations/flow")
            roles = Counter(each["role"] for each in flow["instances"])


async def front_of_the_visitor(fleet: Composed) -> str:
    """The only front that has one."""
    counts = {
        name: (await ask(fleet, name, "/api/v1/websocket/stats"))["totalConnections"]
        for name in ("web-1", "web-2")
    }
    assert sorted(counts.values()) == [0, 1]
    return max(counts, key=lambda name: counts[name])


async def command(fleet: Composed, *arguments: str) -> None:
    """Run a command of the service in a worker's place."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "assembly_service", *arguments),
        cwd=fleet.directory,
        env=fleet.environment(fleet.containers["worker-1"]),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0


@pytest.mark.skipif(haproxy() is None, reason="needs HAProxy")
async def test_a_polling_visitor_of_the_balancer_is_told_of_all_whichever_front_stops(
    fleet: Composed,
) -> None:
    await until_all_know_each_other(fleet)
    fleet.start("balancer")
    fleet.wait("balancer")
    async with following(fleet.url("balancer"), [SELLER], transports="polling") as visitor:
        await command(fleet, "send", *HALVES)
        await visitor.until(lambda: len(visitor.catalogue) == VIDEOS, SECONDS)
        assert visitor.connections == 1
        visitor.pushes = 0
        assert await asyncio.to_thread(fleet.stop, await front_of_the_visitor(fleet)) == 0
        await visitor.until(lambda: visitor.subscribed >= 2, SECONDS)
        await command(fleet, "announce", SELLER)
        await visitor.until(lambda: visitor.pushes >= VIDEOS, SECONDS)


@pytest.mark.skipif(haproxy() is None, reason="needs HAProxy")
async def test_the_balancer_keeps_its_fronts_while_aws_is_away(fleet: Composed) -> None:
    fleet.start("balancer")
    fleet.wait("balancer")
    await asyncio.to_thread(fleet.stop, "aws")
    async with asyncio.timeout(SECONDS), aiohttp.ClientSession() as http:
        for name in ("web-1", "web-2"):
            readiness = 200
            while readiness != 503:
                await asyncio.sleep(0.5)
                readiness = await status(http, f"{fleet.url(name)}/health/ready")
        # Longer than the balancer takes to give up a front.
        for _ in range(10):
            assert await status(http, f"{fleet.url('balancer')}/health/live") == 200
            await asyncio.sleep(0.5)


async def status(http: aiohttp.ClientSession, url: str) -> int:
    async with http.get(url) as answer:
        return answer.status


@contextmanager
def made(directory: Path) -> Iterator[tuple[IO[str], str]]:
    """What `make fleet` prints, and what of it until it is there. It is stopped at the end."""
    subprocess.run(["make", "--silent", "secrets"], cwd=ROOT, check=True)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.system.fleet"],
        cwd=directory,
        env=bare_environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            printed = ""
            while "Ctrl-C" not in printed:
                line = process.stdout.readline()
                assert line, printed
                printed += line
            yield process.stdout, printed
        finally:
            process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "Stopping ...\n"
    assert process.returncode == 0
    assert [*(directory / ".local").iterdir()] == []


def test_a_fleet_says_where_all_of_it_is_and_its_settings_lead_commands_there(
    tmp_path: Path,
) -> None:
    with made(tmp_path) as (_, printed):
        said = dict(re.findall(r"^(\S+) +pid \d+ +(.*)$", printed, re.MULTILINE))
        expected = {"aws", "valkey", "worker-1", "worker-2", "web-1", "web-2"}
        assert said.keys() - {"balancer"} == expected
        [metrics] = re.findall(r"http://\S+:9002", said["worker-1"])
        shown = subprocess.run(
            ["sh", "-c", IN_A_SECOND_TERMINAL, "sh", sys.executable, *HALVES],
            cwd=tmp_path,
            env=bare_environment(METRICS=f"{metrics}/metrics"),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert shown.returncode == 0, shown.stderr


def test_a_fleet_starts_again_what_ends(tmp_path: Path) -> None:
    with made(tmp_path) as (output, _):
        [file] = (tmp_path / ".local").glob("fleet-*/worker-1.pid")
        pid = int(file.read_text(encoding="utf-8"))
        os.kill(pid, signal.SIGKILL)
        assert output.readline() == "worker-1 ended with 137, and is started again:\n"
        assert re.match(r"worker-1 +pid \d+ ", output.readline())
        assert int(file.read_text(encoding="utf-8")) != pid
