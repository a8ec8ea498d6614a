"""Turns AWS errors at start into sentences that say what to do."""

from collections.abc import Awaitable
from typing import TypeVar

from aiohttp import ClientConnectorError, ClientSSLError

from assembly_service.aws.errors import (
    AWS_ERRORS,
    ErrorKind,
    code_of,
    denied_action,
    is_not_aws,
    kind_of,
)
from assembly_service.aws.proxies import is_of_a_proxy
from assembly_service.runtime.os_errors import reason_of
from assembly_service.settings.masking import mask_urls

Answer = TypeVar("Answer")


class CannotStart(Exception):
    """The service cannot start; the message is one sentence that says what to do.

    URLs in it are masked.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(mask_urls(sentence))


async def ask(
    call: Awaitable[Answer],
    *,
    name: str,
    setting: str,
    endpoint: str | None = None,
    missing: str | None = None,
) -> Answer:
    """Return the answer, or raise CannotStart about the resource that the setting names."""
    try:
        return await call
    except AWS_ERRORS as error:
        if is_not_aws(error):
            raise CannotStart(not_aws(endpoint)) from error
        raise CannotStart(_sentence(error, name, setting, missing)) from error


def not_aws(endpoint: str | None) -> str:
    """Return the sentence about an answer that is not from AWS."""
    where = f" at {endpoint}" if endpoint else ""
    return f"What answers{where} is not AWS: check AWS_ENDPOINT_URL."


def _sentence(error: Exception, name: str, setting: str, missing: str | None) -> str:
    code = code_of(error)
    if is_of_a_proxy(error):
        return (
            f"The proxy cannot be used ({_why(error, code)}): check HTTP_PROXY, HTTPS_PROXY and "
            "NO_PROXY."
        )
    match kind_of(error):
        case ErrorKind.NOT_FOUND:
            return missing or (
                f"{name} does not exist: correct {setting}, or create it with "
                "`assembly-service provision`."
            )
        case ErrorKind.CREDENTIALS:
            if action := denied_action(error):
                return (
                    f"{name} cannot be used, because the credentials do not allow {action}: "
                    "attach the stack's policy for this role, or allow it in a policy of your own."
                )
            return (
                f"AWS refused the credentials ({code}): check AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or the profile or role, whether its session has ended, "
                "and its permissions."
            )
        case ErrorKind.REFUSED | ErrorKind.MESSAGE_UNFIT:
            return f"AWS refuses {name} ({code}: {_first_line(error)}): correct {setting}."
        case _:
            return (
                f"AWS cannot be reached ({_why(error, code)}): check AWS_ENDPOINT_URL, "
                "AWS_REGION and the network."
            )


def _why(error: Exception, code: str) -> str:
    if isinstance(error, ClientConnectorError) and not isinstance(error, ClientSSLError):
        return f"{error.host}:{error.port}: {reason_of(error.os_error)}"
    return f"{code}: {_first_line(error)}"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".")
