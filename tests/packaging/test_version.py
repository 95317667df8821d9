"""The version, the address of the source and the changelog are each in one place, and all else agrees with them."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import TYPE_CHECKING

import pytest

from policylint.version import REPOSITORY, __version__
from tools import ROOT
from tools.release import __main__ as commands
from tools.release import version
from tools.release.__main__ import main
from tools.release.project import PYPROJECT, ReleaseError, project, pythons, tracked

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 30)
CHANGELOG = """\
# Changelog

Words.

## Unreleased

### Added

- A thing ([page](docs/page.md#part), [there](https://example.com), [here](#unreleased)).

## 0.1.0 - 2026-01-31

- The first.
"""
OWNER, NAME = REPOSITORY.split("/")[-2:]


def test_every_place_names_this_version() -> None:
    assert [] == [*version.disagreements(__version__)]
    assert len({place.split(":")[0] for place in version.disagreements("0.0.0")}) >= 9, "the pages and the examples"


def test_another_version_is_named_with_its_line() -> None:
    line = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8").splitlines().index(f"    rev: v{__version__}") + 1
    assert f"docs/ci.md:{line}: {__version__}" in [*version.disagreements("0.0.0")]


@pytest.mark.parametrize(
    "text",
    [
        "uses: contoso/policylint@v{}",
        "uses: contoso/policylint/tools/ci/comment@v{} # pin the commit",
        'pip install "git+https://gitlab.example.com/contoso/policylint.git@v{}"',
        "  - component: $CI_SERVER_FQDN/contoso/policylint/policylint@v{}",
        "repos:\n  - repo: https://github.com/contoso/policylint\n    rev: v{}",
        "      ref: refs/tags/v{}",
        "    ModuleVersion = '{}'",
        "gh release download v{} --repo contoso/policylint",
        "git clone --branch v{} https://github.com/contoso/policylint",
        "      version: v{}",
        "pip install policylint=={}",
        "image: registry.example.com/policylint:{}",
        "python policylint-{}-linux-x86_64.pyz",
        "https://github.com/contoso/policylint/releases/download/v{}/policylint.cdx.json",
    ],
)
def test_a_version_is_found_and_written_however_it_is_named(text: str) -> None:
    assert text.format("1.2.3") == version.renamed(text.format("0.1.0"), "1.2.3")


@pytest.mark.parametrize(
    "text", ["rev: v0.1.0", "actions/checkout@v6.0.2", "version: 1", "policylint-plan/1", "zizmor==1.32.0", "3.11.7"]
)
def test_another_version_is_left_alone(text: str) -> None:
    assert text == version.renamed(text, "9.9.9")


def test_a_cut_moves_what_is_not_released() -> None:
    made = version.cut_text(CHANGELOG, "0.2.0", DAY)
    assert "## Unreleased\n\n## 0.2.0 - 2026-11-30\n\n### Added\n" in made
    assert ["Unreleased", "0.2.0 - 2026-11-30", "0.1.0 - 2026-01-31"] == [*version.sections(made)]
    assert version.sections(CHANGELOG)["Unreleased"] == version.sections(made)["0.2.0 - 2026-11-30"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("0.1.0", "0.1.0 is not newer than 0.1.0"),
        ("0.0.9", "0.0.9 is not newer than 0.1.0"),
        ("0.2", "0.2 is no version"),
        ("v0.2.0", "v0.2.0 is no version"),
    ],
)
def test_a_cut_to_no_newer_version_is_refused(wanted: str, expected: str) -> None:
    with pytest.raises(ReleaseError, match=expected):
        version.cut_text(CHANGELOG, wanted, DAY)


def test_a_cut_of_nothing_is_refused() -> None:
    with pytest.raises(ReleaseError, match="nothing under `## Unreleased`"):
        version.cut_text(version.cut_text(CHANGELOG, "0.2.0", DAY), "0.3.0", DAY)


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a changelog, a module and a page, which are those of the project."""
    files = {
        "CHANGELOG.md": CHANGELOG,
        "policylint/version.py": '"""Words."""\n\n__version__ = "0.1.0"\n',
        "docs/page.md": "pip install policylint==0.1.0\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(version, "ROOT", tmp_path)
    monkeypatch.setattr(version, "CHANGELOG", tmp_path / "CHANGELOG.md")
    monkeypatch.setattr(version, "MODULE", tmp_path / "policylint/version.py")
    monkeypatch.setattr(version, "tracked", lambda: tuple(tmp_path / name for name in files))
    return tmp_path


def test_a_cut_writes_every_place(release: Path) -> None:
    assert ["CHANGELOG.md", "version.py", "page.md"] == [path.name for path in version.cut("0.2.0", DAY)]
    assert '__version__ = "0.2.0"\n' in (release / "policylint/version.py").read_text(encoding="utf-8")
    assert "pip install policylint==0.2.0\n" == (release / "docs/page.md").read_text(encoding="utf-8")
    assert [] == [*version.disagreements("0.2.0")]
    assert [] == [path for path in (release / "docs").iterdir() if path.name != "page.md"]


@pytest.mark.usefixtures("release")
def test_what_does_not_agree_with_a_tag_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(version, "__version__", "0.2.0")
    assert 1 == main(["check", "v0.1.0"])
    assert 1 == main(["check", "v0.2.0"])
    monkeypatch.setattr(version, "__version__", "0.1.0")
    assert 0 == main(["check", "v0.1.0"])
    assert 1 == main(["check", "0.1.0"])
    [*version.cut("0.2.0", DAY)]
    assert 1 == main(["check", "v0.1.0"])
    said = capsys.readouterr()
    assert said.out == "v0.1.0: the version, the changelog and all pages agree\n"
    assert said.err == (
        "error: the tag is v0.1.0, but policylint/version.py says 0.2.0\n"
        "error: CHANGELOG.md has no heading `## 0.2.0 - YYYY-MM-DD`\n"
        "error: the tag is 0.1.0, but policylint/version.py says 0.1.0\n"
        "error: not 0.1.0:\ndocs/page.md:1: 0.2.0\n"
    )


def test_the_notes_are_those_of_the_version_and_lead_to_its_files(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [*version.cut("0.2.0", DAY)]
    assert DAY == version.released("0.2.0")
    notes = release / "build" / "notes.md"
    monkeypatch.setattr(commands, "__version__", "0.2.0")
    assert 0 == main(["notes", "--out", str(notes)])
    assert notes.read_text(encoding="utf-8") == (
        f"### Added\n\n- A thing ([page]({REPOSITORY}/blob/v0.2.0/docs/page.md#part), [there](https://example.com), "
        "[here](#unreleased)).\n"
    )
    monkeypatch.setattr(commands, "__version__", "0.3.0")
    assert 1 == main(["notes", "--out", str(notes)])


def test_the_changelog_of_this_checkout_can_be_cut_or_is_cut() -> None:
    text = version.CHANGELOG.read_text(encoding="utf-8")
    assert "Unreleased" in version.sections(text)
    if version.sections(text)["Unreleased"]:
        assert "## 99.0.0 - 2026-11-30\n" in version.cut_text(text, "99.0.0", DAY)


# --- where the source is ----------------------------------------------------------------------------------------------


def test_pyproject_has_the_addresses_of_the_project() -> None:
    assert {
        "Homepage": REPOSITORY,
        "Documentation": f"https://{OWNER}.github.io/{NAME}/",
        "Source": REPOSITORY,
        "Changelog": f"{REPOSITORY}/blob/main/CHANGELOG.md",
        "Issues": f"{REPOSITORY}/issues",
    } == project()["urls"]


def test_every_file_names_the_same_source() -> None:
    other = {
        f"{path.relative_to(ROOT).as_posix()}: {owner}"
        for path in tracked()
        if path.suffix in {".md", ".yml", ".yaml", ".toml", ".py", ".sh", ".json", ".psd1", ".txt"}
        for owner in re.findall(
            r"(?:github\.com/|\buses: |githubusercontent\.com/)([\w.-]+)/policylint\b", path.read_text(encoding="utf-8")
        )
        if owner != OWNER
    }
    assert set() == other


def test_the_versions_of_python_are_those_that_are_asked_for() -> None:
    wanted = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["requires-python"]
    assert f">={pythons()[0]}" == wanted
    assert [f"3.{11 + number}" for number in range(len(pythons()))] == [*pythons()]
