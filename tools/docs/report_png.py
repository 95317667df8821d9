"""Takes the picture of the report in the documentation: `python -m tools.docs.report_png`; needs a Chromium."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.test_report import EXAMPLE, simulate
from tests.requirements import chromium
from tools import ROOT

TARGET = ROOT / "docs" / "images" / "report.png"


def main() -> None:
    """Write the picture: the first screen of the example's report."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        report = Path(folder) / "report.html"
        simulate(EXAMPLE, "--format", "html", "-o", str(report))
        browser = driver.chromium.launch(executable_path=chromium())
        page = browser.new_page(viewport={"width": 1180, "height": 900}, color_scheme="light")
        page.goto(report.as_uri())
        page.screenshot(path=Path(folder) / "report.png")
        browser.close()
        shutil.copyfile(Path(folder) / "report.png", TARGET)


if __name__ == "__main__":
    main()
