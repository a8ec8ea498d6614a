import pytest
from openapi_schema_validator import OAS31Validator

from assembly_service.drafts.enumerations import (
    education_enumerations,
    enumeration,
    enumeration_schema,
    enumeration_schemas,
    product_enumerations,
)

ENDS = [
    ("ProductCategory", 0, "MEMBERSHIP", 10, "GENERAL"),
    ("ProductStatus", 0, "UNAVAILABLE", 4, "OUT_OF_STOCK"),
    ("ProductGLCode", 0, "BANK_ACCOUNT_1030", 17, "MOCA_5946"),
    ("ProductUserType", 1, "OT_OTA", 3, "BOTH"),
    ("InsuranceType", 1, "PROFESSIONAL", 4, "PROPERTY"),
    ("Privilege", 1, "Owner", 3, "Main"),
    ("AccessModifier", 1, "Public", 3, "Private"),
    ("AccountGroup", 0, "OTHER", 4, "STAFF"),
    ("AffiliateArea", 0, "OTHER", 11, "SCIENCE_AND_RESEARCH"),
    ("City", 0, "OTHER", 426, "ZURICH"),
    ("Province", 0, "N_A", 13, "YUKON"),
    ("Gender", 1, "FEMALE", 9, "PREFER_NOT_TO_DISCLOSE"),
    ("IndigenousDetail", 0, "OTHER", 3, "METIS"),
    ("Language", 0, "OTHER", 65, "VIETNAMESE"),
    ("Race", 1, "OTHER", 11, "SOUTHEAST_ASIAN"),
    ("AffiliateEligibility", 1, "PRIMARY", 2, "PREMIUM"),
    ("Category", 0, "ALL", 15, "AFF_PREM"),
    ("HourlyEarnings", 1, "BETWEEN_15_TO_20", 20, "OVER_201"),
    ("Benefits", 0, "OTHER", 10, "PENSION"),
    ("EmploymentStatus", 1, "EMPLOYEE_CONTRACT", 4, "SELF_EMPLOYED_OWN_PRACTICE"),
    ("Funding", 0, "OTHER", 10, "INTERIM_FEDERAL_HEALTH_PROGRAM_IFHP"),
    ("PracticeYears", 1, "NEW_GRADUATE", 12, "MORE_THAN_46_YEARS"),
    ("RoleDescription", 0, "OTHER", 7, "OWNER_OPERATIONS"),
    ("WorkHours", 1, "BETWEEN_1_TO_10", 7, "CASUAL"),
    ("ClientsAge", 0, "NOT_APPLICABLE", 6, "OLDER"),
    ("PracticeArea", 0, "OTHER", 46, "WOUND_CARE"),
    ("PracticeServices", 0, "OTHER", 59, "WORKPLACE_MENTAL_HEALTH_EDUCATION"),
    ("PracticeSettings", 0, "OTHER", 28, "WSIB_CLINIC"),
    ("SearchTools", 1, "PROFESSIONAL_NETWORKS", 5, "PRESENTER"),
    ("PracticePromotion", 1, "SELF", 2, "EMPLOYER"),
    ("PsychotherapySupervision", 1, "ACCEPTANCE_AND_COMMITMENT", 15, "SOLUTION_FOCUSED_BEHAVIOUR"),
    ("ThirdParties", 1, "RECRUITMENT", 3, "PROFESSIONAL_DEVELOPMENT"),
    ("CotoStatus", 0, "OTHER", 5, "RESIGNED"),
    ("GraduationYear", 1, "PRE_1960", 51, "YEAR_2027"),
    ("OtUniversity", 0, "OTHER", 6, "WESTERN_UNIVERSITY"),
    ("OtaCollege", 0, "OTHER", 26, "TRIOS_COLLEGE"),
]

ENDS_OF_EDUCATION = [
    ("DegreeType", 0, "OTHER", 4, "DOCTORATE"),
    ("EducationCategory", 0, "GRADUATED", 2, "NEW_GRADUATED"),
    ("Country", 0, "OTHER", 174, "ZIMBABWE"),
]


@pytest.mark.parametrize(
    ("name", "first", "first_name", "last", "last_name"), [*ENDS, *ENDS_OF_EDUCATION]
)
def test_every_enumeration_runs_from_its_first_member_to_its_last(
    name: str, first: int, first_name: str, last: int, last_name: str
) -> None:
    codes, names = enumeration(name).codes, enumeration(name).names
    assert (codes[0], names[0]) == (first, first_name)
    assert (codes[-1], names[-1]) == (last, last_name)


def test_every_expected_enumeration_exists_and_no_other() -> None:
    assert [each.name for each in product_enumerations()] == [name for name, *_ in ENDS]
    own = [name for name, *_ in ENDS_OF_EDUCATION]
    assert [each.name for each in education_enumerations()] == own


@pytest.mark.parametrize(
    ("name", "_first", "_first_name", "_last", "_last_name"), [*ENDS, *ENDS_OF_EDUCATION]
)
def test_no_name_stands_for_two_codes(
    name: str, _first: int, _first_name: str, _last: int, _last_name: str
) -> None:
    names = enumeration(name).names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "code", "member"),
    [
        ("City", 234, "MISSISSSAUGA"),
        ("City", 256, "NIAGARA_ON_THE_LAKE"),
        ("City", 264, "NOTL"),
        ("City", 380, "TORONTO"),
        ("Province", 2, "ALBERTA"),
        ("Province", 11, "QUEBEC"),
        ("ProductCategory", 1, "INSURANCE"),
        ("ProductGLCode", 9, "MEMBERSHIP_FEE_4100"),
        ("ProductStatus", 3, "DRAFT"),
        ("GraduationYear", 2, "DECADE_1960_1969"),
        ("GraduationYear", 3, "DECADE_1970_1979"),
        ("GraduationYear", 4, "YEAR_1980"),
        ("Language", 39, "MANDARIN"),
        ("PracticeServices", 12, "CO_OP"),
        ("DegreeType", 3, "MASTERS"),
        ("EducationCategory", 1, "STUDENT"),
        ("Country", 1, "CANADA"),
        ("Country", 77, "INDIA"),
        ("Country", 123, "PEOPLES_REPUBLIC_OF_CHINA"),
    ],
)
def test_members_in_between_have_their_codes(name: str, code: int, member: str) -> None:
    assert enumeration(name).names[code - enumeration(name).first] == member


def test_the_code_of_a_graduation_year_is_the_year_minus_1976() -> None:
    years = enumeration("GraduationYear")
    single = [(c, n) for c, n in zip(years.codes, years.names, strict=True) if "YEAR_" in n]
    assert single == [(year - 1976, f"YEAR_{year}") for year in range(1980, 2028)]


@pytest.mark.parametrize("value", [True, False, 1.0, "1", "ONTARIO", None, -1, 14, [1]])
def test_nothing_but_an_integer_in_range_is_a_code(value: object) -> None:
    assert not enumeration("Province").holds(value)
    assert enumeration("Province").holds(0)
    assert enumeration("Province").holds(13)


@pytest.mark.parametrize(
    ("name", "code", "label"),
    [
        ("City", 234, "Mississauga"),
        ("City", 256, "Niagara on the Lake"),
        ("Province", 0, "Not Applicable"),
        ("ProductUserType", 1, "OT and OTA"),
        ("ProductGLCode", 1, "HST Collected on Sales 2036"),
        ("Category", 1, "OT, practitioner"),
        ("HourlyEarnings", 1, "15 to 20"),
        ("PracticeYears", 2, "1 to 2 years"),
        ("GraduationYear", 1, "Before 1960"),
        ("GraduationYear", 51, "2027"),
        ("Benefits", 1, "Not Applicable"),
        ("OtUniversity", 3, "Queen's University"),
        ("Privilege", 3, "Main"),
        ("Country", 142, "Slovenia"),
        ("Country", 44, "Commonwealth of Independent States"),
    ],
)
def test_codes_have_labels_as_people_say_them(name: str, code: int, label: str) -> None:
    assert enumeration(name).label(code) == label


def test_no_label_stands_for_two_codes_of_an_enumeration() -> None:
    for each in (*product_enumerations(), *education_enumerations()):
        labels = [each.label(code) for code in each.codes]
        assert len(set(labels)) == len(labels), each.name


def test_an_unknown_enumeration_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        enumeration("Planet")


def test_the_schema_of_an_enumeration_has_only_its_codes_with_their_names() -> None:
    schemas = enumeration_schemas()
    assert list(schemas) == [each.name for each in product_enumerations()]
    assert schemas["Gender"]["description"].startswith("1 FEMALE, 2 MALE, 3 QUEER")
    assert schemas["PracticePromotion"]["x-enum-varnames"] == ["SELF", "EMPLOYER"]
    assert schemas["PracticePromotion"]["x-enum-descriptions"] == ["Self", "Employer"]
    for each in product_enumerations():
        schema = OAS31Validator(schemas[each.name])
        assert all(schema.is_valid(code) for code in each.codes)
        assert not schema.is_valid(each.first - 1)
        assert not schema.is_valid(each.codes.stop)


def test_one_schema_can_be_had_by_its_name() -> None:
    assert enumeration_schema("Gender") == enumeration_schemas()["Gender"]
    assert enumeration_schema("EducationCategory")["x-enum-varnames"][0] == "GRADUATED"
