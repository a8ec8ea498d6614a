"""Settings of the service."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    FilePath,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from assembly_service.domain.origins import normalised_origin
from assembly_service.domain.product import HalfKind
from assembly_service.settings.addresses import (
    EndpointUrl,
    Host,
    HostNames,
    ProxyUrl,
    QueueUrl,
    RedisUrl,
)
from assembly_service.settings.drafts import (
    DraftEngineSettings,
    EducationSettings,
    ProductDraftSettings,
    ProjectSessionSettings,
    TokenSettings,
)
from assembly_service.settings.drain import DrainSettings
from assembly_service.settings.readers import ReaderSettings, given_token_settings
from assembly_service.settings.values import (
    SENTENCE,
    UNQUOTED,
    InvalidSettings,
    PathPrefix,
    Proxies,
    Secret,
    SettingsModel,
    Switch,
    TableName,
    given_values,
    read_settings,
    shaped,
    split,
)

__all__ = ["DRAFT_SYSTEMS", "InvalidSettings", "Settings"]

DRAFT_SYSTEMS = ("PRODUCT_DRAFTS", "PROJECT_SESSIONS", "EDUCATION_REGISTRATION")
"""The switches of the draft systems."""

MOST_BEHIND_PROXIES = 1_000
"""The default limit of connections of one client behind trusted proxies."""


def _is_on(switch: object) -> bool:
    return isinstance(switch, str) and switch.strip().lower() == "true"


def _off(value: object) -> object:
    """Return None for a switch that is off. One that is on was replaced by settings before."""
    if not isinstance(value, str):
        return value
    if value.strip().lower() != "false":
        raise ValueError("it has to be true or false")
    return None


def _origin(text: str) -> str:
    origin = normalised_origin(text.rstrip("/"))
    if origin is None or not re.fullmatch(UNQUOTED, text):
        raise ValueError(
            "it has to be a comma-separated list of origins, each a scheme and a host: "
            "https://shop.example"
        )
    return origin


Origin = Annotated[str, AfterValidator(_origin)]
Origins = Annotated[tuple[Origin, ...], BeforeValidator(split)]
HeaderName = Annotated[str, shaped(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", "a list of header names")]
HeaderNames = Annotated[tuple[HeaderName, ...], BeforeValidator(split)]
TRACING_HEADERS = (
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "x-request-id",
    "x-correlation-id",
    "x-requested-with",
)
"""Headers that tracing libraries and the like add to the requests of a page."""
Region = Annotated[str, shaped(r"[a-z0-9-]+", "the name of a region, as in eu-west-1")]
AwsKey = Annotated[
    str,
    shaped("[^\\s\"'`\x7f-\U0010ffff]+", "a key as AWS gives it out, without blanks and quotes"),
]
TopicArn = Annotated[
    str,
    shaped(r"arn:[\w-]+:sns:[\w-]*:\d*:[\w-]+", "the ARN of a standard SNS topic, not a FIFO one"),
]
BusChannel = Annotated[
    str,
    shaped(
        r"""(?!socketio$)[^\s"'`\x00-\x1f\x7f-\U0010ffff]{1,512}""",
        "the name of a channel, without blanks or quotes; not socketio, which is shared",
    ),
]
Secrets = Annotated[tuple[Secret, ...], BeforeValidator(split)]


class AwsSettings(SettingsModel):
    """The region and the endpoints of AWS."""

    aws_region: Region
    aws_endpoint_url: EndpointUrl | None = None
    aws_endpoint_url_sqs: EndpointUrl | None = None
    aws_endpoint_url_dynamodb: EndpointUrl | None = None
    aws_endpoint_url_sns: EndpointUrl | None = None

    def endpoint_url(self, service: Literal["sqs", "dynamodb", "sns"]) -> str | None:
        """Return the endpoint configured for a service, or None for AWS's own."""
        own: str | None = getattr(self, f"aws_endpoint_url_{service}")
        return own or self.aws_endpoint_url


LOWERCASE_LIBRARY_NAMES = frozenset({"http_proxy", "https_proxy"})
"""Names that the library reads in lower case too, with precedence."""


class LibrarySettings(SettingsModel):
    """What AWS's client library reads from the environment itself, checked to name mistakes.

    As in the library, the lower-case name of a proxy takes precedence over the other, even if it is
    empty.
    """

    aws_access_key_id: AwsKey | None = Field(default=None, repr=False)
    aws_secret_access_key: AwsKey | None = Field(default=None, repr=False)
    aws_session_token: AwsKey | None = Field(default=None, repr=False)
    aws_profile: str | None = None
    aws_default_region: Region | None = None
    aws_ca_bundle: FilePath | None = None
    aws_web_identity_token_file: FilePath | None = None
    http_proxy: ProxyUrl | None = Field(
        default=None, validation_alias=AliasChoices("http_proxy", "HTTP_PROXY"), repr=False
    )
    https_proxy: ProxyUrl | None = Field(
        default=None, validation_alias=AliasChoices("https_proxy", "HTTPS_PROXY"), repr=False
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read what the library would read."""
        lowercase = {name.upper() for name in LOWERCASE_LIBRARY_NAMES if name in environment}
        return super().from_environment(
            {name: value for name, value in environment.items() if name not in lowercase}
        )


class DraftsTableSettings(AwsSettings):
    """What reading the drafts table needs, also without any draft system switched on."""

    dynamodb_drafts_table: TableName


class RecordsTableSettings(AwsSettings):
    """What reading the records table needs, also without any draft system switched on."""

    dynamodb_records_table: TableName


class DraftTablesSettings(DraftsTableSettings, RecordsTableSettings):
    """What access to drafts and records needs, also without any draft system switched on."""


class Settings(AwsSettings, DrainSettings, ReaderSettings):
    """All settings of the service."""

    sqs_caption_analysis_queue_url: QueueUrl
    sqs_thumbnail_generation_queue_url: QueueUrl
    dynamodb_products_table: TableName
    dynamodb_staging_table: TableName
    sns_new_product_topic_arn: TopicArn | None = None
    sns_caption_topic_arn: TopicArn | None = None
    sns_thumbnail_topic_arn: TopicArn | None = None

    host: Host = "127.0.0.1"
    port: int = Field(default=3002, ge=0, le=65535)
    max_connections: int = Field(default=20_000, ge=10, le=1_000_000)
    max_connections_per_address: int | None = Field(default=None, ge=1, le=1_000_000)
    operations_host: Host = "127.0.0.1"
    operations_port: int = Field(default=0, ge=0, le=65535)
    public_stats: Switch = True
    pages: Switch = False
    service_role: Literal["all", "worker", "web"] = "all"
    announce_nowhere: Switch = False
    cors_origins: Origins = ()
    websocket_cors_origins: Origins = ()
    cors_allowed_headers: HeaderNames = TRACING_HEADERS
    cors_credentials: Switch = False
    socketio_redis_url: RedisUrl | None = Field(default=None, repr=False)
    bus_channel: BusChannel | None = None
    bus_secret: Secrets = Field(default=(), repr=False)
    bus_require_signature: Switch = False

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)
    ] = "INFO"
    log_format: Literal["json", "console"] = "json"

    staging_ttl_seconds: int = Field(default=86_400, ge=1, le=31_536_000)
    cleanup_interval_seconds: float = Field(default=3_600, ge=1, le=604_800)
    clock_skew_allowance: float = Field(default=5, ge=0, le=300)
    commit_allowance: float = Field(default=5, ge=1, le=300)
    sqs_visibility_timeout: int = Field(default=60, ge=2, le=43_200)
    sqs_wait_seconds: int = Field(default=5, ge=1, le=20)
    worker_concurrency: int = Field(default=200, ge=40, le=2_000)

    trusted_proxies: Proxies = 0
    public_hosts: HostNames = ()
    public_path: PathPrefix | None = None

    product_drafts: Annotated[ProductDraftSettings | None, BeforeValidator(_off)] = None
    project_sessions: Annotated[ProjectSessionSettings | None, BeforeValidator(_off)] = None
    education_registration: Annotated[EducationSettings | None, BeforeValidator(_off)] = None

    @property
    def queue_urls(self) -> dict[HalfKind, str]:
        """The queue of each half."""
        return {
            HalfKind.CAPTION: self.sqs_caption_analysis_queue_url,
            HalfKind.THUMBNAIL: self.sqs_thumbnail_generation_queue_url,
        }

    @field_validator("operations_port")
    @classmethod
    def _differs_from_port(cls, port: int, checked: ValidationInfo) -> int:
        if port and port == checked.data.get("port"):
            raise ValueError("it has to differ from PORT")
        return port

    @field_validator("bus_require_signature")
    @classmethod
    def _has_secrets(cls, required: bool, checked: ValidationInfo) -> bool:
        # Invalid secrets are missing from the data, and have a sentence of their own.
        if required and checked.data.get("bus_secret") == ():
            raise PydanticCustomError(
                SENTENCE,
                "BUS_REQUIRE_SIGNATURE is true and BUS_SECRET is not set: give all instances a "
                "secret first (see .env.example).",
            )
        return required

    @model_validator(mode="after")
    def _can_verify_readers(self) -> Self:
        # A worker serves no readers.
        if self.service_role != "worker":
            self.check_tokens(self.tokens)
        return self

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings, and those of each draft system that is switched on."""
        given: dict[str, object] = {**given_values(environment)}
        given["TOKEN_SETTINGS"] = given_token_settings(given)
        # A worker serves no calls of drafts.
        is_worker = given.get("SERVICE_ROLE") == "worker"
        for switch in DRAFT_SYSTEMS:
            if _is_on(given.get(switch)):
                given[switch] = None if is_worker else given_values(environment)
        return read_settings(cls, given)

    @property
    def most_of_an_address(self) -> int | None:
        """The most connections of one client; None for no limit.

        By default there is a limit only behind trusted proxies, where clients can be told apart.
        """
        if self.max_connections_per_address is None and self.trusted_proxies:
            return MOST_BEHIND_PROXIES
        return self.max_connections_per_address

    @property
    def draft_engine(self) -> DraftEngineSettings | None:
        """The settings that all draft systems share; None if none is switched on."""
        systems = (getattr(self, switch.lower()) for switch in DRAFT_SYSTEMS)
        return next((system for system in systems if system is not None), None)

    @property
    def tokens(self) -> TokenSettings | None:
        """What verifies the tokens of all calls; None if no call takes any."""
        return self.draft_engine or self.token_settings
