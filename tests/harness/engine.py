"""Fresh AWS accounts on a local engine, each with all resources of the template."""

import random
from dataclasses import dataclass
from functools import partial

import boto3

from assembly_service.local_aws.local_engine import REGION
from assembly_service.local_aws.provisioning import provision


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


def fresh_account(session: boto3.Session, endpoint_url: str) -> Account:
    """Provision a new account at the endpoint. One session for many accounts saves the set-up."""
    access_key_id = str(random.randrange(10**11, 10**12))
    connect = partial(
        session.client,
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key_id,
        aws_secret_access_key="local",
    )
    resources = provision(connect=connect, poll_seconds=0.005)
    named = {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": endpoint_url}
    return Account(
        access_key_id=access_key_id, secret_access_key="local", environment=named | resources
    )
