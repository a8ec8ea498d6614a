"""A pattern for codes is refused at start if it can never match as intended."""

import pytest

from assembly_service.domain.code_pattern import compile_pattern


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (r"^[A-Z0-9_-]{3,255}$", "OSOT-WORKSHOP-2026"),
        (r"^PROD-\d{6}$", "PROD-000123"),
        (r"^OSOT-PRD-\d{6}$", "OSOT-PRD-000123"),
        (r"(?P<series>[A-Z]+)-(?P=series)", "AB-AB"),
        (r"(?:A|B)(?=C)\w(?#both)", "AC"),
        (r"(?P<first>A)?(?(first)B|C)", "AB"),
        (r"A\x2d\u002dB", "A--B"),
        (r"\x41\102\U00000043\055\N{hyphen-minus}", "ABC--"),
        (r"A\\X61", "A\\X61"),
    ],
)
def test_a_pattern_in_upper_case_matches(text: str, code: str) -> None:
    assert compile_pattern(text).fullmatch(code)


@pytest.mark.parametrize(
    "text", ["^osot-[0-9]+$", "PROD-[a-z]", "(?i)prod", "(?P<series>x)", "É|é", "A{3}(?:b)"]
)
def test_a_literal_lower_case_letter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="lower-case letter"):
        compile_pattern(text)


@pytest.mark.parametrize(
    "text",
    [
        r"\x61",
        r"[\x61-\x7a]+",
        r"\141",
        r"[\141]",
        r"\u00e9",
        r"\U00000061",
        r"\N{LATIN SMALL LETTER A}",
        r"\N{latin small letter a}",
        r"\\\x61",
    ],
)
def test_a_lower_case_letter_that_is_written_as_an_escape_is_refused_too(text: str) -> None:
    with pytest.raises(ValueError, match="lower-case letter"):
        compile_pattern(text)


@pytest.mark.parametrize("text", ["(", "[A-Z", "*", "[Z-A]", "A{99999999999999999999}", "(?u)A"])
def test_what_does_not_compile_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^it is "):
        compile_pattern(text)


def test_digits_and_letters_are_ascii() -> None:
    assert not compile_pattern(r"^PROD-\d{6}$").fullmatch("PROD-٠٠٠١٢٣")
    assert not compile_pattern(r"^\w{3}$").fullmatch("É12")
