"""What ships is listed, and may be shipped."""

import json
from pathlib import Path

from click.testing import CliRunner

from tests.supply_chain.boms import PAGES
from tests.supply_chain.licences import ALLOWED, licensed
from tests.supply_chain.sbom import main


def test_everything_that_ships_is_listed_in_valid_boms_with_licences_that_were_agreed_to(
    tmp_path: Path,
) -> None:
    done = CliRunner().invoke(main, [str(tmp_path)])
    assert done.exit_code == 0, done.output
    made = {
        path.name.partition(".")[0]: json.loads(path.read_text(encoding="utf-8"))
        for path in tmp_path.glob("*.cdx.json")
    }
    names = {part: {each["name"] for each in bom["components"]} for part, bom in made.items()}
    assert names.keys() == {"service", "pages", "client"}
    assert {"aiohttp", "cryptography"} <= names["service"]
    assert names["service"].isdisjoint({"pytest", "moto", "uv"})
    direct = json.loads((PAGES / "package.json").read_text(encoding="utf-8"))
    assert {*direct["dependencies"]} <= names["pages"]
    assert names["pages"].isdisjoint(direct["devDependencies"])
    listed = (tmp_path / "licences.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in listed for part in names.values() for name in part)
    needed = {each["ref"]: each["dependsOn"] for each in made["service"]["dependencies"]}
    assert needed[made["service"]["metadata"]["component"]["bom-ref"]]


def test_a_licence_that_nobody_agreed_to_is_named_and_so_is_a_missing_one() -> None:
    assert "AGPL-3.0-only" not in ALLOWED
    licences = [
        [
            {"license": {"id": "MIT"}},
            {"license": {"name": "License :: OSI Approved :: BSD License"}},
        ],
        [{"expression": "MPL-2.0 AND (Apache-2.0 OR MIT)"}],
        [{"expression": "MIT AND AGPL-3.0-only"}],
        [{"license": {"name": "Ask me first"}}],
        [],
    ]
    components = [
        {"name": f"package-{number}", "version": "1", "licenses": each}
        for number, each in enumerate(licences)
    ]
    assert [each.complaint for each in licensed(components)] == [
        None,
        None,
        "package-2 1 has the licence AGPL-3.0-only, which is not in ALLOWED.",
        "package-3 1 has the licence Ask me first, which is not in ALLOWED.",
        "package-4 1 names no licence: look it up, and add it BY_HAND.",
    ]
