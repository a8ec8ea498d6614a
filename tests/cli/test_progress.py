"""The progress bar is for people at a terminal."""

import pytest

from assembly_service.cli.progress import add_task, progress_bar


def test_no_bar_is_drawn_without_a_terminal_even_if_colour_is_forced(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar() as progress:
        add_task(progress, "Reading", total=2)(1)
    assert capfd.readouterr().err == ""
