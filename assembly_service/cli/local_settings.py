"""The settings of `local`, checked before anything is started."""

import secrets
from collections.abc import Mapping
from typing import NamedTuple

from assembly_service.cli.surroundings import SettingsFailure, says_what_verifies_tokens
from assembly_service.local_aws.engine import REGION
from assembly_service.settings import Settings, SettingsError

# Stand for what is named only when the local AWS is there.
_NOT_YET_MADE = {
    "AWS_REGION": REGION,
    "SQS_CAPTION_ANALYSIS_QUEUE_URL": "http://127.0.0.1/captions",
    "SQS_THUMBNAIL_GENERATION_QUEUE_URL": "http://127.0.0.1/thumbnails",
    "DYNAMODB_PRODUCTS_TABLE": "products",
    "DYNAMODB_STAGING_TABLE": "staging",
    "DYNAMODB_DRAFTS_TABLE": "drafts",
    "DYNAMODB_RECORDS_TABLE": "records",
}


class LocalSettings(NamedTuple):
    """The service's settings, its AWS left open, and the port of that AWS (0: a free one)."""

    service: Settings
    aws_port: int


def product_drafts(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings that switch the product drafts on, with a secret of this run's own.

    What the environment says of the switch or of keys stands.
    """
    made = {"PRODUCT_DRAFTS": environment.get("PRODUCT_DRAFTS", "").strip() or "true"}
    if not says_what_verifies_tokens(environment):
        made["JWT_SECRET"] = secrets.token_urlsafe(32)
    return made


def project_sessions(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings that switch the project sessions on, unless the environment says otherwise."""
    return {"PROJECT_SESSIONS": environment.get("PROJECT_SESSIONS", "").strip() or "true"}


def education(environment: Mapping[str, str]) -> dict[str, str]:
    """A setting that switches education registration on; what the environment says stands."""
    name = "EDUCATION_REGISTRATION"
    return {name: environment.get(name, "").strip() or "true"}


def replay(environment: Mapping[str, str]) -> dict[str, str]:
    """A committed draft is shown long enough for a person; what the environment says stands."""
    name = "ORCHESTRATOR_REPLAY_SECONDS"
    return {name: environment.get(name, "").strip() or "300"}


def names_in_force(settings: Settings) -> set[str]:
    """The names of all settings that a service with these settings goes by."""
    systems = (settings.product_drafts, settings.project_sessions, settings.education_registration)
    own = (name for system in systems if system for name in type(system).model_fields)
    return {name.upper() for name in (*Settings.model_fields, *own)}


def checked_settings(environment: Mapping[str, str]) -> LocalSettings:
    """The settings in an environment that names no AWS.

    Raises SettingsFailure if any of them is wrong.
    """
    try:
        settings = Settings.from_environment({**environment, **_NOT_YET_MADE})
    except SettingsError as error:
        raise SettingsFailure(str(error)) from None
    if not settings.port:
        raise SettingsFailure("PORT is wrong: the local service needs a port from 1 on.")
    return LocalSettings(settings, _aws_port(environment))


def _aws_port(environment: Mapping[str, str]) -> int:
    text = environment.get("LOCAL_AWS_PORT") or "0"
    if text.isascii() and text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise SettingsFailure("LOCAL_AWS_PORT is wrong: it has to be a port, a number up to 65535.")
