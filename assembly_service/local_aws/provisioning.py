"""Creates the queues, topics and tables from the CloudFormation template."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

Connect = Callable[[str], Any]
"""Returns a boto3 client for a service ("cloudformation", "sqs", "sns" or "dynamodb")."""

DEFAULT_PREFIX = "product-assembly"
_DEAD_LETTER_QUEUES = {
    "CaptionQueue": "CaptionDeadLetterQueue",
    "ThumbnailQueue": "ThumbnailDeadLetterQueue",
}
_EXPIRING_TABLES = ("StagingTable", "DraftsTable")
# Outputs that are for the other templates only.
_NO_SETTING = "PolicyArn"


class CannotProvision(Exception):
    """The stack could not be created or updated. The message is one sentence with the reason."""


def template() -> str:
    """Return the packaged template, or the one in `infra/` in a clone."""
    packaged = Path(__file__).with_name("template.yaml")
    cloned = Path(__file__).parents[2] / "infra" / "template.yaml"
    return (packaged if packaged.exists() else cloned).read_text(encoding="utf-8")


def provision(
    *, connect: Connect, name_prefix: str = DEFAULT_PREFIX, poll_seconds: float = 2.0
) -> dict[str, str]:
    """Create or update the stack called `name_prefix`, and wait until it is complete.

    Returns the settings that name its resources. Idempotent. Raises CannotProvision, and
    botocore's errors when a call fails.
    """
    cloudformation = connect("cloudformation")
    _apply(cloudformation, name_prefix)
    stack = _wait(cloudformation, name_prefix, poll_seconds)
    _complete(connect, cloudformation, stack)
    values = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return {
        _setting(name): value for name, value in values.items() if not name.endswith(_NO_SETTING)
    }


def _apply(cloudformation: Any, name: str) -> None:
    request = {
        "StackName": name,
        "TemplateBody": template(),
        "Capabilities": ["CAPABILITY_IAM"],
    }
    if (stack := _describe(cloudformation, name)) is None:
        prefix = {"ParameterKey": "NamePrefix", "ParameterValue": name}
        cloudformation.create_stack(**request, Parameters=[prefix])
        return
    kept = [
        {"ParameterKey": each["ParameterKey"], "UsePreviousValue": True}
        for each in stack["Parameters"]
    ]
    try:
        cloudformation.update_stack(**request, Parameters=kept)
    except ClientError as error:
        if "No updates are to be performed" not in _message(error):
            raise


def _describe(cloudformation: Any, name: str) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in _message(error):
            return None
        raise
    return stack


def _message(error: ClientError) -> str:
    return str(error.response["Error"].get("Message", ""))


def _wait(cloudformation: Any, name: str, poll_seconds: float) -> dict[str, Any]:
    while stack := _describe(cloudformation, name):
        status = stack["StackStatus"]
        if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return stack
        if not status.endswith("_IN_PROGRESS"):
            break
        time.sleep(poll_seconds)
    status = stack["StackStatus"] if stack else "deleted"
    # A stack whose update failed still contains everything that is in use.
    remedy = "and" if status.startswith("UPDATE_") else "delete the stack and"
    raise CannotProvision(
        f"The stack {name} ended as {status}: {_first_failure(cloudformation, name)}. "
        f"Put that right, {remedy} try again."
    )


def _first_failure(cloudformation: Any, name: str) -> str:
    """Return the first failure of the latest create or update. Events come newest first."""
    failure = "CloudFormation names no reason"
    for event in cloudformation.describe_stack_events(StackName=name)["StackEvents"]:
        status, resource = event.get("ResourceStatus", ""), event["LogicalResourceId"]
        if status.endswith("_FAILED"):
            reason = event.get("ResourceStatusReason", "no reason given").rstrip(".")
            failure = f"{resource}: {reason}"
        elif resource == name and status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            break
    return failure


def _complete(connect: Connect, cloudformation: Any, stack: dict[str, Any]) -> None:
    """Set what local engines ignore in the template; on AWS there is nothing left to do."""
    resources = cloudformation.describe_stack_resources(StackName=stack["StackName"])
    physical = {
        r.get("LogicalResourceId"): r.get("PhysicalResourceId") for r in resources["StackResources"]
    }
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
    sqs = connect("sqs")
    for source, dead_letters in _DEAD_LETTER_QUEUES.items():
        _redrive(sqs, physical[source], physical[dead_letters], int(parameters["MaxReceiveCount"]))
    dynamodb = connect("dynamodb")
    for table in _EXPIRING_TABLES:
        _enable_expiry(dynamodb, physical[table])
    _make_fifo(connect("sns"), physical["DraftEventsTopic"])


def _redrive(sqs: Any, source: str, dead_letters: str, max_receive_count: int) -> None:
    if "RedrivePolicy" in _attributes(sqs, source):
        return
    policy = {
        "deadLetterTargetArn": _attributes(sqs, dead_letters)["QueueArn"],
        "maxReceiveCount": max_receive_count,
    }
    sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": json.dumps(policy)})


def _attributes(sqs: Any, queue_url: str) -> dict[str, str]:
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
    attributes: dict[str, str] = answer["Attributes"]
    return attributes


def _enable_expiry(dynamodb: Any, table: str) -> None:
    state = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if state["TimeToLiveStatus"] == "DISABLED":
        dynamodb.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True},
        )


def _make_fifo(sns: Any, topic: str) -> None:
    if sns.get_topic_attributes(TopicArn=topic)["Attributes"].get("FifoTopic") == "true":
        return
    for name, value in {"FifoTopic": "true", "ContentBasedDeduplication": "false"}.items():
        sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)


def _setting(output: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", output).upper()
