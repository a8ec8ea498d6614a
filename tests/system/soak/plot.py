"""The picture of a soak."""

from collections.abc import Sequence

from bench.drawing import Chart, lines, picture
from tests.system.soak.flatness import Course, Latency


def plot(courses: Sequence[Course], latencies: Sequence[Latency]) -> str:
    """Draw memory, descriptors, tasks, lag and latency over time, as the text of an SVG file."""
    charts = [
        lines(
            Chart(title=title, unit=unit),
            {
                course.name: [(each.at, getattr(each, name)) for each in course.samples]
                for course in courses
            },
            along="seconds",
        )
        for title, unit, name in (
            ("Memory", "MiB", "memory"),
            ("Descriptors", "open", "descriptors"),
            ("Tasks", "of the event loop", "tasks"),
            ("Lag of the event loop", "ms", "lag"),
        )
    ]
    delays = {
        "median": [(each.at, each.median) for each in latencies],
        "99 %": [(each.at, each.ninety_nine) for each in latencies],
    }
    charts.append(lines(Chart(title="Second half to client", unit="ms"), delays, along="seconds"))
    return picture("A soak of the service", charts)
