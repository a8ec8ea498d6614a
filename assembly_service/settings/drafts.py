"""Settings of the draft systems."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.settings.addresses import url
from assembly_service.settings.values import (
    SENTENCE,
    UNQUOTED,
    Secret,
    SettingsModel,
    Switch,
    TableName,
    shaped,
    split,
)

CODE_PATTERN = "^[A-Z0-9_-]{3,255}$"
CODE_HINT = "3-255 characters: A-Z, 0-9, hyphen, underscore"
"""The default format of product codes, and its description."""


def _authentic(address: str) -> str:
    """Check that nobody between can replace the key set."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ValueError(
            "it has to begin with https://, since plain http lets anybody in between replace the "
            "keys; only an issuer on this machine may use http"
        )
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


KeySetUrl = Annotated[
    str,
    url("https", "http", shape="the URL of a key set, as in https://login.example/jwks.json"),
    AfterValidator(_authentic),
]
Audience = Annotated[str, shaped(UNQUOTED, "a name or a URL, without quotes")]
EventsTopicArn = Annotated[
    str, shaped(r"arn:[\w-]+:sns:[\w-]*:\d*:[\w-]+(\.fifo)?", "the ARN of an SNS topic")
]

_UNVERIFIABLE = (
    "Neither JWT_SECRET nor JWT_JWKS_URL is set: set what verifies the callers' tokens "
    "(see .env.example)."
)


class TokenSettings(SettingsModel):
    """How callers' tokens are verified: with a shared secret or the issuer's public keys."""

    jwt_secret: Secret | None = Field(default=None, repr=False)
    jwt_jwks_url: KeySetUrl | None = Field(default=None, validate_default=True)
    jwt_audience: Audience = "assembly-service"
    jwt_issuer: Audience | None = None
    jwt_type: Audience | None = None
    jwt_leeway_seconds: int = Field(default=30, ge=0, le=600)
    jwt_max_lifetime_seconds: int | None = Field(default=None, ge=1, le=31_536_000)

    @property
    def verifies_tokens(self) -> bool:
        """Whether anything is set that tokens can be verified with."""
        return self.jwt_secret is not None or self.jwt_jwks_url is not None

    @field_validator("jwt_jwks_url")
    @classmethod
    def _either_secret_or_url(cls, url: str | None, checked: ValidationInfo) -> str | None:
        # An invalid secret is missing from the data, and has a sentence of its own.
        secret = checked.data.get("jwt_secret", "refused")
        if url is None and secret is None and cls._always_needs_tokens():
            raise PydanticCustomError(SENTENCE, _UNVERIFIABLE)
        if url is not None and secret is not None:
            raise PydanticCustomError(
                SENTENCE,
                "JWT_SECRET and JWT_JWKS_URL are both set: remove one of them (see .env.example).",
            )
        return url

    @classmethod
    def _always_needs_tokens(cls) -> bool:
        """Whether every call requires a token, whatever is set."""
        return True


def _compiling(text: str) -> str:
    compile_pattern(text)
    return text


class DraftEngineSettings(TokenSettings):
    """The settings that all draft systems share."""

    dynamodb_drafts_table: TableName
    dynamodb_records_table: TableName
    sns_draft_events_topic_arn: EventsTopicArn | None = None


class ProductDraftSettings(DraftEngineSettings):
    """The settings of product drafts, including those of the engine."""

    orchestrator_share_within_org: Switch = False
    orchestrator_ttl_seconds: int = Field(default=7_200, ge=60, le=604_800)
    orchestrator_replay_seconds: float = Field(default=5, ge=1, le=3_600)
    product_code_pattern: Annotated[str, AfterValidator(_compiling)] = CODE_PATTERN
    product_code_hint: str = CODE_HINT
    product_code_scope: Annotated[Literal["organization", "global"], BeforeValidator(str.lower)] = (
        "organization"
    )
    target_match_mode: Annotated[Literal["any", "all"], BeforeValidator(str.lower)] = "any"


def _matching(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        raise ValueError("it has to be a regular expression") from None
    return text


class ProjectSessionSettings(DraftEngineSettings):
    """The settings of project sessions, including those of the engine. Times are in seconds."""

    require_auth: Switch = False

    session_ttl: int = Field(default=86_400, ge=60, le=2_592_000)
    session_extension: int = Field(default=3_600, ge=0, le=2_592_000)
    session_max_ttl: int = Field(default=172_800, ge=60, le=2_592_000, validate_default=True)
    session_gone_window: int = Field(default=86_400, ge=0, le=2_592_000)
    session_cleanup_interval: float = Field(default=60, ge=1, le=86_400)

    session_creates_per_minute: int = Field(default=10, ge=1, le=1_000_000)
    session_updates_per_minute: int = Field(default=60, ge=1, le=1_000_000)
    session_reads_per_minute: int = Field(default=100, ge=1, le=1_000_000)
    session_deletes_per_minute: int = Field(default=5, ge=1, le=1_000_000)

    building_types: Annotated[tuple[str, ...], BeforeValidator(split), Field(min_length=1)] = (
        "office",
        "residential",
        "industrial",
        "retail",
        "healthcare",
        "education",
    )
    project_name_pattern: Annotated[str, AfterValidator(_matching)] | None = None
    require_documents: Switch = False
    max_file_mb: int = Field(default=10, ge=1, le=10_000)

    @field_validator("session_max_ttl")
    @classmethod
    def _at_least_session_ttl(cls, longest: int, checked: ValidationInfo) -> int:
        if longest < checked.data.get("session_ttl", 0):
            raise PydanticCustomError(
                SENTENCE,
                "SESSION_TTL is above SESSION_MAX_TTL: lower the first or raise the second "
                "(see .env.example).",
            )
        return longest

    @classmethod
    def _always_needs_tokens(cls) -> bool:
        return False

    @model_validator(mode="after")
    def _tokens_if_required(self) -> Self:
        if self.require_auth and not self.verifies_tokens:
            raise PydanticCustomError(SENTENCE, _UNVERIFIABLE)
        return self


class EducationSettings(DraftEngineSettings):
    """The settings of education registration, including those of the engine."""

    coto_registration_pattern: Annotated[str, AfterValidator(_compiling)] = "^[A-Z0-9]{8}$"
    coto_registration_hint: str = "exactly 8 characters, uppercase letters or digits"
    graduation_max_future_years: int = Field(default=5, ge=0, le=50)
    education_replay_seconds: float = Field(default=5, ge=1, le=3_600)
