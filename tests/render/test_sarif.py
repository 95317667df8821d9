"""Findings as SARIF: held to the constraints of version 2.1.0, and to what programs do with it.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json,
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import jsonschema
import pytest

from policylint.diagnostic import Diagnostic, Severity
from policylint.edits import Fix, TextEdit
from policylint.lint.run import LintResult
from policylint.render.diagnostics.sarif import MOST_RESULTS, sarif_record
from policylint.source import Source, Span
from tests.render.diagnostics import create_diagnostics, create_result
from tests.texts import shared

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parents[1] / "data" / "sarif" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
)
"""The official schema, as Microsoft's multitool carries it."""


def record(found: Sequence[Diagnostic], hidden: Sequence[Diagnostic] = ()) -> dict[str, Any]:
    return sarif_record(LintResult(tuple(found), tuple(hidden), (), 1), shared().rules, "1.2.3")


def results(*found: Diagnostic) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = record(found)["runs"][0]["results"]
    return made


def finding(path: str, text: str, part: str, fix: Fix | None = None) -> Diagnostic:
    start = text.index(part)
    span = Span(Source(path, text), start, start + len(part))
    return Diagnostic("untidy-query-string", Severity.WARNING, span, f"`{part}` is odd", fix=fix)


@pytest.mark.parametrize(
    "result",
    [create_result(), create_result()._replace(base="", earlier=(), unselected=()), LintResult((), (), (), 1)],
    ids=["all", "without a base", "clean"],
)
def test_it_is_as_the_schema_says(result: LintResult) -> None:
    made = sarif_record(result, shared().rules, "1.2.3", page=shared().rule_page)
    SCHEMA.validate(made)
    run = made["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [each["ruleId"] for each in run["results"]] == [rules[each["ruleIndex"]]["id"] for each in run["results"]]


def test_what_is_held_back_says_why() -> None:
    run = sarif_record(create_result(), shared().rules, "1.2.3")["runs"][0]
    held = {
        each["suppressions"][0]["kind"]: each["suppressions"][0] for each in run["results"] if "suppressions" in each
    }
    assert {"inSource", "external"} == held.keys()
    assert "@contoso/team asked for it; until 2027-03-31; owner Jane Roe" == held["inSource"]["justification"]
    assert 2 == held["inSource"]["location"]["physicalLocation"]["region"]["startLine"]
    states = [each.get("baselineState") for each in run["results"]]
    assert [*["new"] * len(create_result().diagnostics), None, None, "unchanged"] == states
    assert {"unselected": 1} == run["properties"]


def test_every_rule_that_ran_is_described() -> None:
    """Programs show which rules there are, also those that found nothing."""
    rules = tuple(rule for rule in shared().rules if rule.predicate is not None)
    made = sarif_record(LintResult((), (), rules, 1), shared().rules, "1.2.3", page=shared().rule_page)
    described = made["runs"][0]["tool"]["driver"]["rules"]
    assert sorted(rule.id for rule in rules) == [each["id"] for each in described]
    for each in described:
        assert each["helpUri"].endswith(f"/rules/{each['id']}.html")
        assert each["help"]["markdown"].startswith("## What it finds")
        assert each["help"]["text"].startswith("What it finds")
        assert len(each["fullDescription"]["text"]) < 1_024, each["id"]
        assert 1 <= len(each["properties"]["tags"]) <= 20


def test_the_page_of_a_rule_of_their_own_is_not_markdown() -> None:
    own = shared().rules[0]._replace(id="our-own-rule", url=None, help="ask [us](https://contoso.com)")
    made = sarif_record(
        LintResult((), (), (own,), 1), [own], "1.2.3", page=lambda _rule: "# x\n\n![](https://contoso.com)"
    )
    assert {"text": "ask [us](https://contoso.com)"} == made["runs"][0]["tool"]["driver"]["rules"][0]["help"]


def test_a_file_whose_text_is_not_known_is_shown_at_its_first_line() -> None:
    """GitHub refuses a place without a line."""
    found = Diagnostic("file", Severity.ERROR, Span(Source("live.json", ""), 0, 0), "it is not UTF-8")
    assert {"startLine": 1} == results(found)[0]["locations"][0]["physicalLocation"]["region"]


def test_of_more_findings_than_github_takes_the_worst_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 25_000 == MOST_RESULTS
    monkeypatch.setattr("policylint.render.diagnostics.sarif.MOST_RESULTS", 10)
    note = finding("a.yaml", "a: b", "b")._replace(severity=Severity.INFO)
    error = note._replace(severity=Severity.ERROR, message="at the end")
    run = record([note] * 10 + [error])["runs"][0]
    assert 10 == len(run["results"])
    assert "error" == run["results"][0]["level"]
    (said,) = run["invocations"][0]["toolExecutionNotifications"]
    assert said["message"]["text"].startswith("1 more finding left out")
    assert "toolExecutionNotifications" not in record([note])["runs"][0]["invocations"][0]


def test_a_message_has_no_link() -> None:
    found = finding("a.yaml", "a: b", "b")._replace(message="see [a](https://contoso.com) [b](0) [c]")
    assert r"see \[a](https://contoso.com) \[b](0) [c]." == results(found)[0]["message"]["text"]


def test_the_category_of_github_is_that_of_the_environment_alone() -> None:
    """One that is in the file wins over the one that a workflow gives."""
    assert "automationDetails" not in record([])["runs"][0]
    made = sarif_record(LintResult((), (), (), 1), (), "1.2.3", environment="production")
    assert {"id": "policylint/production/"} == made["runs"][0]["automationDetails"]


def test_nothing_that_a_file_holds_steers_a_viewer() -> None:
    for each in results(*create_diagnostics()):
        assert each["message"]["text"].isprintable()


@pytest.mark.parametrize("path", ["policy/a.yaml", "poli cy/50%/ä#b?.yaml", "a:b.yaml"])
def test_a_path_is_a_reference(path: str) -> None:
    where = results(finding(path, "a: b", "b"))[0]["locations"][0]["physicalLocation"]
    assert path == unquote(where["artifactLocation"]["uri"])
    assert "%SRCROOT%" == where["artifactLocation"]["uriBaseId"]


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
    assert (uri[:5] == "file:") == ("uriBaseId" not in where["artifactLocation"])


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
    wanted = [{"artifactLocation": {"uri": "a.yaml", "uriBaseId": "%SRCROOT%"}, "replacements": [change]}]
    assert [wanted, wanted] == [each[0]["artifactChanges"] for each in made]
    assert ["unsafe" in each[0]["description"]["text"] for each in made] == [False, True]
    assert json.dumps(made)
