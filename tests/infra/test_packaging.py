"""The wheel contains the built pages, the template and the sample data."""

import subprocess
import sys
import zipfile
from pathlib import Path

from assembly_service.http.pages import BUILT_PAGES
from assembly_service.local_aws.provisioning import template
from assembly_service.local_aws.reference import sample_lines

ROOT = Path(__file__).parents[2]


def test_the_wheel_contains_the_built_pages_the_template_and_the_data_of_the_local_mode(
    tmp_path: Path,
) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = archive.read("assembly_service/local_aws/template.yaml").decode()
        reference = archive.read("assembly_service/local_aws/reference.jsonl").decode()
        pages = {Path(name).name for name in archive.namelist() if "/pages/" in name}
    assert pages >= ({"index.html", "api-docs.html"} if BUILT_PAGES.exists() else set())
    assert reference == sample_lines()
    assert carried == template() == (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")
