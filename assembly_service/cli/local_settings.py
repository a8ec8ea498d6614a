"""The settings of `local`, checked before anything is started."""

import secrets
from collections.abc import Mapping

from pydantic import Field

from assembly_service.cli.environment import SettingsFailure, says_what_verifies_tokens
from assembly_service.local_aws.local_engine import REGION
from assembly_service.settings.service import InvalidSettings, Settings
from assembly_service.settings.values import given_values

# Stand in for the names that the local AWS will give.
_NOT_YET_MADE = {
    "AWS_REGION": REGION,
    "SQS_CAPTION_ANALYSIS_QUEUE_URL": "http://127.0.0.1/captions",
    "SQS_THUMBNAIL_GENERATION_QUEUE_URL": "http://127.0.0.1/thumbnails",
    "DYNAMODB_PRODUCTS_TABLE": "products",
    "DYNAMODB_STAGING_TABLE": "staging",
    "DYNAMODB_DRAFTS_TABLE": "drafts",
    "DYNAMODB_RECORDS_TABLE": "records",
}


class LocalSettings(Settings):
    """The service's settings without its AWS, and the port of that AWS (0: a free one)."""

    port: int = Field(default=3002, ge=1, le=65535)
    local_aws_port: int = Field(default=0, ge=0, le=65535)


def product_drafts(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings that switch product drafts on, with a secret for this run alone.

    A switch or keys in the environment have priority.
    """
    made = _unless_given(environment, "PRODUCT_DRAFTS", "true")
    if not says_what_verifies_tokens(environment):
        made["JWT_SECRET"] = secrets.token_urlsafe(32)
    return made


def project_sessions(environment: Mapping[str, str]) -> dict[str, str]:
    """A setting that switches project sessions on, unless the environment says otherwise."""
    return _unless_given(environment, "PROJECT_SESSIONS", "true")


def education(environment: Mapping[str, str]) -> dict[str, str]:
    """The same for education registration."""
    return _unless_given(environment, "EDUCATION_REGISTRATION", "true")


def replay(environment: Mapping[str, str]) -> dict[str, str]:
    """A setting that replays commits long enough for a person, unless the environment says else."""
    return _unless_given(environment, "ORCHESTRATOR_REPLAY_SECONDS", "300")


def _unless_given(environment: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    return {name: given_values(environment).get(name, value)}


def names_in_force(settings: Settings) -> set[str]:
    """The names of all settings that a service with these settings uses."""
    systems = (settings.product_drafts, settings.project_sessions, settings.education_registration)
    own = (name for system in systems if system for name in type(system).model_fields)
    return {name.upper() for name in (*Settings.model_fields, *own)}


def checked_settings(environment: Mapping[str, str]) -> LocalSettings:
    """Read the settings from an environment that names no AWS. Raises SettingsFailure."""
    try:
        return LocalSettings.from_environment({**environment, **_NOT_YET_MADE})
    except InvalidSettings as error:
        raise SettingsFailure(str(error)) from None
