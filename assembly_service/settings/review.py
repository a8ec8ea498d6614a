"""Checks at start that concern several settings, and logs the settings in effect."""

from collections.abc import Iterator, Mapping, Set
from difflib import get_close_matches

import structlog
from pydantic import BaseModel

from assembly_service.runtime.version import own_version
from assembly_service.settings.drafts import (
    EducationSettings,
    ProductDraftSettings,
    ProjectSessionSettings,
)
from assembly_service.settings.masking import mask_urls
from assembly_service.settings.secret_files import FILE, SECRETS
from assembly_service.settings.service import (
    DRAFT_SYSTEMS,
    LOWERCASE_LIBRARY_NAMES,
    InvalidSettings,
    LibrarySettings,
    Settings,
)
from assembly_service.settings.values import given_values

log = structlog.get_logger()

_SYSTEMS = (ProductDraftSettings, ProjectSessionSettings, EducationSettings)
SETTING_NAMES = frozenset(
    name.upper() for model in (Settings, *_SYSTEMS, LibrarySettings) for name in model.model_fields
) - {"TOKEN_SETTINGS"} | {
    "LOCAL_AWS_PORT",
    *LOWERCASE_LIBRARY_NAMES,
    *(name + FILE for name in SECRETS),
}
"""The environment names of all settings, including those of AWS's client library."""
_LEAST_SIMILARITY = 0.85
_ENDPOINT_OF_A_SERVICE = "AWS_ENDPOINT_URL_"
_OF_THE_BUS = ("BUS_CHANNEL", "BUS_SECRET", "BUS_REQUIRE_SIGNATURE")


def check_audience(settings: Settings) -> None:
    """Raise InvalidSettings if products would be announced to nobody; warn if not to browsers."""
    if settings.service_role == "all" or settings.socketio_redis_url is not None:
        return
    if settings.service_role == "web":
        log.warning("web_without_bus", missing="SOCKETIO_REDIS_URL")
    elif settings.sns_new_product_topic_arn is not None:
        log.warning("browsers_not_notified", missing="SOCKETIO_REDIS_URL")
    elif settings.announce_nowhere:
        log.warning("announcing_nowhere", setting="ANNOUNCE_NOWHERE")
    else:
        raise InvalidSettings(
            [
                "SERVICE_ROLE=worker announces products to nobody: set SOCKETIO_REDIS_URL for "
                "browsers or SNS_NEW_PRODUCT_TOPIC_ARN for services, or ANNOUNCE_NOWHERE=true if "
                "that is intended (see .env.example)."
            ]
        )


def log_start(
    settings: Settings, environment: Mapping[str, str], *, with_settings: bool = True
) -> None:
    """Log the settings in effect, and warn of names that look like misspelt settings.

    The line is too long for people at a terminal: without `with_settings` it has none.
    """
    in_files = {name for name in SECRETS if name + FILE in given_values(environment)}
    shown = {"settings": dict(_effective_settings(settings, in_files))} if with_settings else {}
    log.info("service_starting", version=own_version(), role=settings.service_role, **shown)
    for name, meant in misspelt(environment).items():
        log.warning("setting_misspelt", name=name, meant=meant)
    if settings.socketio_redis_url is None:
        for name in _OF_THE_BUS:
            if getattr(settings, name.lower()):
                log.warning("setting_without_effect", name=name, missing="SOCKETIO_REDIS_URL")


def misspelt(environment: Mapping[str, str]) -> dict[str, str]:
    """Return names in an environment that are close to a setting's, with that setting."""
    found = {}
    for name in environment:
        # There is one for every service of AWS, and these are close to each other.
        if name in SETTING_NAMES or name.startswith(_ENDPOINT_OF_A_SERVICE):
            continue
        close = get_close_matches(name.upper(), SETTING_NAMES, n=1, cutoff=_LEAST_SIMILARITY)
        if close:
            found[name] = close[0]
    return found


def _effective_settings(model: BaseModel, in_files: Set[str]) -> Iterator[tuple[str, object]]:
    """Yield settings that have a value, by environment name; of secrets only where they are set."""
    for field, described in type(model).model_fields.items():
        name, value = field.upper(), getattr(model, field)
        if name in DRAFT_SYSTEMS:
            yield name, value is not None
        if isinstance(value, BaseModel):
            yield from _effective_settings(value, in_files)
        elif value not in (None, (), ""):
            secret = "set in a file" if name in in_files else "set"
            yield name, _shown(value) if described.repr else secret


def _shown(value: object) -> object:
    """Return the value as people write it, with URLs masked."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return mask_urls(value) if isinstance(value, str) else value
