"""`make screenshots`: a picture of every page, in three widths, light and dark.

Named scenarios take only theirs: `python -m tests.pages.screenshots educationPictures`.
"""

import asyncio
import os
import sys
from pathlib import Path

import boto3

from assembly_service.local_aws.local_engine import REGION, running_engine
from assembly_service.runtime.logs import configure_logs
from assembly_service.settings.service import Settings
from tests.cli.runs import ROOT
from tests.harness.engine import fresh_account
from tests.harness.valkey import Valkey
from tests.http.test_documentation_page import find_chromium
from tests.pages.browser import running_browser
from tests.pages.stage import DRAFTS, running_stage

DIRECTORY = ROOT / ".local" / "screenshots"
SCENARIOS = ("sitePictures", "productPictures", "projectPictures", "educationPictures")


async def take(settings: Settings, valkey_url: str, directory: Path) -> str:
    """Take the pictures; returns what went wrong."""
    async with (
        running_stage(settings, valkey_url, directory=directory) as stage,
        running_browser(find_chromium()) as browser,
    ):
        outcomes = [await browser.play(each, stage) for each in sys.argv[1:] or SCENARIOS]
        return "\n".join(filter(None, outcomes))


def main() -> None:
    """Take the pictures, at a service of their own."""
    configure_logs(level="WARNING", log_format="console")
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    valkey = Valkey.on_a_free_port()
    valkey.start()
    try:
        with running_engine() as engine:
            account = fresh_account(boto3.Session(region_name=REGION), engine.url)
            os.environ.update(account.credentials)
            quick = {"SQS_WAIT_SECONDS": "1"}
            settings = Settings.from_environment(account.environment | quick | DRAFTS)
            if wrong := asyncio.run(take(settings, valkey.url, DIRECTORY)):
                sys.exit(wrong)
    finally:
        valkey.stop()
    print(f"The pictures are in {DIRECTORY.relative_to(ROOT)}.")  # noqa: T201


if __name__ == "__main__":
    main()
