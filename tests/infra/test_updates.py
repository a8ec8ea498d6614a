"""An update of a stack keeps its queues, topics and tables."""

from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.infra.stacks import deployed

STANDS_FOR_DATA = ("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::DynamoDB::Table")
# Also replace a table, although a property of its own can be changed.
KEYS = ("KeySchema", "LocalSecondaryIndexes")
RELEASED = {
    "CaptionQueue": {"QueueName": "product-assembly-caption-analysis"},
    "ThumbnailQueue": {"QueueName": "product-assembly-thumbnail-generation"},
    "CaptionDeadLetterQueue": {"QueueName": "product-assembly-caption-analysis-dead-letters"},
    "ThumbnailDeadLetterQueue": {"QueueName": "product-assembly-thumbnail-generation-dead-letters"},
    "CaptionParsedTopic": {"TopicName": "product-assembly-caption-parsed"},
    "ThumbnailGeneratedTopic": {"TopicName": "product-assembly-thumbnail-generated"},
    "NewProductTopic": {"TopicName": "product-assembly-new-product"},
    "DraftEventsTopic": {"TopicName": "product-assembly-draft-events.fifo", "FifoTopic": True},
    "ProductsTable": {
        "TableName": "product-assembly-products",
        "KeySchema": ["seller_handle", "video_id"],
        "LocalSecondaryIndexes": ["by_updated_at", "seller_handle", "updated_at", "KEYS_ONLY"],
    },
    "StagingTable": {
        "TableName": "product-assembly-staging",
        "KeySchema": ["video_id", "seller_handle"],
    },
    "DraftsTable": {"TableName": "product-assembly-drafts", "KeySchema": ["pk", "sk"]},
    "RecordsTable": {"TableName": "product-assembly-records", "KeySchema": ["pk", "sk"]},
}


def replacing(kind: str) -> set[str]:
    """The properties of a type of resource that CloudFormation cannot change in place."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return {path.split("/")[2] for path in schema["createOnlyProperties"]} | set(KEYS)


def texts(value: Any) -> Any:
    """The names in a list of keys or indexes, in order; anything else as it is."""
    if isinstance(value, dict):
        return [each for part in value.values() for each in texts([part])]
    if not isinstance(value, list):
        return value
    nested = [texts(each) if isinstance(each, (dict, list)) else [each] for each in value]
    return [each for part in nested for each in part if each not in {"HASH", "RANGE"}]


def test_nothing_that_holds_data_is_replaced_by_an_update() -> None:
    data = deployed().stacks["template"]
    made = {
        name: {
            each: texts(value)
            for each, value in data.resource(name).items()
            if each in replacing(resource["Type"])
        }
        for name, resource in data.template["Resources"].items()
        if resource["Type"] in STANDS_FOR_DATA
    }
    assert made == RELEASED
