"""What npm installs is what was locked, from whichever registry it comes."""

import json
from pathlib import Path

import pytest

from tests.cli.runs import ROOT

LOCKS = sorted(
    path.relative_to(ROOT)
    for depth in ("*", "*/*", "*/*/*")
    for path in ROOT.glob(f"{depth}/package-lock.json")
    if "node_modules" not in path.parts
)


def test_all_lock_files_are_found() -> None:
    assert {Path("frontend/package-lock.json"), Path("tests/clients/package-lock.json")} <= {*LOCKS}


@pytest.mark.parametrize("lock", LOCKS, ids=str)
def test_every_package_has_a_hash_and_none_the_address_of_a_registry(lock: Path) -> None:
    packages = json.loads((ROOT / lock).read_text(encoding="utf-8"))["packages"]
    # The first is the project itself; a link stands for a package that is left out.
    fetched = {
        name: each for name, each in packages.items() if name and each and "link" not in each
    }
    assert fetched
    for name, package in fetched.items():
        assert "integrity" in package, name
        assert "resolved" not in package, name
