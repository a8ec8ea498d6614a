"""Scenarios that are played with a crash at every point."""

from dataclasses import replace

from assembly_service.domain.intake import half_of
from assembly_service.domain.item_size import item_size
from assembly_service.domain.product import HalfKind
from tests.harness.interferences import (
    held_long,
    refused_at_first,
    stopped_at_a_look,
    stopped_in_trouble,
    throttled_at_first,
    together,
)
from tests.harness.pipeline import sample_events
from tests.harness.scenarios import RULES, Event, Scenario, Sweep, rebuilt, text_of

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
[A_CAPTION], [A_THUMBNAIL] = sample_events(CAPTION, 1), sample_events(THUMBNAIL, 1)
NEWER_CAPTION: Event = A_CAPTION | {"timestamp": "2026-12-24T18:00:00Z", "title": "Newer"}
NEWER_THUMBNAIL: Event = A_THUMBNAIL | {
    "timestamp": "2026-12-24T18:00:00Z",
    "thumbnails": A_THUMBNAIL["thumbnails"][:1],
}
LARGE_CAPTION: Event = A_CAPTION | {"raw_caption": "x" * 5_000}
ROOM_FOR_THE_OTHERS = replace(
    RULES,
    most_item_bytes=4_000
    + max(
        item_size(dict(half_of(A_THUMBNAIL, THUMBNAIL).fields)),
        item_size(dict(half_of(NEWER_CAPTION, CAPTION).fields)),
    ),
)
BOTH = {CAPTION: [A_CAPTION], THUMBNAIL: [A_THUMBNAIL]}
NEITHER = "neither half"

CAPTION_FIRST = Scenario(
    name="caption first",
    phases=[{CAPTION: [A_CAPTION]}, {THUMBNAIL: [A_THUMBNAIL]}],
    product=(A_CAPTION, A_THUMBNAIL),
)
CAPTION_UPDATED = Scenario(
    name="caption updated",
    phases=[BOTH, {CAPTION: [NEWER_CAPTION]}],
    product=(NEWER_CAPTION, A_THUMBNAIL),
    interfere=together,
)
ARRIVALS = [
    CAPTION_FIRST,
    CAPTION_UPDATED,
    Scenario(
        name="thumbnails first",
        phases=[{THUMBNAIL: [A_THUMBNAIL]}, {CAPTION: [A_CAPTION]}],
        product=(A_CAPTION, A_THUMBNAIL),
    ),
    Scenario(
        name="both in one batch",
        phases=[BOTH],
        product=(A_CAPTION, A_THUMBNAIL),
        interfere=together,
    ),
    Scenario(
        name="thumbnails updated",
        phases=[BOTH, {THUMBNAIL: [NEWER_THUMBNAIL]}],
        product=(A_CAPTION, NEWER_THUMBNAIL),
        interfere=together,
    ),
    Scenario(
        name="caption again and again",
        phases=[
            {CAPTION: [A_CAPTION, A_CAPTION]},
            {CAPTION: [A_CAPTION]},
            {THUMBNAIL: [A_THUMBNAIL]},
            {CAPTION: [A_CAPTION]},
        ],
        product=(A_CAPTION, A_THUMBNAIL),
    ),
    Scenario(
        name="thumbnails again and again",
        phases=[
            {THUMBNAIL: [A_THUMBNAIL, A_THUMBNAIL]},
            {THUMBNAIL: [A_THUMBNAIL]},
            {CAPTION: [A_CAPTION]},
            {THUMBNAIL: [A_THUMBNAIL]},
        ],
        product=(A_CAPTION, A_THUMBNAIL),
    ),
    Scenario(
        name="newer and older ones while staged",
        phases=[
            {CAPTION: [A_CAPTION]},
            {CAPTION: [NEWER_CAPTION]},
            {CAPTION: [A_CAPTION]},
            {THUMBNAIL: [A_THUMBNAIL]},
        ],
        product=(NEWER_CAPTION, A_THUMBNAIL),
    ),
    Scenario(
        name="held so long that its visibility is extended",
        phases=[{CAPTION: [A_CAPTION]}, {THUMBNAIL: [A_THUMBNAIL]}],
        product=(A_CAPTION, A_THUMBNAIL),
        interfere=held_long,
        extends=True,
    ),
]
SET_ASIDE = [
    Scenario(
        name="one that can never be processed",
        phases=[{CAPTION: [NEITHER]}, {CAPTION: [A_CAPTION]}, {THUMBNAIL: [A_THUMBNAIL]}],
        product=(A_CAPTION, A_THUMBNAIL),
        dead_letters=frozenset({NEITHER}),
    ),
    Scenario(
        name="a staged caption that turns out to be too large",
        phases=[
            {CAPTION: [LARGE_CAPTION]},
            {THUMBNAIL: [A_THUMBNAIL]},
            {CAPTION: [NEWER_CAPTION]},
        ],
        product=(NEWER_CAPTION, A_THUMBNAIL),
        dead_letters=frozenset({rebuilt(CAPTION, LARGE_CAPTION)}),
        rules=ROOM_FOR_THE_OTHERS,
    ),
    Scenario(
        name="a caption that comes too large",
        phases=[
            {THUMBNAIL: [A_THUMBNAIL]},
            {CAPTION: [LARGE_CAPTION]},
            {CAPTION: [NEWER_CAPTION]},
        ],
        product=(NEWER_CAPTION, A_THUMBNAIL),
        dead_letters=frozenset({text_of(LARGE_CAPTION)}),
        rules=ROOM_FOR_THE_OTHERS,
    ),
]
TROUBLE = [
    Scenario(
        name="looks, writes and updates that are throttled at first",
        phases=[BOTH, {CAPTION: [NEWER_CAPTION]}],
        product=(NEWER_CAPTION, A_THUMBNAIL),
        interfere=throttled_at_first("batch_get_item", "batch_execute_statement", "put_item"),
    ),
    Scenario(
        name="an announcement that the topic refuses at first",
        phases=[{CAPTION: [A_CAPTION]}, {THUMBNAIL: [A_THUMBNAIL]}],
        product=(A_CAPTION, A_THUMBNAIL),
        interfere=refused_at_first,
    ),
]
CLEAN_UPS = [
    Scenario(
        name="an orphan named before its other half turns up",
        phases=[{CAPTION: [A_CAPTION]}, Sweep(), {THUMBNAIL: [A_THUMBNAIL]}],
        product=(A_CAPTION, A_THUMBNAIL),
    ),
    Scenario(
        name="a leftover that the product holds",
        phases=[BOTH, Sweep(leftover=A_CAPTION)],
        product=(A_CAPTION, A_THUMBNAIL),
        interfere=together,
    ),
    Scenario(
        name="a leftover that is newer than the product",
        phases=[BOTH, Sweep(leftover=NEWER_CAPTION)],
        product=(NEWER_CAPTION, A_THUMBNAIL),
        interfere=together,
    ),
]
STOPS = [
    Scenario(
        name="stopped while one is handled and a poll brings the other",
        phases=[BOTH],
        product=(A_CAPTION, A_THUMBNAIL),
        interfere=stopped_at_a_look,
        stops=True,
    ),
    Scenario(
        name="stopped while an announcement is owed",
        phases=[BOTH],
        product=(A_CAPTION, A_THUMBNAIL),
        interfere=stopped_in_trouble,
        stops=True,
    ),
]
SCENARIOS = [*ARRIVALS, *SET_ASIDE, *TROUBLE, *CLEAN_UPS, *STOPS]
