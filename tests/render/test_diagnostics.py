"""One result with everything in it, in every format: held fast, and as the schema says where there is one."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jsonschema
import pytest

from policylint.cli.lint_views import VIEWS
from policylint.diagnostic import Severity
from policylint.escape import guarded, to_json
from policylint.lint.run import LintResult
from policylint.render.annotations import render_azure, render_github
from policylint.render.diagnostics.annotations import annotations_of_result
from policylint.render.diagnostics.concise import render_concise
from policylint.render.diagnostics.gitlab import gitlab_record
from policylint.render.diagnostics.held_back import verdict_words
from policylint.render.diagnostics.json import baseline_record, lint_record, with_fingerprints
from policylint.render.diagnostics.junit import render_findings
from policylint.render.diagnostics.markdown import render_markdown
from policylint.render.diagnostics.sarif import FINGERPRINT, sarif_record
from policylint.render.diagnostics.text import render_text
from policylint.render.diagnostics.weakened import MOST, lines, numbers
from policylint.render.people import NameMask
from policylint.render.style import Style
from tests.render.diagnostics import create_result
from tests.render.test_rendered import extension
from tests.texts import output_schema, shared

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

DATA = Path(__file__).parents[1] / "data"
RESULT = create_result()
DIAGNOSTICS = RESULT.diagnostics
PEOPLE = ("john.doe@contoso.com", "ABC123")
RECORD = with_fingerprints(lint_record(RESULT) | baseline_record(RESULT), RESULT)
FORMATS = {
    "text": ("txt", render_text(DIAGNOSTICS, files=4, held_back=verdict_words(RESULT), style=Style())),
    "text-narrow": ("txt", render_text(DIAGNOSTICS, files=4, style=Style(width=20))),
    "text-color": ("txt", render_text(DIAGNOSTICS, files=4, style=Style(color=True))),
    "concise": ("txt", render_concise(DIAGNOSTICS, Style())),
    "json": ("json", to_json(RECORD)),
    "github": ("txt", render_github(annotations_of_result(RESULT))),
    "azure": ("txt", render_azure(annotations_of_result(RESULT))),
    "gitlab": ("json", to_json(gitlab_record(DIAGNOSTICS))),
    "junit": ("xml", render_findings(RESULT)),
    "markdown": ("md", render_markdown(RESULT, NameMask(PEOPLE), ("live.json of contoso.com",))),
    "sarif": (
        "sarif",
        to_json(sarif_record(RESULT, shared().rules, "1.2.3", page=shared().rule_page, environment="production")),
    ),
}
COMMANDS = {"github", "azure"}


@pytest.mark.parametrize(("ending", "text"), FORMATS.values(), ids=FORMATS.keys())
def test_findings_are_rendered(ending: str, text: str, snapshot: SnapshotAssertion) -> None:
    assert snapshot(extension_class=extension(ending)) == text


def test_every_format_is_here() -> None:
    assert set(VIEWS) == {name.partition("-")[0] for name in FORMATS}


@pytest.mark.parametrize("name", ["text", "text-narrow", "concise"])
def test_nothing_that_a_file_holds_steers_a_terminal(name: str) -> None:
    assert all(line.isprintable() for line in FORMATS[name][1].splitlines())


@pytest.mark.parametrize("name", ["json", "gitlab", "junit", "markdown", "sarif"])
def test_the_last_guard_finds_nothing_to_do(name: str) -> None:
    text = FORMATS[name][1]
    assert text.isascii()
    assert text == guarded(text)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_to_a_runner_is_ours(name: str) -> None:
    lines = FORMATS[name][1].splitlines()
    assert len(DIAGNOSTICS) + len(RESULT.weakened) == len(lines)
    kept = guarded(FORMATS[name][1], commands=name).splitlines()
    begin = {"github": "::", "azure": "##vso[task.logissue type="}[name]
    notes = sum(found.severity is Severity.INFO for found in DIAGNOSTICS) if name == "azure" else 0
    assert len(lines) - notes == sum(line.startswith(begin) for line in kept)
    assert not [line for line in kept if "##" in line.removeprefix("##vso")]


def test_a_line_begins_with_the_location_in_formats_that_people_and_programs_read() -> None:
    heads = {found.span.path.partition("#")[0] for found in DIAGNOSTICS}
    assert [line for line in FORMATS["text"][1].splitlines() if line.startswith(tuple(heads))]
    lines = FORMATS["concise"][1].splitlines()
    assert len(DIAGNOSTICS) == len(lines)
    assert all(line.startswith(tuple(heads)) for line in lines)


def test_the_json_is_as_its_schema_says() -> None:
    output_schema("lint").validate(RECORD)


def test_formats_agree_on_what_tells_findings_apart() -> None:
    sarif = json.loads(FORMATS["sarif"][1])["runs"][0]["results"]
    shown = [each["fingerprint"] for each in RECORD["diagnostics"]]
    assert shown == [each["fingerprint"] for each in json.loads(FORMATS["gitlab"][1])]
    assert shown == [each["partialFingerprints"][FINGERPRINT] for each in sarif[: len(shown)]]
    assert len(sarif) == len({each["partialFingerprints"][FINGERPRINT] for each in sarif})
    held = [*RECORD["hidden"], *RECORD["baseline"]["known"]]
    assert [each["fingerprint"] for each in held] == [
        each["partialFingerprints"][FINGERPRINT] for each in sarif if "suppressions" in each
    ]


GITLAB: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)."},
                    "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}
"""What GitLab's page on the format asks for; it publishes no schema.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""


def test_the_report_for_gitlab_is_as_its_page_says() -> None:
    jsonschema.validate(json.loads(FORMATS["gitlab"][1]), GITLAB)
    assert ["critical", "minor", "info"] == [
        next(
            record["severity"]
            for record, found in zip(json.loads(FORMATS["gitlab"][1]), DIAGNOSTICS, strict=True)
            if found.severity is severity
        )
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
    ]


@pytest.mark.parametrize(
    "text",
    [
        FORMATS["junit"][1],
        render_findings(RESULT, strict=True),
        render_findings(LintResult((), (), (), 3)),
    ],
    ids=["all", "strict", "clean"],
)
def test_junit_is_as_its_schema_says(text: str) -> None:
    etree: Any = importlib.import_module("lxml.etree")
    schema = etree.XMLSchema(etree.parse(str(DATA / "junit" / "junit-10.xsd")))
    schema.assertValid(etree.fromstring(text.encode()))


def _failures(text: str) -> int:
    return len(ElementTree.fromstring(text).findall(".//failure"))


def test_a_case_fails_where_its_finding_fails_the_run() -> None:
    numbers = {each: sum(found.severity is each for found in DIAGNOSTICS) for each in Severity}
    assert numbers[Severity.ERROR] == _failures(FORMATS["junit"][1])
    assert numbers[Severity.ERROR] + numbers[Severity.WARNING] == _failures(render_findings(RESULT, strict=True))


def test_a_clean_run_has_a_case_that_passes() -> None:
    cases = ElementTree.fromstring(render_findings(LintResult((), (), (), 3))).findall(".//testcase")
    assert [("no findings in 3 files", [])] == [(case.get("name"), list(case)) for case in cases]


def test_what_is_held_back_is_counted() -> None:
    properties = {
        each.get("name"): each.get("value")
        for each in ElementTree.fromstring(FORMATS["junit"][1]).findall(".//property")
    }
    weakened = properties.pop("weakened")
    assert weakened is not None
    assert weakened.startswith("`domains`: null -> ")
    assert {"files": "4", "ignored": "1", "baseline": "1", "base": "1", "unselected": "1"} == properties
    line = "Not shown: 1 ignored by comments, 1 in the baseline, 1 already at origin/main, 1 left out by options."
    assert line in FORMATS["markdown"][1]


def test_a_comment_names_nobody_unless_it_is_told_to() -> None:
    names = ("jane.roe", "abc123")
    assert not [name for name in names if name in FORMATS["markdown"][1].lower()]
    shown = render_markdown(RESULT, NameMask(PEOPLE, shown=True)).lower()
    assert all(name in shown for name in names)


@pytest.mark.parametrize("size", [2_000, 2_500, 4_000, 65_536])
def test_a_comment_has_its_size_and_says_what_is_left_out(size: int) -> None:
    many = RESULT._replace(diagnostics=DIAGNOSTICS * 40)
    text = render_markdown(many, NameMask(PEOPLE), ("live.json " + "\U0001f4f1" * 400,), size=size)
    assert size // 3 < len(text) <= size
    assert "more" in text
    assert text.startswith("### 120 errors, 80 warnings, 40 notes in 4 files\n")


def test_of_each_kind_of_change_the_first_are_told_and_the_others_counted() -> None:
    comment, baseline, file, setting = RESULT.weakened
    many = RESULT._replace(weakened=(comment, baseline, file, *[setting] * (MOST + 2)))
    assert [comment.words, baseline.words, file.words, *[setting.words] * MOST, "2 more settings"] == [*lines(many)]
    assert numbers(many).endswith("1 file no longer read, 22 settings")
