"""The templates agree with each other, and with what the service is told and waits for."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from assembly_service.http.connections import Timeouts
from assembly_service.http.preferences import LONGEST_WAIT
from assembly_service.operations.calls import LIVENESS, public_calls
from assembly_service.settings.review import SETTING_NAMES
from assembly_service.settings.service import InvalidSettings, Settings
from tests.infra.stacks import Deployment, Stack, deployed

ROLES = ("worker", "web")
SECRETS = {
    name: digits * 4
    for name, digits in {
        "BUS_SECRET": "0123456789",
        "JWT_SECRET": "9876543210",
        "READER_TICKET_SECRET": "5678901234",
    }.items()
}


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return deployed()


def container(stack: Stack) -> Any:
    [only] = stack.resource("TaskDefinition")["ContainerDefinitions"]
    return only


def environment(deployment: Deployment, role: str) -> dict[str, str]:
    """What a task has in its environment, with secrets of these tests."""
    task = container(deployment.stacks[role])
    bus = deployment.stacks["cluster"].resource("BusUrl")["SecretString"]
    secrets = {**SECRETS, "SOCKETIO_REDIS_URL": bus.replace("{{", "").replace("}}", "")}
    said = {each["Name"]: str(each["Value"]) for each in task["Environment"]}
    return said | {each["Name"]: secrets[each["Name"]] for each in task["Secrets"]}


def settings_of(deployment: Deployment, role: str) -> Settings:
    return Settings.from_environment(environment(deployment, role))


@pytest.mark.parametrize("role", ROLES)
def test_a_task_is_told_only_real_settings_that_fit_its_role(
    deployment: Deployment, role: str
) -> None:
    assert set(environment(deployment, role)) <= SETTING_NAMES
    settings = settings_of(deployment, role)
    assert settings.service_role == role
    assert settings.sqs_caption_analysis_queue_url.endswith("/product-assembly-caption-analysis")
    assert settings.dynamodb_staging_table == "product-assembly-staging"
    assert settings.bus_require_signature
    assert (settings.socketio_redis_url or "").startswith("rediss://assembly-service:")


def test_web_fronts_serve_every_draft_system_that_is_switched_on() -> None:
    on = dict.fromkeys(("ProductDrafts", "ProjectSessions", "EducationRegistration"), "true")
    jwt = {"JwtSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:jwt"}
    deployment = deployed(web=on | jwt)
    settings = settings_of(deployment, "web")
    assert settings.product_drafts and settings.project_sessions  # noqa: PT018
    assert settings.education_registration
    assert settings.education_registration.dynamodb_records_table == "product-assembly-records"


def test_shops_are_public_unless_web_fronts_are_told_to_ask_readers_for_tokens() -> None:
    assert settings_of(deployed(), "web").reader_auth == "off"
    tickets = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tickets"
    told = {"ReaderAuth": "required", "JwtJwksUrl": "https://issuer.example/keys"}
    deployment = deployed(web=told | {"ReaderTicketSecretArn": tickets})
    settings = settings_of(deployment, "web")
    assert settings.reader_auth == "required"
    [policy] = deployment.stacks["web"].resource("ExecutionRole")["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert tickets in statement["Resource"]


def test_both_roles_take_the_same_tokens() -> None:
    told: dict[str, Any] = {
        "JwtJwksUrl": "https://issuer.example/keys",
        "JwtAudience": "shop",
        "JwtIssuer": "https://issuer.example/",
    }
    deployment = deployed(worker=told, web=told)
    both = [environment(deployment, role) for role in ROLES]
    of_tokens = [{n: v for n, v in each.items() if n.startswith("JWT_")} for each in both]
    assert of_tokens[0] == of_tokens[1]
    assert {*of_tokens[0].values()} == {*told.values()}


@pytest.mark.parametrize("role", ROLES)
def test_parameters_that_a_task_would_refuse_at_its_start_are_refused_at_once(
    deployment: Deployment, role: str
) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:any"
    switches = dict.fromkeys(("ProductDrafts", "ProjectSessions", "EducationRegistration"), "true")
    given = switches | {"ReaderAuth": "required", "ReaderTicketSecretArn": arn}
    given |= {"JwtSecretArn": arn, "JwtJwksUrl": "https://issuer.example/keys"}
    stack = deployment.stacks[role]
    known = sorted(given.keys() & stack.template["Parameters"].keys())
    for count in range(len(known) + 1):
        for names in combinations(known, count):
            values = {**stack.values, **{name: given[name] for name in names}}
            tried = replace(stack, values=values)
            told = Deployment(stacks={**deployment.stacks, role: tried}, exports=deployment.exports)
            assert bool(tried.refusals()) == is_refused_at_start(told, role), names


def is_refused_at_start(deployment: Deployment, role: str) -> bool:
    try:
        settings_of(deployment, role)
    except InvalidSettings:
        return True
    return False


def test_names_of_the_services_lead_to_their_tasks(deployment: Deployment) -> None:
    for role in ROLES:
        stack = deployment.stacks[role]
        [registry] = stack.resource("Service")["ServiceRegistries"]
        assert registry["RegistryArn"] == "arn:aws:::Discovery"
        names = stack.resource("Discovery")
        assert names["Name"] == role
        assert names["DnsConfig"]["NamespaceId"] == "Namespace"
    assert deployment.stacks["cluster"].resource("Namespace")["Name"] == "product-assembly.internal"


@pytest.mark.parametrize("role", ROLES)
def test_a_task_is_killed_only_after_its_drain(deployment: Deployment, role: str) -> None:
    stop_timeout = container(deployment.stacks[role])["StopTimeout"]
    assert stop_timeout == settings_of(deployment, role).drain_deadline_seconds + 5
    assert stop_timeout <= 120, "Fargate's limit"


def test_the_balancer_waits_for_held_polls_and_never_closes_a_connection_late(
    deployment: Deployment,
) -> None:
    web = deployment.stacks["web"]
    targets = attributes(web.resource("Targets")["TargetGroupAttributes"])
    delay = int(targets["deregistration_delay.timeout_seconds"])
    spread = settings_of(deployment, "web").goodbye_seconds(others=True)
    assert delay > max(LONGEST_WAIT, spread)
    balancer = attributes(web.resource("Balancer")["LoadBalancerAttributes"])
    assert LONGEST_WAIT < int(balancer["idle_timeout.timeout_seconds"]) < Timeouts().idle
    assert targets["stickiness.enabled"] == "true"


def attributes(pairs: Any) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in pairs}


def test_the_public_port_is_one_everywhere_and_only_the_balancer_reaches_it(
    deployment: Deployment,
) -> None:
    web = deployment.stacks["web"]
    settings, service = settings_of(deployment, "web"), web.resource("Service")
    [to_targets] = web.resource("BalancerGroup")["SecurityGroupEgress"]
    [behind] = service["LoadBalancers"]
    assert settings.public_path == "", "the balancer passes on what clients say of it"
    rule = web.resource("FromBalancer")
    assert rule["SourceSecurityGroupId"] == "BalancerGroup"
    assert (settings.host, settings.trusted_proxies) == ("0.0.0.0", 1)
    ports = {
        behind["ContainerPort"],
        web.resource("Targets")["Port"],
        *(of[end] for of in (rule, to_targets) for end in ("FromPort", "ToPort")),
    }
    assert ports == {settings.port}
    assert behind["ContainerName"] == container(web)["Name"]
    # The rules of the port's own group open the operators' port, and nothing else.
    assert set(opened(web.resource("WebPorts"))) == {settings.operations_port}


def opened(group: Any) -> Iterator[int]:
    for rule in group["SecurityGroupIngress"]:
        assert rule["CidrIp"].startswith("10."), "inside the VPC"
        yield from range(rule["FromPort"], rule["ToPort"] + 1)


def test_of_a_worker_only_the_operators_port_can_be_reached(deployment: Deployment) -> None:
    worker, settings = deployment.stacks["worker"], settings_of(deployment, "worker")
    assert set(opened(worker.resource("OperatorsPort"))) == {settings.operations_port}
    assert settings.operations_host == "0.0.0.0"


@pytest.mark.parametrize("role", ROLES)
def test_probes_ask_for_liveness_at_a_port_that_is_open(deployment: Deployment, role: str) -> None:
    stack, settings = deployment.stacks[role], settings_of(deployment, role)
    probe = container(stack)["HealthCheck"]["Command"][-1]
    mapped = {each["ContainerPort"] for each in container(stack)["PortMappings"]}
    [port] = [each for each in mapped if f"127.0.0.1:{each}{LIVENESS.path}" in probe]
    assert port in {settings.port, settings.operations_port}
    assert LIVENESS in public_calls(settings)
    if role == "web":
        assert stack.resource("Targets")["HealthCheckPath"] == LIVENESS.path


@pytest.mark.parametrize("role", ROLES)
def test_a_task_is_no_root_and_writes_no_file(deployment: Deployment, role: str) -> None:
    task = container(deployment.stacks[role])
    assert task["ReadonlyRootFilesystem"]
    assert task["User"] == "10001:10001"
    assert task["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}


@pytest.mark.parametrize("role", ROLES)
def test_a_service_keeps_two_tasks_and_rolls_back_what_does_not_start(
    deployment: Deployment, role: str
) -> None:
    stack = deployment.stacks[role]
    rolling = stack.resource("Service")["DeploymentConfiguration"]
    assert rolling["MinimumHealthyPercent"] == 100
    assert rolling["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert "DesiredCount" not in stack.resource("Service"), "each update would set it back"
    assert stack.resource("Scaling")["MinCapacity"] == 2


@pytest.mark.parametrize("role", ROLES)
def test_why_a_first_creation_failed_stays_in_the_log(deployment: Deployment, role: str) -> None:
    assert deployment.stacks[role].template["Resources"]["Log"]["DeletionPolicy"] == "Retain"


def test_the_balancer_refuses_to_be_deleted_until_it_is_told_otherwise() -> None:
    def protection(**parameters: str) -> str:
        balancer = deployed(web=parameters).stacks["web"].resource("Balancer")
        return attributes(balancer["LoadBalancerAttributes"])["deletion_protection.enabled"]

    assert (protection(), protection(DeletionProtection="false")) == ("true", "false")


def test_workers_have_the_operators_policy_only_if_they_are_to_act_for_them() -> None:
    def policies(**parameters: str) -> list[str]:
        role = deployed(worker=parameters).stacks["worker"].resource("TaskRole")
        names: list[str] = role["ManagedPolicyArns"]
        return names

    assert policies() == ["WorkerPolicy"]
    assert policies(OperatorsAct="true") == ["WorkerPolicy", "OperatorPolicy"]


@pytest.mark.parametrize("role", ROLES)
def test_somebody_is_woken_when_a_role_has_no_task_left_and_so_no_figures(
    deployment: Deployment, role: str
) -> None:
    stack = deployment.stacks["alarms"]
    alarms = [stack.resource(name) for name in stack.template["Resources"]]
    service = {
        "Name": "ServiceName",
        "Value": deployment.exports[f"product-assembly-{role}-Service"],
    }
    urgency = {
        alarm["Threshold"]: alarm["AlarmActions"][0].rpartition(":")[2]
        for alarm in alarms
        if service in alarm.get("Dimensions", []) and alarm["TreatMissingData"] == "breaching"
    }
    assert urgency == {1: "page", 2: "ticket"}


def test_alarms_watch_what_the_other_stacks_made(deployment: Deployment) -> None:
    alarms, data = deployment.stacks["alarms"], deployment.stacks["template"]
    made = {
        data.resource(name).get("QueueName") or data.resource(name).get("TableName")
        for name, resource in data.template["Resources"].items()
        if resource["Type"] in {"AWS::SQS::Queue", "AWS::DynamoDB::Table"}
    }
    watched = set()
    for name in alarms.template["Resources"]:
        alarm = alarms.resource(name)
        parts = [each["MetricStat"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
        metrics = [alarm, *(part["Metric"] for part in parts)]
        watched |= {
            each["Value"]
            for metric in metrics
            for each in metric.get("Dimensions", [])
            if each["Name"] in {"QueueName", "TableName"}
        }
    assert watched == made
