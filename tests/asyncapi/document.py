"""The AsyncAPI document as a file, which `python -m` of this module writes."""

import json

import yaml

from assembly_service.asyncapi import asyncapi_document
from tests.cli.runs import ROOT

FILE = ROOT / "docs" / "asyncapi.yaml"


def text() -> str:
    """The file as it has to be."""
    # By way of JSON, or YAML would mark what occurs twice with anchors.
    plain = json.loads(json.dumps(asyncapi_document()))
    body = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    return f"# Written by `make asyncapi`: change assembly_service/asyncapi.py.\n{body}"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
