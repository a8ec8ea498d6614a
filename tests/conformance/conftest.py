"""An account on the engine of this run, and the engine's known differences."""

from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from assembly_service.local_aws.local_engine import Engine
from assembly_service.settings.service import Settings
from assembly_service.storage.conditional_writes import ConditionalWriter
from tests.harness.engine import Account
from tests.harness.pipeline import Pipeline


@dataclass(frozen=True, kw_only=True)
class Habits:
    """Differences between engines; docs/engines.md explains them, and what AWS does."""

    refuses_unfit_numbers: bool
    refuses_a_key_twice: bool
    misses_an_item_to_delete: bool
    limits_items: bool
    limits_answers: bool
    keeps_index_keys_typed: bool
    limits_tokens: bool


MINISTACK = Habits(
    refuses_unfit_numbers=False,
    refuses_a_key_twice=False,
    misses_an_item_to_delete=False,
    limits_items=False,
    limits_answers=False,
    keeps_index_keys_typed=False,
    limits_tokens=False,
)
DYNAMODB_LOCAL = Habits(
    refuses_unfit_numbers=True,
    refuses_a_key_twice=True,
    misses_an_item_to_delete=True,
    limits_items=True,
    limits_answers=True,
    keeps_index_keys_typed=True,
    limits_tokens=True,
)


@pytest.fixture
def habits(dynamodb_local: str | None) -> Habits:
    """Return the differences of the engine of this run."""
    return MINISTACK if dynamodb_local is None else DYNAMODB_LOCAL


@pytest.fixture
def writer(account: Pipeline) -> ConditionalWriter:
    """Write as the service does."""
    return ConditionalWriter(account.clients.dynamodb_writes)


@pytest.fixture
def staging(settings: Settings) -> str:
    """The name of the staging table."""
    return settings.dynamodb_staging_table


@pytest.fixture
def products(settings: Settings) -> str:
    """The name of the products table."""
    return settings.dynamodb_products_table


@pytest.fixture
def aws_tables(engine: Engine, boto_session: boto3.Session, aws: Account) -> Any:
    """A client for the tables that the local AWS created from the template."""
    return boto_session.client(
        "dynamodb",
        endpoint_url=engine.url,
        aws_access_key_id=aws.access_key_id,
        aws_secret_access_key=aws.secret_access_key,
    )
