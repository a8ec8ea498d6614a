"""A second local engine, by which templates are tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import boto3
from moto.server import ThreadedMotoServer

from assembly_service.local_aws.provisioning import Connect


@contextmanager
def running_moto(boto_session: boto3.Session) -> Iterator[Connect]:
    """Run it on a free port; yields what creates its clients."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield partial(
            boto_session.client,
            endpoint_url=f"http://{host}:{port}",
            aws_access_key_id="123456789012",
            aws_secret_access_key="local",
        )
    finally:
        server.stop()
