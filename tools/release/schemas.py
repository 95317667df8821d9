"""The schemas as files of a release, and the entry of SchemaStore's catalog that leads to them.

Each has an address of its version as `$id`. The catalog names the address of the latest release, so that it never has
to be changed. It has only policylint.yaml: policy files have no name that is theirs alone.

Source: https://github.com/SchemaStore/schemastore/blob/master/CONTRIBUTING.md
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from policylint.adapters import resources
from policylint.project.editor_schemas import SCHEMAS, file_name
from policylint.project.resources import Resources
from policylint.schema.editor import editor_schema
from policylint.version import REPOSITORY, __version__

if TYPE_CHECKING:
    from pathlib import Path

CATALOG: Final = "schemastore-entry.json"
"""The file with what SchemaStore's src/api/json/catalog.json needs under `schemas`."""


def catalog_entry() -> dict[str, Any]:
    """Return the entry of policylint.yaml in the catalog of SchemaStore."""
    return {
        "name": "policylint",
        "description": "Settings of policylint, policy as code for Exchange mobile device access",
        "fileMatch": ["policylint.yaml"],
        "url": f"{REPOSITORY}/releases/latest/download/{file_name('config')}",
    }


def texts() -> dict[str, str]:
    """Return the text of each file by its name."""
    store = Resources(resources).store
    found: dict[str, Any] = {}
    for name, identifier in SCHEMAS.items():
        schema = dict(editor_schema(store, identifier))
        address = f"{REPOSITORY}/releases/download/v{__version__}/{file_name(name)}"
        found[file_name(name)] = {"$schema": schema.pop("$schema"), "$id": address, **schema}
    found[CATALOG] = catalog_entry()
    return {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in found.items()}


def write(out: Path) -> tuple[Path, ...]:
    """Write the files into a folder, and return them."""
    for name, text in texts().items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    return tuple(out / name for name in texts())
