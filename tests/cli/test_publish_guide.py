"""The examples of docs/publish.md work when they are pasted."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from assembly_service.domain.exact_json import loads
from assembly_service.domain.intake import half_of, read_body
from assembly_service.domain.product import HalfKind
from assembly_service.settings.service import Settings
from tests.cli.runs import ROOT
from tests.harness.node import node

GUIDE = (ROOT / "docs" / "publish.md").read_text(encoding="utf-8")
PEERS = ROOT / "bench" / "peers"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


[PYTHON], [NODE], [_, CLI] = _blocks("python"), _blocks("js"), _blocks("sh")


def _check(sqs: Any, url: str, kind: HalfKind, correlation_id: str) -> None:
    """The queue has two valid events: one sent straight to it, and one that went to the topic."""
    messages: list[dict[str, Any]] = []
    while len(messages) < 2:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=5,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        assert "Messages" in answer, "a message is missing"
        messages += answer["Messages"]
    for message in messages:
        assert half_of(read_body(message["Body"]).event, kind).key.seller_handle == "amani_beads"
        assert message["MessageAttributes"]["correlationId"]["StringValue"] == correlation_id
        assert message["Attributes"]["MessageGroupId"] == "amani_beads"


def test_the_python_example_reaches_the_queue_both_ways(
    environment: dict[str, str], settings: Settings, connect: Callable[[str], Any], tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-c", PYTHON], env=environment, cwd=tmp_path, check=True)
    url = settings.sqs_caption_analysis_queue_url
    _check(connect("sqs"), url, HalfKind.CAPTION, "parse-1")


async def test_the_node_example_reaches_the_queue_both_ways(
    environment: dict[str, str], settings: Settings, connect: Callable[[str], Any]
) -> None:
    if not (PEERS / "node_modules").is_dir():
        pytest.fail("The AWS SDK is missing: run 'make test', or 'npm ci' in bench/peers.")
    aws = {name: value for name, value in environment.items() if name not in {"PATH", "HOME"}}
    assert await node(PEERS, "--input-type=module", "--eval", NODE, **aws) == (0, "")
    url = settings.sqs_thumbnail_generation_queue_url
    _check(connect("sqs"), url, HalfKind.THUMBNAIL, "frames-1")


@pytest.mark.parametrize("command", CLI.split("\n\n"))
def test_aws_knows_every_option_of_the_commands(command: str) -> None:
    program, service, call, *options = shlex.split(command.replace("\\\n", ""))
    names, values = options[::2], options[1::2]
    assert program == "aws"
    model = botocore.session.get_session().get_service_model(service)
    operation = model.operation_model("".join(word.capitalize() for word in call.split("-")))
    shape = operation.input_shape
    members = {
        f"--{re.sub('(?<=[a-z])(?=[A-Z])', '-', name).lower()}": name for name in shape.members
    }
    given = {
        members[name]: loads(value) if value.startswith("{") else value
        for name, value in zip(names, values, strict=True)
        if name != "--region"
    }
    assert ParamValidator().validate(given, shape).generate_report() == ""
    assert given["MessageGroupId"] == "amani_beads"
