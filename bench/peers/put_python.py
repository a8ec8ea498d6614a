"""A peer: puts items with plain aioboto3, one after another, as often as the parent says."""

import os

import aioboto3
import uvloop
from botocore.config import Config

from bench.loads.lines import requests, say


async def main() -> None:
    """Obey until the parent ends the input."""
    async with aioboto3.Session().client(
        "dynamodb",
        region_name=os.environ["AWS_REGION"],
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        config=Config(parameter_validation=False),
    ) as dynamodb:
        say(ready=True)
        async for request in requests():
            for _ in range(request["calls"]):
                answer = await dynamodb.put_item(
                    TableName="products", Item=request["item"], ReturnValues="ALL_OLD"
                )
            say(answer={"Attributes": answer["Attributes"]})


if __name__ == "__main__":
    uvloop.run(main())
