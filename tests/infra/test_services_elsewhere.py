"""A local engine creates the services from the templates, as far as it knows their resources."""

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from assembly_service.local_aws.local_engine import REGION
from assembly_service.local_aws.provisioning import Connect, provision
from tests.infra.moto import running_moto
from tests.infra.stacks import FOLDER, deployed

# Only metrics, alarms and names of tasks use them.
_UNKNOWN = re.compile(r"!GetAtt (\w+\.(LoadBalancerFullName|TargetGroupFullName)|Discovery\.Arn)")
CLUSTER = "product-assembly-cluster"


@pytest.fixture(scope="module")
def connect(boto_session: boto3.Session) -> Iterator[Connect]:
    with running_moto(boto_session) as connect:
        yield connect


def create(connect: Connect, name: str, template: str, **parameters: str) -> None:
    connect("cloudformation").create_stack(
        StackName=name,
        TemplateBody=template,
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": n, "ParameterValue": v} for n, v in parameters.items()],
    )


def without_elasticache(connect: Connect) -> str:
    """A stack in the place of cluster.yaml, with what the engine knows: it exports the same."""
    exports = {
        name: value for name, value in deployed().exports.items() if name.startswith(CLUSTER)
    }
    exports[f"{CLUSTER}-Cluster"] = connect("ecs").create_cluster(clusterName="c")["cluster"][
        "clusterName"
    ]
    outputs = {
        f"Output{n}": {"Value": value, "Export": {"Name": name}}
        for n, (name, value) in enumerate(exports.items())
    }
    nothing = {"Type": "AWS::Logs::LogGroup"}
    return json.dumps({"Resources": {"Nothing": nothing}, "Outputs": outputs})


@pytest.fixture(scope="module")
def network(connect: Connect) -> dict[str, str]:
    ec2 = connect("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    return {"VpcId": vpc, "PrivateSubnets": ",".join(subnets)}


# The engine says so when it leaves a resource out.
@pytest.mark.filterwarnings("ignore:Tried to parse AWS")
def test_a_local_engine_creates_both_services(connect: Connect, network: dict[str, str]) -> None:
    provision(connect=connect, poll_seconds=0.01)
    create(connect, CLUSTER, without_elasticache(connect))
    image = {"Image": "assembly-service:1", "OperatorsCidr": "10.0.8.0/24"}
    certificate = connect("acm").request_certificate(DomainName="shop.example")["CertificateArn"]
    public = {"PublicSubnets": network["PrivateSubnets"], "CertificateArn": certificate}
    for role, more in (("worker", {}), ("web", {**public, "PublicHosts": "shop.example"})):
        template = _UNKNOWN.sub("nobody", (FOLDER / f"{role}.yaml").read_text(encoding="utf-8"))
        create(connect, f"product-assembly-{role}", template, **network, **image, **more)
    ecs = connect("ecs")
    services = ecs.describe_services(cluster="c", services=["worker", "web"])["services"]
    assert [each["status"] for each in services] == ["ACTIVE", "ACTIVE"]
    tasks = [container(ecs, each["taskDefinition"]) for each in services]
    assert [each["stopTimeout"] for each in tasks] == [35, 35]
    for each in tasks:
        names = {setting["name"] for setting in each["environment"]}
        assert "DYNAMODB_PRODUCTS_TABLE" in names
        # The engine keeps what is AWS::NoValue in a list.
        secrets = {secret["name"] for secret in filter(None, each["secrets"])}
        assert secrets == {"BUS_SECRET", "SOCKETIO_REDIS_URL"}
    balancers = connect("elbv2")
    [targets] = balancers.describe_target_groups()["TargetGroups"]
    assert (targets["Port"], targets["HealthCheckPath"]) == (3002, "/health/live")
    listeners = balancers.describe_listeners(LoadBalancerArn=targets["LoadBalancerArns"][0])
    actions = {each["Port"]: each["DefaultActions"][0]["Type"] for each in listeners["Listeners"]}
    assert actions == {80: "redirect", 443: "forward"}


def container(ecs: Any, definition: str) -> Any:
    described = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    [only] = described["containerDefinitions"]
    return only
