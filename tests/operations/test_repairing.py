"""A dead letter is repaired field by field, and only into an event that will be accepted."""

import json
from decimal import Decimal

import pytest

from assembly_service.domain.exact_json import Value
from assembly_service.domain.intake import half_of, read_body
from assembly_service.domain.product import HalfKind
from assembly_service.operations.repairing import CannotRepair, Edit, parse_edit, repaired
from tests.harness.small_events import event

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL


def body(kind: HalfKind = THUMBNAIL, **fields: Value) -> str:
    return json.dumps({**event(kind, 1), **fields})


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("price=1999.99", ("price",), 1999.99),
        ("price=12345678901234567890.5", ("price",), Decimal("12345678901234567890.5")),
        ("title=Cup", ("title",), "Cup"),
        ('title="5"', ("title",), "5"),
        ("title=a=b", ("title",), "a=b"),
        ("title=", ("title",), ""),
        ("sizes=null", ("sizes",), None),
        ("thumbnails.0.quality_score=1", ("thumbnails", "0", "quality_score"), 1),
        ("thumbnails[0].quality_score=1", ("thumbnails", "0", "quality_score"), 1),
        ("/thumbnails/0/quality_score=1", ("thumbnails", "0", "quality_score"), 1),
        ("/a~1b/c~0d=1", ("a/b", "c~d"), 1),
    ],
)
def test_an_edit_is_a_dotted_path_or_a_pointer_and_json_or_a_plain_string(
    text: str, path: tuple[str, ...], value: Value
) -> None:
    assert parse_edit(text) == Edit(path, value)


@pytest.mark.parametrize("text", ["price", "=1", "a..b=1", "/=1", ""])
def test_what_is_no_edit_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not of the form path=value, such as price=1999\.99"):
        parse_edit(text)


def test_the_edited_event_is_valid_and_the_rest_of_it_is_as_it_was() -> None:
    broken = json.loads(body(sender="kept"))
    broken["thumbnails"][0]["quality_score"] = 1.5
    found = repaired(json.dumps(broken), [parse_edit("thumbnails[0].quality_score=1")], THUMBNAIL)
    broken["thumbnails"][0]["quality_score"] = 1
    assert json.loads(found.body) == broken
    assert found.differences == [("thumbnails.0.quality_score", "1.5", "1")]


def test_every_number_keeps_its_digits() -> None:
    price = "12345678901234567.123456789"
    text = body(CAPTION, title="").replace("1999.99", price)
    found = repaired(text, [parse_edit("title=Cup")], CAPTION)
    assert price in found.body


def test_the_event_in_an_envelope_is_edited_and_the_envelope_stays() -> None:
    attributes = {"correlationId": {"Type": "String", "Value": "trace 8"}}
    envelope = {
        "Type": "Notification",
        "Message": body(CAPTION, title=5),
        "MessageAttributes": attributes,
    }
    found = repaired(json.dumps(envelope), [parse_edit("title=Cup")], CAPTION)
    outer = json.loads(found.body)
    assert (outer["Type"], outer["MessageAttributes"]) == ("Notification", attributes)
    assert half_of(read_body(found.body).event, CAPTION).fields["title"] == "Cup"


def test_a_field_that_is_missing_is_added() -> None:
    text = json.dumps({name: v for name, v in event(CAPTION, 1).items() if name != "title"})
    found = repaired(text, [parse_edit("title=Cup")], CAPTION)
    assert found.differences == [("title", None, '"Cup"')]


def test_half_of_a_surrogate_pair_can_be_replaced() -> None:
    text = body(CAPTION, title="?").replace('"?"', '"\\ud83d"')
    found = repaired(text, [parse_edit("title=Cup")], CAPTION)
    assert found.differences == [("title", '"\\ud83d"', '"Cup"')]
    assert json.loads(found.body)["title"] == "Cup"


@pytest.mark.parametrize(
    ("text", "edit", "sentence"),
    [
        (body(), "thumbnails.1.quality_score=1", "It has nothing at thumbnails.1.quality_score."),
        (body(), "video_id.x=1", "It has nothing at video_id.x."),
        (body(), "thumbnails.-1=1", "It has nothing at thumbnails.-1."),
        (body(), "thumbnails.00=1", "It has nothing at thumbnails.00."),
        (body(), "thumbnails.٠=1", "It has nothing at thumbnails.٠."),
        (body(), f"thumbnails.{'9' * 5000}=1", "It has nothing at thumbnails.9"),
        (body(), "thumbnails.0.quality_score=2", "It would be refused again: thumbnails[0].qual"),
        ("{", "title=Cup", "It would be refused again: The text is not JSON"),
        ("[]", "title=Cup", "It has nothing at title."),
        (body(), "more=1e9999999999999999999", "It would be refused again: The text is not JSON"),
        (body(more="?").replace('"?"', '"\\ud83d"'), "x=1", "It holds half a surrogate pair"),
        (body(CAPTION), "title=Cup", "It would be refused again: A caption event came on the thu"),
    ],
)
def test_what_cannot_be_repaired_is_said_in_a_sentence(text: str, edit: str, sentence: str) -> None:
    with pytest.raises(CannotRepair) as raised:
        repaired(text, [parse_edit(edit)], THUMBNAIL)
    assert str(raised.value).startswith(sentence)


@pytest.mark.parametrize(
    ("kind", "edit", "where"),
    [
        (CAPTION, "titel=Cup", "titel"),
        (THUMBNAIL, "thumbnails.0.qualty_score=1", "thumbnails.0.qualty_score"),
    ],
)
def test_a_field_that_no_event_has_is_refused_as_misspelt(
    kind: HalfKind, edit: str, where: str
) -> None:
    with pytest.raises(CannotRepair) as raised:
        repaired(body(kind), [parse_edit(edit)], kind)
    assert str(raised.value) == f"A {kind} event has no field {where}."


@pytest.mark.parametrize("edit", ["correlationId=trace-8", "raw_caption=Cup", "sender=new"])
def test_a_field_can_be_added_if_it_is_read_and_changed_if_it_is_there(edit: str) -> None:
    found = repaired(body(CAPTION, sender="old"), [parse_edit(edit)], CAPTION)
    name, _, value = edit.partition("=")
    assert json.loads(found.body)[name] == value


@pytest.mark.parametrize("old", ["x\ud83d", [[]] * 2])
def test_what_cannot_be_sent_as_json_can_be_replaced(old: Value) -> None:
    for _ in range(300):
        old = [old]
    found = repaired(body(CAPTION, title=old), [parse_edit("title=Cup")], CAPTION)
    assert json.loads(found.body)["title"] == "Cup"
    assert found.differences == [("title", json.dumps(old), '"Cup"')]


NESTED = "[" * 300 + "]" * 300


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        (body(CAPTION, title="", sender="x\ud83d"), "title=Cup"),
        (body(CAPTION, title="", sender=json.loads(NESTED)), "title=Cup"),
        (body(CAPTION, sender=1), 'sender="\\ud83d"'),
        (body(CAPTION, sender=1), f"sender={NESTED}"),
    ],
)
def test_what_cannot_be_sent_as_json_stays_and_is_said(text: str, edit: str) -> None:
    with pytest.raises(CannotRepair, match="cannot be sent again as JSON"):
        repaired(text, [parse_edit(edit)], CAPTION)


def test_what_is_checked_is_the_text_that_is_sent() -> None:
    edit = parse_edit("sender=1e9999999999999999999")
    with pytest.raises(CannotRepair, match="It would be refused again: The text is not JSON"):
        repaired(body(CAPTION, sender=1), [edit], CAPTION)


def test_no_letter_shares_a_value_with_the_next() -> None:
    picture = json.loads(body())["thumbnails"][0]
    edits = [
        parse_edit(f"thumbnails={json.dumps([picture])}"),
        parse_edit("thumbnails.0.quality_score=0.5"),
    ]
    first, second = (repaired(body(), edits, THUMBNAIL) for _ in range(2))
    assert first.differences == second.differences
    assert second.differences[1] == ("thumbnails.0.quality_score", "0.9", "0.5")
