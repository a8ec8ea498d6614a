"""What one call to AWS costs: 1 KB out and in on a kept connection, without and with TLS."""

import json
import tempfile
from pathlib import Path
from statistics import median

from bench.errors import BenchFailed
from bench.figure import Figure
from bench.loads.canned_aws import BODY, canned_aws
from bench.loads.processes import cpu_seconds, python, running_program
from bench.peers.node import NODE_IS_MISSING, node_command
from tests.harness.certificates import make_authority

_SELF = "assembly-service"
_ITEM = {"seller_handle": {"S": "home256"}, "video_id": {"S": "1"}, "text": {"S": "y" * 850}}
_TARGET_MILLISECONDS = 0.15
_ROUNDS = 5
_QUEUES = ("SQS_CAPTION_ANALYSIS_QUEUE_URL", "SQS_THUMBNAIL_GENERATION_QUEUE_URL")
_SETTINGS = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_EC2_METADATA_DISABLED": "true",
    "DYNAMODB_PRODUCTS_TABLE": "products",
    "DYNAMODB_STAGING_TABLE": "staging",
    **{name: f"https://sqs.invalid/1/{name.lower()}" for name in _QUEUES},
}


async def measure(quick: bool) -> list[Figure]:
    """Measure CPU a call of the service's client and of AWS's own; medians of five rounds."""
    calls = 20 if quick else 1_000
    node = node_command("put_node.mjs")
    programs = {
        _SELF: python("bench.loads.aws_caller"),
        "aioboto3": python("bench.peers.put_python"),
    }
    if node is not None:
        programs["Node AWS SDK"] = node
    skipped = {} if node else {"Node AWS SDK": NODE_IS_MISSING}
    figures = []
    with tempfile.TemporaryDirectory() as directory:
        trusted, context = make_authority(Path(directory), "bench")
        for ending, tls in (("", None), (", TLS", context)):
            async with canned_aws(tls) as url:
                cpu = {
                    name: await _milliseconds(command, url, trusted, calls)
                    for name, command in programs.items()
                }
            figures.append(
                Figure(
                    row=f"an AWS call, 1 KB out and in{ending}",
                    measured=cpu.pop(_SELF),
                    unit="ms CPU",
                    target=_TARGET_MILLISECONDS,
                    peers=cpu,
                    skipped=skipped,
                    details={"calls": calls, "rounds": _ROUNDS},
                )
            )
    return figures


async def _milliseconds(command: tuple[str, ...], url: str, trusted: Path, calls: int) -> float:
    environment = _SETTINGS | {
        "AWS_ENDPOINT_URL": url,
        "AWS_CA_BUNDLE": str(trusted),
        "NODE_EXTRA_CA_CERTS": str(trusted),
    }
    spent = []
    async with running_program(*command, environment=environment) as program:
        await program.ask(calls=calls // 10, item=_ITEM)
        for _ in range(_ROUNDS):
            before = cpu_seconds(program.pid)
            answer = await program.ask(calls=calls, item=_ITEM)
            spent.append(cpu_seconds(program.pid) - before)
            if answer["answer"] != json.loads(BODY):
                raise BenchFailed(f"{command[-1]} did not pass on what the server answered.")
    return round(median(spent) / calls * 1000, 3)
