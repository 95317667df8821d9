"""The site, built from its Markdown by Sphinx."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tools import ROOT
from tools.site.llms import llms_full, llms_index
from tools.site.pages import sections
from tools.site.source import IMAGES, source, trees

if TYPE_CHECKING:
    from pathlib import Path

BUILD: Final = ROOT / "build"
SITE: Final = BUILD / "site"
_CONFIGURATION: Final = ROOT / "tools" / "site" / "sphinx"


def build(site: Path, work: Path, *, version: str, published: bool = False) -> None:
    """Build the site of a version into a folder, which is made anew; `work` holds what is needed for that alone.

    A version is the name of a tag or a branch, and links to files lead to it. A published site has other versions
    beside it. Raises subprocess.CalledProcessError where Sphinx finds something wrong; it says what.
    """
    for folder in (site, work):
        shutil.rmtree(folder, ignore_errors=True)
    pages = work / "source"
    for folder in (pages, site):  # Sphinx copies the pictures of Markdown, and leaves those of HTML
        shutil.copytree(ROOT / IMAGES, folder / "images")
    texts = source(version)
    for target, text in (texts | trees(sections(), texts)).items():
        _write(pages / target, text)
    models = {
        "llms.txt": llms_index(sections(), lambda page: page.target),
        "llms-full.txt": llms_full(sections(), texts),
    }
    for target, text in (texts | models).items():
        _write(site / target, text)
    said = ("-D", f"version={version}", "-D", f"release={version}", "-A", f"published={'1' if published else ''}")
    folders = ("-c", str(_CONFIGURATION), "-d", str(work / "doctrees"), str(pages), str(site))
    options = ("-b", "html", "--quiet", "--fail-on-warning", "--keep-going")
    subprocess.run((sys.executable, "-m", "sphinx", *options, *said, *folders), check=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
