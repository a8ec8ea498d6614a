"""The commands of docs/deploy.md create what the templates need, with parameters that exist."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from assembly_service.operations.calls import DATABASE, HEALTH, LIVENESS, READINESS, WORKER
from tests.infra.roles.permissions import allowed_by
from tests.infra.stacks import FOLDER, deployed

GUIDE = (FOLDER.parent / "docs" / "deploy.md").read_text(encoding="utf-8")
RUNBOOK = (FOLDER.parent / "docs" / "runbook.md").read_text(encoding="utf-8")
PARAMETERS = {name: stack.template["Parameters"] for name, stack in deployed().stacks.items()}
COMMANDS = [
    (command[1], set(re.findall(r"(\w+)=", command[0].partition("--parameter-overrides")[2])))
    for command in re.finditer(
        r"stack --stack-name \S+ --template-file infra/(\w+)\.yaml(?:\\\n|.)*", GUIDE
    )
]
"""The template and the parameters of each command."""
CALLS = (DATABASE, HEALTH, LIVENESS, READINESS, WORKER)


@pytest.mark.parametrize("name", ["deploy.md", "runbook.md"])
def test_the_commands_of_a_guide_are_those_of_a_shell(name: str) -> None:
    guide = (FOLDER.parent / "docs" / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    assert len(blocks) > 10
    checked = subprocess.run(
        ["bash", "-n"], input="\n".join(blocks), text=True, capture_output=True, check=False
    )
    assert checked.stderr == ""


def test_the_runbook_asks_instances_only_as_it_says_at_its_beginning() -> None:
    [beginning, rest] = RUNBOOK.split("\n## Objectives\n")
    assert set(re.findall(r"^ask (\S+)", rest, re.MULTILINE)) <= {each.path for each in CALLS}
    assert "ask() {" in beginning
    assert "localhost" not in rest


@pytest.mark.parametrize("place", ["In AWS", "On one machine", "With `make fleet`", "Elsewhere"])
def test_the_runbook_says_for_each_place_how_to_ask_to_read_the_log_and_to_restart(
    place: str,
) -> None:
    beginning = RUNBOOK.partition("\n## Objectives\n")[0]
    section = beginning.partition(f"\n**{place}** ")[2].partition("\n**")[0]
    assert [each for each in ("ask", "log", "restart") if f"\n{each}() {{" not in section] == []


@pytest.mark.parametrize(
    ("answers", "targets"),
    [
        ({"web": "10.0.1.1\t10.0.1.2", "worker": ""}, ["10.0.1.1:9002", "10.0.1.2:9002"]),
        ({"web": "10.0.1.1"}, ["10.0.1.9:9002"]),
        ({"worker": "10.0.1.3"}, ["10.0.1.9:9002"]),
    ],
    ids=["all answer", "of workers nothing is known", "of web fronts nothing is known"],
)
def test_prometheus_is_told_all_tasks_or_keeps_those_it_had(
    answers: dict[str, str], targets: list[str], tmp_path: Path
) -> None:
    script = GUIDE.partition("list-tasks <<'END'\n")[2].partition("\nEND\n")[0]
    assert "/etc/prometheus" in script
    aws = [f"*' {service} '*) echo '{answer}';;" for service, answer in answers.items()]
    aws = ["#!/bin/sh", 'case " $* " in', *aws, "*) exit 1;;", "esac"]
    (tmp_path / "aws").write_text("\n".join(aws), encoding="utf-8")
    (tmp_path / "aws").chmod(0o755)
    listed = tmp_path / "tasks.yml"
    listed.write_text("- targets:\n  - 10.0.1.9:9002\n", encoding="utf-8")
    subprocess.run(
        ["bash", "-c", script.replace("/etc/prometheus", str(tmp_path))],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=False,
    )
    assert yaml.safe_load(listed.read_text(encoding="utf-8")) == [{"targets": targets}]


def test_the_operators_role_may_do_all_that_the_runbook_types_but_for_administrators() -> None:
    pasted = set(re.findall(r'"(\w+:\w+)"', section_of(GUIDE, "Policies")))
    sections = re.split(r"^#+ ", RUNBOOK, flags=re.MULTILINE)
    typed = [each for each in sections if "as an administrator of the account" not in each]
    assert len(typed) == len(sections) - 1
    needed = actions_of("\n".join(typed))
    assert needed <= pasted | {action for action, _ in allowed_by("OperatorPolicy")}
    assert pasted <= needed | actions_of(section_of(GUIDE, "If the first creation fails"))


def section_of(guide: str, heading: str) -> str:
    return guide.partition(f"\n### {heading}\n")[2].partition("\n### ")[0]


def actions_of(text: str) -> set[str]:
    """The IAM actions of the AWS CLI's commands in a text."""
    otherwise = {"logs:Tail": "logs:FilterLogEvents"}
    calls = re.findall(r"\baws ([a-z]+) ([a-z-]+)", text)
    actions = {f"{service}:{name.title().replace('-', '')}" for service, name in calls}
    # Everybody may ask who they are.
    return {otherwise.get(action, action) for action in actions} - {"sts:GetCallerIdentity"}


def test_a_log_group_that_is_read_or_deleted_is_one_of_the_services() -> None:
    made = {deployed().stacks[role].resource("Log")["LogGroupName"] for role in ("worker", "web")}
    named = re.findall(r"(?:log-group-name|logs tail) (/[\w/-]+)(?=\s)", GUIDE)
    assert named
    assert {*named} <= made


def test_a_pasted_output_is_one_of_its_template() -> None:
    asked = re.findall(r"\boutput product-assembly-?(\w*) (\w+)", GUIDE)
    assert len(asked) > 4
    stacks = deployed().stacks
    outputs = {name: stack.template.get("Outputs", {}) for name, stack in stacks.items()}
    assert [
        (stack, name) for stack, name in asked if name not in outputs[stack or "template"]
    ] == []


def test_a_creation_can_be_taken_back_and_what_works_is_protected_at_its_end() -> None:
    creation = section_of(GUIDE, "Create it")
    protected = re.findall(r"infra/(\w+)\.yaml(?:\\\n|.)*DeletionProtection=(\w+)", creation)
    names = ("template", "web")
    assert protected == [(name, value) for value in ("false", "true") for name in names]


def test_a_pasted_parameter_is_one_of_its_template() -> None:
    unknown = {(name, each) for name, given in COMMANDS for each in given - set(PARAMETERS[name])}
    assert unknown == set()


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_first_command_for_a_template_gives_what_has_no_default(name: str) -> None:
    given = next(given for template, given in COMMANDS if template == name)
    assert {each for each, said in PARAMETERS[name].items() if "Default" not in said} <= given


def test_stacks_are_created_in_an_order_in_which_each_finds_what_it_imports() -> None:
    order = list(dict.fromkeys(template for template, _ in COMMANDS))
    assert order == list(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_second_deployment_is_told_every_name_that_leads_to_the_first(name: str) -> None:
    [paragraph] = re.findall(r"^A second deployment .*?\n\n", GUIDE, re.DOTALL | re.MULTILINE)
    of_the_first = {
        each
        for each, said in PARAMETERS[name].items()
        if str(said.get("Default", "")).startswith("product-assembly")
    }
    assert of_the_first
    assert of_the_first <= {*re.findall(r"(\w+)=other", paragraph)}


def test_every_parameter_that_the_guide_explains_exists() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*)? ?\| (`[^|]+) \| ", GUIDE, re.MULTILINE)
    explained = {each for _, names in rows for each in re.findall(r"`(\w+)`", names)}
    assert len(explained) > 10
    assert explained <= {each for parameters in PARAMETERS.values() for each in parameters}
