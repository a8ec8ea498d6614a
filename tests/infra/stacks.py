"""The templates with their functions carried out, as CloudFormation would for one deployment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness.template_json import parse

FOLDER = Path(__file__).parents[2] / "infra"
_ACCOUNT, _REGION = "123456789012", "eu-west-1"
_IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/assembly-service:1"
_NETWORK = {"VpcId": "vpc-1", "PrivateSubnets": ["subnet-1", "subnet-2"]}
_PSEUDO = {
    "AWS::AccountId": _ACCOUNT,
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": _REGION,
}
_REFERENCES = {
    "AWS::SQS::Queue": f"https://sqs.{_REGION}.amazonaws.com/{_ACCOUNT}/{{}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{_REGION}:{_ACCOUNT}:{{}}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{_REGION}:{_ACCOUNT}:secret:{{}}",
}
_ATTRIBUTES = {"Name": "{}", "Arn": "arn:aws:::{}", "Bus.PrimaryEndPoint.Address": "bus.example"}
_NAMES = ("QueueName", "TopicName", "TableName", "ServiceName", "ClusterName")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack that was created from a template with these parameters."""

    name: str
    template: Mapping[str, Any]
    values: Mapping[str, Any]
    exports: Mapping[str, str]

    def resource(self, name: str) -> Any:
        """The properties of a resource."""
        return self.evaluate(self.template["Resources"][name]["Properties"])

    def evaluate(self, node: Any) -> Any:
        """Carry out the functions in a part of the template. What is AWS::NoValue is left out."""
        if isinstance(node, list):
            return [value for each in node if (value := self.evaluate(each)) is not None]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(function, of)] = node.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._carry_out(function, of)
        found = {name: self.evaluate(each) for name, each in node.items()}
        return {name: value for name, value in found.items() if value is not None}

    def refusals(self) -> list[str]:
        """Why CloudFormation would refuse these parameters, by the template's own rules."""
        always = {"Fn::Equals": ["", ""]}
        return [
            each["AssertDescription"]
            for rule in self.template.get("Rules", {}).values()
            if self._is_true(rule.get("RuleCondition", always))
            for each in rule["Assertions"]
            if not self._is_true(each["Assert"])
        ]

    def _carry_out(self, function: str, of: Any) -> Any:
        match function:
            case "Ref":
                return self._reference(of)
            case "Fn::Sub":
                text, more = of if isinstance(of, list) else (of, {})
                given = self.evaluate(more)
                return re.sub(
                    r"\$\{([\w.:]+)\}", lambda name: str(self._named(name[1], given)), text
                )
            case "Fn::GetAtt":
                return self._attribute(of if isinstance(of, str) else ".".join(of))
            case "Fn::ImportValue":
                return self.exports[self.evaluate(of)]
            case "Fn::If":
                condition, then, otherwise = of
                return self.evaluate(then if self._holds(condition) else otherwise)
            case _:
                raise ValueError(f"{function} is not known here")

    def _named(self, name: str, given: Mapping[str, Any]) -> Any:
        if name in given:
            return given[name]
        return self._attribute(name) if "." in name else self._reference(name)

    def _reference(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        resource = self.template["Resources"][name]
        shape = _REFERENCES.get(resource["Type"], "{}")
        return shape.format(self._physical_name(name, resource))

    def _attribute(self, path: str) -> str:
        name, _, attribute = path.partition(".")
        shape = _ATTRIBUTES.get(attribute) or _ATTRIBUTES.get(path, path)
        return shape.format(self._physical_name(name, self.template["Resources"][name]))

    def _physical_name(self, name: str, resource: Mapping[str, Any]) -> str:
        own = [resource["Properties"][each] for each in _NAMES if each in resource["Properties"]]
        return str(self.evaluate(own[0])) if own else name

    def _holds(self, name: str) -> bool:
        return self._is_true(self.template["Conditions"][name])

    def _is_true(self, condition: Mapping[str, Any]) -> bool:
        [(function, of)] = condition.items()
        if function == "Condition":
            return self._holds(of)
        if function == "Fn::Equals":
            one, other = map(self.evaluate, of)
            return str(one) == str(other)
        parts = map(self._is_true, of)
        carry_out = {
            "Fn::And": lambda: all(parts),
            "Fn::Not": lambda: not next(parts),
            "Fn::Or": lambda: any(parts),
        }
        return carry_out[function]()


@dataclass(kw_only=True)
class Deployment:
    """Stacks by the name of their template, created one after the other."""

    stacks: dict[str, Stack] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)

    def create(self, template: str, name: str, **parameters: Any) -> Stack:
        """Create a stack; reading it raises KeyError if it imports what none before exports."""
        loaded = parse((FOLDER / f"{template}.yaml").read_text(encoding="utf-8"))
        defaults = {
            each: said["Default"]
            for each, said in loaded["Parameters"].items()
            if "Default" in said
        }
        assert parameters.keys() <= loaded["Parameters"].keys()
        values = {**_PSEUDO, "AWS::StackName": name, **defaults, **parameters}
        stack = Stack(name=name, template=loaded, values=values, exports={**self.exports})
        for output in loaded.get("Outputs", {}).values():
            if "Export" in output:
                self.exports[stack.evaluate(output["Export"]["Name"])] = stack.evaluate(
                    output["Value"]
                )
        self.stacks[template] = stack
        return stack


def deployed(*, worker: Mapping[str, str] = {}, web: Mapping[str, str] = {}) -> Deployment:
    """Everything, in the order of docs/deploy.md, with these parameters of the services."""
    deployment = Deployment()
    deployment.create("template", "product-assembly")
    deployment.create("cluster", "product-assembly-cluster", **_NETWORK)
    services = {**_NETWORK, "OperatorsCidr": "10.0.8.0/24", "Image": _IMAGE}
    deployment.create("worker", "product-assembly-worker", **services, **worker)
    deployment.create(
        "web",
        "product-assembly-web",
        **services,
        PublicSubnets=["subnet-3", "subnet-4"],
        CertificateArn="arn:aws:acm:eu-west-1:123456789012:certificate/1",
        PublicHosts="shop.example",
        **web,
    )
    deployment.create(
        "alarms",
        "product-assembly-alarms",
        PageTopicArn="arn:aws:sns:eu-west-1:123456789012:page",
        TicketTopicArn="arn:aws:sns:eu-west-1:123456789012:ticket",
    )
    return deployment
