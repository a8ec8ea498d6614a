"""Reads a Dockerfile, and which files of the repository it may copy."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath


@dataclass(frozen=True, kw_only=True)
class Step:
    """One instruction, such as `RUN`, and everything after it."""

    instruction: str
    value: str

    @property
    def words(self) -> list[str]:
        """The value of an exec form, or else its words."""
        if self.value.startswith("["):
            words: list[str] = json.loads(self.value)
            return words
        return shlex.split(self.value)

    def pairs(self, known: Mapping[str, str]) -> dict[str, str]:
        """The value of `ENV` or `LABEL`, with the variables that are known replaced."""
        pairs = dict(word.split("=", 1) for word in self.words)
        return {
            name: re.sub(r"\$(\w+)", lambda variable: known[variable[1]], value)
            for name, value in pairs.items()
        }


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What one `FROM` begins. `parent` is an earlier stage, or the name of an image."""

    name: str
    parent: str
    steps: Sequence[Step]


def read_stages(dockerfile: Path) -> dict[str, Stage]:
    """The stages by name, in order."""
    stages: dict[str, Stage] = {}
    steps: list[Step] = []
    for step in _steps(dockerfile.read_text(encoding="utf-8")):
        if step.instruction == "FROM":
            parent, _, name = step.words
            steps = []
            stages[name] = Stage(name=name, parent=parent, steps=steps)
        else:
            steps.append(step)
    return stages


def _steps(text: str) -> Iterator[Step]:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            instruction, value = line.split(maxsplit=1)
            yield Step(instruction=instruction, value=value)


@dataclass(frozen=True, kw_only=True)
class Context:
    """The files below a directory that an engine is sent: those that `.dockerignore` shows."""

    root: Path

    def files(self, source: str) -> list[Path]:
        """The visible files at or below a path, relative to the root; at least one."""
        start = self.root / source
        found = (
            [start] if start.is_file() else [each for each in start.rglob("*") if each.is_file()]
        )
        relative = (each.relative_to(self.root) for each in sorted(found))
        visible = [each for each in relative if self._is_visible(each)]
        assert visible, f"COPY {source}: there is nothing, or .dockerignore hides it"
        return visible

    def _is_visible(self, file: Path) -> bool:
        visible = True
        # The last pattern that matches the file, or a directory above it, decides.
        for pattern in self._patterns():
            if any(_matches(each, pattern.lstrip("!")) for each in (file, *file.parents)):
                visible = pattern.startswith("!")
        return visible

    def _patterns(self) -> list[str]:
        lines = (self.root / ".dockerignore").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith("#")]


def _matches(path: PurePosixPath | Path, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(path.name, pattern.removeprefix("**/"))
    return len(path.parts) == pattern.count("/") + 1 and fnmatch(str(path), pattern)
