"""A throttled seller does not affect the others.

Every run of the tests tries two of the scenarios; `make hot-sellers` tries all.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from assembly_service.settings.service import Settings
from tests.harness.hot_sellers import FORTY_WAITING, READS, SCENARIOS, WHOLE_CALLS, Scenario, What
from tests.system.throttled_service import throttled_service

_ALWAYS = {(FORTY_WAITING, 1), (FORTY_WAITING, 2), (READS, 2)}
_LIMIT_SECONDS = 300
_BURSTS = 3
_OTHERS_A_BURST = 10


def runs() -> Iterator[object]:
    """Every scenario on one instance and on two."""
    for scenario in SCENARIOS + WHOLE_CALLS:
        for instances, on in ((1, "one instance"), (2, "two instances")):
            marks = () if (scenario, instances) in _ALWAYS else pytest.mark.by_hand
            yield pytest.param(scenario, instances, id=f"{scenario.name}, {on}", marks=marks)


def burst(scenario: Scenario) -> Counter[str]:
    """How many products per seller are sent at once while the hot ones are throttled."""
    hot = round(_OTHERS_A_BURST * scenario.share / (1 - scenario.share))
    sellers = [*islice(cycle(scenario.other_sellers), _OTHERS_A_BURST)]
    return Counter([*sellers, *islice(cycle(scenario.hot_sellers), hot)])


@pytest.mark.parametrize(("scenario", "instances"), [*runs()])
async def test_a_throttled_seller_delays_no_other_makes_no_instance_unready_and_loses_nothing(
    settings: Settings, valkey: str, scenario: Scenario, instances: int
) -> None:
    async with (
        asyncio.timeout(_LIMIT_SECONDS),
        throttled_service(settings, scenario, instances=instances, bus=valkey) as service,
    ):
        service.begin()
        hot = await service.fill()
        for _ in range(_BURSTS):
            sent = await service.send(burst(scenario))
            others = {key for key in sent if key.seller_handle in scenario.other_sellers}
            hot |= sent - others
            await service.until_shown(others)
            assert await service.readiness() == [200] * instances
        # An instance whose pollers stall is unready a minute later.
        await service.until_all_pollers_received()
        if scenario.what is not What.STAGING:
            assert service.shown(hot) == set()

        service.end()
        await service.until_shown(hot)
        assert await service.complaints() == []
