"""Types of addresses in settings, checked so that connecting later cannot fail on their form."""

import re
from typing import Annotated
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator

from assembly_service.settings.values import shaped, split


def _parts(text: str) -> SplitResult | None:
    """Split a URL; None if its host or port is invalid."""
    try:
        parts = urlsplit(text)
        # Names like a..b cannot be looked up.
        (parts.hostname or "").encode("idna")
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts


def url(*schemes: str, shape: str, user_allowed: bool = True) -> AfterValidator:
    """Check that a text is a URL of one of these schemes with a valid host and port."""

    def check(value: str) -> str:
        parts = _parts(value)
        is_valid = parts is not None and parts.scheme in schemes and bool(parts.hostname)
        if not is_valid or not re.fullmatch(r"[^\s\"'`<>]+", value):
            raise ValueError(f"it has to be {shape}")
        if not user_allowed and "@" in urlsplit(value).netloc:
            raise ValueError(f"it has to be {shape}, without a user or password")
        return value

    return AfterValidator(check)


QueueUrl = Annotated[str, url("https", "http", shape="the URL of a queue")]
EndpointUrl = Annotated[
    str, url("https", "http", shape="a URL, as in http://127.0.0.1:4566", user_allowed=False)
]


def _proxy(address: str) -> str:
    # boto3 assumes http if there is no scheme.
    has_scheme = address.startswith(("http:", "https:"))
    parts = _parts(address if has_scheme else f"http://{address.removeprefix('//')}")
    if (
        parts is None
        or not parts.hostname
        or not _fits_basic_authentication(parts.username or "", parts.password or "")
        or not re.fullmatch(r"(https?://|//)?([^\s/?#]*@)?[^\s/?#\"'`<>]+/?", address)
    ):
        raise ValueError(
            "it has to be the URL of an HTTP proxy, as in http://proxy.example:3128, with a "
            "password percent-encoded"
        )
    return address


def _fits_basic_authentication(user: str, password: str) -> bool:
    """Whether aiohttp can encode them: Latin-1, and no colon in the user."""
    user, password = unquote(user), unquote(password)
    return ":" not in user and all(letter <= "\xff" for letter in user + password)


ProxyUrl = Annotated[str, AfterValidator(_proxy)]

_TLS_OPTIONS = frozenset(
    {"ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile"}
)


def _bus_address(address: str) -> str:
    parts = _parts(address)
    shape = r"(redis|rediss|valkey|valkeys|unix)://[^\s\"'`<>]+"
    if parts is None or not re.fullmatch(shape, address):
        raise ValueError(
            "it has to be the URL of a Redis or Valkey server, as in redis://host:6379/0"
        )
    # The client library accepts any option; some break it, others change what it returns.
    options = {"db"} | (_TLS_OPTIONS if parts.scheme in {"rediss", "valkeys"} else set())
    if not options.issuperset(parse_qs(parts.query, keep_blank_values=True)):
        raise ValueError(
            f"it may have no options but db and, with rediss://, {', '.join(sorted(_TLS_OPTIONS))}"
        )
    return address


RedisUrl = Annotated[str, AfterValidator(_bus_address)]


def _public_host(text: str) -> str:
    shape = r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d+)?"
    if _parts(f"http://{text}") is None or not re.fullmatch(shape, text):
        raise ValueError("it has to be a list of hosts, as in shop.example or shop.example:8443")
    return text


HostName = Annotated[str, AfterValidator(_public_host)]
HostNames = Annotated[tuple[HostName, ...], BeforeValidator(split)]
Host = Annotated[
    str,
    shaped(r"[\w:%-]{1,63}(\.[\w:%-]{1,63})*\.?", "the name or address of a host, as in 127.0.0.1"),
]
