"""The schemas that editors complete and check with, as files of a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import to_json
from policylint.schema.editor import editor_schema
from policylint.schema.store import CONFIG, POLICY

if TYPE_CHECKING:
    from collections.abc import Collection

    from policylint.schema.store import SchemaStore

SCHEMAS = {"policy": POLICY, "config": CONFIG}
"""What there are schemas for: policy files, and policylint.yaml."""

FOLDER = ".policylint"
"""Where editors find the schemas of a repository."""


def file_name(name: str) -> str:
    """Return the name of the file that a schema is written to."""
    return f"{name}.schema.json"


def schema_text(store: SchemaStore, name: str, editions: Collection[str] | None = None) -> str:
    """Return the text of a schema; what none of the editions has is left out."""
    return to_json(editor_schema(store, SCHEMAS[name], editions))


def schema_files(store: SchemaStore, editions: Collection[str] | None = None) -> dict[str, str]:
    """Return the text of every schema by the name of its file."""
    return {file_name(name): schema_text(store, name, editions) for name in SCHEMAS}
