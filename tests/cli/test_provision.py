"""`provision` prints settings that the service can start with, however often it runs."""

from pathlib import Path

from assembly_service.local_aws.local_engine import Engine
from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment, run


def _provision(engine: Engine, directory: Path, *arguments: str) -> dict[str, str]:
    environment = bare_environment(
        AWS_REGION="us-east-1",
        AWS_ENDPOINT_URL=engine.url,
        AWS_ACCESS_KEY_ID="210987654321",
        AWS_SECRET_ACCESS_KEY="local",
    )
    outcome = run("provision", *arguments, directory=directory, environment=environment)
    assert outcome.code == 0, outcome.err
    return dict(line.split("=", 1) for line in outcome.out.splitlines())


def test_the_settings_are_complete_and_the_same_the_second_time(
    engine: Engine, tmp_path: Path
) -> None:
    first = _provision(engine, tmp_path)
    settings = Settings.from_environment(first)
    assert settings.sns_new_product_topic_arn
    assert settings.sns_caption_topic_arn
    assert settings.sns_thumbnail_topic_arn
    assert _provision(engine, tmp_path) == first


def test_two_prefixes_make_two_separate_stacks(engine: Engine, tmp_path: Path) -> None:
    ours = _provision(engine, tmp_path, "--name-prefix", "ours")
    theirs = _provision(engine, tmp_path, "--name-prefix", "theirs")
    shared = {name for name in ours if ours[name] == theirs[name]}
    assert shared == {"AWS_REGION", "AWS_ENDPOINT_URL"}
