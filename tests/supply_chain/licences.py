"""Which licences may ship, and why."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_NOTICE = "asks for its notice to be kept, which an installed package does"
ALLOWED: Mapping[str, str] = {
    "0BSD": "asks for nothing",
    "MIT-0": "asks for nothing",
    "Apache-2.0": _NOTICE,
    "BSD-2-Clause": _NOTICE,
    "BSD-3-Clause": _NOTICE,
    "ISC": _NOTICE,
    "MIT": _NOTICE,
    "PSF-2.0": _NOTICE,
    "Python-2.0": _NOTICE,
    "MPL-2.0": "asks for the source of its own files if they are changed, and they are not",
}
"""Licences that may ship, by their SPDX ids, each with the reason."""
BY_HAND: Mapping[str, tuple[str, str]] = {
    "async-timeout": ("Apache-2.0", "its metadata says so, where a Python before 3.11.3 needs it"),
    "multidict": ("Apache-2.0", "its file LICENSE says so, its metadata nothing"),
    "protobuf": ("BSD-3-Clause", "its file LICENSE says so, its metadata in words of its own"),
    "xmlhttprequest-ssl": ("MIT", "its file LICENSE says so, its package.json nothing"),
}
"""Licences of packages that name none a program could read, each with where it stands."""
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_PREFIX = "License :: OSI Approved :: "


class Licensed(NamedTuple):
    """A package, and everything that it says of its licence, if it says anything."""

    name: str
    version: str
    licences: tuple[str, ...]

    @property
    def complaint(self) -> str | None:
        """A sentence if its licence was not agreed to, or is not known."""
        if not self.licences:
            return f"{self.name} {self.version} names no licence: look it up, and add it BY_HAND."
        ids = {part for text in self.licences for part in _ids(text)}
        if foreign := sorted(ids - ALLOWED.keys()):
            named = ", ".join(foreign)
            return f"{self.name} {self.version} has the licence {named}, which is not in ALLOWED."
        return None


def licensed(components: Iterable[Mapping[str, Any]]) -> list[Licensed]:
    """Return the packages of a bill of materials with their licences, sorted by name."""
    return sorted(_licensed(component) for component in components)


def _licensed(component: Mapping[str, Any]) -> Licensed:
    name = component["name"]
    said = tuple(dict.fromkeys(_text(each) for each in component.get("licenses", ())))
    if not said and name in BY_HAND:
        said = (BY_HAND[name][0],)
    return Licensed(name, component["version"], said)


def _text(licence: Mapping[str, Any]) -> str:
    if "expression" in licence:
        return str(licence["expression"])
    named = licence["license"]
    text = str(named.get("id") or named["name"]).removeprefix(_PREFIX)
    return _CLASSIFIERS.get(text, text)


def _ids(text: str) -> list[str]:
    """The licences in an SPDX expression. A choice counts as all of its parts."""
    if text in _CLASSIFIERS or not re.fullmatch(r"[\w.+() -]+", text):
        return [text]
    return [part for part in re.split(r" (?:AND|OR|WITH) |[()]", text) if part.strip()]
