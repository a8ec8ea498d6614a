"""The settings of the draft systems."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.setting_types import SENTENCE, Switch, TableName, lower, shaped

CODE_PATTERN = "^[A-Z0-9_-]{3,255}$"
CODE_HINT = "3-255 characters: A-Z, 0-9, hyphen, underscore"
"""How product codes look unless a service is set otherwise, and the words for that."""

Secret = Annotated[str, shaped(r"(?s).{32,}", "at least 32 characters long")]
KeySetUrl = Annotated[
    str, shaped(r"https?://\S+", "the URL of a key set, as in https://login.example/jwks.json")
]
EventsTopicArn = Annotated[
    str, shaped(r"arn:[\w-]+:sns:[\w-]*:\d*:[\w-]+(\.fifo)?", "the ARN of an SNS topic")
]


class TokenSettings(BaseModel):
    """What the callers' tokens are verified with: a shared secret or the issuer's public keys."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=str.upper, validate_by_name=True
    )

    jwt_secret: Secret | None = Field(default=None, repr=False)
    jwt_jwks_url: KeySetUrl | None = Field(default=None, validate_default=True)
    jwt_audience: str = "assembly-service"

    @field_validator("jwt_jwks_url")
    @classmethod
    def _one_of_both(cls, url: str | None, checked: ValidationInfo) -> str | None:
        # A secret that was refused is not among what was checked, and has its own sentence.
        secret = checked.data.get("jwt_secret", "refused")
        if url is None and secret is None:
            raise PydanticCustomError(
                SENTENCE,
                "Neither JWT_SECRET nor JWT_JWKS_URL is set: say in the environment what the "
                "callers' tokens are verified with (see .env.example).",
            )
        if url is not None and secret is not None:
            raise PydanticCustomError(
                SENTENCE,
                "JWT_SECRET and JWT_JWKS_URL are both set: take one of them out "
                "(see .env.example).",
            )
        return url


def _compiling(text: str) -> str:
    compile_pattern(text)
    return text


class DraftEngineSettings(TokenSettings):
    """What all draft systems share, beside the settings of AWS."""

    dynamodb_drafts_table: TableName
    dynamodb_records_table: TableName
    sns_draft_events_topic_arn: EventsTopicArn | None = None


class ProductDraftSettings(DraftEngineSettings):
    """The settings of the product drafts, with those of the engine that they run on."""

    orchestrator_share_within_org: Switch = False
    orchestrator_ttl_seconds: int = Field(default=7_200, ge=60, le=604_800)
    orchestrator_replay_seconds: float = Field(default=5, ge=1, le=3_600)
    product_code_pattern: Annotated[str, AfterValidator(_compiling)] = CODE_PATTERN
    product_code_hint: str = CODE_HINT
    product_code_scope: Annotated[Literal["organization", "global"], BeforeValidator(lower)] = (
        "organization"
    )
    target_match_mode: Annotated[Literal["any", "all"], BeforeValidator(lower)] = "any"
