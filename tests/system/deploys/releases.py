"""The code that a process runs: this tree, or a commit before it with what it locks."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cli.runs import ROOT

_CHECKED_OUT = ROOT / ".local" / "releases"
_UV = Path(sys.executable).with_name("uv")


@dataclass(frozen=True, kw_only=True)
class Release:
    """A tree of the service, a Python that has what it needs, and the module that it runs."""

    name: str
    python: str
    tree: Path
    module: str = "assembly_service"

    @property
    def command(self) -> Sequence[str]:
        """What runs `assembly-service`."""
        # Not from the working directory, which is this tree.
        return (self.python, "-P", "-m", self.module)

    @property
    def environment(self) -> Mapping[str, str]:
        """What the command needs besides settings."""
        return {"PYTHONPATH": str(self.tree)}


THIS = Release(name="this release", python=sys.executable, tree=ROOT)


async def release_of(commit: str) -> Release:
    """Check a commit out and install what it locks, unless that was done before.

    Raises SystemExit with a sentence if that fails.
    """
    sha = await _output("git", "rev-parse", "--verify", "--short=12", f"{commit}^{{commit}}")
    tree = _CHECKED_OUT / sha
    python = tree / ".venv" / "bin" / "python"
    installed = tree / ".installed"
    if not installed.exists():
        tree.mkdir(parents=True, exist_ok=True)
        await _output("sh", "-c", f"git archive {sha} | tar --extract --directory '{tree}'")
        await _output(_UV, "venv", "--clear", "--python", sys.executable, tree / ".venv")
        lock = tree / "requirements.lock"
        await _output(
            *(_UV, "pip", "install", "--python", python, "--require-hashes", "--requirement", lock)
        )
        installed.touch()
    return Release(name=f"the release of {commit}", python=str(python), tree=tree)


async def _output(*command: str | Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    if process.returncode:
        sys.exit(f"`{' '.join(map(str, command))}` failed: {error.decode().strip()}")
    return out.decode().strip()
