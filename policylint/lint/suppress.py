"""Findings that a comment silences, and what is wrong with such comments."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from policylint.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from policylint.syntax.suppression import Suppression

RULE = "suppression"
"""The rule id of what is wrong with a comment; it cannot be silenced."""


def suppress(
    diagnostics: Iterable[Diagnostic],
    comments: Iterable[Suppression],
    known: Collection[str],
    fixed: Collection[str],
    today: date,
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Return the findings that remain, with what is wrong with the comments, and those that are hidden.

    `known` are the ids there are, `fixed` those that may not be silenced. A comment without reason, past its day,
    with an unknown rule or with nothing to silence is itself a finding.
    """
    comments = tuple(comments)
    by_place: dict[tuple[str, int, str], Suppression] = {}
    shown: list[Diagnostic] = []
    for comment in comments:
        problems = tuple(_problems(comment, known, fixed, today))
        shown.extend(problems)
        if not problems:
            by_place.update(((comment.span.path, comment.line, rule), comment) for rule in comment.rules)
    hidden: list[Diagnostic] = []
    used: set[tuple[str, int, str]] = set()
    for diagnostic in diagnostics:
        place = (diagnostic.span.path, diagnostic.span.begin.line, diagnostic.rule)
        if place in by_place:
            used.add(place)
            hidden.append(diagnostic)
        else:
            shown.append(diagnostic)
    for place, comment in by_place.items():
        if place not in used:
            shown.append(
                _finding(
                    comment,
                    Severity.WARNING,
                    f"nothing to ignore: `{place[2]}` finds nothing here",
                    "remove the comment",
                )
            )
    return tuple(sorted(shown, key=lambda diagnostic: diagnostic.sort_key)), tuple(hidden)


def _problems(
    comment: Suppression, known: Collection[str], fixed: Collection[str], today: date
) -> Iterator[Diagnostic]:
    if not comment.rules:
        yield _finding(comment, Severity.ERROR, "ignore comment without a rule", "write `ignore[rule-id] reason`")
    for rule in comment.rules:
        if rule not in known:
            yield _finding(comment, Severity.ERROR, f"no rule `{rule}` to ignore", "see `policylint rules`")
        elif rule in fixed:
            yield _finding(comment, Severity.ERROR, f"`{rule}` may not be ignored", "mend what it finds")
    if comment.rules and not comment.reason:
        yield _finding(
            comment, Severity.ERROR, "ignore comment without a reason", "say after the bracket why this is right"
        )
    if comment.until is not None:
        try:
            last = date.fromisoformat(comment.until)
        except ValueError:
            yield _finding(comment, Severity.ERROR, f"`until {comment.until}` is not a day", "write `until YYYY-MM-DD`")
        else:
            if today > last:
                yield _finding(
                    comment, Severity.ERROR, f"ignore comment ended on {last}", "mend what it hid, or renew it"
                )


def _finding(comment: Suppression, severity: Severity, message: str, help: str) -> Diagnostic:  # noqa: A002
    return Diagnostic(rule=RULE, severity=severity, span=comment.span, message=message, help=help)
