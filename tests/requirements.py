"""What tests need besides Python packages and how to get it. Without it they are skipped, and a run says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SYSTEMS = ("Debian, Ubuntu", "Windows", "macOS")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What some tests need: its name, whether it is missing, and the command that gets it on each of `SYSTEMS`."""

    name: str
    is_missing: Callable[[], bool]
    commands: tuple[str, str, str]

    @property
    def reason(self) -> str:
        """Return why a test is skipped without it."""
        return f"needs {self.name}"

    @property
    def needed(self) -> pytest.MarkDecorator:
        """Return the mark of tests that are skipped without it."""
        return pytest.mark.needs(self)

    def require(self) -> None:
        """Skip the test that runs now if it is missing."""
        if self.is_missing():
            pytest.skip(self.reason)


def _without(*programs: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(program) is None for program in programs)


def _without_pwsh() -> bool:
    """Return whether there is no PowerShell; fail where one was promised."""
    is_missing = shutil.which("pwsh") is None
    if is_missing and os.environ.get("POLICYLINT_REQUIRE_PWSH"):
        pytest.fail("no pwsh on PATH, though POLICYLINT_REQUIRE_PWSH is set")
    return is_missing


TURKISH = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "0", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"}
"""In Turkish the upper case of `i` is no `I`, so that a comparison by the rules of the language fails."""


@cache
def _without_turkish() -> bool:
    """Return whether PowerShell follows no culture but the invariant one."""
    if _without_pwsh():
        return True
    asked = "[cultureinfo]::CurrentCulture.Name + ' ' + ('internal' -match 'INTERNAL')"
    command = ["pwsh", "-NoProfile", "-NonInteractive", "-Command", asked]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=os.environ | TURKISH, check=False)
    return done.stdout.strip() != "tr-TR False"


@cache
def chromium() -> str | None:
    """Return the path of Chromium: of one on PATH, else of the one that Playwright installed; None without one."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as driver:
            installed = driver.chromium.executable_path
        return installed if Path(installed).exists() else None
    return found


_WINGET = "winget install --id"
_PLAYWRIGHT = "python -m playwright install chromium"

PWSH = Requirement(
    "PowerShell 7: pwsh on PATH",
    _without_pwsh,
    (
        ". /etc/os-release && wget -q https://packages.microsoft.com/config/$ID/$VERSION_ID/packages-microsoft-prod.deb"
        " && sudo dpkg -i packages-microsoft-prod.deb && sudo apt-get update && sudo apt-get install powershell",
        f"{_WINGET} Microsoft.PowerShell",
        "brew install powershell",
    ),
)
"""Source: https://learn.microsoft.com/powershell/scripting/install/installing-powershell"""
TURKISH_PWSH = Requirement(
    "PowerShell 7 with ICU, for Turkish",
    _without_turkish,
    ("sudo apt-get install libicu-dev", f"{_WINGET} Microsoft.PowerShell", "brew install powershell"),
)
CHROMIUM = Requirement(
    "Chromium",
    lambda: chromium() is None,
    (f".venv/bin/{_PLAYWRIGHT} --with-deps", f".venv\\Scripts\\{_PLAYWRIGHT}", f".venv/bin/{_PLAYWRIGHT}"),
)
NODE = Requirement(
    "Node.js: node and npm on PATH",
    _without("node", "npm"),
    ("sudo apt-get install nodejs npm", f"{_WINGET} OpenJS.NodeJS.LTS", "brew install node"),
)
GIT = Requirement("git", _without("git"), ("sudo apt-get install git", f"{_WINGET} Git.Git", "xcode-select --install"))
BASH = Requirement("bash", _without("bash"), ("sudo apt-get install bash", f"{_WINGET} Git.Git", "brew install bash"))
POSIX = Requirement("Linux or macOS", lambda: os.name != "posix", ("", "wsl --install", ""))
LINUX = Requirement(
    "Linux", lambda: sys.platform != "linux", ("", "wsl --install", "docker run --interactive --tty debian")
)

REQUIREMENTS = (PWSH, TURKISH_PWSH, CHROMIUM, NODE, GIT, BASH, POSIX, LINUX)


Skipped = tuple[str, str]
"""A test that was skipped: its suite and the reason."""


def skipped(report: Path) -> Iterator[Skipped]:
    """Yield the skipped tests of a report in JUnit's format."""
    for suite in ElementTree.parse(report).getroot():
        about = "" if suite.get("name") == "pytest" else f" {suite.get('name')}"
        for case in suite.iter("testcase"):
            where = "/".join((case.get("classname") or case.get("name") or "").split(".")[:2]) + about
            yield from (
                (where, each.get("message") or "") for each in case.iter("skipped") if each.get("type") == "pytest.skip"
            )


def unknown(tests: Iterable[Skipped]) -> list[str]:
    """Return the reasons of skipped tests that are no requirement, sorted."""
    return sorted({reason for _, reason in tests} - {each.reason for each in REQUIREMENTS})


def not_run(tests: Iterable[Skipped]) -> str:
    """Return what did not run, for which requirements, and how to get them; empty if all ran."""
    counts = Counter(tests)
    blocks = []
    for requirement in REQUIREMENTS:
        suites = [(suite, count) for (suite, reason), count in sorted(counts.items()) if reason == requirement.reason]
        if suites:
            total = sum(count for _, count in suites)
            lines = [f"{total} {'test needs' if total == 1 else 'tests need'} {requirement.name}"]
            lines += [f"  {suite}: {count}" for suite, count in suites]
            lines += [
                f"  to get it on {system}: {command}"
                for system, command in zip(SYSTEMS, requirement.commands, strict=True)
                if command
            ]
            blocks.append("\n".join(lines) + "\n")
    if not blocks:
        return ""
    rule = "!" * 80
    number = sum(count for (_, reason), count in counts.items() if reason in {each.reason for each in REQUIREMENTS})
    title = f"NOT RUN: {number} {'test' if number == 1 else 'tests'}, because something is missing on this machine"
    return "\n".join([rule, title, "", *blocks, f"{rule}\n"])
