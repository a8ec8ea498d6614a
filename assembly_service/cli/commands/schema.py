"""`assembly-service schema`: prints JSON Schemas of what the service reads and shows."""

import json

import click

from assembly_service.domain.event_schemas import DEFINITIONS, Schema, event_schema
from assembly_service.domain.product import HalfKind
from assembly_service.shop.schemas import product_schemas

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PRODUCT = "product"


@click.command()
@click.argument("name", type=click.Choice([*(kind.value for kind in HalfKind), _PRODUCT]))
def schema(name: str) -> None:
    """Print the JSON Schema (2020-12) of an event or a product.

    The service refuses what the schema of an event refuses. What the schema cannot express, such as
    dates that no calendar has, `assembly-service validate` checks.
    """
    printed = _product() if name == _PRODUCT else event_schema(HalfKind(name))
    click.echo(json.dumps({"$schema": _DIALECT, **printed}, indent=2, ensure_ascii=False))


def _product() -> Schema:
    definitions = product_schemas(DEFINITIONS)
    return {"title": "Product", **definitions.pop("Product"), "$defs": definitions}
