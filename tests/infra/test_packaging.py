"""What is installed from the wheel can provision: the template travels with it."""

import subprocess
import sys
import zipfile
from pathlib import Path

from assembly_service.local_aws.provisioning import template

ROOT = Path(__file__).parents[2]


def test_the_wheel_carries_the_template(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = archive.read("assembly_service/local_aws/template.yaml").decode()
    assert carried == template() == (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")
