"""Amazon's DynamoDB Local, in memory, in a process of its own."""

import http.client
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.engine import Account, connections
from tests.harness.template_tables import create_tables
from tests.harness.valkey import free_port

_PACKAGE = Path(__file__).parents[1] / "conformance/node_modules/amplify-dynamodb-simulator"
_JAR = _PACKAGE / "emulator" / "DynamoDBLocal.jar"
_START_SECONDS = 60
_STOP_SECONDS = 10


class DynamoDBLocalFailed(Exception):
    """DynamoDB Local could not be started; the message says what to do."""


@contextmanager
def running_dynamodb_local() -> Iterator[str]:
    """Run DynamoDB Local on a free loopback port; yield its endpoint.

    Each access key id has its own tables. Raises DynamoDBLocalFailed.
    """
    port = free_port()
    process = _start(port)
    try:
        _wait_until_ready(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def move_tables(account: Account, endpoint_url: str) -> Account:
    """The same account with its tables at another endpoint, created from the template."""
    create_tables(connections(endpoint_url, account.access_key_id)("dynamodb"))
    return Account(
        access_key_id=account.access_key_id,
        secret_access_key=account.secret_access_key,
        environment=account.environment | {"AWS_ENDPOINT_URL_DYNAMODB": endpoint_url},
    )


def _start(port: int) -> subprocess.Popen[bytes]:
    java = shutil.which("java")
    if java is None:
        raise DynamoDBLocalFailed(
            "DynamoDB Local needs Java, and there is no `java` on the PATH: install a Java "
            "runtime, 17 or newer (on Debian: apt-get install default-jre-headless)."
        )
    if not _JAR.exists():
        raise DynamoDBLocalFailed("DynamoDB Local is not installed: run `make conformance`.")
    options = ["-inMemory", "-disableTelemetry", "-port", str(port)]
    return subprocess.Popen(
        [java, "-Xmx512m", "-Djava.library.path=DynamoDBLocal_lib", "-jar", _JAR.name, *options],
        cwd=_JAR.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_SECONDS)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise DynamoDBLocalFailed(
        "DynamoDB Local did not start: try `java -version`, it needs Java 17 or newer."
    )
