"""`assembly-service token`: makes a token to try the drafts with."""

import os
import re

import click

from assembly_service.access.caller import LONGEST_CLAIM, Privilege, is_encrypted, parse_id
from assembly_service.access.signing import signed_token
from assembly_service.cli.environment import SettingsFailure, enter_environment, read
from assembly_service.runtime.clock import wall_clock
from assembly_service.settings.drafts import TokenSettings
from assembly_service.settings.readers import ReaderSettings
from assembly_service.settings.values import given_values

_NOTHING_SIGNS = (
    "JWT_SECRET is not set: start the local service with `make run` in this directory, or set the "
    "service's secret in the environment."
)
_OTHER_ISSUER = (
    "The tokens are verified with the keys of JWT_JWKS_URL, so only their issuer can make one: "
    "ask it for a token, or set JWT_SECRET instead, here and for the service."
)
_PRIVILEGES = {word: each for each in Privilege for word in (each.name.lower(), str(each.value))}
_DEFAULT_SECONDS = 43_200
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Duration(click.ParamType[int]):
    """A number of seconds, or of s, m, h or d if that letter follows."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The seconds, at least one."""
        parts = re.fullmatch(r"([1-9][0-9]{0,8})([smhd]?)", str(value))
        if parts is None:
            self.fail(f"{value!r} is not a duration: write it like 900, 15m, 8h or 7d.", param, ctx)
        return int(parts[1]) * _SECONDS[parts[2]]


def _id(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and parse_id(value) is None:
        raise click.BadParameter(f"it has to have 1 to {LONGEST_CLAIM} characters.")
    return value


def _plain_id(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if is_encrypted(value):
        raise click.BadParameter("it is encrypted: give the plain id.")
    return _id(context, option, value)


@click.command()
@click.option(
    "--privilege",
    type=click.Choice(list(_PRIVILEGES), case_sensitive=False),
    help="The caller's privilege, as a word or a number; product drafts need it.",
)
@click.option(
    "--org", callback=_plain_id, help="The caller's organization; product drafts need it."
)
@click.option(
    "--user",
    default="local-user",
    show_default=True,
    callback=_id,
    help="The caller's id.",
)
@click.option(
    "--business-id",
    callback=_id,
    help="The member id of an Owner, like osot-0000123; education registration needs it.",
)
@click.option(
    "--seller",
    "sellers",
    multiple=True,
    help="A seller whose shop may be read with it, where READER_AUTH asks for tokens; repeat it for"
    ' more, or give "*" for all.',
)
@click.option(
    "--valid",
    type=Duration(),
    help="How long the token is valid, like 900 (seconds), 15m, 8h or 7d."
    "  [default: 12h, or JWT_MAX_LIFETIME_SECONDS if that is less]",
)
def token(
    privilege: str | None,
    org: str | None,
    user: str,
    business_id: str | None,
    sellers: tuple[str, ...],
    valid: int | None,
) -> None:
    """Print a token for the draft calls, or for readers.

    It is signed with JWT_SECRET, for JWT_AUDIENCE, and has the issuer and the type that the
    settings require. Send it in the header `Authorization: Bearer TOKEN`.
    """
    settings = _settings()
    readers = read(ReaderSettings)
    claims = {
        "sub": user,
        **({"organizationGuid": org} if org is not None else {}),
        **({"privilege": _PRIVILEGES[privilege].value} if privilege is not None else {}),
        **({"userBusinessId": business_id} if business_id is not None else {}),
        **({readers.reader_sellers_claim: [*sellers]} if sellers else {}),
    }
    lifetime = _lifetime(valid, settings.jwt_max_lifetime_seconds)
    click.echo(signed_token(settings, claims=claims, issued=wall_clock() // 1000, seconds=lifetime))


def _lifetime(asked: int | None, longest: int | None) -> int:
    """The seconds that a token is valid. Raises BadParameter if the service would refuse it."""
    if longest is None:
        return asked or _DEFAULT_SECONDS
    if asked is not None and asked > longest:
        raise click.BadParameter(
            f"JWT_MAX_LIFETIME_SECONDS allows at most {longest} seconds.", param_hint="--valid"
        )
    return asked or min(_DEFAULT_SECONDS, longest)


def _settings() -> TokenSettings:
    enter_environment()
    given = given_values(os.environ)
    if "JWT_SECRET" not in given:
        raise SettingsFailure(_OTHER_ISSUER if "JWT_JWKS_URL" in given else _NOTHING_SIGNS)
    return read(TokenSettings)
