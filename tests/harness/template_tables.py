"""The template's tables for an engine without CloudFormation."""

import json
from string import Template
from typing import Any

from assembly_service.local_aws.provisioning import DEFAULT_PREFIX
from tests.harness.template_json import template_json

_NOT_OF_CREATE_TABLE = {
    "TimeToLiveSpecification",
    "PointInTimeRecoverySpecification",
    # Has other names inside, and does not affect reads and writes.
    "SSESpecification",
    "Tags",
}


def create_tables(dynamodb: Any) -> None:
    """Create every table of the template with a boto3 client, with its time to live."""
    resources = json.loads(template_json())["Resources"]
    for resource in resources.values():
        if resource["Type"] == "AWS::DynamoDB::Table":
            _create(dynamodb, _without_choices(resource["Properties"]))


def _without_choices(value: Any) -> Any:
    """Put in the names, and leave out what depends on other parameters: by default nothing."""
    if isinstance(value, list):
        return [_without_choices(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Sub" in value:
        return Template(value["Fn::Sub"]).substitute(NamePrefix=DEFAULT_PREFIX)
    chosen = {name for name, each in value.items() if isinstance(each, dict) and "Fn::If" in each}
    return {name: _without_choices(each) for name, each in value.items() if name not in chosen}


def _create(dynamodb: Any, properties: dict[str, Any]) -> None:
    dynamodb.create_table(
        **{name: value for name, value in properties.items() if name not in _NOT_OF_CREATE_TABLE}
    )
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(
            TableName=properties["TableName"],
            TimeToLiveSpecification=properties["TimeToLiveSpecification"],
        )
