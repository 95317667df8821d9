"""The data that policylint carries: schemas, rules, script templates; in a wheel or in a checkout."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policylint.regex import regex
from policylint.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INCLUDED = regex(r"^#: ([a-z]+)\n", re.MULTILINE)
"""A line of a script that stands for a file beside it."""


_PACKED = "_data"
"""The folder of a wheel that holds `schemas/` and `rules/`."""


@cache
def root() -> Path:
    """Return the folder that holds `schemas/` and `rules/`: inside the package when installed, else the checkout."""
    package = Path(__file__).resolve().parent.parent
    packed = package / _PACKED
    return packed if packed.is_dir() else package.parent


def read_schema(name: str) -> str:
    """Return the text of a file below `schemas/`."""
    return (root() / "schemas" / name).read_text(encoding="utf-8")


def read_script(name: str) -> str:
    """Return the template of a PowerShell script, with a file of functions in place of each line like `#: common`."""
    folder = Path(__file__).resolve().parent.parent / "scripts"
    template = (folder / name).read_text(encoding="ascii")
    return _INCLUDED.sub(lambda found: (folder / f"{found[1]}.ps1").read_text(encoding="ascii"), template)


def scaffold() -> dict[str, str]:
    """Return the files of a new repository by their path in it; `{edition}` and other names stand for what is asked."""
    folder = Path(__file__).resolve().parent.parent / "scaffold"
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {f".{name}" if name.startswith("git") else name: path.read_text("utf-8") for name, path in paths.items()}


def rules_folder() -> Path:
    """Return the folder of the rules that come with policylint."""
    return root() / "rules"


def rules_path() -> str:
    """Return the path of that folder, as those of its files begin."""
    return rules_folder().as_posix()


def rule_index() -> Sequence[Mapping[str, Any]]:
    """Return the rules that come with policylint as the build of a wheel read them; empty in a checkout."""
    if root().name != _PACKED:
        return ()
    rules: Sequence[Mapping[str, Any]] = import_module("policylint._index").RULES
    return rules


def rule_paths() -> tuple[str, ...]:
    """Return the path of each rule.yaml that comes with policylint, sorted."""
    return rules_in(rules_folder(), rules_path())


def read_rule(path: str) -> Source:
    """Return the text of a file of a rule that comes with policylint."""
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123
        return Source(path, file.read())


def read_packs() -> Source:
    """Return the text that says what packs and groups of rules are for."""
    return read_rule(f"{rules_path()}/packs.yaml")


def rules_in(folder: Path, shown: str) -> tuple[str, ...]:
    """Return the path of each rule.yaml below a folder of groups, sorted; `shown` is what the folder is called."""
    paths = sorted(folder.glob("*/*/rule.yaml"))
    return tuple("/".join((shown, *path.parts[-3:])) for path in paths)
