"""Errors never show the secrets in URLs."""

import asyncio
from pathlib import Path

import aiohttp
import click
import pytest

from assembly_service.cli.failures import readable_errors
from assembly_service.cli.following import Follower, Unreachable
from tests.cli.runs import run
from tests.harness.valkey import free_port


@pytest.mark.parametrize(
    "error",
    [aiohttp.ClientConnectionError(), ValueError("Invalid endpoint: http://user:SECRETPW@host")],
)
def test_passwords_in_endpoints_are_not_shown(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://user:SECRETPW@127.0.0.1:1/?x=SECRETQ")
    with pytest.raises(click.ClickException) as caught, readable_errors("look"):
        raise error
    assert "http://***" in caught.value.message
    assert "SECRET" not in caught.value.message


def test_a_password_in_the_address_of_the_service_is_not_shown() -> None:
    follower = Follower(
        url=f"http://user:SECRETPW@127.0.0.1:{free_port()}/?x=SECRETQ",
        sellers=["home256"],
        show=lambda _name, _event: None,
        note=lambda _sentence: None,
    )
    with pytest.raises(Unreachable, match=r"does not answer at http://\*\*\*127") as caught:
        asyncio.run(follower.follow())
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("unfit", "wrong"), [(".local", "File exists"), (".local/lock/in", "Is a directory")]
)
def test_a_place_that_cannot_be_used_is_named_with_what_is_wrong(
    tmp_path: Path, unfit: str, wrong: str
) -> None:
    (tmp_path / unfit).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / unfit).touch()
    done = run("local", directory=tmp_path)
    assert done.code == 1
    [sentence] = done.sentences
    assert sentence.startswith(f"Error: {unfit.removesuffix('/in')} cannot be used: {wrong}. ")
