"""Findings that a comment silences, and what is wrong with such comments."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from policylint.diagnostic import Diagnostic, Ignored, Severity
from policylint.documentation import rule_address
from policylint.phrases import count, quoted, show
from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from policylint.syntax.suppression import Suppression

RULE = "suppression"
"""The rule id of what is wrong with a comment; it cannot be silenced."""

MOST_NAMES = 10
"""How many names of no rule in one comment are found one by one."""


def suppress(
    diagnostics: Iterable[Diagnostic],
    comments: Iterable[Suppression],
    names: Mapping[str, str],
    fixed: Collection[str],
    today: date,
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Return the findings that remain, with what is wrong with the comments, and those that are hidden.

    `names` are the ids by each name of a rule, `fixed` the ids of those that may not be silenced. A comment without
    reason, with an owner without a name, past its day, with an unknown rule or with nothing to silence is itself a
    finding. What is hidden says by which comment.
    """
    shown: list[Diagnostic] = []
    hidden: list[Diagnostic] = []
    unused: dict[tuple[str, int, str], Diagnostic] = {}
    said: dict[tuple[str, int, str], Ignored] = {}
    for comment in comments:
        problems = tuple(_problems(comment, names, fixed, today))
        shown.extend(problems)
        for name in () if problems else comment.rules:
            finding = _finding(
                comment, Severity.WARNING, f"nothing to ignore: `{name}` finds nothing here", "remove the comment"
            )
            from policylint.lint.fixes import without_name

            fix = without_name(comment.span, comment.rules, name)
            location = comment.span.path, comment.line, names[name]
            unused[location] = finding._replace(fix=fix)
            said[location] = Ignored(comment.span, comment.reason, comment.until or "", comment.owner or "")
    used = set()
    commented = {path for path, _, _ in said}
    for diagnostic in diagnostics:
        path = diagnostic.span.path
        location = (path, diagnostic.span.begin.line if path in commented else 0, diagnostic.rule)
        if location in said:
            used.add(location)
            hidden.append(diagnostic._replace(ignored=said[location]))
        else:
            shown.append(diagnostic)
    shown.extend(finding for location, finding in unused.items() if location not in used)
    return tuple(sorted(shown, key=lambda diagnostic: diagnostic.sort_key)), tuple(hidden)


def _problems(
    comment: Suppression, names: Mapping[str, str], fixed: Collection[str], today: date
) -> Iterator[Diagnostic]:
    if not comment.rules:
        yield _finding(comment, Severity.ERROR, "ignore comment without a rule", "write `ignore[rule-id] reason`")
    unknown = [name for name in comment.rules if name not in names]
    for name in unknown[:MOST_NAMES]:
        yield _finding(comment, Severity.ERROR, f"no rule {quoted(name)} to ignore", "see `policylint rules`")
    if len(unknown) > MOST_NAMES:
        more = count(len(unknown) - MOST_NAMES, "more name")
        yield _finding(comment, Severity.ERROR, f"{more} of no rule to ignore", "see `policylint rules`")
    for name in comment.rules:
        if names.get(name) in fixed:
            yield _finding(comment, Severity.ERROR, f"`{name}` may not be ignored", "fix what it finds")
    if comment.rules and not comment.reason:
        yield _finding(
            comment, Severity.ERROR, "ignore comment without a reason", "say after the bracket why this is right"
        )
    if comment.owner == "":
        hint = "write `owner: NAME`, or leave it out"
        yield _finding(comment, Severity.ERROR, "ignore comment with an owner without a name", hint)
    if comment.until is not None:
        yield from _problems_of_day(comment, comment.until, today)


def _problems_of_day(comment: Suppression, until: str, today: date) -> Iterator[Diagnostic]:
    try:
        last = date.fromisoformat(until if _DAY.fullmatch(until) else "")
    except ValueError:
        yield _finding(comment, Severity.ERROR, f"`until {show(until)}` is not a day", "write `until YYYY-MM-DD`")
    else:
        if today > last:
            found = _finding(comment, Severity.ERROR, f"ignore comment ended on {last}", "fix what it hid, or renew it")
            from policylint.lint.fixes import without_name

            yield found._replace(fix=without_name(comment.span, (), ""))


_DAY = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _finding(comment: Suppression, severity: Severity, message: str, help: str) -> Diagnostic:  # noqa: A002
    return Diagnostic(RULE, severity, comment.span, message, help, url=rule_address(RULE))
