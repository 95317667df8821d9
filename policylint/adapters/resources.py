"""The data that policylint carries: schemas, rules, script templates; in a wheel or in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def root() -> Path:
    """Return the folder that holds `schemas/` and `rules/`: inside the package when installed, else the checkout."""
    package = Path(__file__).resolve().parent.parent
    packed = package / "_data"
    return packed if packed.is_dir() else package.parent


def read_schema(name: str) -> str:
    """Return the text of a file below `schemas/`."""
    return (root() / "schemas" / name).read_text(encoding="utf-8")


def read_script(name: str) -> str:
    """Return the template of a PowerShell script."""
    return (Path(__file__).resolve().parent.parent / "scripts" / name).read_text(encoding="ascii")


def scaffold() -> dict[str, str]:
    """Return the files of a new repository by their path in it; `{edition}` stands for the edition."""
    folder = Path(__file__).resolve().parent.parent / "scaffold"
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name.replace("gitattributes", ".gitattributes"): path.read_text("utf-8") for name, path in paths.items()}


def rules_folder() -> Path:
    """Return the folder of the rules that come with policylint."""
    return root() / "rules"
