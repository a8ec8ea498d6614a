"""The secret parts of a URL are masked, wherever in a text it is."""

import pytest

from assembly_service.settings.masking import mask_urls


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://u:hush@host:1/p?x=hush", "http://***host:1/p***"),
        ("(InvalidURL: http://u:hush@h:99999): check", "(InvalidURL: http://***h:99999): check"),
        ("Queue http://h/1/q?x=hush does not exist", "Queue http://h/1/q*** does not exist"),
        (
            "at \"https://h/?x=hush#hush\", url='http://:hush@h'",
            "at \"https://h/***\", url='http://***h'",
        ),
        ("http://a:hush@one or http://b:hush@two", "http://***one or http://***two"),
        ("http://u:hu@sh@host/@path", "http://***host/@path"),
        ("https://host/path, why? a@b", "https://host/path, why? a@b"),
    ],
)
def test_user_query_and_fragment_are_masked(text: str, shown: str) -> None:
    assert mask_urls(text) == shown
