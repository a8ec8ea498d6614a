"""AWS error codes and client exceptions, sorted by what to do about them. Known nowhere else."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import aiohttp
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)


class ErrorKind(StrEnum):
    """What an error means for the caller."""

    CONDITION_FAILED = "condition_failed"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    CREDENTIALS = "credentials"
    STALE_RECEIPT = "stale_receipt"
    MESSAGE_UNFIT = "message_unfit"
    TRANSIENT = "transient"


_KINDS = {
    "ConditionalCheckFailedException": ErrorKind.CONDITION_FAILED,
    "ConditionalCheckFailed": ErrorKind.CONDITION_FAILED,
    "DuplicateItemException": ErrorKind.CONDITION_FAILED,
    "DuplicateItem": ErrorKind.CONDITION_FAILED,
    "ValidationException": ErrorKind.REFUSED,
    "ValidationError": ErrorKind.REFUSED,
    "ResourceNotFoundException": ErrorKind.NOT_FOUND,
    "ResourceNotFound": ErrorKind.NOT_FOUND,
    "QueueDoesNotExist": ErrorKind.NOT_FOUND,
    "AWS.SimpleQueueService.NonExistentQueue": ErrorKind.NOT_FOUND,
    "NotFound": ErrorKind.NOT_FOUND,
    "NotFoundException": ErrorKind.NOT_FOUND,
    "UnrecognizedClientException": ErrorKind.CREDENTIALS,
    "InvalidClientTokenId": ErrorKind.CREDENTIALS,
    "InvalidSignatureException": ErrorKind.CREDENTIALS,
    "SignatureDoesNotMatch": ErrorKind.CREDENTIALS,
    "InvalidSecurity": ErrorKind.CREDENTIALS,
    "MissingAuthenticationToken": ErrorKind.CREDENTIALS,
    "MissingAuthenticationTokenException": ErrorKind.CREDENTIALS,
    "IncompleteSignature": ErrorKind.CREDENTIALS,
    "ExpiredToken": ErrorKind.CREDENTIALS,
    "ExpiredTokenException": ErrorKind.CREDENTIALS,
    "AccessDenied": ErrorKind.CREDENTIALS,
    "AccessDeniedException": ErrorKind.CREDENTIALS,
    "ReceiptHandleIsInvalid": ErrorKind.STALE_RECEIPT,
    "MessageNotInflight": ErrorKind.STALE_RECEIPT,
    "AWS.SimpleQueueService.MessageNotInflight": ErrorKind.STALE_RECEIPT,
    "InvalidParameterValue": ErrorKind.MESSAGE_UNFIT,
    "InvalidParameterValueException": ErrorKind.MESSAGE_UNFIT,
    "InvalidMessageContents": ErrorKind.MESSAGE_UNFIT,
    "BatchRequestTooLong": ErrorKind.MESSAGE_UNFIT,
    "AWS.SimpleQueueService.BatchRequestTooLong": ErrorKind.MESSAGE_UNFIT,
}


def kind_of_code(code: str) -> ErrorKind:
    """The kind of an error code; one that is not known counts as transient, so nothing is lost."""
    return _KINDS.get(code.removeprefix("com.amazonaws.sqs#"), ErrorKind.TRANSIENT)


def kind_of(error: BaseException) -> ErrorKind:
    """The kind of an exception raised by a client."""
    if isinstance(error, ClientError):
        return kind_of_code(code_of(error))
    if isinstance(error, NoCredentialsError | PartialCredentialsError | ProfileNotFound):
        return ErrorKind.CREDENTIALS
    return ErrorKind.TRANSIENT


def code_of(error: BaseException) -> str:
    """AWS's own code of a failed call, else the name of the exception."""
    if isinstance(error, ClientError):
        return code_in(error.response)
    return type(error).__name__


def code_in(response: Mapping[str, Any]) -> str:
    """The error code of a parsed response, or an empty text."""
    return str(response.get("Error", {}).get("Code", ""))


def is_aws_error(error: BaseException) -> bool:
    """Whether the exception came from calling AWS and not from a mistake in this program."""
    return isinstance(
        error, BotoCoreError | ClientError | aiohttp.ClientError | OSError | TimeoutError
    )
