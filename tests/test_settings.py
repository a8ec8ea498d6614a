"""Settings are checked at start, and every mistake is told at once, in words."""

import pytest

from assembly_service.settings import Settings, SettingsError

SOUND = {
    "AWS_REGION": "eu-west-1",
    "SQS_CAPTION_ANALYSIS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/captions",
    "SQS_THUMBNAIL_GENERATION_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/thumbnails",
    "DYNAMODB_PRODUCTS_TABLE": "products",
    "DYNAMODB_STAGING_TABLE": "staging",
}


def mistakes(**changes: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(SOUND | changes)
    return caught.value.mistakes


def test_what_is_not_set_is_named_all_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"AWS_REGION": " "})
    assert [line.split(" ")[0] for line in caught.value.mistakes] == list(SOUND)
    assert all("is not set" in line for line in caught.value.mistakes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "65536"),
        ("PORT", "http"),
        ("AWS_REGION", "us east 1"),
        ("AWS_ENDPOINT_URL", "127.0.0.1:4566"),
        ("SERVICE_ROLE", "master"),
        ("LOG_LEVEL", "LOUD"),
        ("COMMIT_ALLOWANCE", "inf"),
        ("COMMIT_ALLOWANCE", "0"),
        ("SQS_WAIT_SECONDS", "0"),
        ("DRAIN_DEADLINE_SECONDS", "nan"),
        ("CORS_ORIGINS", "*"),
        ("WEBSOCKET_CORS_ORIGINS", "https://shop.example, shop.example"),
        ("SNS_NEW_PRODUCT_TOPIC_ARN", "arn:aws:sns:eu-west-1:1:products.fifo"),
        ("SOCKETIO_REDIS_URL", "redis+sentinel://host"),
    ],
)
def test_a_wrong_value_is_told_in_words_without_repeating_it(name: str, value: str) -> None:
    [sentence] = mistakes(**{name: value})
    assert sentence.startswith(f"{name}")
    assert "pattern" not in sentence
    assert f"'{value}'" not in sentence


def test_a_password_is_neither_told_nor_shown() -> None:
    assert "hunter2" not in str(mistakes(SOCKETIO_REDIS_URL="ftp://user:hunter2@host"))
    settings = Settings.from_environment(SOUND | {"SOCKETIO_REDIS_URL": "redis://u:hunter2@host"})
    assert "hunter2" not in repr(settings)


def test_origins_are_a_list_with_or_without_a_slash_at_the_end() -> None:
    origins = "https://shop.example/, http://127.0.0.1:5173"
    settings = Settings.from_environment(SOUND | {"CORS_ORIGINS": origins})
    assert settings.cors_origins == ("https://shop.example", "http://127.0.0.1:5173")
