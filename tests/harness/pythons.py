"""Finds other Pythons of this machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_SAYS_ITS_VERSION = "import pip, sys; print('{0}.{1}'.format(*sys.version_info))"


def find_python(version: str) -> Path | None:
    """The directory with `python3` and `pip` of a version such as 3.13, if there is one.

    It is the one of the running interpreter, of pyenv, or of `python3.13` on the PATH.
    """
    return next((each for each in _directories(version) if _holds(each, version)), None)


def _directories(version: str) -> Iterator[Path]:
    yield Path(sys.base_prefix, "bin")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (pyenv / "versions").glob(f"{version}.*/bin")
    if found := shutil.which(f"python{version}"):
        yield Path(found).resolve().parent


def _holds(directory: Path, version: str) -> bool:
    if not (directory / "pip").exists():
        return False
    says = subprocess.run(
        [directory / "python3", "-c", _SAYS_ITS_VERSION],
        capture_output=True,
        text=True,
        check=False,
    )
    return says.stdout.strip() == version
