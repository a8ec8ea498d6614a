"""AWS error codes and client exceptions by what to do about them. No other file knows them."""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

import aiohttp
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

TRANSACTION_CANCELLED = "TransactionCanceledException"
AWS_ERRORS = (
    BotoCoreError,
    ClientError,
    ResponseParserError,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)
"""All that an AWS call raises. Anything else is a bug."""


class ErrorKind(StrEnum):
    """What an error means for the caller.

    If the actions of a transaction failed for several reasons, the first one listed here counts.
    """

    CONDITION_FAILED = "condition_failed"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    CREDENTIALS = "credentials"
    STALE_RECEIPT = "stale_receipt"
    MESSAGE_UNFIT = "message_unfit"
    TRANSIENT = "transient"


class Failure(StrEnum):
    """What a transient failure names: one item, or only the call, as in an outage."""

    ITEM = "item"
    CALL = "call"


_KINDS = {
    "ConditionalCheckFailedException": ErrorKind.CONDITION_FAILED,
    "ConditionalCheckFailed": ErrorKind.CONDITION_FAILED,
    "DuplicateItemException": ErrorKind.CONDITION_FAILED,
    "DuplicateItem": ErrorKind.CONDITION_FAILED,
    "ValidationException": ErrorKind.REFUSED,
    "ValidationError": ErrorKind.REFUSED,
    "ItemCollectionSizeLimitExceededException": ErrorKind.REFUSED,
    "ItemCollectionSizeLimitExceeded": ErrorKind.REFUSED,
    "IdempotentParameterMismatchException": ErrorKind.REFUSED,
    "RequestEntityTooLarge": ErrorKind.REFUSED,
    "RequestEntityTooLargeException": ErrorKind.REFUSED,
    "RequestTooLarge": ErrorKind.REFUSED,
    "RequestTooLargeException": ErrorKind.REFUSED,
    # The library's code for a bare status 413.
    "413": ErrorKind.REFUSED,
    "ResourceNotFoundException": ErrorKind.NOT_FOUND,
    "ResourceNotFound": ErrorKind.NOT_FOUND,
    "TableNotFoundException": ErrorKind.NOT_FOUND,
    "QueueDoesNotExist": ErrorKind.NOT_FOUND,
    "NonExistentQueue": ErrorKind.NOT_FOUND,
    "InvalidAddress": ErrorKind.NOT_FOUND,
    "NotFound": ErrorKind.NOT_FOUND,
    "NotFoundException": ErrorKind.NOT_FOUND,
    "UnrecognizedClientException": ErrorKind.CREDENTIALS,
    "InvalidClientTokenId": ErrorKind.CREDENTIALS,
    "InvalidSignatureException": ErrorKind.CREDENTIALS,
    "SignatureDoesNotMatch": ErrorKind.CREDENTIALS,
    "InvalidSecurity": ErrorKind.CREDENTIALS,
    "InvalidSecurityException": ErrorKind.CREDENTIALS,
    "InvalidAccessKeyId": ErrorKind.CREDENTIALS,
    "NotAuthorized": ErrorKind.CREDENTIALS,
    "AuthorizationError": ErrorKind.CREDENTIALS,
    "AuthorizationErrorException": ErrorKind.CREDENTIALS,
    "KmsAccessDenied": ErrorKind.CREDENTIALS,
    "KMSAccessDenied": ErrorKind.CREDENTIALS,
    "KMS.AccessDeniedException": ErrorKind.CREDENTIALS,
    "OptInRequired": ErrorKind.CREDENTIALS,
    "MissingAuthenticationToken": ErrorKind.CREDENTIALS,
    "MissingAuthenticationTokenException": ErrorKind.CREDENTIALS,
    "IncompleteSignature": ErrorKind.CREDENTIALS,
    "IncompleteSignatureException": ErrorKind.CREDENTIALS,
    "ExpiredToken": ErrorKind.CREDENTIALS,
    "ExpiredTokenException": ErrorKind.CREDENTIALS,
    "AccessDenied": ErrorKind.CREDENTIALS,
    "AccessDeniedException": ErrorKind.CREDENTIALS,
    "ReceiptHandleIsInvalid": ErrorKind.STALE_RECEIPT,
    "MessageNotInflight": ErrorKind.STALE_RECEIPT,
    "InvalidParameterValue": ErrorKind.MESSAGE_UNFIT,
    "InvalidParameterValueException": ErrorKind.MESSAGE_UNFIT,
    "InvalidMessageContents": ErrorKind.MESSAGE_UNFIT,
    "BatchRequestTooLong": ErrorKind.MESSAGE_UNFIT,
    "BatchRequestTooLongException": ErrorKind.MESSAGE_UNFIT,
}
_NO_CREDENTIALS = (
    exceptions.CredentialRetrievalError,
    exceptions.NoAuthTokenError,
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.ProfileNotFound,
    exceptions.RefreshWithMFAUnsupportedError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
    exceptions.UnknownCredentialError,
)
_SHARED_PREFIXES = re.compile(r"^(com\.amazonaws\.sqs#|AWS\.SimpleQueueService\.)")
_NOT_ALLOWED = re.compile(r"not authorized to perform:? ([\w-]+:\w+)", re.IGNORECASE)
# AWS names its errors; without a name the library uses the bare status. A 5xx may come from one of
# AWS's load balancers, except for 501, and a 407 from a proxy in between.
_STATUS_OF_ANOTHER_SERVER = re.compile(r"4(?!07)\d\d|501")
_COLLECTION_FULL = frozenset(
    {"ItemCollectionSizeLimitExceeded", "ItemCollectionSizeLimitExceededException"}
)
_THROTTLED = frozenset(
    {
        "KMS.ThrottlingException",
        "LimitExceededException",
        "OverLimit",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_SEEN_EVERYWHERE = _THROTTLED | frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "RequestExpired",
        "RequestTimeout",
        "RequestTimeoutException",
        "SerializationException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "TransactionConflict",
        "UnknownOperationException",
        "UnprocessedKeys",
    }
)
_OUTAGES = {ErrorKind.TRANSIENT, ErrorKind.CREDENTIALS, ErrorKind.NOT_FOUND}


def kind_of_code(code: str) -> ErrorKind:
    """Return the kind of an error code; an unknown one is transient, so that nothing is lost."""
    return _KINDS.get(_plain(code), ErrorKind.TRANSIENT)


def kind_of(error: BaseException) -> ErrorKind:
    """Return the kind of an exception raised by a client."""
    if isinstance(error, ClientError):
        kinds = {kind_of_code(code) for code in cancellation_codes(error) or [code_of(error)]}
        return next(kind for kind in ErrorKind if kind in kinds)
    if isinstance(error, _NO_CREDENTIALS):
        return ErrorKind.CREDENTIALS
    return ErrorKind.TRANSIENT


def is_throttled(code: str) -> bool:
    """Return whether a call or an item was throttled."""
    return _plain(code) in _THROTTLED


def is_collection_full(code: str) -> bool:
    """Return whether a partition key has used up the 10 GB that a local index allows."""
    return _plain(code) in _COLLECTION_FULL


def code_of(error: BaseException) -> str:
    """Return AWS's code of a failed call, else the name of the exception."""
    if isinstance(error, ClientError):
        return code_in(error.response)
    return type(error).__name__


def code_in(response: Mapping[str, Any]) -> str:
    """Return the error code of a parsed response, or an empty text."""
    return str(response.get("Error", {}).get("Code", ""))


def cancellation_codes(error: BaseException) -> tuple[str, ...]:
    """Return the codes of the actions of a cancelled transaction; empty for other errors.

    The code of an action that did not fail is "None".
    """
    return cancellation_codes_in(error.response) if isinstance(error, ClientError) else ()


def cancellation_codes_in(response: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the codes of the actions of a cancelled transaction, from its parsed response."""
    if code_in(response) != TRANSACTION_CANCELLED:
        return ()
    return tuple(str(each.get("Code", "None")) for each in response.get("CancellationReasons", []))


def label_of_code(code: str, model_codes: Collection[str] = ()) -> str:
    """Return the code as the label of a metric: one of a bounded set, whoever answered.

    `model_codes` are those in botocore's model of the service.
    """
    plain = _plain(code)
    if plain in _KINDS or plain in _SEEN_EVERYWHERE or plain in model_codes:
        return plain
    return plain if re.fullmatch(r"[45]\d\d", plain) else "other"


def denied_action(error: BaseException) -> str | None:
    """Return the action that was denied, like `sqs:ReceiveMessage`, if AWS names it."""
    found = _NOT_ALLOWED.search(str(error))
    return found[1] if found else None


def is_not_aws(error: BaseException) -> bool:
    """Return whether the answer came from a server that is not AWS."""
    if isinstance(error, ResponseParserError):
        return True
    code = code_of(error)
    return code not in _KINDS and _STATUS_OF_ANOTHER_SERVER.fullmatch(code) is not None


def is_outage(error: BaseException) -> bool:
    """Return whether AWS is unavailable, through no fault of the caller."""
    return isinstance(error, AWS_ERRORS) and kind_of(error) in _OUTAGES


def _plain(code: str) -> str:
    return _SHARED_PREFIXES.sub("", code)
