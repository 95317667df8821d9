"""Facts with a date or a number that pages, data and scripts state: the same everywhere, and none outdated."""

from __future__ import annotations

import re

import pytest

from tests.texts import shared
from tools import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "rules").rglob("*.md")]
ACCESS = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")


def test_the_announcement_about_old_protocols_is_that_of_the_exchange_team() -> None:
    assert "4477997" in ACCESS
    assert "4477997" in " ".join(shared().explanations.find("service")[0].sources)
    assert [page.name for page in PAGES if "itdaily.com" in page.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("name", ["export.ps1", "converge.ps1"])
def test_the_scripts_ask_for_no_newer_powershell(name: str) -> None:
    text = (ROOT / "policylint" / "scripts" / name).read_text(encoding="ascii")
    assert re.findall(r"(?i)^#requires -version (.+)$", text, re.MULTILINE) == ["5.1"]


def test_the_page_of_the_scripts_says_what_the_module_needs() -> None:
    text = (ROOT / "docs" / "scripts.md").read_text(encoding="utf-8")
    assert all(word in text for word in ("3.10", "7.6", "7.4", "5.1"))


def test_the_date_of_the_catalog_is_said() -> None:
    assert shared().catalog_date in ACCESS


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("certificate", "2026-12-31"),
        ("EWS", "2026-10-01"),
        ("EWS", "2027-04-01"),
        ("conditional-access", "2026-06-30"),
        ("windows-mail", "2024-12-31"),
        ("service", "March 2026"),
        ("catalog", "iPhone 17"),
    ],
)
def test_a_topic_has_its_date(topic: str, expected: str) -> None:
    assert expected in " ".join(entry.means for entry in shared().explanations.find(topic))
