"""Fresh AWS accounts on a local engine, each with all resources of the template."""

import random
from dataclasses import dataclass
from functools import cache, partial

import botocore.session
from botocore.credentials import Credentials

from assembly_service.local_aws.local_engine import REGION
from assembly_service.local_aws.provisioning import Connect, provision


@dataclass(frozen=True, kw_only=True)
class Account:
    """A provisioned account: its credentials and the environment that names its resources."""

    access_key_id: str
    secret_access_key: str
    environment: dict[str, str]

    @property
    def credentials(self) -> dict[str, str]:
        """The environment variables of its credentials."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }


def fresh_account(endpoint_url: str) -> Account:
    """Provision a new account at the endpoint."""
    access_key_id = str(random.randrange(10**11, 10**12))
    resources = provision(connect=connections(endpoint_url, access_key_id), poll_seconds=0.005)
    named = {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": endpoint_url}
    return Account(
        access_key_id=access_key_id, secret_access_key="local", environment=named | resources
    )


def connections(endpoint_url: str, access_key_id: str) -> Connect:
    """Clients that call for an account until they are asked for again: all share connections.

    To open clients takes as long as what one account is asked.
    """
    credentials, connect = _opened(endpoint_url)
    credentials.access_key = access_key_id
    return connect


@cache
def _opened(endpoint_url: str) -> tuple[Credentials, Connect]:
    session = botocore.session.Session()
    session.set_credentials("nobody", "local")
    connect = partial(session.create_client, region_name=REGION, endpoint_url=endpoint_url)
    return session.get_credentials(), cache(connect)
