"""From the environment: WATCHERS who come over SURGE seconds, RATE videos a second of the viral
seller, OTHERS sellers with OTHERS_RATE videos a second, for SECONDS before and twice as long after.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import fields

import click
import uvloop

from bench.loads.processes import raise_file_limit
from tests.promises.runs import amounts_of, outcome
from tests.system.own_service import own_service
from tests.system.viral.hour import Amounts, hour

_COMMAND = "make viral"


async def main(environment: Mapping[str, str]) -> None:
    """Simulate the hour, and print what came of it; fail for products missed or many reads."""
    given = {each.name: environment.get(each.name.upper()) for each in fields(Amounts)}
    amounts = Amounts(**{name: int(value) for name, value in given.items() if value})
    raise_file_limit()
    with outcome(_COMMAND, amounts=amounts_of(environment, *map(str.upper, given))) as hold:
        async with own_service() as (service, account):
            came = await hour(service.url, account, amounts)
        for sentence in came.sentences():
            click.echo(sentence)
        if not came.is_good:
            sys.exit(1)
        hold()


if __name__ == "__main__":
    uvloop.run(main(os.environ))
