"""A seller whom everybody begins to watch at once costs the others nothing and misses nobody.

Every run of the tests tries a few watchers; `make viral` tries many, and says how long all took.
"""

from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment
from tests.harness.engine import Account
from tests.harness.pipeline import open_pipeline
from tests.harness.service_process import ServiceProcess
from tests.harness.warm_processes import start_warm
from tests.system.viral.hour import MOST_QUERIES, Amounts, hour

FEW = Amounts(watchers=60, surge=1, rate=10, others=3, others_rate=10, seconds=1)


async def test_all_who_come_at_once_miss_nothing_for_few_reads_and_so_do_those_of_other_sellers(
    aws: Account,
) -> None:
    environment = bare_environment(**aws.environment, **aws.credentials, SQS_WAIT_SECONDS="1")
    service = ServiceProcess(environment=environment, create=start_warm)
    await service.start()
    try:
        async with open_pipeline(Settings.from_environment(environment)) as account:
            outcome = await hour(service.url, account, FEW)
    finally:
        await service.stop()
    assert outcome.total("missed") == 0
    assert outcome.total("expected") > FEW.watchers
    # Each of them loads a page and asks for what followed it.
    assert 0 < outcome.queries < MOST_QUERIES < FEW.watchers
    assert service.journal.errors == []
