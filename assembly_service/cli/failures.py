"""Turns failures of AWS calls into one sentence that says what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError
from botocore.parsers import ResponseParserError

from assembly_service.aws.errors import ErrorKind, code_of, is_not_aws, kind_of
from assembly_service.aws.proxies import is_of_a_proxy
from assembly_service.cli.environment import SettingsFailure
from assembly_service.settings.masking import mask_urls
from assembly_service.settings.values import InvalidSettings

PATIENCE = Config(
    connect_timeout=3, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"}
)
"""How long a person at a terminal waits for AWS."""

_UNREACHABLE = (UnreachableError, HTTPClientError, aiohttp.ClientError, TimeoutError)
_FAILURES = (*_UNREACHABLE, BotoCoreError, ClientError, ResponseParserError, ValueError)


@contextmanager
def readable_errors(doing: str) -> Iterator[None]:
    """Raise ClickException with a sentence, `Could not {doing}: ...`, where an AWS call fails.

    Raises SettingsFailure for settings that turn out to be wrong.
    """
    try:
        yield
    except InvalidSettings as error:
        raise SettingsFailure(str(error)) from None
    except _FAILURES as error:
        raise click.ClickException(mask_urls(f"Could not {doing}: {_reason(error)}")) from None


def _reason(error: Exception) -> str:
    if is_of_a_proxy(error):
        return "the proxy cannot be used. Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY."
    if is_not_aws(error):
        return f"what answers at {_endpoints()} is not AWS: check AWS_ENDPOINT_URL."
    if isinstance(error, _UNREACHABLE):
        return (
            f"nothing answers at {_endpoints()}. Check AWS_ENDPOINT_URL and the network, or start "
            "a local AWS with `make run`."
        )
    kind = kind_of(error)
    if kind is ErrorKind.CREDENTIALS:
        return (
            f"AWS refuses the credentials ({code_of(error)}). Set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or an AWS_PROFILE, with the permission to do this."
        )
    if kind is ErrorKind.NOT_FOUND:
        return f"it does not exist ({code_of(error)}). Create it with `assembly-service provision`."
    if isinstance(error, ClientError):
        return f"AWS answers {code_of(error)}: {error.response['Error'].get('Message')}"
    return str(error)


def _endpoints() -> str:
    named = {url for name, url in os.environ.items() if name.startswith("AWS_ENDPOINT_URL") and url}
    return " or ".join(sorted(named)) or "AWS's own address"
