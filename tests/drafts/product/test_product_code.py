import pytest

from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.drafts.product.product_code import ProductCodeRule

DEFAULT = "^[A-Z0-9_-]{3,255}$"
FIRST_GUIDE = r"^PROD-\d{6}$"
SECOND_GUIDE = r"^OSOT-PRD-\d{6}$"


def rule(pattern: str) -> ProductCodeRule:
    return ProductCodeRule(compile_pattern(pattern), "a hint")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("prod-000123", "PROD-000123"),
        (" osot-prd-000123 ", "OSOT-PRD-000123"),
        ("OSOT-WORKSHOP-2026", "OSOT-WORKSHOP-2026"),
        ("\tabc\n", "ABC"),
        ("a_1", "A_1"),
        ("A" * 255, "A" * 255),
        ("  " + "a" * 255 + "  ", "A" * 255),
    ],
)
def test_a_code_is_trimmed_and_upper_cased_before_it_is_checked(given: str, code: str) -> None:
    assert rule(DEFAULT).normalise(given) == code


REFUSED = ["AB", "A" * 256, "A B", "É12", "é12", "", "   ", "AB ", "A.B", "AB\nC", "ＡＢＣ", "١٢٣"]


@pytest.mark.parametrize("given", REFUSED)
@pytest.mark.parametrize("pattern", [DEFAULT, FIRST_GUIDE, SECOND_GUIDE])
def test_codes_outside_the_format_are_refused_under_every_profile(given: str, pattern: str) -> None:
    assert rule(pattern).normalise(given) is None


@pytest.mark.parametrize(
    ("pattern", "fits", "others"),
    [
        (
            FIRST_GUIDE,
            "prod-000123",
            ["osot-prd-000123", "OSOT-WORKSHOP-2026", "PROD-00123", "PROD-٠٠٠١٢٣"],
        ),
        (
            SECOND_GUIDE,
            " osot-prd-000123 ",
            ["prod-000123", "OSOT-WORKSHOP-2026", "OSOT-PRD-0001234"],
        ),
    ],
)
def test_a_profile_takes_only_its_own_codes(pattern: str, fits: str, others: list[str]) -> None:
    assert rule(pattern).normalise(fits) == fits.strip().upper()
    assert [rule(pattern).normalise(code) for code in others] == [None] * len(others)


def test_the_length_holds_whatever_the_pattern_allows_and_the_whole_code_has_to_match() -> None:
    assert rule(".*").normalise("ab") is None
    assert rule(".*").normalise("a" * 256) is None
    assert rule("ABC").normalise("abcd") is None
    assert rule("ABC").normalise("abc") == "ABC"
