"""The template means the same to another engine: it relies on none."""

import json
from collections.abc import Iterator

import boto3
import pytest

from assembly_service.local_aws.local_engine import REGION
from assembly_service.local_aws.provisioning import Connect, provision
from assembly_service.settings.service import Settings
from tests.infra.moto import running_moto


@pytest.fixture
def connect(boto_session: boto3.Session) -> Iterator[Connect]:
    with running_moto(boto_session) as connect:
        yield connect


# This engine says so when it leaves a resource out: subscriptions and the queues' policies.
@pytest.mark.filterwarnings("ignore:Tried to parse AWS")
def test_a_second_engine_creates_the_same_from_the_template(connect: Connect) -> None:
    made = provision(connect=connect, poll_seconds=0.01)
    settings = Settings.from_environment({"AWS_REGION": REGION, **made})
    answer = connect("sqs").get_queue_attributes(
        QueueUrl=settings.sqs_caption_analysis_queue_url, AttributeNames=["RedrivePolicy"]
    )
    assert int(json.loads(answer["Attributes"]["RedrivePolicy"])["maxReceiveCount"]) == 400
    for table in (settings.dynamodb_staging_table, made["DYNAMODB_DRAFTS_TABLE"]):
        expiry = connect("dynamodb").describe_time_to_live(TableName=table)
        assert expiry["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    topic = connect("sns").get_topic_attributes(TopicArn=made["SNS_DRAFT_EVENTS_TOPIC_ARN"])
    assert topic["Attributes"]["FifoTopic"] == "true"
    assert provision(connect=connect, poll_seconds=0.01) == made
