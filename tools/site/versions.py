"""The published versions of the site: a folder for each, and what leads to them."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.version import InvalidVersion, Version

from policylint.documentation import HOME
from tools.site.build import build

if TYPE_CHECKING:
    from collections.abc import Iterable

LATEST: Final = "latest"
MAIN: Final = "main"
"""The folder of what is not released yet."""


def publish(folder: Path, version: str) -> None:
    """Build a version into its folder of the published ones, in place of an earlier build of it.

    Then `versions.json`, the pages beside it and `latest` are written anew. Raises ValueError for a name that is
    neither `main` nor the tag of a version, and what `build` does.
    """
    if version != MAIN and _number(version) is None:
        raise ValueError(f"`{version}` is neither `{MAIN}` nor the tag of a version, such as v0.2.0")
    with tempfile.TemporaryDirectory() as work:
        build(folder / version, Path(work), version=version, published=True)
    index(folder)


def index(folder: Path) -> None:
    """Write what leads to the versions in a folder: `versions.json`, a list, `latest`, and the page of missing pages.

    `latest` has a page for each page of the newest release that leads there; while there is none, of `main`.
    """
    versions = ordered(each.name for each in folder.iterdir() if (each / "index.html").is_file())
    newest = next((each for each in versions if is_release(each)), versions[0])
    rows = [{"version": each, "latest": each == newest} for each in versions]
    (folder / "versions.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder / LATEST, ignore_errors=True)
    for page in sorted((folder / newest).rglob("*.html")):
        path = page.relative_to(folder / newest).as_posix()
        forward = folder / LATEST / path
        forward.parent.mkdir(parents=True, exist_ok=True)
        forward.write_text(_redirect("../" * (path.count("/") + 1) + f"{newest}/{path}"), encoding="utf-8")
    for name in ("llms.txt", "llms-full.txt"):
        text = (folder / newest / name).read_text(encoding="utf-8")
        (folder / name).write_text(re.sub(r"\]\((?!\w+:|#)", f"]({newest}/", text), encoding="utf-8", newline="\n")
    (folder / ".nojekyll").write_text("", encoding="utf-8")  # GitHub Pages leaves out folders such as _static otherwise
    (folder / "index.html").write_text(_redirect(f"{newest}/index.html"), encoding="utf-8")
    items = "".join(f'<li><a href="{escape(each)}/index.html">{escape(each)}</a></li>' for each in versions)
    listed = f"<ul>{items}</ul>"
    (folder / "versions.html").write_text(_page("Versions of this documentation", listed), encoding="utf-8")
    lost = (
        "<p>This version of the documentation has no such page.</p>"
        f'<p><a href="{HOME}/{LATEST}/index.html">The documentation of the latest release</a>, '
        f'<a href="{HOME}/versions.html">all versions</a></p>'
    )
    (folder / "404.html").write_text(_page("Page not found", lost), encoding="utf-8")


def ordered(names: Iterable[str]) -> list[str]:
    """Return the versions, the newest release first, then its candidates; branches are last."""
    found = [name for name in names if name != LATEST]
    tags = [name for name in found if _number(name) is not None]
    return [*sorted(tags, key=_number_of, reverse=True), *sorted(set(found) - set(tags))]


def is_release(name: str) -> bool:
    """Return whether a version is that of a release, not of a candidate or a branch."""
    number = _number(name)
    return number is not None and not number.is_prerelease


def _number_of(tag: str) -> Version:
    return Version(tag.removeprefix("v"))


def _number(name: str) -> Version | None:
    if not name.startswith("v"):
        return None
    try:
        return _number_of(name)
    except InvalidVersion:
        return None


def _redirect(address: str) -> str:
    where = escape(address)
    return _page(
        "This page is elsewhere",
        f'<p><a href="{where}">Go there</a></p>',
        f'<meta http-equiv="refresh" content="0; url={where}"><link rel="canonical" href="{where}">'
        f"<script>location.replace({json.dumps(address)} + location.hash)</script>",
    )


def _page(title: str, body: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"{head}<h1>{title}</h1>{body}</html>\n"
    )
