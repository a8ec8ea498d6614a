"""The settings of the service, read from environment variables and checked at start."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError


class SettingsError(Exception):
    """One sentence for every setting that is missing or wrong. Never holds a value that was set."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _shaped(pattern: str, shape: str) -> AfterValidator:
    """Check the shape of a text; what is refused is told in words, not as a pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"it has to be {shape}")
        return value

    return AfterValidator(check)


Origin = Annotated[
    str,
    _shaped(
        r"https?://[^/\s*]+",
        "a list of origins with commas between, each a scheme and a host: https://shop.example",
    ),
]
Origins = Annotated[tuple[Origin, ...], BeforeValidator(_split)]
Region = Annotated[str, _shaped(r"[a-z0-9-]+", "the name of a region, as in eu-west-1")]
QueueUrl = Annotated[str, _shaped(r"https?://\S+", "the URL of a queue")]
TopicArn = Annotated[
    str,
    _shaped(r"arn:[\w-]+:sns:[\w-]*:\d*:[\w-]+", "the ARN of a standard SNS topic, not a FIFO one"),
]
EndpointUrl = Annotated[str, _shaped(r"https?://\S+", "a URL, as in http://127.0.0.1:4566")]
TableName = Annotated[
    str,
    _shaped(
        r"[A-Za-z0-9_.-]{3,255}",
        "the name of a table, 3 to 255 letters, digits, dots, hyphens or underscores",
    ),
]
RedisUrl = Annotated[
    str,
    _shaped(
        r"(redis|rediss|valkey|valkeys|unix)://\S+",
        "the URL of a Redis or Valkey server, as in redis://host:6379/0",
    ),
]


class Settings(BaseModel):
    """Every setting of the service. The environment name of a field is its name in capitals."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=str.upper, validate_by_name=True
    )

    aws_region: Region
    aws_endpoint_url: EndpointUrl | None = None
    aws_endpoint_url_sqs: EndpointUrl | None = None
    aws_endpoint_url_dynamodb: EndpointUrl | None = None
    aws_endpoint_url_sns: EndpointUrl | None = None

    sqs_caption_analysis_queue_url: QueueUrl
    sqs_thumbnail_generation_queue_url: QueueUrl
    dynamodb_products_table: TableName
    dynamodb_staging_table: TableName
    sns_new_product_topic_arn: TopicArn | None = None
    sns_caption_topic_arn: TopicArn | None = None
    sns_thumbnail_topic_arn: TopicArn | None = None

    host: str = "127.0.0.1"
    port: int = Field(default=3002, ge=0, le=65535)
    service_role: Literal["all", "worker", "web"] = "all"
    cors_origins: Origins = ()
    websocket_cors_origins: Origins = ()
    socketio_redis_url: RedisUrl | None = Field(default=None, repr=False)

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
    ] = "INFO"
    log_format: Literal["json", "console"] = "json"

    staging_ttl_seconds: int = Field(default=86_400, ge=1, le=31_536_000)
    cleanup_interval_seconds: float = Field(default=3_600, ge=1, le=604_800)
    clock_skew_allowance: float = Field(default=5, ge=0, le=300)
    commit_allowance: float = Field(default=5, ge=1, le=300)
    sqs_visibility_timeout: int = Field(default=60, ge=2, le=43_200)
    sqs_wait_seconds: int = Field(default=5, ge=1, le=20)
    worker_concurrency: int = Field(default=200, ge=40, le=2_000)
    drain_deadline_seconds: float = Field(default=10, ge=2, le=3_600)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; an empty variable counts as not set.

        Raises SettingsError, which names every mistake at once.
        """
        given = {name: value for name, value in environment.items() if value.strip()}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise SettingsError(
                [_sentence(e["loc"], e["type"], e["msg"]) for e in error.errors()]
            ) from None

    def endpoint_url(self, service: Literal["sqs", "dynamodb", "sns"]) -> str | None:
        """The endpoint configured for one AWS service, or None for AWS's own."""
        own: str | None = getattr(self, f"aws_endpoint_url_{service}")
        return own or self.aws_endpoint_url


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    name = ".".join(str(part) for part in location)
    if kind == "missing":
        return f"{name} is not set: give it a value in the environment (see .env.example)."
    said = message.removeprefix("Value error, ")
    return f"{name} is wrong: {said[0].lower()}{said[1:]} (see .env.example)."
