"""Puts items with the service's client, one after another, as often as the parent says."""

import os

import uvloop

from assembly_service.aws.clients import open_clients
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from bench.loads.lines import requests, say


async def main() -> None:
    """Obey until the parent ends the input."""
    settings = Settings.from_environment(os.environ)
    async with open_clients(settings, Metrics()) as clients:
        say(ready=True)
        async for request in requests():
            for _ in range(request["calls"]):
                answer = await clients.dynamodb_writes.put_item(
                    TableName="products", Item=request["item"], ReturnValues="ALL_OLD"
                )
            say(answer=answer)


if __name__ == "__main__":
    uvloop.run(main())
