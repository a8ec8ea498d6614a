"""If something else answers in place of AWS, every command says so in a sentence."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cli.runs import SAMPLES, bare_environment, run

PAGE = b"<!DOCTYPE html><html><head><meta charset=utf-8></head><body>Hello</body></html>"
COMMANDS = {
    "provision": ["provision"],
    "serve": ["serve"],
    "send": ["send", "--captions", str(SAMPLES / "captions.jsonl")],
    "dlq": ["dlq", "list"],
    "orphans": ["orphans"],
    "announce": ["announce", "home256"],
    "draft": ["draft", "show", "x"],
}


@contextmanager
def some_server(status: int) -> Iterator[str]:
    """A server that answers everything with this status and a page."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def surroundings(url: str) -> dict[str, str]:
    """An environment with everything set, all on this server."""
    return bare_environment(
        AWS_ENDPOINT_URL=url,
        AWS_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="123456789012",
        AWS_SECRET_ACCESS_KEY="local",
        SQS_CAPTION_ANALYSIS_QUEUE_URL=f"{url}/123456789012/captions",
        SQS_THUMBNAIL_GENERATION_QUEUE_URL=f"{url}/123456789012/thumbnails",
        DYNAMODB_PRODUCTS_TABLE="products",
        DYNAMODB_STAGING_TABLE="staging",
        DYNAMODB_DRAFTS_TABLE="drafts",
        PORT="0",
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("status", [404, 501])
def test_a_server_that_is_not_aws_is_reported_with_its_address(
    command: str, status: int, tmp_path: Path
) -> None:
    with some_server(status) as url:
        outcome = run(*COMMANDS[command], directory=tmp_path, environment=surroundings(url))
    assert outcome.code == 1
    last = outcome.sentences[-1]
    assert last.startswith("Error: ")
    assert last.lower().endswith(f"what answers at {url} is not aws: check aws_endpoint_url.")


@pytest.mark.parametrize("command", ["provision", "serve"])
def test_a_server_that_answers_everything_with_a_page_is_reported_as_not_aws(
    command: str, tmp_path: Path
) -> None:
    with some_server(200) as url:
        outcome = run(*COMMANDS[command], directory=tmp_path, environment=surroundings(url))
    assert outcome.code == 1
    assert f"{url} is not AWS: check AWS_ENDPOINT_URL." in outcome.sentences[-1]


@pytest.mark.parametrize("command", ["orphans", "serve"])
def test_a_proxy_that_requires_a_password_is_reported_as_the_cause(
    command: str, tmp_path: Path
) -> None:
    with some_server(407) as url:
        proxied = surroundings("http://aws.invalid") | {"HTTP_PROXY": url}
        outcome = run(*COMMANDS[command], directory=tmp_path, environment=proxied)
    assert outcome.code == 1
    last = outcome.sentences[-1]
    assert "he proxy cannot be used" in last
    assert last.endswith("heck HTTP_PROXY, HTTPS_PROXY and NO_PROXY.")
