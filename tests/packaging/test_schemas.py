"""The schemas of a release, checked as SchemaStore checks those of its catalog."""

from __future__ import annotations

import json
import subprocess
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.adapters.resources import scaffold
from policylint.version import REPOSITORY, __version__
from tests.npm import installed
from tests.requirements import NODE
from tools import EXAMPLE, ROOT
from tools.release.__main__ import main
from tools.release.schemas import CATALOG, catalog_entry

if TYPE_CHECKING:
    from pathlib import Path

EDITOR = ROOT / "tests" / "editor"
SCRIPT = ROOT / "tests" / "packaging" / "schemastore.mjs"
RIGHT = {
    "least": "version: 1\n",
    "scaffold": scaffold()["policylint.yaml"]
    .replace("{edition}", "exchange-online")
    .replace("{target}", "target: null"),
    "example": (EXAMPLE / "policylint.yaml").read_text(encoding="utf-8"),
    "environments": "version: 1\nenvironments: {east: {snapshot: a.json}, west: {edition: exchange-2019}}\n",
}
WRONG = {
    "no-version": ("policies: [policy/*.yaml]\n", ""),
    "version": ("version: 2\n", "/version"),
    "unknown-key": ("version: 1\npolicy: a.yaml\n", ""),
    "edition": ("version: 1\nedition: exchange-2010\n", "/edition"),
    "type": ("version: 1\npolicies: policy\n", "/policies"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the schemas and the entry of the catalog."""
    made = tmp_path_factory.mktemp("schemas")
    assert 0 == main(["schemas", "--dist", str(made)])
    return made


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["config.schema.json", "policy.schema.json"])
def test_a_schema_has_the_address_of_its_version_and_the_dialect_of_editors(folder: Path, name: str) -> None:
    schema = read(folder / name)
    assert f"{REPOSITORY}/releases/download/v{__version__}/{name}" == schema["$id"]
    assert "http://json-schema.org/draft-07/schema#" == schema["$schema"]
    jsonschema.Draft7Validator.check_schema(schema)


def test_the_entry_is_one_that_the_catalog_takes(folder: Path) -> None:
    """The checks of SchemaStore on an entry: no `schema` in its words, no point at their end, a name of a file."""
    entry = read(folder / CATALOG)
    assert entry == catalog_entry()
    assert {"name", "description", "fileMatch", "url"} == entry.keys()
    for words in (entry["name"], entry["description"]):
        assert "schema" not in words.lower()
        assert "\n" not in words
        assert not words.endswith((",", ".", " ", "\t", "-"))
    assert [True] == [fnmatch("policylint.yaml", pattern) and "/" not in pattern for pattern in entry["fileMatch"]]
    assert entry["url"].removeprefix(f"{REPOSITORY}/releases/latest/download/") in {
        path.name for path in folder.iterdir()
    }


@NODE.needed
def test_ajv_takes_the_schema_and_the_right_files_and_refuses_the_wrong_ones(
    folder: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    assert pytestconfig.cache is not None
    modules = installed(EDITOR, pytestconfig.cache.mkdir("yaml-language-server"))
    texts = {**RIGHT, **{name: text for name, (text, _) in WRONG.items()}}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = ["node", str(SCRIPT), str(modules.parent), str(folder / "config.schema.json"), *texts]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert 0 == done.returncode, done.stderr
    said = json.loads(done.stdout)
    assert {name: [] for name in RIGHT} == {name: said[name] for name in RIGHT}
    assert [] == [name for name, (_, where) in WRONG.items() if where not in said[name]]
