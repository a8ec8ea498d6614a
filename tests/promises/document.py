"""`make promises`: writes docs/promises.md from what is declared and the last runs.

The runs stand in docs/promises.jsonl; newer ones of this clone take their place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import click

from tests.promises.declared import CHECK, SECTIONS, Promise, Trial
from tests.promises.runs import ROOT, Result, Run, is_current, recorded

DOCUMENT = ROOT / "docs" / "promises.md"
LAST_RUNS = ROOT / "docs" / "promises.jsonl"
_HEAD = """\
# Promises, and what tries them

Each promise with the commands that try it, and what their last runs showed. Most of the
proofs' tests try hundreds of orders or crashes each, a sampled run (`EVERY=8`) fewer.

**A result is that of the commit beside it.** What came later it does not show:
`git diff --stat COMMIT -- assembly_service` lists that. What is part of `make check` has no result
here, as it keeps no record: [CI](../.ci/run) runs it for every change, and so can you.

The other runs record themselves, and `make promises` writes this page from
[their records](promises.jsonl), and says which to repeat. Only the sentences, and which tests
belong to them, are [written by hand](../tests/promises/declared.py).
"""
_RUNS_HEAD = "| Command | Ended | Commit | Repeat it with |\n|---|---|---|---|\n"


def last_runs() -> dict[str, Run]:
    """Return the runs on which the document rests, by command."""
    lines = LAST_RUNS.read_text(encoding="utf-8").splitlines() if LAST_RUNS.exists() else []
    return {run.command: run for run in map(Run.from_json, lines)}


def newest(stored: Mapping[str, Run], here: Iterable[Run]) -> dict[str, Run]:
    """Return the stored runs, replaced by later ones; of their results only those needed."""
    recorded_trials = [trial for trial in trials() if trial.command != CHECK]
    needed = {trial.command: set[str]() for trial in recorded_trials}
    for trial in recorded_trials:
        needed[trial.command].update(trial.paths or [trial.command])
    runs: dict[str, Run] = {}
    for each in [*stored.values(), *sorted(here, key=lambda run: run.ended_at)]:
        if each.command in needed:
            run = replace(each, results=_of_paths(each, needed[each.command]))
            if run.command not in runs or run.replaces(runs[run.command]):
                runs[run.command] = run
    return dict(sorted(runs.items()))


def _of_paths(run: Run, paths: set[str]) -> dict[str, Result]:
    """The results of these test files and folders; of a command as a whole, all of them."""
    return {
        name: result
        for name, result in run.results.items()
        if run.command in paths or any(_covers(path, name) for path in paths)
    }


def trials() -> list[Trial]:
    """Return every trial of every promise."""
    return [
        trial for promises in SECTIONS.values() for promise in promises for trial in promise.trials
    ]


def results(trial: Trial, run: Run) -> list[Result]:
    """Return the results of a trial; none if the run did not have it."""
    if not trial.paths:
        return list(run.results.values())
    return [
        result
        for name, result in run.results.items()
        if any(_covers(path, name) for path in trial.paths)
    ]


def _covers(path: str, name: str) -> bool:
    return name == path or name.startswith(f"{path}/")


def document(runs: Mapping[str, Run]) -> str:
    """Return the page."""
    parts = [_HEAD]
    for section, promises in SECTIONS.items():
        parts.append(f"\n## {section}\n\n")
        parts += [_entry(promise, runs) for promise in promises]
    parts.append(f"\n## The last runs\n\n{_RUNS_HEAD}")
    parts += [
        f"| `{run.command}` | {run.ended_at[:10]} | {run.commit} | `{run.repeat}` |\n"
        for run in runs.values()
    ]
    return "".join(parts)


def _entry(promise: Promise, runs: Mapping[str, Run]) -> str:
    tried = (_line(trial, runs.get(trial.command)) for trial in promise.trials)
    return "".join([f"- **{promise.sentence}**\n", *tried])


def _line(trial: Trial, run: Run | None) -> str:
    links = ", ".join(f"[{_short(path)}](../{path})" for path in trial.paths)
    tried = f"`{trial.command}`"
    shown = f"part of {tried}" if trial.command == CHECK else f"{tried}, {_ended(trial, run)}"
    return f"  - {shown}{f': {links}' if links else ''}\n"


def _short(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.removeprefix("test_").removesuffix(".py").replace("_", " ")


def _ended(trial: Trial, run: Run | None) -> str:
    if run is None:
        return "not recorded yet"
    found = results(trial, run)
    failed = sum(each.failed for each in found)
    passed = sum(each.passed for each in found)
    skipped = sum(each.skipped for each in found)
    words = [
        f"**{failed} failed**" if failed else "",
        f"{passed} passed",
        f"**{skipped} skipped**" if skipped else "",
        f"with `{run.amounts}`" if run.amounts else "",
    ]
    return ", ".join(word for word in words if word) + f", on {run.ended_at[:10]} at {run.commit}"


@click.command()
def main() -> None:
    """Take over the newer runs of this clone, write the page, and say which runs are outdated."""
    runs = newest(last_runs(), recorded())
    LAST_RUNS.write_text("".join(f"{run.to_json()}\n" for run in runs.values()), encoding="utf-8")
    DOCUMENT.write_text(document(runs), encoding="utf-8")
    click.echo(f"{DOCUMENT} has {len(runs)} runs.")
    for run in runs.values():
        if not is_current(run):
            click.echo(f"Run `{run.command}` again: the service or its tests have changed since.")


if __name__ == "__main__":
    main()
