"""A client of DynamoDB or SQS that sends and returns their JSON unchanged.

botocore converts every value of a request and of a response. That and its HTTP layer took more
time than everything else in this service. Both services use AWS JSON 1.0, whose wire format has the
shape of the parameters; only bytes stay base64 text. Settings, endpoints, credentials, names of
operations and the parsing of errors remain botocore's.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import aiohttp
import orjson
from botocore import xform_name
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.parsers import JSONParser, ResponseParserError
from yarl import URL

from assembly_service.aws.call_counts import CallCounts
from assembly_service.aws.errors import (
    AWS_ERRORS,
    TRANSACTION_CANCELLED,
    ErrorKind,
    code_in,
    kind_of,
)
from assembly_service.aws.signature import Signer
from assembly_service.runtime.jitter import spread

Call = Callable[..., Awaitable[dict[str, Any]]]

_REPEAT_SECONDS = (0.05, 0.25)


class JsonClient:
    """Has a method for every operation of the service, like a low-level client.

    They raise what such a client raises (ClientError, aiohttp's errors, TimeoutError). A call makes
    up to `attempts` attempts while they fail for transient reasons. Operations that can report
    their consumed capacity are asked to.
    """

    def __init__(
        self,
        *,
        described_by: Any,
        credentials: Any,
        http: aiohttp.ClientSession,
        attempts: int,
        counts: CallCounts,
    ) -> None:
        """`described_by` is a low-level client, `credentials` are those of its session.

        `http` is not closed.
        """
        service = described_by.meta.service_model
        self._url = URL(described_by.meta.endpoint_url)
        self._content_type = f"application/x-amz-json-{service.metadata['jsonVersion']}"
        self._target_prefix = service.metadata["targetPrefix"]
        self._service = service
        self._operations = {xform_name(name): name for name in service.operation_names}
        self._signer = Signer(
            service=service.signing_name,
            region=described_by.meta.region_name,
            host=self._url.host_port_subcomponent or "",
            path=self._url.raw_path,
        )
        self._credentials = credentials
        self._http = http
        self._attempts = attempts
        self._counts = counts

    def __getattr__(self, method: str) -> Call:
        if method not in self._operations:
            raise AttributeError(f"the service has no operation {method}")
        operation = self._operations[method]
        call = partial(self._call, operation)
        if "ReturnConsumedCapacity" in self._service.operation_model(operation).input_shape.members:
            call = partial(call, ReturnConsumedCapacity="TOTAL")
        setattr(self, method, call)
        return call

    async def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        body = orjson.dumps(parameters)
        for attempt in range(1, self._attempts + 1):
            try:
                answer = await self._attempt(operation, body)
            except AWS_ERRORS as error:
                if attempt < self._attempts and kind_of(error) is ErrorKind.TRANSIENT:
                    self._counts.repeated(operation)
                    await asyncio.sleep(spread(*_REPEAT_SECONDS))
                    continue
                if isinstance(error, ClientError):
                    self._counts.answered(operation, error.response)
                else:
                    self._counts.failed(operation, error)
                raise
            self._counts.answered(operation, answer)
            return answer
        raise AssertionError("a call is attempted at least once")

    async def _attempt(self, operation: str, body: bytes) -> dict[str, Any]:
        if self._credentials is None:
            raise NoCredentialsError
        headers = self._signer.headers(
            await self._credentials.get_frozen_credentials(),
            target=f"{self._target_prefix}.{operation}",
            content_type=self._content_type,
            body=body,
            now=time.time(),
        )
        async with self._http.post(
            self._url, data=body, headers=headers, allow_redirects=False
        ) as response:
            content = await response.read()
        if response.status != 200:
            raise _failure(operation, response.status, response.headers, content)
        try:
            answer = orjson.loads(content or b"{}")
        except orjson.JSONDecodeError as error:
            raise ResponseParserError(f"the answer is not JSON: {error}") from error
        if not isinstance(answer, dict):
            raise ResponseParserError("the answer is not a JSON object")
        return answer


def _failure(operation: str, status: int, headers: Mapping[str, str], content: bytes) -> Exception:
    response = {
        # botocore parses an error only from status 301 on.
        "status_code": max(status, 301),
        "headers": {name.lower(): value for name, value in headers.items()},
        "body": content,
        "context": {"operation_name": operation},
    }
    try:
        parsed: Any = JSONParser().parse(response, None)
        # Without the service's model botocore keeps only the code and the message.
        if code_in(parsed) == TRANSACTION_CANCELLED:
            parsed["CancellationReasons"] = orjson.loads(content).get("CancellationReasons", [])
    except (AttributeError, TypeError, ValueError) as broken:
        if status < 500:
            raise ResponseParserError(f"the {status} is not from AWS: {broken}") from None
        parsed = {"Error": {"Code": str(status), "Message": "The answer cannot be read."}}
    error: Exception = ClientError(parsed, operation)
    return error
