"""Failures of AWS calls, as one sentence that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError

from assembly_service.aws.errors import ErrorKind, code_of, kind_of

PATIENCE = Config(
    connect_timeout=3, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"}
)
"""How long a person at a terminal waits for AWS."""


@contextmanager
def told_in_a_sentence(doing: str) -> Iterator[None]:
    """Turn what AWS's client library raises into a sentence; `doing` is what was tried."""
    try:
        yield
    except (BotoCoreError, ClientError, ValueError) as error:
        raise click.ClickException(f"Could not {doing}: {_reason(error)}") from None


def _reason(error: BotoCoreError | ClientError | ValueError) -> str:
    if isinstance(error, UnreachableError | HTTPClientError):
        endpoint = error.kwargs.get("endpoint_url", "the endpoint")
        return (
            f"nothing answers at {endpoint}. Check AWS_ENDPOINT_URL and the network, or start "
            "the local AWS with `make run`."
        )
    kind = kind_of(error)
    if kind is ErrorKind.CREDENTIALS:
        return (
            f"AWS refuses the credentials ({code_of(error)}). Set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or an AWS_PROFILE, that may do this."
        )
    if kind is ErrorKind.NOT_FOUND:
        return f"it does not exist ({code_of(error)}). Make it with `assembly-service provision`."
    if isinstance(error, ClientError):
        return f"AWS answers {code_of(error)}: {error.response['Error'].get('Message')}"
    return str(error)
