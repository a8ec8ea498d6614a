"""The template's tables for an engine without CloudFormation."""

from string import Template
from typing import Any

import yaml

from assembly_service.local_aws.provisioning import DEFAULT_PREFIX, template

_NOT_OF_CREATE_TABLE = {
    "TimeToLiveSpecification",
    "PointInTimeRecoverySpecification",
    # Has other names inside, and does not affect reads and writes.
    "SSESpecification",
    "Tags",
}


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short functions, of which only !Sub is interpreted."""


def _function(loader: _Loader, name: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        text = str(loader.construct_scalar(node))
        return Template(text).safe_substitute(NamePrefix=DEFAULT_PREFIX) if name == "Sub" else text
    return None


_Loader.add_multi_constructor("!", _function)


def create_tables(dynamodb: Any) -> None:
    """Create every table of the template with a boto3 client, with its time to live."""
    resources = yaml.load(template(), _Loader)["Resources"]  # noqa: S506 - a safe loader
    for resource in resources.values():
        if resource["Type"] == "AWS::DynamoDB::Table":
            _create(dynamodb, _without_choices(resource["Properties"]))


def _without_choices(value: Any) -> Any:
    """Leave out what depends on parameters, at any depth: by default it is as if not there."""
    if isinstance(value, dict):
        return {name: _without_choices(each) for name, each in value.items() if each is not None}
    return [_without_choices(each) for each in value] if isinstance(value, list) else value


def _create(dynamodb: Any, properties: dict[str, Any]) -> None:
    dynamodb.create_table(
        **{name: value for name, value in properties.items() if name not in _NOT_OF_CREATE_TABLE}
    )
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(
            TableName=properties["TableName"],
            TimeToLiveSpecification=properties["TimeToLiveSpecification"],
        )
