"""Valid environments, and the mistakes that are reported of invalid ones."""

import pytest

from assembly_service.settings.service import InvalidSettings, Settings

SOUND = {
    "AWS_REGION": "eu-west-1",
    "SQS_CAPTION_ANALYSIS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/captions",
    "SQS_THUMBNAIL_GENERATION_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/thumbnails",
    "DYNAMODB_PRODUCTS_TABLE": "products",
    "DYNAMODB_STAGING_TABLE": "staging",
}

DRAFTS = {
    "PRODUCT_DRAFTS": "true",
    "DYNAMODB_DRAFTS_TABLE": "drafts",
    "DYNAMODB_RECORDS_TABLE": "records",
    "JWT_SECRET": "correct-horse-battery-staple-1234",
}


def mistakes(**changes: str) -> list[str]:
    with pytest.raises(InvalidSettings) as caught:
        Settings.from_environment(SOUND | changes)
    return caught.value.mistakes
