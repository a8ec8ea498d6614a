"""Secrets that are given in files, as container engines mount them."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from assembly_service.runtime.os_errors import reason_of
from assembly_service.settings.pasted import as_meant

SECRETS = ("BUS_SECRET", "JWT_SECRET", "READER_TICKET_SECRET", "SOCKETIO_REDIS_URL")
"""The settings that a file may contain."""
FILE = "_FILE"
"""Ends the name of the variable that names the file."""


class MissingSecret(str):
    """Stands for a secret that cannot be read. The text is the sentence that says why."""

    __slots__ = ()


def secrets_of_files(given: Mapping[str, str]) -> dict[str, str]:
    """Read the secrets whose files are named, by the names of the settings."""
    return {
        name: _secret_of_file(name, path, is_given_twice=name in given)
        for name in SECRETS
        if (path := given.get(name + FILE)) is not None
    }


def _secret_of_file(name: str, path: str, *, is_given_twice: bool) -> str:
    if is_given_twice:
        return MissingSecret(
            f"{name} and {name}{FILE} are both set: remove one of them (see .env.example)."
        )
    try:
        # Settings are read several times, and a pipe only once.
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return _unreadable(name, path, "is not a regular file")
        secret = as_meant(os.fsdecode(Path(path).read_bytes()))
    except OSError as error:
        return _unreadable(name, path, f"cannot be read ({reason_of(error)})")
    return secret or _unreadable(name, path, "is empty")


def _unreadable(name: str, path: str, reason: str) -> MissingSecret:
    return MissingSecret(f"{name}{FILE} is wrong: {path} {reason} (see .env.example).")
