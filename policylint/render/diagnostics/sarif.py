"""Findings as SARIF 2.1.0, which code scanning of GitHub, Azure DevOps and GitLab reads.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from policylint.diagnostic import Severity
from policylint.escape import clean
from policylint.lint.fingerprint import fingerprints
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.regex import regex
from policylint.render.diagnostics.weakened import head
from policylint.version import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from policylint.diagnostic import Diagnostic
    from policylint.edits import Fix, TextEdit
    from policylint.lint.rule import Rule
    from policylint.lint.run import LintResult
    from policylint.source import Position, Source, Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "policylintFinding/v1"
"""The name of the fingerprint: the rule, the file, and what the finding is about, whatever its line."""
ROOT = "%SRCROOT%"
"""What relative paths are relative to: the folder that the command was run in."""

MOST_RESULTS = 25_000
MOST_RELATED = 1_000
MOST_TAGS = 20
"""How many results of a run, locations of a result and tags of a rule GitHub takes.

Source: https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
"""The severities as GitHub calls them for what is not about security."""
_LINK = regex(r"\[(?=[^\[\]]*\]\()")
_HEADING = regex(r"^#+ *", re.MULTILINE)


class _Found(NamedTuple):
    """A finding with its fingerprint, how it is held back, if so, and whether the base has it, if there is one."""

    diagnostic: Diagnostic
    fingerprint: str
    suppression: dict[str, Any] | None
    state: str | None


def sarif_record(
    result: LintResult,
    rules: Iterable[Rule],
    version: str,
    *,
    page: Callable[[Rule], str] = lambda _rule: "",
    environment: str | None = None,
    successful: bool = True,
) -> dict[str, Any]:
    """Return findings as one run of SARIF, as plain data: those that are shown, then those that are held back.

    The category of GitHub is set with an `environment` alone: a workflow could not choose another one.
    `rules` are all that there are; those that ran or found something are described, the built-in ones with the
    Markdown of their `page`. Columns count code units of UTF-16, as the format has them by default.
    Of more findings than GitHub takes, the worst are there, and a notification says how many are not.
    """
    found = sorted(_found(result), key=_rank) if _size(result) > MOST_RESULTS else list(_found(result))
    left, found = len(found) - MOST_RESULTS, found[:MOST_RESULTS]
    by_id = {rule.id: rule for rule in rules} | {rule.id: rule for rule in result.rules}
    ran = {rule.id for rule in result.rules}
    described = _described([each.diagnostic for each in found], by_id, ran, page)
    places = {each["id"]: place for place, each in enumerate(described)}
    driver = {
        "name": "policylint",
        "fullName": f"policylint {version}",
        "version": version,
        "semanticVersion": version,
        "informationUri": REPOSITORY,
    }
    run: dict[str, Any] = {
        "tool": {"driver": {**driver, "rules": described}},
        "invocations": [_invocation(result, left, successful)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that policylint was run in."}}},
        "columnKind": "utf16CodeUnits",
        "results": [_result(each, places[clean(each.diagnostic.rule)]) for each in found],
    }
    if environment is not None:
        run["automationDetails"] = {"id": f"policylint/{clean(environment)}/"}
    if result.unselected:
        run["properties"] = {"unselected": len(result.unselected)}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _size(result: LintResult) -> int:
    return sum(map(len, (result.diagnostics, result.suppressed, result.known, result.earlier)))


def _found(result: LintResult) -> Iterator[_Found]:
    """Yield the findings in the order of their fingerprints: what is shown first."""
    new, earlier = ("new", "unchanged") if result.base and not result.shows_earlier else (None, None)
    found = [
        *((each, None, new) for each in result.diagnostics),
        *((each, _in_source(each), None) for each in result.suppressed),
        *((each, {"kind": "external", "status": "accepted"}, None) for each in result.known),
        *((each, None, earlier) for each in result.earlier),
    ]
    for (each, suppression, state), fingerprint in zip(found, fingerprints(each[0] for each in found), strict=True):
        yield _Found(each, fingerprint, suppression, state)


def _rank(found: _Found) -> tuple[bool, bool, int]:
    severities = list(Severity)
    return found.suppression is not None, found.state == "unchanged", severities.index(found.diagnostic.severity)


def _in_source(found: Diagnostic) -> dict[str, Any]:
    """Return what a comment says that hides a finding."""
    record: dict[str, Any] = {"kind": "inSource", "status": "accepted"}
    if found.ignored is not None:
        ignored = found.ignored
        until = f"until {ignored.until}" if ignored.until else ""
        owner = f"owner {ignored.owner}" if ignored.owner else ""
        words = "; ".join(filter(None, (ignored.reason, until, owner)))
        record |= {"justification": clean(words)} if words else {}
        record["location"] = _location(ignored.span)
    return record


def _invocation(result: LintResult, left: int, successful: bool) -> dict[str, Any]:
    """Return how the run went, and what there is to say of it: what is left out, how the branch makes less be found."""
    record: dict[str, Any] = {"executionSuccessful": successful}
    found = [_notification(f"{head(result)}: {each.words}", each.span) for each in result.weakened]
    if left > 0:
        text = f"{count(left, 'more finding')} left out: GitHub takes {MOST_RESULTS:,}. The worst are here."
        found.append({"level": "warning", "message": {"text": text}})
    return record | ({"toolExecutionNotifications": found} if found else {})


def _notification(text: str, span: Span | None) -> dict[str, Any]:
    record: dict[str, Any] = {"level": "warning", "message": {"text": _unlinked(_sentence(text))}}
    return record | ({"locations": [_location(span)]} if span is not None else {})


def _described(
    found: Iterable[Diagnostic], rules: Mapping[str, Rule], ran: Collection[str], page: Callable[[Rule], str]
) -> list[dict[str, Any]]:
    """Return the rules that ran or found something, by id."""
    first: dict[str, Diagnostic] = {}
    for each in found:
        first.setdefault(each.rule, each)
    return [_rule(rules[name], page) if name in rules else _of_no_rule(first[name]) for name in sorted({*first, *ran})]


def _rule(rule: Rule, page: Callable[[Rule], str]) -> dict[str, Any]:
    """Return a rule with its help; only that of a page that comes with policylint is Markdown."""
    shipped = rule.url is not None
    text = page(rule) if shipped else ""
    body = text.partition("\n")[2].strip() if text.startswith("# ") else text.strip()
    advice = {"text": _plain(body)} if body else {"text": clean(rule.help or rule.title)}
    record: dict[str, Any] = {
        **_named(rule.id),
        "shortDescription": {"text": _sentence(rule.title)},
        "fullDescription": {"text": _sentence(_first_paragraph(body) or rule.title)},
        "help": advice | ({"markdown": body} if body else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": [clean(tag) for tag in dict.fromkeys((rule.group, *rule.packs)) if tag][:MOST_TAGS],
            "problem.severity": _KINDS[rule.severity],
        },
    }
    return record | ({"helpUri": rule.url} if rule.url is not None else {})


def _of_no_rule(found: Diagnostic) -> dict[str, Any]:
    """Return a rule that is known by what it found alone."""
    text = {"text": _sentence(found.rule)}
    return {
        **_named(found.rule),
        "shortDescription": text,
        "fullDescription": text,
        "help": {"text": clean(found.help or found.rule)},
        "defaultConfiguration": {"level": _LEVELS[found.severity]},
    } | ({"helpUri": found.url} if found.url is not None else {})


def _named(rule: str) -> dict[str, str]:
    """Return an id, and the name that programs show: `DefaultLevelAllow`; it must not be the id in other letters."""
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", rule))
    return {"id": clean(rule), "name": f"Policylint{name}" if name.lower() == rule.lower() else name or "Policylint"}


def _first_paragraph(body: str) -> str:
    """Return the first paragraph under the first heading of a page, on one line."""
    paragraphs = [each for each in body.split("\n\n") if each.strip() and not each.startswith("#")]
    return " ".join(paragraphs[0].split()) if paragraphs else ""


def _plain(body: str) -> str:
    return _HEADING.sub("", body)


def _sentence(text: str) -> str:
    """Return a text as a sentence with its period."""
    line = clean(text)
    return line if line.endswith((".", "?", "!")) else f"{line}."


def _unlinked(text: str) -> str:
    """Return the text of a message in which nothing is a link: `[a](b)` would be one."""
    return _LINK.sub(r"\\[", text)


def _result(each: _Found, place: int) -> dict[str, Any]:
    found = each.diagnostic
    text = found.message + (f"; {found.label}" if found.label else "") + (f" ({found.help})" if found.help else "")
    record: dict[str, Any] = {
        "ruleId": clean(found.rule),
        "ruleIndex": place,
        "level": _LEVELS[found.severity],
        "message": {"text": _unlinked(_sentence(text))},
        "locations": [_location(found.span)],
        "partialFingerprints": {FINGERPRINT: each.fingerprint},
    }
    if found.related:
        record["relatedLocations"] = [
            {"id": number, **_location(label.span), "message": {"text": _unlinked(clean(label.message)) or "see here"}}
            for number, label in enumerate(found.related[:MOST_RELATED])
        ]
    if each.suppression is not None:
        record["suppressions"] = [each.suppression]
    if each.state is not None:
        record["baselineState"] = each.state
    if found.fix is not None and found.fix.edits:
        record["fixes"] = [_fix(found.fix)]
    return record


def _location(span: Span) -> dict[str, Any]:
    """Return a place; of a file whose text is not known its first line, as GitHub takes no place without one."""
    region = _region(span) if span.source.text else {"startLine": 1}
    return {"physicalLocation": {"artifactLocation": _artifact(span.path), "region": region}}


def _artifact(path: str) -> dict[str, str]:
    uri = _uri(path)
    return {"uri": uri} if uri.startswith("file://") else {"uri": uri, "uriBaseId": ROOT}


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
                "artifactLocation": _artifact(path),
                "replacements": [
                    {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
                    for edit in sorted(edits, key=lambda edit: edit.span.start)
                ],
            }
            for path, edits in changes.items()
        ],
    }
