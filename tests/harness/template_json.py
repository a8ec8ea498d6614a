"""Templates as data; and as JSON, which an engine reads faster than YAML: each test has a stack."""

import json
from functools import cache
from typing import Any

import yaml

from assembly_service.local_aws.provisioning import template

_WITHOUT_PREFIX = {"Condition", "Ref"}


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short functions, in their long form."""


def _function(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in _WITHOUT_PREFIX else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _function)


def parse(text: str) -> dict[str, Any]:
    """Return a template with its functions in their long form, as in `{"Ref": "Name"}`."""
    parsed: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    return parsed


@cache
def template_json() -> str:
    """Return the packaged template, which is read once."""
    return json.dumps(parse(template()))
