"""The wheel, the sdist and the editable install each carry everything, in a clean environment."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policylint.version import REPOSITORY, __version__

if TYPE_CHECKING:
    from tools.release.build import Distributions

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "contoso"
NEEDED = (
    *("click", "yaml", "_yaml", "jsonschema", "jsonschema_specifications", "referencing", "rpds", "attr", "attrs"),
    *("ruamel", "typing_extensions.py"),
    # What an sdist and an editable install are built with; the plugin is found by what is said about it.
    *("hatchling", "hatch_fancy_pypi_readme*", "editables", "packaging", "pathspec", "pluggy", "trove_classifiers"),
)
INDEX = """
from policylint.adapters import resources
from policylint.lint.load import load_rules
from policylint.project.resources import Resources
ours = Resources(resources)
assert resources.rule_index()
sources = map(resources.read_rule, resources.rule_paths())
assert ours.rules == load_rules(sources, ours.store)
print(len(ours.rules))
"""
"""Compares the rules of the module that a build makes with those of their folders."""


def run(*command: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def install(folder: Path, *what: str | Path) -> Path:
    """Return the scripts of an environment that has nothing but what is installed and what that needs.

    What it needs is taken from the environment of the tests, so that nothing is downloaded.
    """
    venv.create(folder, with_pip=False)
    scripts = folder / "bin"
    packages = next((folder / "lib").glob("python*")) / "site-packages"
    here = Path(pytest.__file__).parents[1]
    for name in NEEDED:
        for found in here.glob(name):
            (packages / found.name).symlink_to(found)
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        scripts / "python",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        *what,
    )
    return scripts


def check(scripts: Path, folder: Path) -> None:
    """Run the installed command on a copy of the example, away from the checkout."""
    example = shutil.copytree(EXAMPLE, folder / "contoso")
    assert run(scripts / "policylint", "--version").stdout.startswith("policylint ")
    run(scripts / "python", "-m", "policylint", "--version")
    run(scripts / "policylint", "lint", folder=example)
    run(scripts / "policylint", "test", folder=example)
    run(scripts / "policylint", "plan", "--out", "plan.json", folder=example)
    run(scripts / "policylint", "apply-script", "plan.json", "-o", "converge.ps1", folder=example)
    run(scripts / "policylint", "export-script", "-o", "export.ps1", folder=example)
    assert (example / "converge.ps1").read_bytes().isascii()
    run(scripts / "policylint", "init", "--admin", "it@contoso.com", folder / "new")
    run(scripts / "policylint", "lint", folder=folder / "new")


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_what_is_built_works_where_it_is_installed(kind: str, built: Distributions, tmp_path: Path) -> None:
    scripts = install(tmp_path / "env", getattr(built, kind))
    check(scripts, tmp_path)
    assert int(run(scripts / "python", "-I", "-c", INDEX).stdout) > 100


def test_an_editable_install_works(checkout: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(checkout, tmp_path / "source")
    check(install(tmp_path / "env", "--editable", copy), tmp_path)


def test_the_wheel_holds_the_data_and_no_tests(built: Distributions) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
    assert "policylint/py.typed" in names
    assert "policylint/_data/schemas/policy/policy.schema.json" in names
    assert "policylint/_data/rules/organization/default-level-allow/rule.yaml" in names
    scaffold = ("gitattributes", "policylint.yaml", "policy/tests.yaml")
    assert {f"policylint/scaffold/{name}" for name in scaffold} <= names
    assert {f"policylint/scripts/{name}.ps1" for name in ("common", "converge", "export")} <= names
    assert [name for name in names if name.startswith(("tests/", "tools/")) or "__pycache__" in name] == []


def test_the_sdist_holds_what_the_tests_need(built: Distributions) -> None:
    with tarfile.open(built.sdist) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}
    assert {"LICENSE", "README.md", "pyproject.toml", "tests/check.py", "docs/examples/contoso/live.json"} <= names


def test_every_link_of_the_page_on_pypi_leads_to_the_files_of_the_version(built: Distributions) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        page = wheel.read(name).decode()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    link, image = re.compile(r"\]\(([^)\s]+)\)"), re.compile(r'\b(?:src|srcset)="([^"]+)"')
    file, picture = f"{REPOSITORY}/blob/v{__version__}", REPOSITORY.replace("github.com", "raw.githubusercontent.com")
    assert image.findall(readme) != []
    assert [f"{picture}/v{__version__}/{path}" for path in image.findall(readme)] == image.findall(page)
    for wanted, target in zip(link.findall(readme), link.findall(page), strict=True):
        assert target == (wanted if "://" in wanted or wanted.startswith("#") else f"{file}/{wanted}")
