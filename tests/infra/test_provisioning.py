"""What the template creates, and that provisioning is idempotent."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assembly_service.local_aws.provisioning import Connect, provision, template
from assembly_service.settings.service import Settings
from tests.harness.engine import Account


def _attributes(sqs: Any, url: str) -> dict[str, str]:
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
        "Attributes"
    ]
    return attributes


def test_each_queue_moves_what_keeps_failing_to_its_own_dead_letter_queue(
    connect: Connect, settings: Settings
) -> None:
    sqs = connect("sqs")
    targets = set()
    for url in (
        settings.sqs_caption_analysis_queue_url,
        settings.sqs_thumbnail_generation_queue_url,
    ):
        attributes = _attributes(sqs, url)
        policy = json.loads(attributes["RedrivePolicy"])
        targets.add(policy["deadLetterTargetArn"])
        assert policy["maxReceiveCount"] == 400
        assert attributes["VisibilityTimeout"] == "60"
        assert attributes["MaximumMessageSize"] == "1048576"
        dead_letters = _attributes(sqs, f"{url}-dead-letters")
        assert dead_letters["QueueArn"] == policy["deadLetterTargetArn"]
        assert dead_letters["MessageRetentionPeriod"] == str(14 * 24 * 3600)
    assert len(targets) == 2


def test_products_have_the_index_and_staging_expires(connect: Connect, settings: Settings) -> None:
    dynamodb = connect("dynamodb")
    products = dynamodb.describe_table(TableName=settings.dynamodb_products_table)["Table"]
    [index] = products["LocalSecondaryIndexes"]
    assert index["IndexName"] == "by_updated_at"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["seller_handle", "updated_at"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    expiry = dynamodb.describe_time_to_live(TableName=settings.dynamodb_staging_table)
    assert expiry["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "ttl",
    }


def test_drafts_are_found_by_their_expiry_and_expire(connect: Connect, aws: Account) -> None:
    dynamodb, drafts = connect("dynamodb"), aws.environment["DYNAMODB_DRAFTS_TABLE"]
    draft = {"pk": {"S": "DRAFT#1"}, "sk": {"S": "META"}}
    for more in ({"lifecycle": {"S": "open"}, "expires_at": {"N": "1000"}}, {"sk": {"S": "odd"}}):
        dynamodb.put_item(TableName=drafts, Item={**draft, "name": {"S": "a draft"}, **more})
    found = dynamodb.query(
        TableName=drafts,
        IndexName="by_expiry",
        KeyConditionExpression="lifecycle = :open AND expires_at < :now",
        ExpressionAttributeValues={":open": {"S": "open"}, ":now": {"N": "1001"}},
    )
    assert found["Items"] == [{**draft, "lifecycle": {"S": "open"}, "expires_at": {"N": "1000"}}]
    expiry = dynamodb.describe_time_to_live(TableName=drafts)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_records_never_expire(connect: Connect, aws: Account) -> None:
    records = aws.environment["DYNAMODB_RECORDS_TABLE"]
    expiry = connect("dynamodb").describe_time_to_live(TableName=records)["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "DISABLED"


def test_the_events_of_a_draft_reach_a_subscriber_in_order_and_once(
    connect: Connect, aws: Account
) -> None:
    sns, sqs, topic = connect("sns"), connect("sqs"), aws.environment["SNS_DRAFT_EVENTS_TOPIC_ARN"]
    url = sqs.create_queue(QueueName="own.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=_attributes(sqs, url)["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    for number in ("1", "2", "2", "3"):
        sns.publish(
            TopicArn=topic, Message=number, MessageGroupId="draft", MessageDeduplicationId=number
        )
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    assert [message["Body"] for message in answer["Messages"]] == ["1", "2", "3"]
    with pytest.raises(ClientError, match="MessageGroupId"):
        sns.publish(TopicArn=topic, Message="of no draft")


def test_topics_deliver_the_bare_event_to_the_queues(connect: Connect, settings: Settings) -> None:
    sns, sqs = connect("sns"), connect("sqs")
    sns.publish(TopicArn=settings.sns_thumbnail_topic_arn, Message='{"price": 1.50}')
    answer = sqs.receive_message(
        QueueUrl=settings.sqs_thumbnail_generation_queue_url, WaitTimeSeconds=5
    )
    assert [message["Body"] for message in answer["Messages"]] == ['{"price": 1.50}']


def test_provisioning_twice_keeps_everything(
    connect: Connect, aws: Account, settings: Settings
) -> None:
    sns, sqs, url = connect("sns"), connect("sqs"), settings.sqs_caption_analysis_queue_url
    before = _attributes(sqs, url)
    sqs.send_message(QueueUrl=url, MessageBody="still here")
    again = provision(connect=connect, poll_seconds=0.005)
    assert aws.environment.items() >= again.items()
    assert _attributes(sqs, url)["RedrivePolicy"] == before["RedrivePolicy"]
    sns.publish(TopicArn=settings.sns_caption_topic_arn, Message="once")
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    assert [message["Body"] for message in answer["Messages"]] == ["still here", "once"]


def _update(connect: Connect, parameters: dict[str, str]) -> None:
    """Change the stack as in CloudFormation's console."""
    cloudformation = connect("cloudformation")
    cloudformation.update_stack(
        StackName="product-assembly",
        UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": n, "ParameterValue": v} for n, v in parameters.items()],
    )


def test_provisioning_again_keeps_a_parameter_that_was_changed(
    connect: Connect, settings: Settings
) -> None:
    _update(connect, {"NamePrefix": "product-assembly", "MaxReceiveCount": "35"})
    provision(connect=connect, poll_seconds=0.005)
    [stack] = connect("cloudformation").describe_stacks(StackName="product-assembly")["Stacks"]
    kept = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert kept.items() >= {"NamePrefix": "product-assembly", "MaxReceiveCount": "35"}.items()
    policy = _attributes(connect("sqs"), settings.sqs_caption_analysis_queue_url)["RedrivePolicy"]
    assert int(json.loads(policy)["maxReceiveCount"]) == 35


def _as_strict_as_aws(connect: Connect) -> Connect:
    """Refuse, as AWS does and local engines do not, a policy that is not acknowledged."""

    def check(params: dict[str, Any], model: Any, **_: object) -> None:
        grants = "AWS::IAM::" in params.get("TemplateBody", "")
        if grants and "CAPABILITY_IAM" not in params.get("Capabilities", []):
            said = {"Code": "InsufficientCapabilitiesException", "Message": "CAPABILITY_IAM"}
            raise ClientError({"Error": said}, model.name)

    def connect_strictly(service: str) -> Any:
        client = connect(service)
        client.meta.events.register("provide-client-params.cloudformation", check)
        return client

    return connect_strictly


def test_creating_and_updating_the_stack_acknowledges_its_policy(connect: Connect) -> None:
    strict = _as_strict_as_aws(connect)
    assert "AWS::IAM::ManagedPolicy" in template()
    made = provision(connect=strict, name_prefix="strict", poll_seconds=0.005)
    assert provision(connect=strict, name_prefix="strict", poll_seconds=0.005) == made
