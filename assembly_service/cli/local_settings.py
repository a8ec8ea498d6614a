"""The settings of `local`, checked before anything is started."""

from collections.abc import Mapping
from typing import NamedTuple

from assembly_service.cli.surroundings import SettingsFailure
from assembly_service.local_aws.engine import REGION
from assembly_service.settings import Settings, SettingsError

# Stand for what is named only when the local AWS is there.
_NOT_YET_MADE = {
    "AWS_REGION": REGION,
    "SQS_CAPTION_ANALYSIS_QUEUE_URL": "http://127.0.0.1/captions",
    "SQS_THUMBNAIL_GENERATION_QUEUE_URL": "http://127.0.0.1/thumbnails",
    "DYNAMODB_PRODUCTS_TABLE": "products",
    "DYNAMODB_STAGING_TABLE": "staging",
}


class Addresses(NamedTuple):
    """Where the service listens, and the port of its local AWS (0: a free one)."""

    host: str
    port: int
    aws_port: int


def checked_addresses(environment: Mapping[str, str]) -> Addresses:
    """The addresses in an environment that names no AWS.

    Raises SettingsFailure if any setting of the service is wrong.
    """
    try:
        settings = Settings.from_environment({**environment, **_NOT_YET_MADE})
    except SettingsError as error:
        raise SettingsFailure(str(error)) from None
    if not settings.port:
        raise SettingsFailure("PORT is wrong: the local service needs a port from 1 on.")
    return Addresses(settings.host, settings.port, _aws_port(environment))


def _aws_port(environment: Mapping[str, str]) -> int:
    text = environment.get("LOCAL_AWS_PORT") or "0"
    if text.isascii() and text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise SettingsFailure("LOCAL_AWS_PORT is wrong: it has to be a port, a number up to 65535.")
