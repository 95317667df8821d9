"""Findings as SARIF 2.1.0, which code scanning of GitHub, Azure DevOps and GitLab reads.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from policylint.diagnostic import Severity
from policylint.escape import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.edits import Fix, TextEdit
    from policylint.lint.rule import Rule
    from policylint.lint.run import LintResult
    from policylint.source import Position, Source, Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://github.com/contoso/policylint"
FINGERPRINT = "policylintFinding/v1"
"""The name of the fingerprint: the rule, the file, and what the finding is about, whatever its line."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif_record(result: LintResult, rules: Iterable[Rule], version: str) -> dict[str, Any]:
    """Return findings as one run of SARIF, as plain data: those that are shown, then those that are held back.

    `rules` are all that may find something. Columns count code units of UTF-16, as the format has them by default.
    """
    hidden = [(each, "inSource") for each in result.suppressed] + [(each, "external") for each in result.known]
    found = [*((each, "") for each in result.diagnostics), *hidden]
    places, described = _described([each for each, _ in found], {rule.id: rule for rule in rules})
    fingerprints = _fingerprints([each for each, _ in found])
    results = [
        _result(each, kind, places[each.rule], fingerprint)
        for (each, kind), fingerprint in zip(found, fingerprints, strict=True)
    ]
    driver = {"name": "policylint", "version": version, "informationUri": HOME, "rules": described}
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _described(found: Iterable[Diagnostic], rules: Mapping[str, Rule]) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Return the place of each rule that found something, and the rules in that order, which is by id."""
    urls = {each.rule: each.url for each in found}
    severities = {each.rule: each.severity for each in found}
    described = []
    for name in sorted(urls):
        rule = rules.get(name)
        title = rule.title if rule is not None else name
        level = _LEVELS[rule.severity if rule is not None else severities[name]]
        record: dict[str, Any] = {
            "id": clean(name),
            "shortDescription": {"text": clean(title)},
            "defaultConfiguration": {"level": level},
        }
        if urls[name] is not None:
            record["helpUri"] = urls[name]
        described.append(record)
    return {name: place for place, name in enumerate(sorted(urls))}, described


def _result(found: Diagnostic, kind: str, place: int, fingerprint: str) -> dict[str, Any]:
    text = found.message + (f"; {found.label}" if found.label else "") + (f" ({found.help})" if found.help else "")
    record: dict[str, Any] = {
        "ruleId": clean(found.rule),
        "ruleIndex": place,
        "level": _LEVELS[found.severity],
        "message": {"text": clean(text)},
        "locations": [_location(found.span)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    if found.related:
        record["relatedLocations"] = [
            {"id": number, **_location(label.span), "message": {"text": clean(label.message)}}
            for number, label in enumerate(found.related)
        ]
    if kind:
        record["suppressions"] = [{"kind": kind}]
    if found.fix is not None and found.fix.edits:
        record["fixes"] = [_fix(found.fix)]
    return record


def _location(span: Span) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(span.path)}}
    if span.source.text:
        physical["region"] = _region(span)
    return {"physicalLocation": physical}


def _region(span: Span) -> dict[str, int]:
    """Return a range; its end is just past its last character."""
    begin, finish = span.begin, span.finish
    return {
        "startLine": begin.line,
        "startColumn": _column(span.source, begin),
        "endLine": finish.line,
        "endColumn": _column(span.source, finish),
    }


def _column(source: Source, position: Position) -> int:
    """Return a column in code units of UTF-16: a character beyond the first plane has two."""
    before = source.line(position.line)[: position.column - 1]
    return position.column if before.isascii() else position.column + sum(char > "\uffff" for char in before)


def _uri(path: str) -> str:
    """Return a path as a reference: relative as it is shown, an absolute one as that of a file."""
    named = path.encode("utf-8", "backslashreplace")
    if path.startswith("/"):
        return f"file://{quote(named)}"
    if path[1:3] in {":/", ":\\"}:
        return "file:///" + quote(named.replace(b"\\", b"/"), safe="/:")
    return quote(named)


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[TextEdit]] = {}
    for edit in fix.edits:
        changes.setdefault(edit.span.path, []).append(edit)
    title = fix.title if fix.safe else f"{fix.title} (unsafe: it may change which devices have access)"
    return {
        "description": {"text": clean(title)},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": _uri(path)},
                "replacements": [
                    {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
                    for edit in sorted(edits, key=lambda edit: edit.span.start)
                ],
            }
            for path, edits in changes.items()
        ],
    }


def _fingerprints(found: Sequence[Diagnostic]) -> Iterator[str]:
    """Yield what tells findings apart whatever their lines; of those that are alike, their number."""
    times: Counter[str] = Counter()
    for each in found:
        about = each.about
        said = (about.kind, about.name, *map("=".join, about.words)) if about is not None else (each.message,)
        key = "\0".join((each.rule, each.span.path, *said))
        times[key] += 1
        yield sha256(f"{key}\0{times[key]}".encode("utf-8", "backslashreplace")).hexdigest()
