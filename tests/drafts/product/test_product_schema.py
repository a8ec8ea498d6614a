from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import InvalidBody
from assembly_service.drafts.enumerations import enumeration_schemas
from assembly_service.drafts.fields.field import Field
from assembly_service.drafts.product.product_fields import (
    PRICE_FIELDS,
    PRODUCT_FIELDS,
    product_schema,
)
from tests.drafts.product.products import DEFAULTS, LEAST, OPTIONAL, REQUIRED, read


def validator() -> OAS31Validator:
    return OAS31Validator(
        {**product_schema(), "components": {"schemas": enumeration_schemas()}},
    )


ANY_NUMBER = (
    st.integers(-5, 20)
    | st.sampled_from(["0.01", "1.005", "999999.99", "1e400", "-1e-400", "4.0"])
    | st.decimals(-1, 10**10, places=2)
).map(lambda given: exact_json.number(str(given)))
ANY_TEXT = st.text(max_size=12) | st.sampled_from(
    ["2026", "2026-02-03", " 2026-02-30", "https://a.example/b ", "http://[", "ABC-1", ""]
)
ANY_VALUE = st.none() | st.booleans() | ANY_NUMBER | ANY_TEXT | st.lists(ANY_NUMBER, max_size=2)
BODIES = st.dictionaries(
    st.sampled_from([field.name for field in PRODUCT_FIELDS]) | st.text(max_size=3), ANY_VALUE
)


@given(changes=BODIES, whole=st.booleans())
@example(changes={"otPrPrice": Decimal("NaN")}, whole=True)
@example(changes={"productCode": "straße"}, whole=True)
def test_any_object_is_refused_or_becomes_a_product_that_fits_its_schema_and_reads_the_same(
    changes: dict[str, Any], whole: bool
) -> None:
    try:
        product = read(LEAST if whole else {}, **changes)
    except InvalidBody:
        return
    validator().validate(product)
    assert repr(read(product)) == repr(product)
    assert exact_json.loads(exact_json.dumps(product).decode()) == product


VALUES: list[Value] = [[1], {}, -1, 0, 2, 2.0, 2.5, 10**12, "#", "", "2026-02-03", True, "x" * 5000]


@pytest.mark.parametrize("field", PRODUCT_FIELDS, ids=lambda field: field.name)
def test_the_schema_of_a_field_accepts_exactly_what_the_checks_do(field: Field) -> None:
    for value in VALUES:
        body = {**LEAST, "otStuPrice": 1, "otLifePrice": 2, field.name: value}
        try:
            read(body)
        except InvalidBody:
            assert not validator().is_valid(body), value
        else:
            assert validator().is_valid(body), value


def test_the_schema_has_all_fields_with_those_required_and_no_other() -> None:
    schema = validator()
    for name in REQUIRED:
        assert not schema.is_valid({**LEAST, name: None})
        assert not schema.is_valid({key: value for key, value in LEAST.items() if key != name})
    for name in OPTIONAL:
        assert schema.is_valid({**LEAST, name: None})
    for name in PRICE_FIELDS:
        assert schema.is_valid({**LEAST, name: ""})
        assert not schema.is_valid({**LEAST, name: "9.99"})
    assert not schema.is_valid({**LEAST, "priceOntario": 1})
    defaults = {
        name: part["default"]
        for name, part in product_schema()["properties"].items()
        if "default" in part
    }
    assert defaults == DEFAULTS


@pytest.mark.parametrize("field", PRODUCT_FIELDS, ids=lambda field: field.name)
def test_every_field_has_a_label_and_a_valid_example(field: Field) -> None:
    assert field.title
    assert field.kind.read(field.name, field.example) == field.example
    assert product_schema()["properties"][field.name]["examples"] == [field.example]
