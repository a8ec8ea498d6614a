"""`make sbom`: writes bills of materials and licences of what ships, into a folder."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from tests.supply_chain.boms import Bom, ToolFailed, boms, mistakes
from tests.supply_chain.licences import ALLOWED, BY_HAND, licensed


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Write `NAME.cdx.json` of each part, and `licences.md`; fail if one may not ship so."""
    try:
        made = boms()
    except ToolFailed as error:
        raise click.ClickException(str(error)) from None
    folder.mkdir(parents=True, exist_ok=True)
    complaints = []
    for name, bom in made.items():
        path = folder / f"{name}.cdx.json"
        path.write_text(json.dumps(bom, indent=2) + "\n", encoding="utf-8")
        click.echo(f"{path}: {len(bom['components'])} packages")
        if wrong := mistakes(bom):
            complaints.append(f"{path} is no valid CycloneDX: {wrong}")
        complaints += filter(None, (each.complaint for each in licensed(bom["components"])))
    (folder / "licences.md").write_text(licence_list(made), encoding="utf-8")
    click.echo(f"{folder / 'licences.md'}")
    for sentence in complaints:
        click.echo(sentence, err=True)
    sys.exit(bool(complaints))


def licence_list(made: Mapping[str, Bom]) -> str:
    """Return the licence of every package that ships, and why each licence may, in Markdown."""
    packages = [
        f"| {each.name} | {each.version} | {'; '.join(each.licences)} | {part} |"
        for part, bom in made.items()
        for each in licensed(bom["components"])
    ]
    reasons = [f"| {name} | {reason} |" for name, reason in ALLOWED.items()]
    by_hand = [f"| {name} | {each[0]} | {each[1]} |" for name, each in BY_HAND.items()]
    return "\n".join(
        [
            *("# Licences of what ships", ""),
            *("| Package | Version | Licence | In |", "|---|---|---|---|", *packages, ""),
            *("| Licence | May ship because it |", "|---|---|", *reasons, ""),
            *("| Package | Licence | Known because |", "|---|---|---|", *by_hand, ""),
        ]
    )


if __name__ == "__main__":
    main()
