"""Sample reference data for registering educations in the local mode."""

from pathlib import Path
from typing import Any

from assembly_service.drafts.education.reference_items import read_lines, to_row

ORGANIZATION = "7d7c1d2e-5d1f-4c0e-9a51-1f0a2f6f3b10"
"""The one whose accounts and membership years the samples are."""


def sample_lines() -> str:
    """Return the packaged file, or the one in `samples/` in a clone."""
    packaged = Path(__file__).with_name("reference.jsonl")
    cloned = Path(__file__).parents[2] / "samples" / "reference.jsonl"
    return (packaged if packaged.exists() else cloned).read_text(encoding="utf-8")


def load_samples(dynamodb: Any, table: str) -> None:
    """Put the few samples into a new table. `dynamodb` is a boto3 client."""
    for item in read_lines(("", line) for line in sample_lines().splitlines()).items:
        dynamodb.put_item(TableName=table, Item=to_row(item))
