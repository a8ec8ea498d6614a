"""The schemas that `schema` prints refuse what the service refuses, and nothing else."""

import json
import re
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from assembly_service.cli.commands.schema import schema
from assembly_service.domain import exact_json
from assembly_service.domain.intake import Rejected, half_of, read_body
from assembly_service.domain.product import HalfKind, Product
from assembly_service.openapi import openapi_document
from tests.cli.runs import SAMPLES
from tests.harness.small_events import event

FILES = {HalfKind.CAPTION: "captions.jsonl", HalfKind.THUMBNAIL: "thumbnails.jsonl"}
UNSAYABLE = {"lone surrogate", "40-digit price"}
"""Invalid samples that JSON Schema has no words for."""


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    """As JSON Schema means it: in Python, `$` is also true before a last line break."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _validator(name: str) -> Any:
    printed = CliRunner().invoke(schema, [name]).stdout
    Draft202012Validator.check_schema(json.loads(printed))
    return extend(Draft202012Validator, {"pattern": _pattern})(json.loads(printed))


VALIDATORS = {kind: _validator(kind.value) for kind in HalfKind}


def _lines(name: str) -> list[str]:
    return (SAMPLES / name).read_text(encoding="utf-8").splitlines()


def _is_accepted(event: Any, kind: HalfKind) -> bool:
    try:
        half_of(event, kind)
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("kind", HalfKind)
def test_every_sample_fits_the_schema_of_its_queue_alone(kind: HalfKind) -> None:
    for line in _lines(FILES[kind])[::10]:
        assert VALIDATORS[kind].is_valid(json.loads(line)), line
        assert not VALIDATORS[kind.other].is_valid(json.loads(line)), line


@pytest.mark.parametrize(
    "sample",
    [
        sample
        for sample in map(json.loads, _lines("invalid.jsonl"))
        if sample["reason"] != "not_json"
    ],
    ids=lambda sample: sample["note"],
)
def test_every_invalid_sample_is_refused_unless_no_schema_can_say_why(sample: Any) -> None:
    content = json.loads(sample["body"])
    assert VALIDATORS[sample["queue"]].is_valid(content) is (sample["note"] in UNSAYABLE)


SPACE = "\t \x85\u3000"
TIMES = ["T00:00:00Z", "t23:59:60z", "T24:00:00Z", "T00:60:00Z", "T00:00:61Z", "T1:00:00Z"]
ZONES = ["", "Z", ".5Z", ".Z", ".123456789123+01:30", "-23:59", "+24:00", "+01:60", " Z", "Z\n"]
VALUES: list[Any] = [
    *(None, True, {}, [], [1], ["x"] * 50, ["x"] * 51, ["x" * 100], ["x" * 101]),
    *(-1, 0, 0.5, 1, 1.5, 2, 5.0, 10**30, 1e126, -1e126, -1e125),
    *("", ".", "..", "a.b", "a_b", "a-b", "a/b", "a b", "a\n", "é"),
    *("x" * length for length in (64, 65, 128, 129, 500, 501, 1024, 1025, 5000, 5001)),
    *(SPACE, f"{SPACE}x{SPACE}", f"{SPACE}{'x' * 500} ", f" {'x' * 501}", f"x{' ' * 498}y "),
    *("https://a/b", "HTTP://a", "http:// ", "http://a b", "http://?", "ftp://a"),
    *(f"http://{'a' * length}" for length in (2041, 2042)),
    *(f"2026-12-31{time}" for time in TIMES),
    *(f"2026-01-31T12:00:00{zone}" for zone in ZONES),
    *(f"{date}T00:00:00Z" for date in ("2026-13-01", "2026-00-01", "2026-01-00", "26-01-01")),
]


def _sample(kind: HalfKind) -> str:
    sample = event(kind, 1)
    if kind is HalfKind.CAPTION:
        return json.dumps(sample | {"confidence_score": 0.5, "raw_caption": "x"})
    box = {"x": 1.5, "y": -2, "width": 3, "height": 4}
    found = {"class_name": "cup", "confidence": 1, "bbox": box}
    picture = sample["primary_thumbnail"] | {"detected_objects": [found]}
    return json.dumps(sample | {"thumbnails": [picture]})


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, name)
        # The same model as that of the other thumbnails.
        if isinstance(child, dict | list) and name != "primary_thumbnail":
            yield from _places(child, (*path, name))


def _changes(kind: HalfKind) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field of an event left out, and with each of the values."""
    text = _sample(kind)
    for *path, name in (*_places(json.loads(text)), ("thumbnails",), ("title",), ("unknown",)):
        for value in VALUES:
            changed = json.loads(text)
            reduce(getitem, path, changed)[name] = value
            yield f"{[*path, name]} is {value!r}", changed
        del reduce(getitem, path, changed)[name]
        yield f"{[*path, name]} is missing", changed


@pytest.mark.parametrize("kind", HalfKind)
def test_schema_and_service_agree_whatever_becomes_of_a_field(kind: HalfKind) -> None:
    for change, changed in _changes(kind):
        exact = read_body(json.dumps(changed)).event
        assert VALIDATORS[kind].is_valid(changed) is _is_accepted(exact, kind), change


def test_the_schema_of_products_is_the_one_of_the_openapi_document() -> None:
    printed = json.loads(CliRunner().invoke(schema, ["product"]).stdout)
    documented = openapi_document()["components"]["schemas"]
    moved = json.loads(json.dumps(documented).replace("#/components/schemas/", "#/$defs/"))
    assert printed["properties"] == moved["Product"]["properties"]
    assert printed["required"] == moved["Product"]["required"]
    assert printed["$defs"] == {name: moved[name] for name in printed["$defs"]}


def test_products_of_the_samples_fit_the_schema_of_products() -> None:
    stamp = "2026-01-31T12:00:00.000Z"
    validator = _validator("product")
    for lines in list(zip(*map(_lines, FILES.values()), strict=True))[::30]:
        caption, thumbnail = (
            half_of(exact_json.loads(line), kind) for line, kind in zip(lines, FILES, strict=True)
        )
        product = Product(caption=caption, thumbnail=thumbnail, created_at=stamp, updated_at=stamp)
        shown = json.loads(exact_json.dumps(product.shown()))
        assert validator.is_valid(shown)
        assert not validator.is_valid(shown | {"created_at": "now"})
