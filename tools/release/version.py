"""The version in every place that names one, and the changelog.

The version is in policylint/version.py, and a release is a heading of CHANGELOG.md. Pages and examples name the tag of
the latest release: `python -m tools.release cut` writes all of them, and `check` says which of them is another one.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from packaging.version import Version

from policylint.version import REPOSITORY, __version__
from tools import ROOT
from tools.release.project import ReleaseError, tracked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHANGELOG: Final = ROOT / "CHANGELOG.md"
MODULE: Final = ROOT / "policylint" / "version.py"
_VERSION = r"(?P<version>\d+\.\d+\.\d+)"
VERSION: Final = re.compile(_VERSION)
_NAME = re.escape(REPOSITORY.removeprefix("https://github.com/"))
NAMED: Final = tuple(
    re.compile(f"{before}{_VERSION}", re.MULTILINE)
    for before in (
        rf"{_NAME}(?:\.git)?(?:/[\w./-]+)?@v",  # an action, a component, an address for pip
        rf"^ +- repo: {re.escape(REPOSITORY)}\n +rev: v",  # a hook
        r"\brefs/tags/v",
        r"\bModuleVersion = '",
        r"\b(?:gh release download|git clone --branch) v",
        r"^ +version: v",  # an input of the component
        r"\bpolicylint==",
        r"\bpolicylint:v?",  # an image
        r"^policylint ",  # what it prints
        r"\b[Pp]olicylint-",  # a file of the release
        rf"{re.escape(REPOSITORY)}/releases/(?:download|tag)/v",
    )
)
"""How pages and examples name the version of a release."""
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_UNRELEASED = "Unreleased"


def places() -> tuple[Path, ...]:
    """Return the files in which a version that is named is that of the latest release."""
    texts = {".md", ".yml", ".yaml", ".psd1", ""}
    outside = {"tests", "CHANGELOG.md", "rules", "schemas"}
    return tuple(
        path
        for path in tracked()
        if path.suffix in texts and path.relative_to(ROOT).parts[0] not in outside and "adr" not in path.parts
    )


def disagreements(version: str) -> Iterator[str]:
    """Yield each place that names another version than the one given, as file, line and what it says."""
    for path in places():
        text = path.read_text(encoding="utf-8")
        for match in sorted(
            (match for each in NAMED for match in each.finditer(text)), key=lambda match: match.start()
        ):
            if match["version"] != version:
                line = text.count("\n", 0, match.start("version")) + 1
                yield f"{path.relative_to(ROOT).as_posix()}:{line}: {match['version']}"


def renamed(text: str, version: str) -> str:
    """Return a text with another version wherever it names one."""
    for each in NAMED:
        text = each.sub(lambda match: match[0].removesuffix(match["version"]) + version, text)
    return text


def sections(text: str) -> dict[str, str]:
    """Return the sections of a changelog by their headings, the newest first."""
    heads = [*_HEADING.finditer(text)]
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return {head[1]: text[head.end() : end].strip("\n") for head, end in zip(heads, ends, strict=True)}


def notes(version: str) -> str:
    """Return what the changelog says of a version, to show with its release.

    Links to files lead to those files as the release has them.

    Raises:
        ReleaseError: The changelog has no such version.
    """
    text = _section(version)[1]
    return re.sub(r"\]\((?!\w+:|#)([^)]+)\)", rf"]({REPOSITORY}/blob/v{version}/\1)", text) + "\n"


def released(version: str) -> date:
    """Return the day of a version.

    Raises:
        ReleaseError: The changelog has no such version.
    """
    return date.fromisoformat(_section(version)[0].partition(" - ")[2])


def _section(version: str) -> tuple[str, str]:
    for heading, text in sections(CHANGELOG.read_text(encoding="utf-8")).items():
        if re.fullmatch(rf"{re.escape(version)} - \d{{4}}-\d\d-\d\d", heading):
            return heading, text
    raise ReleaseError(f"CHANGELOG.md has no heading `## {version} - YYYY-MM-DD`")


def check_tag(tag: str) -> None:
    """Compare a tag with the version, the changelog, and all that names a version.

    Raises:
        ReleaseError: Any of them is another one.
    """
    if tag != f"v{__version__}":
        raise ReleaseError(f"the tag is {tag}, but {MODULE.relative_to(ROOT).as_posix()} says {__version__}")
    released(__version__)
    if other := [*disagreements(__version__)]:
        raise ReleaseError(f"not {__version__}:\n" + "\n".join(other))


def cut_text(changelog: str, version: str, day: date) -> str:
    """Return a changelog whose unreleased entries are those of a version, with an empty section for what follows.

    Raises:
        ReleaseError: There is nothing to release, or the version is none, or not newer than the latest.
    """
    entries = sections(changelog)
    if not entries.get(_UNRELEASED):
        raise ReleaseError("CHANGELOG.md has nothing under `## Unreleased`")
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"{version} is no version: write three numbers, such as 0.2.0")
    older = [heading.partition(" - ")[0] for heading in entries if heading != _UNRELEASED]
    if not all(Version(each) < Version(version) for each in older):
        raise ReleaseError(f"{version} is not newer than {older[0]}, the latest of CHANGELOG.md")
    return changelog.replace(f"## {_UNRELEASED}\n", f"## {_UNRELEASED}\n\n## {version} - {day.isoformat()}\n", 1)


def cut(version: str, day: date) -> Iterator[Path]:
    """Write a version and its day into the changelog, policylint/version.py and all that names one; yield the files.

    Raises:
        ReleaseError: As of `cut_text`; nothing is written then.
    """
    changelog = cut_text(CHANGELOG.read_text(encoding="utf-8"), version, day)
    texts = {CHANGELOG: changelog, MODULE: VERSION.sub(version, MODULE.read_text(encoding="utf-8"), count=1)}
    texts |= {path: renamed(path.read_text(encoding="utf-8"), version) for path in places()}
    for path, text in texts.items():
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8", newline="\n")
            yield path
