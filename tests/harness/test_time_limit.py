"""A hang ends one test, not the run, and the failure says where it hung."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""
HANGING = """
import asyncio
import time

import pytest
from hypothesis import given, strategies

async def waiting():
    await asyncio.Event().wait()

async def test_waits():
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.sleep(0))
        await waiting()

async def spinning():
    while True:
        try:
            await asyncio.sleep(0)
        except Exception:
            pass

async def test_spins():
    await asyncio.create_task(spinning())

def blocking():
    while True:
        time.sleep(1)

def test_blocks():
    blocking()

def blocking_sometimes(number):
    if number > 10:
        time.sleep(3_600)

@given(strategies.integers())
def test_blocks_sometimes(number):
    blocking_sometimes(number)

@pytest.fixture
def setting_up():
    time.sleep(3_600)

def test_is_set_up(setting_up):
    pass

@pytest.fixture
async def tearing_down():
    yield
    await waiting()

async def test_is_torn_down(tearing_down):
    pass

async def test_good():
    pass
"""


def test_each_hang_fails_its_test_alone_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    (tmp_path / "test_hanging.py").write_text(HANGING)
    plugins = ["no:randomly", "no:cacheprovider", "tests.harness.time_limit"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--time-limit=3", *(f"-p{each}" for each in plugins)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    *_, summary = done.stdout.splitlines()
    assert "4 failed, 2 passed, 2 errors" in summary, done.stdout
    places = "waiting spinning blocking blocking_sometimes setting_up tearing_down"
    for place in places.split():
        assert f"in {place}\n" in done.stdout, done.stdout
