"""The wheel contains the template and the sample data."""

import subprocess
import sys
import zipfile
from pathlib import Path

from assembly_service.local_aws.provisioning import template
from assembly_service.local_aws.reference import sample_lines

ROOT = Path(__file__).parents[2]


def test_the_wheel_contains_the_template_and_the_reference_data_of_the_local_mode(
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
    assert reference == sample_lines()
    assert carried == template() == (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")
