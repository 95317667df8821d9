"""Findings as SARIF: held to the constraints of version 2.1.0, and to what programs do with it.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import jsonschema
import pytest

from policylint.diagnostic import Diagnostic, Severity
from policylint.edits import Fix, TextEdit
from policylint.lint.run import LintResult
from policylint.render.diagnostics.sarif import sarif_record
from policylint.source import Source, Span
from tests.render.diagnostics import create_diagnostics
from tests.texts import shared

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_REGION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["startLine", "startColumn", "endLine", "endColumn"],
    "properties": {
        name: {"type": "integer", "minimum": 1} for name in ("startLine", "startColumn", "endLine", "endColumn")
    },
}
_ARTIFACT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["uri"],
    "properties": {"uri": {"type": "string", "pattern": "^[A-Za-z0-9_.~/%!$&'()*+,;=@-]+$"}},
}
_LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["physicalLocation"],
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "message": _TEXT,
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation"],
            "properties": {"artifactLocation": _ARTIFACT, "region": _REGION},
        },
    },
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_RESULT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": _LEVEL,
        "message": _TEXT,
        "locations": {"type": "array", "items": _LOCATION, "minItems": 1},
        "relatedLocations": {"type": "array", "items": _LOCATION, "uniqueItems": True},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "suppressions": {
            "type": "array",
            "items": {"properties": {"kind": {"enum": ["inSource", "external"]}}, "required": ["kind"]},
        },
        "fixes": {
            "type": "array",
            "items": {
                "additionalProperties": False,
                "required": ["artifactChanges"],
                "properties": {
                    "description": _TEXT,
                    "artifactChanges": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "additionalProperties": False,
                            "required": ["artifactLocation", "replacements"],
                            "properties": {
                                "artifactLocation": _ARTIFACT,
                                "replacements": {
                                    "type": "array",
                                    "minItems": 1,
                                    "items": {
                                        "additionalProperties": False,
                                        "required": ["deletedRegion"],
                                        "properties": {
                                            "deletedRegion": _REGION,
                                            "insertedContent": {"required": ["text"]},
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
_RULE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "shortDescription": _TEXT,
        "helpUri": {"type": "string", "pattern": "^https://"},
        "defaultConfiguration": {"properties": {"level": _LEVEL}, "required": ["level"]},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {"rules": {"type": "array", "items": _RULE, "uniqueItems": True}},
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": _RESULT},
                },
            },
        },
    },
}
"""What the schema of SARIF asks of the parts that are written here."""


def record(found: Sequence[Diagnostic], hidden: Sequence[Diagnostic] = ()) -> dict[str, Any]:
    return sarif_record(LintResult(tuple(found), tuple(hidden), (), 1), shared().rules, "1.2.3")


def results(*found: Diagnostic) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = record(found)["runs"][0]["results"]
    return made


def finding(path: str, text: str, part: str, fix: Fix | None = None) -> Diagnostic:
    start = text.index(part)
    span = Span(Source(path, text), start, start + len(part))
    return Diagnostic("untidy-query-string", Severity.WARNING, span, f"`{part}` is odd", fix=fix)


def test_it_is_as_the_schema_says() -> None:
    made = record(create_diagnostics(), create_diagnostics()[:1])
    jsonschema.validate(made, SCHEMA)
    run = made["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [each["ruleId"] for each in run["results"]] == [rules[each["ruleIndex"]]["id"] for each in run["results"]]
    assert [{"kind": "inSource"}] == run["results"][-1]["suppressions"]
    assert all("suppressions" not in each for each in run["results"][:-1])


def test_nothing_that_a_file_holds_steers_a_viewer() -> None:
    for each in results(*create_diagnostics()):
        assert each["message"]["text"].isprintable()


@pytest.mark.parametrize("path", ["policy/a.yaml", "poli cy/50%/ä#b?.yaml", "a:b.yaml"])
def test_a_path_is_a_reference(path: str) -> None:
    where = results(finding(path, "a: b", "b"))[0]["locations"][0]["physicalLocation"]
    assert path == unquote(where["artifactLocation"]["uri"])
    jsonschema.validate(where["artifactLocation"], _ARTIFACT)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/srv/a b.yaml", "file:///srv/a%20b.yaml"),
        ("C:\\a\\b.yaml", "file:///C:/a/b.yaml"),
        ("\udcff.yaml", "%5Cudcff.yaml"),
    ],
)
def test_a_path_from_elsewhere_is_one_too(path: str, uri: str) -> None:
    where = results(finding(path, "a: b", "b"))[0]["locations"][0]["physicalLocation"]
    assert uri == where["artifactLocation"]["uri"]


def test_columns_count_code_units_of_utf_16() -> None:
    text = "a: \U0001f4f1\U0001f4f1x\U0001f4f1"
    region = results(finding("a.yaml", text, "x\U0001f4f1"))[0]["locations"][0]["physicalLocation"]["region"]
    assert {"startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 11} == region
    assert "x\U0001f4f1" == text.encode("utf-16-le")[2 * 7 : 2 * 10].decode("utf-16-le")


def test_a_fingerprint_does_not_change_with_the_line_and_tells_findings_apart() -> None:
    def fingerprints(text: str) -> list[str]:
        one, other = finding("a.yaml", text, "b"), finding("a.yaml", text, "c")
        found = results(one, other, one)
        return [each["partialFingerprints"]["policylintFinding/v1"] for each in found]

    assert fingerprints("a: b\nd: c\n") == fingerprints("# new\n\na: b\nd:   c\n")
    assert 3 == len({*fingerprints("a: b\nd: c\n")})


def test_the_fix_of_a_finding_is_its_replacements() -> None:
    text = "a: 'b '\n"
    span = Span(Source("a.yaml", text), 3, 7)
    made = [
        results(finding("a.yaml", text, "b", Fix("write `b`", (TextEdit(span, "b"),), safe)))[0]["fixes"]
        for safe in (True, False)
    ]
    region = {"startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 8}
    change = {"deletedRegion": region, "insertedContent": {"text": "b"}}
    wanted = [{"artifactLocation": {"uri": "a.yaml"}, "replacements": [change]}]
    assert [wanted, wanted] == [each[0]["artifactChanges"] for each in made]
    assert ["unsafe" in each[0]["description"]["text"] for each in made] == [False, True]
    assert json.dumps(made)
