"""A project whose files are a dictionary of texts."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

from policylint.adapters import resources
from policylint.edit.apply import apply_edits
from policylint.project.project import Project
from policylint.project.resources import Resources
from policylint.project.rule_examples import MOMENT
from policylint.project.texts import CONFIG, TextFiles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from policylint.edit.apply import FileEdits

__all__ = ["CONFIG", "LIVE", "RULES", "TODAY", "TextFiles", "new_texts", "output_schema", "project", "shared"]

LIVE = "live.json"
TODAY = MOMENT
RULES = "lint/"
"""The folder of the project's own rules."""


@cache
def shared() -> Resources:
    """Return the schemas, rules and catalog that come with policylint, read once."""
    return Resources(resources)


@cache
def output_schema(name: str) -> Draft202012Validator:
    """Return what checks the JSON output of a command, made once."""
    return Draft202012Validator(json.loads(resources.read_schema(f"output/{name}-v1.schema.json")))


def new_texts(edits: Iterable[FileEdits]) -> dict[str, str]:
    """Return the texts of files after edits, none of which is refused, by their paths."""
    texts = {}
    for each in edits:
        text, refusals = apply_edits(each, shared().policy_schema)
        assert text is not None, refusals
        texts[each.file.source.path] = text
    return texts


def project(texts: Mapping[str, str | bytes], *, allow_incomplete: Collection[str] = ()) -> Project:
    """Return the project of some texts; `live.json` is its snapshot where there is one."""
    snapshot = (LIVE,) if LIVE in texts else ()
    files = TextFiles(texts)
    return Project(files, shared(), now=lambda: TODAY, snapshot=snapshot, allow_incomplete=allow_incomplete)
