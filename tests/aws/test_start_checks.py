"""Missing or unsuitable resources are reported in one sentence before anything is received."""

import json
import socket
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from assembly_service.aws.queue_descriptions import dead_letter_source
from assembly_service.aws.start_errors import CannotStart
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from tests.harness.valkey import free_port

HASH_RANGE = ("HASH", "RANGE")


@pytest.fixture
def sqs(settings: Settings) -> Any:
    return boto3.Session().client(
        "sqs", region_name=settings.aws_region, endpoint_url=settings.aws_endpoint_url
    )


@pytest.fixture
def dynamodb(settings: Settings) -> Any:
    return boto3.Session().client(
        "dynamodb", region_name=settings.aws_region, endpoint_url=settings.aws_endpoint_url
    )


async def refusal(settings: Settings, **changes: object) -> str:
    """The sentence with which the service refuses to start."""
    with pytest.raises(CannotStart) as caught:
        async with running_service(settings.model_copy(update=changes)):
            pass
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def make_table(dynamodb: Any, name: str, *keys: str, **more: object) -> None:
    attributes = {*keys, *(["updated_at"] if more else [])}
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in attributes],
        KeySchema=[
            {"AttributeName": n, "KeyType": kind} for n, kind in zip(keys, HASH_RANGE, strict=True)
        ],
        **more,
    )


async def test_a_service_with_everything_in_place_starts(settings: Settings) -> None:
    async with running_service(settings) as service:
        assert service.url.startswith("http://127.0.0.1:")


async def test_a_missing_queue_is_named_with_its_setting(settings: Settings) -> None:
    url = settings.sqs_caption_analysis_queue_url + "-none"
    sentence = await refusal(settings, sqs_caption_analysis_queue_url=url)
    assert url in sentence
    assert "SQS_CAPTION_ANALYSIS_QUEUE_URL" in sentence


async def test_secrets_in_the_url_of_a_queue_are_masked(settings: Settings) -> None:
    url = settings.sqs_caption_analysis_queue_url + "-none?x=SECRETQ"
    sentence = await refusal(settings, sqs_caption_analysis_queue_url=url)
    assert "-none*** does not exist" in sentence
    assert "SECRETQ" not in sentence


async def test_one_queue_for_both_halves_is_refused(settings: Settings) -> None:
    same = settings.sqs_caption_analysis_queue_url
    assert "name the same" in await refusal(settings, sqs_thumbnail_generation_queue_url=same)


def dead_letter_queue(sqs: Any, url: str) -> Any:
    """The URL of a queue's dead-letter queue."""
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    policy = json.loads(answer["Attributes"]["RedrivePolicy"])
    return sqs.get_queue_url(QueueName=policy["deadLetterTargetArn"].rsplit(":", 1)[-1])["QueueUrl"]


@pytest.mark.parametrize("half", ["caption_analysis", "thumbnail_generation"])
@pytest.mark.parametrize("own", [True, False])
async def test_a_dead_letter_queue_as_a_source_is_refused(
    settings: Settings, sqs: Any, half: str, own: bool
) -> None:
    field = f"sqs_{half}_queue_url"
    others = {"sqs_caption_analysis_queue_url", "sqs_thumbnail_generation_queue_url"} - {field}
    source = getattr(settings, field if own else others.pop())
    sentence = await refusal(settings, **{field: dead_letter_queue(sqs, source)})
    assert sentence.startswith(f"{field.upper()} names the dead-letter queue of ")
    assert source.rsplit("/", 1)[-1] in sentence


async def test_a_dead_letter_queue_with_dead_letters_of_its_own_is_refused_beside_its_source(
    settings: Settings, sqs: Any
) -> None:
    captions = settings.sqs_caption_analysis_queue_url
    thumbnails = settings.sqs_thumbnail_generation_queue_url
    answer = sqs.get_queue_attributes(QueueUrl=thumbnails, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": answer["Attributes"]["QueueArn"], "maxReceiveCount": 400}
    sqs.set_queue_attributes(QueueUrl=captions, Attributes={"RedrivePolicy": json.dumps(policy)})
    sentence = await refusal(settings)
    assert sentence.startswith("SQS_THUMBNAIL_GENERATION_QUEUE_URL names the dead-letter queue of ")


async def test_a_dead_letter_queue_with_dead_letters_of_its_own_is_refused_whatever_is_beside_it(
    settings: Settings, sqs: Any
) -> None:
    letters = dead_letter_queue(sqs, settings.sqs_caption_analysis_queue_url)
    other = sqs.create_queue(QueueName="third")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=other, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 400}
    sqs.set_queue_attributes(QueueUrl=letters, Attributes={"RedrivePolicy": json.dumps(policy)})
    sentence = await refusal(settings, sqs_caption_analysis_queue_url=letters)
    assert sentence.startswith("SQS_CAPTION_ANALYSIS_QUEUE_URL names the dead-letter queue of ")


class StatedSqs:
    """Answers or refuses which queues have this one as their dead-letter queue."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self._answer = answer

    async def list_dead_letter_source_queues(self, **_: str) -> dict[str, Any]:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


async def test_sqs_is_asked_whose_dead_letter_queue_a_queue_is() -> None:
    assert await dead_letter_source(StatedSqs({"queueUrls": ["a"]}), "b", "arn:b") == "a"
    assert await dead_letter_source(StatedSqs({}), "b", "arn:b") is None


async def test_a_denied_look_up_of_dead_letter_sources_is_logged() -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied"}}, "ListDeadLetterSourceQueues")
    with capture_logs() as logs:
        assert await dead_letter_source(StatedSqs(denied), "b", "arn:b") is None
    assert [line["event"] for line in logs] == ["dead_letter_sources_unknown"]


async def test_a_fifo_queue_is_refused(settings: Settings, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="odd.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    assert "FIFO" in await refusal(settings, sqs_caption_analysis_queue_url=url)


async def test_a_missing_dead_letter_queue_is_named_and_not_its_source(
    settings: Settings, sqs: Any
) -> None:
    url = settings.sqs_caption_analysis_queue_url
    dead_letter_url = dead_letter_queue(sqs, url)
    name = dead_letter_url.rsplit("/", 1)[-1]
    sqs.delete_queue(QueueUrl=dead_letter_url)
    sentence = await refusal(settings)
    assert f"{name}, which does not exist" in sentence
    assert sentence.startswith(f"Queue {url} sends")


@pytest.mark.parametrize(
    ("field", "setting"),
    [
        ("dynamodb_products_table", "DYNAMODB_PRODUCTS_TABLE"),
        ("dynamodb_staging_table", "DYNAMODB_STAGING_TABLE"),
    ],
)
async def test_a_missing_table_is_named_with_its_setting(
    settings: Settings, field: str, setting: str
) -> None:
    sentence = await refusal(settings, **{field: "no-such-table"})
    assert "no-such-table" in sentence
    assert setting in sentence


async def test_a_table_with_another_key_is_refused(settings: Settings, dynamodb: Any) -> None:
    make_table(dynamodb, "swapped", "video_id", "seller_handle")
    sentence = await refusal(settings, dynamodb_products_table="swapped")
    assert "has the key video_id, seller_handle instead of seller_handle, video_id" in sentence


async def test_a_products_table_without_its_index_is_refused(
    settings: Settings, dynamodb: Any
) -> None:
    make_table(dynamodb, "plain", "seller_handle", "video_id")
    assert "by_updated_at" in await refusal(settings, dynamodb_products_table="plain")


async def test_a_staging_table_without_time_to_live_is_refused(
    settings: Settings, dynamodb: Any
) -> None:
    make_table(dynamodb, "eternal", "video_id", "seller_handle")
    assert "time to live" in await refusal(settings, dynamodb_staging_table="eternal")


async def test_a_missing_topic_is_named(settings: Settings) -> None:
    arn = f"{settings.sns_new_product_topic_arn}-none"
    assert arn in await refusal(settings, sns_new_product_topic_arn=arn)


async def test_an_unreachable_endpoint_is_reported(settings: Settings) -> None:
    port = free_port()
    sentence = await refusal(settings, aws_endpoint_url=f"http://127.0.0.1:{port}")
    assert sentence.startswith(f"AWS cannot be reached (127.0.0.1:{port}: Connection refused): ")


@pytest.mark.parametrize("address", ["http://u:PWPW@127.0.0.1:{}", "u:PWPW@127.0.0.1:{}"])
async def test_an_unreachable_proxy_is_named_without_its_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    port = free_port()
    monkeypatch.setenv("HTTP_PROXY", address.format(port))
    sentence = await refusal(settings, aws_endpoint_url="http://aws.invalid")
    assert sentence.startswith(f"The proxy cannot be used (127.0.0.1:{port}: Connection refused): ")
    assert sentence.endswith("check HTTP_PROXY, HTTPS_PROXY and NO_PROXY.")
    assert "PWPW" not in sentence


async def test_what_the_client_library_refuses_is_reported_without_a_password(
    settings: Settings,
) -> None:
    sentence = await refusal(settings, aws_endpoint_url="http://u:PWPW@-/")
    assert "PWPW" not in sentence


async def test_an_endpoint_that_is_not_aws_is_reported(settings: Settings) -> None:
    async with running_service(settings.model_copy(update={"service_role": "web"})) as other:
        sentence = await refusal(settings, aws_endpoint_url=other.url)
    assert sentence == f"What answers at {other.url} is not AWS: check AWS_ENDPOINT_URL."


async def test_missing_credentials_are_reported(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    assert "credentials" in (await refusal(settings)).lower()


async def test_an_address_that_cannot_be_listened_on_is_reported(settings: Settings) -> None:
    assert await refusal(settings, host="192.0.2.1", port=1) == (
        "Cannot listen on 192.0.2.1:1 (Cannot assign requested address): correct HOST."
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} is in use" in await refusal(settings, port=port)


def make_queue(sqs: Any, *, most_receives: int | None) -> str:
    """A queue with a dead-letter queue, or without one."""
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = {
        "deadLetterTargetArn": answer["Attributes"]["QueueArn"],
        "maxReceiveCount": most_receives,
    }
    attributes = {"RedrivePolicy": json.dumps(policy)} if most_receives is not None else {}
    url: str = sqs.create_queue(QueueName="own", Attributes=attributes)["QueueUrl"]
    return url


async def warnings_at_start(settings: Settings) -> list[Any]:
    with capture_logs() as logs:
        async with running_service(settings):
            pass
    return [line for line in logs if line["log_level"] == "warning"]


async def test_a_low_max_receive_count_is_warned_about(settings: Settings, sqs: Any) -> None:
    url = make_queue(sqs, most_receives=399)
    own = settings.model_copy(update={"sqs_thumbnail_generation_queue_url": url})
    [warning] = await warnings_at_start(own)
    assert warning == {
        "event": "max_receive_count_low",
        "log_level": "warning",
        "queue": url,
        "max_receive_count": 399,
        "recommended": 400,
    }


async def test_a_queue_without_a_dead_letter_queue_is_warned_about(
    settings: Settings, sqs: Any
) -> None:
    url = make_queue(sqs, most_receives=None)
    own = settings.model_copy(update={"sqs_thumbnail_generation_queue_url": url})
    [warning] = await warnings_at_start(own)
    assert (warning["event"], warning["queue"]) == ("queue_has_no_dead_letter_queue", url)


async def test_the_queues_of_the_template_pass_without_a_warning(settings: Settings) -> None:
    assert await warnings_at_start(settings) == []
