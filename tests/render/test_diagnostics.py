"""One set of findings in every format, held fast."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from policylint.adapters.resources import read_schema
from policylint.escape import to_json
from policylint.lint.run import LintResult
from policylint.render.diagnostics.concise import render_concise
from policylint.render.diagnostics.github import render_github
from policylint.render.diagnostics.json import lint_record
from policylint.render.diagnostics.sarif import sarif_record
from policylint.render.diagnostics.text import render_text
from policylint.render.style import Style
from tests.render.diagnostics import create_diagnostics
from tests.render.test_rendered import extension
from tests.texts import shared

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

DIAGNOSTICS = create_diagnostics()
RECORD = lint_record(DIAGNOSTICS, DIAGNOSTICS[2:3], files=2)
RESULT = LintResult(DIAGNOSTICS, DIAGNOSTICS[2:3], (), 2)
FORMATS = {
    "text": ("txt", render_text(DIAGNOSTICS, files=2, hidden=1, style=Style())),
    "text-narrow": ("txt", render_text(DIAGNOSTICS, files=2, hidden=0, style=Style(width=20))),
    "text-color": ("txt", render_text(DIAGNOSTICS, files=2, hidden=0, style=Style(color=True))),
    "concise": ("txt", render_concise(DIAGNOSTICS, Style())),
    "json": ("json", json.dumps(RECORD, indent=2, ensure_ascii=False) + "\n"),
    "github": ("txt", render_github(DIAGNOSTICS)),
    "sarif": ("sarif", to_json(sarif_record(RESULT, shared().rules, "1.2.3"))),
}


@pytest.mark.parametrize(("ending", "text"), FORMATS.values(), ids=FORMATS.keys())
def test_findings_are_rendered(ending: str, text: str, snapshot: SnapshotAssertion) -> None:
    assert snapshot(extension_class=extension(ending)) == text


def test_the_json_is_as_its_schema_says() -> None:
    jsonschema.validate(RECORD, json.loads(read_schema("output/lint-v1.schema.json")))


def test_a_line_begins_with_the_location_in_formats_that_people_and_programs_read() -> None:
    heads = [f"{found.span}: " for found in DIAGNOSTICS]
    assert [line for line in FORMATS["text"][1].splitlines() if line.startswith(tuple(heads))]
    lines = FORMATS["concise"][1].splitlines()
    assert len(heads) == len(lines)
    assert all(line.startswith(head) for line, head in zip(lines, heads, strict=True))


def test_nothing_that_a_file_holds_steers_a_terminal() -> None:
    for name, (_, text) in FORMATS.items():
        assert name in ("text-color", "json", "github", "sarif") or all(
            line.isprintable() for line in text.splitlines()
        ), name
