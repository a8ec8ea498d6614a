"""Settings are checked at start, and all mistakes are reported at once, in words."""

from ipaddress import ip_network

import pytest

from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.settings.service import InvalidSettings, LibrarySettings, Settings
from tests.settings.environments import DRAFTS, SOUND, mistakes


def test_all_missing_settings_are_named_at_once() -> None:
    with pytest.raises(InvalidSettings) as caught:
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
        ("OPERATIONS_PORT", "3002"),
        ("PUBLIC_STATS", "maybe"),
        ("ANNOUNCE_NOWHERE", "yes"),
        ("LOG_LEVEL", "LOUD"),
        ("COMMIT_ALLOWANCE", "inf"),
        ("COMMIT_ALLOWANCE", "0"),
        ("SQS_WAIT_SECONDS", "0"),
        ("DRAIN_DEADLINE_SECONDS", "nan"),
        ("DRAIN_SPREAD_SECONDS", "-1"),
        ("DRAIN_SPREAD_SECONDS", "nan"),
        ("DRAIN_SPREAD_SECONDS", "10"),
        ("CORS_ORIGINS", "*"),
        ("WEBSOCKET_CORS_ORIGINS", "https://shop.example, shop.example, *"),
        ("PUBLIC_HOSTS", "https://shop.example"),
        ("PUBLIC_HOSTS", "shop.example/path"),
        ("PUBLIC_HOSTS", "shop.example:99999"),
        ("PUBLIC_HOSTS", "shop..example"),
        ("PUBLIC_PATH", "assembly"),
        ("PUBLIC_PATH", "//assembly"),
        ("SNS_NEW_PRODUCT_TOPIC_ARN", "arn:aws:sns:eu-west-1:1:products.fifo"),
        ("SOCKETIO_REDIS_URL", "redis+sentinel://host"),
        ("SOCKETIO_REDIS_URL", "redis://host:99999"),
        ("SOCKETIO_REDIS_URL", "redis://a..b:6379"),
        ("SOCKETIO_REDIS_URL", "redis://host/0?foo=bar"),
        ("SOCKETIO_REDIS_URL", "redis://host?decode_responses=true"),
        ("SOCKETIO_REDIS_URL", "redis://host?ssl_cert_reqs=none"),
        ("SOCKETIO_REDIS_URL", "redis://:p\udcff@host"),
        ("BUS_CHANNEL", "socketio"),
        ("BUS_CHANNEL", "of production"),
        ("BUS_SECRET", "correct-horse-battery-staple-1234,short"),
        ("BUS_REQUIRE_SIGNATURE", "perhaps"),
    ],
)
def test_an_invalid_value_is_described_in_words_and_not_repeated(name: str, value: str) -> None:
    [sentence] = mistakes(**{name: value})
    assert sentence.startswith(f"{name} is wrong: ")
    assert not any(word in sentence for word in ("pattern", "input", "parse", "integer"))
    assert f"'{value}'" not in sentence


def test_the_last_goodbye_leaves_time_to_cut_a_silent_client_before_the_deadline() -> None:
    def spread(*, others: bool = True, **given: str) -> float:
        return Settings.from_environment(SOUND | given).goodbye_seconds(others=others)

    assert spread() == 6
    assert spread(others=False) == 0
    assert spread(DRAIN_DEADLINE_SECONDS="2") == 0
    assert spread(DRAIN_DEADLINE_SECONDS="20", DRAIN_SPREAD_SECONDS="17", others=False) == 17
    assert spread(DRAIN_DEADLINE_SECONDS="2", DRAIN_SPREAD_SECONDS="0") == 0
    for deadline, seconds in (("20", "17.1"), ("4", "1.5"), ("2", "0.1")):
        [too_long] = mistakes(DRAIN_DEADLINE_SECONDS=deadline, DRAIN_SPREAD_SECONDS=seconds)
        assert "it has to be at least 3 s less than DRAIN_DEADLINE_SECONDS, or 0" in too_long
    assert len(mistakes(DRAIN_DEADLINE_SECONDS="1", DRAIN_SPREAD_SECONDS="4")) == 1


@pytest.mark.parametrize("query", ["db=1", "ssl_cert_reqs=none&ssl_check_hostname=false"])
def test_harmless_options_of_the_bus_are_kept(query: str) -> None:
    url = f"rediss://host:6379?{query}"
    given = SOUND | {"SOCKETIO_REDIS_URL": url}
    assert Settings.from_environment(given).socketio_redis_url == url


def test_a_password_in_the_endpoint_of_aws_is_refused_and_not_repeated() -> None:
    [sentence] = mistakes(AWS_ENDPOINT_URL="http://user:hunter2@127.0.0.1:4566")
    assert sentence.startswith("AWS_ENDPOINT_URL is wrong: it has to be a URL")
    assert "without a user or password" in sentence
    assert "hunter2" not in sentence


def test_bytes_that_are_not_utf_8_are_refused_in_all_settings_but_secrets() -> None:
    for name in ("AWS_PROFILE", "PRODUCT_CODE_HINT"):
        model = LibrarySettings if name == "AWS_PROFILE" else ProductDraftSettings
        with pytest.raises(InvalidSettings, match=f"{name} is wrong: it has to be text in UTF-8"):
            model.from_environment(DRAFTS | {name: "caf\udce9"})
    secret = "correct-horse-battery-staple-\udcff1234"  # noqa: S105
    assert Settings.from_environment(SOUND | {"BUS_SECRET": secret}).bus_secret == (secret,)


PROXIES = [
    "u:PWPW@127.0.0.1:99999",
    "http://u:PWPW@127.0.0.1:abc",
    "http://u:PWPW@a..b:1",
    "http://u:PWPW@",
    "socks5://u:PWPW@proxy.example:1080",
    "http://u:12/PWPW@proxy.example:3128",
    "http://u:PW PW@proxy.example:3128",
    "http://u:PWPW%E2%82%AC@proxy.example:3128",
    "http://u%3Av:PWPW@proxy.example:3128",
]


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"])
@pytest.mark.parametrize("proxy", PROXIES)
def test_an_invalid_proxy_is_refused_by_name_without_its_password(name: str, proxy: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        LibrarySettings.from_environment({name: proxy})
    [sentence] = caught.value.mistakes
    assert sentence.startswith(f"{name} is wrong: it has to be the URL of an HTTP proxy")
    assert "PW" not in sentence


@pytest.mark.parametrize(
    "proxy", ["two", "127.0.0.1:3128", "//one:3128", "https://u:it's%40@[::1]:3128/"]
)
def test_a_proxy_may_have_a_scheme_or_not(proxy: str) -> None:
    assert LibrarySettings.from_environment({"HTTP_PROXY": proxy}).http_proxy == proxy


@pytest.mark.parametrize(
    "given",
    [
        {"http_proxy": "one:3128", "HTTP_PROXY": "one:abc"},
        {"http_proxy": "", "HTTP_PROXY": "one:abc"},
        {"ALL_PROXY": "socks5://one", "FTP_PROXY": "one:abc"},
    ],
)
def test_a_proxy_that_is_not_used_is_not_checked(given: dict[str, str]) -> None:
    LibrarySettings.from_environment(given)


def test_a_password_appears_neither_in_errors_nor_in_repr() -> None:
    for wrong in ("ftp://user:hunter2@host", "redis://:hunter2#hunter2@host:6379"):
        assert "hunter2" not in str(mistakes(SOCKETIO_REDIS_URL=wrong))
    settings = Settings.from_environment(SOUND | {"SOCKETIO_REDIS_URL": "redis://u:hunter2@host"})
    assert "hunter2" not in repr(settings)


def test_secrets_of_the_bus_are_a_list_that_is_never_shown() -> None:
    one, two = "correct-horse-battery-staple-1234", "a-base64-secret-that-ends-with-a-slash/"
    settings = Settings.from_environment(SOUND | {"BUS_SECRET": f" {one}, {two}\n"})
    assert settings.bus_secret == (one, two)
    assert one not in repr(settings)


def test_signatures_cannot_be_required_without_a_secret() -> None:
    [sentence] = mistakes(BUS_REQUIRE_SIGNATURE="true")
    assert "BUS_SECRET is not set" in sentence
    [sentence] = mistakes(BUS_REQUIRE_SIGNATURE="true", BUS_SECRET="short")
    assert sentence.startswith("BUS_SECRET is wrong: ")


def test_origins_of_any_scheme_are_normalised() -> None:
    origins = "https://Shop.Example:443,capacitor://localhost,null"
    settings = Settings.from_environment(SOUND | {"CORS_ORIGINS": origins})
    assert settings.cors_origins == ("https://shop.example", "capacitor://localhost", "null")


def test_listed_origins_may_end_with_a_slash() -> None:
    origins = "https://shop.example/, http://127.0.0.1:5173"
    settings = Settings.from_environment(SOUND | {"CORS_ORIGINS": origins})
    assert settings.cors_origins == ("https://shop.example", "http://127.0.0.1:5173")


def test_the_public_path_loses_its_trailing_slash() -> None:
    for given, path in (("/assembly/", "/assembly"), ("/a/b", "/a/b"), ("/", ""), ("", None)):
        assert Settings.from_environment(SOUND | {"PUBLIC_PATH": given}).public_path == path


def test_public_hosts_may_have_ports() -> None:
    given = SOUND | {"PUBLIC_HOSTS": "shop.example, 10.0.0.1:8443,[::1]:3002"}
    hosts = Settings.from_environment(given).public_hosts
    assert hosts == ("shop.example", "10.0.0.1:8443", "[::1]:3002")


def test_trusted_proxies_are_a_number_or_networks() -> None:
    def read(value: str) -> object:
        return Settings.from_environment(SOUND | {"TRUSTED_PROXIES": value}).trusted_proxies

    assert (read("0"), read("2")) == (0, 2)
    assert read("10.0.0.0/8, ::1") == (ip_network("10.0.0.0/8"), ip_network("::1"))
    for wrong in ("21", "-1", "10.0.0.1/8", "proxy.example"):
        [sentence] = mistakes(TRUSTED_PROXIES=wrong)
        assert sentence.startswith("TRUSTED_PROXIES is wrong: it has to be how many proxies")
