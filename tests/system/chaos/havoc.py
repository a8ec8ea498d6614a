"""Kills instances and Valkey at random moments, mostly while messages are in flight.

Once it also cuts one instance off from a running Valkey, which only that instance notices.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.harness.follower import Follower
from tests.harness.service_process import ServiceProcess
from tests.harness.valkey import Valkey
from tests.notification.proxy import Proxy

_PAUSE_SECONDS = (0.1, 1.2)
_NEXT_BURST_SECONDS = 2
_INTO_A_BURST_SECONDS = (0.0, 0.4)
_DOWN_SECONDS = (0.0, 2.0)
_VALKEY_AFTER = (0.1, 0.3)
"""Share of the time. Early: a client that has to reload would not notice an earlier loss."""
_VALKEY_DOWN_SECONDS = (2.0, 5.0)
_CUT_AFTER = (0.5, 0.6)
"""Share of the time: by then clients have reloaded after the outage of Valkey."""
_UNHEARD_OF = 10
_NOTICED_SECONDS = 5.0
"""Long enough after an outage of Valkey for every instance to have retried publishing."""


@dataclass(frozen=True, kw_only=True)
class Front:
    """An instance that is never killed, its connection to Valkey, and followers of it and another.

    The follower of the other one shows which products the front should have received.
    """

    process: ServiceProcess
    to_valkey: Proxy
    follower: Follower
    elsewhere: Follower

    async def cut_off(self, most_seconds: float) -> bool:
        """Cut the front off until its follower has missed products that another one got.

        False if it missed too few in that time, because hardly any were sent.
        """
        self.to_valkey.cut()
        try:
            async with asyncio.timeout(most_seconds):
                await self.process.until(lambda: "subscribe" in self.process.journal.cut_off)
                await self.elsewhere.until(lambda: len(self._unheard_of()) >= _UNHEARD_OF)
        except TimeoutError:
            return False
        finally:
            self.to_valkey.restore()
        return True

    def _unheard_of(self) -> set[str]:
        return self.elsewhere.catalogue.keys() - self.follower.catalogue.keys()


@dataclass(kw_only=True)
class Havoc:
    """Kills until stopped. `burst` is set with every burst that is worth a kill."""

    instances: Sequence[ServiceProcess]
    front: Front
    valkey: Valkey
    chance: random.Random
    kills: int = 0
    starts: int = 0
    valkey_kills: int = 0
    cuts: int = 0
    burst: asyncio.Event = field(default_factory=asyncio.Event)
    _restarts: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self, seconds: float) -> None:
        """Kill and restart for some seconds; in the end everything runs again."""
        begin = time.monotonic()
        valkey_at = begin + seconds * self.chance.uniform(*_VALKEY_AFTER)
        cut_at = begin + seconds * self.chance.uniform(*_CUT_AFTER)
        while time.monotonic() < begin + seconds:
            if not self.valkey_kills and time.monotonic() >= valkey_at:
                await self._kill_valkey()
            if not self.cuts and time.monotonic() >= cut_at:
                await self._cut_front_off(begin + seconds - time.monotonic())
            await asyncio.sleep(self.chance.uniform(*_PAUSE_SECONDS))
            await self._next_burst()
            await asyncio.sleep(self.chance.uniform(*_INTO_A_BURST_SECONDS))
            await self._kill_one()
        await self._all_running()

    async def _next_burst(self) -> None:
        self.burst.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_NEXT_BURST_SECONDS):
                await self.burst.wait()

    async def _kill_one(self) -> None:
        # The last pushes of an instance that dies while cut off from Valkey reach others only at
        # their next subscribe: the one documented exception.
        killable = [each for each in self.instances if each.serving and not each.journal.cut_off]
        if not killable:
            return
        victim = self.chance.choice(killable)
        await victim.kill()
        self.kills += 1
        seconds = self.chance.uniform(*_DOWN_SECONDS)
        self._restarts.append(asyncio.create_task(self._restart(victim, seconds)))

    async def _restart(self, instance: ServiceProcess, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await instance.start()
        self.starts += instance.running

    async def _kill_valkey(self) -> None:
        await self._all_running()
        self.front.to_valkey.cut()
        await asyncio.to_thread(self.valkey.kill)
        self.valkey_kills += 1
        await asyncio.sleep(self.chance.uniform(*_VALKEY_DOWN_SECONDS))
        await asyncio.to_thread(self.valkey.start)
        self.front.to_valkey.restore()
        await asyncio.sleep(_NOTICED_SECONDS)

    async def _cut_front_off(self, most_seconds: float) -> None:
        await self._all_running()
        self.cuts += await self.front.cut_off(most_seconds)

    async def _all_running(self) -> None:
        await asyncio.gather(*self._restarts)
