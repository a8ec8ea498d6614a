"""What a bench stores, and what is drawn from it."""

from pathlib import Path
from xml.etree import ElementTree

from bench.figure import Figure
from bench.picture import draw
from bench.report import keep, read

GROWTH = {"10": 30.0, "5000": 8.0}
READS = {"100": {"cpu_milliseconds": 1.5}, "100000": {"cpu_milliseconds": 1.6}}


def figure(measured: float, *, details: dict[str, object] | None = None) -> Figure:
    return Figure(
        row="a row",
        measured=measured,
        unit="ms",
        target=2,
        peers={"careful Node": 3.6},
        details=details or {},
    )


def test_a_row_measured_again_replaces_only_its_own_figures(
    tmp_path: Path,
) -> None:
    path = tmp_path / "kept.jsonl"
    keep({"one": [figure(1)], "other": [figure(2)]}, path)

    keep({"one": [figure(3)]}, path)

    assert [(line["module"], line["measured"]) for line in read(path)] == [("one", 3), ("other", 2)]


def test_a_line_has_the_verdict_the_time_the_machine_and_the_commit(
    tmp_path: Path,
) -> None:
    path = tmp_path / "kept.jsonl"

    keep({"one": [figure(2), figure(2.1)]}, path)

    lines = read(path)
    assert [line["met"] for line in lines] == [True, False]
    assert {"measured_at", "cpus", "python", "commit"} <= lines[0].keys()


def test_the_picture_is_drawn_once_all_its_figures_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    keep({"product": [figure(0.43)]}, path)
    assert draw(read(path)) is None

    reads = {"since": READS, "listing": READS}
    keep({"growth": [figure(1, details={"growth": reads})]}, path)
    keep({"fan_out": [figure(9, details={"growth": GROWTH})]}, path)

    drawn = draw(read(path))
    assert drawn is not None
    texts = [each.text for each in ElementTree.fromstring(drawn).iter() if each.text]  # noqa: S314
    assert {"this service", "careful Node", "100,000", "5,000"} <= set(texts)
