"""From the environment: WATCHERS who come over SURGE seconds, RATE videos a second of the viral
seller, OTHERS sellers with OTHERS_RATE videos a second, for SECONDS before and twice as long after.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import fields

import click
import uvloop

from assembly_service.local_aws.local_engine import running_engine
from assembly_service.settings.service import Settings
from bench.loads.processes import raise_file_limit
from tests.cli.runs import bare_environment
from tests.harness.engine import fresh_account
from tests.harness.pipeline import open_pipeline
from tests.harness.service_process import ServiceProcess
from tests.promises.runs import amounts_of, outcome
from tests.system.viral.hour import Amounts, Outcome, hour

_COMMAND = "make viral"


async def main(environment: Mapping[str, str]) -> None:
    """Simulate the hour, and print what came of it; fail for products missed or many reads."""
    given = {each.name: environment.get(each.name.upper()) for each in fields(Amounts)}
    amounts = Amounts(**{name: int(value) for name, value in given.items() if value})
    raise_file_limit()
    with outcome(_COMMAND, amounts=amounts_of(environment, *map(str.upper, given))) as hold:
        came = await _simulated(amounts)
        for sentence in came.sentences():
            click.echo(sentence)
        if not came.is_good:
            sys.exit(1)
        hold()


async def _simulated(amounts: Amounts) -> Outcome:
    with running_engine() as engine:
        aws = fresh_account(engine.url)
        named = bare_environment(**aws.environment, **aws.credentials, SQS_WAIT_SECONDS="1")
        os.environ |= aws.credentials
        service = ServiceProcess(environment=named)
        await service.start()
        try:
            async with open_pipeline(Settings.from_environment(named)) as account:
                return await hour(service.url, account, amounts)
        finally:
            if service.running:
                await service.stop()


if __name__ == "__main__":
    uvloop.run(main(os.environ))
