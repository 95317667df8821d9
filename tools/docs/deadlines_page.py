"""docs/deadlines.md: what the service ends, by day, from the rules of the pack `lifecycle`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from policylint.model.config import EDITIONS
from tools.docs.markdown import escape, generated_from, page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.lint.rule import Rule
    from policylint.project.resources import Resources

PACK = "lifecycle"

_INTRODUCTION = """\
What Microsoft ends in the service, and what the policy itself ends, as lint rules. They are the pack `lifecycle`, which
`packs: [recommended, lifecycle]` in policylint.yaml adds. A finding says the day, how long it is until then or since
then, and how many devices and mailboxes of the snapshot it concerns.

    policylint lint --as-of 2027-04-01
    policylint report pack lifecycle --as-of 2027-04-01

`--as-of` is the day to take for today: for deadlines, for `expires`, and for the `until` of ignore comments. How old a
snapshot is still counts from now. It needs no policy: `policylint lint --snapshot live.json --as-of 2027-04-01` checks
live state, with the rules of the pack `recommended`.

No deadline is an error: an error refuses plans, and no file of the policy updates a phone. `severity:` in
policylint.yaml can say otherwise. Where no export of Exchange shows who is affected, the finding is a note that says
which report to open."""

_DAYS = """\
A rule whose day is announced is silent before the announcement. Where sources name different days, the page of the rule
says so."""

_ADDING = """\
A deadline is a folder like every lint rule, also in [rules of your own](custom-rules.md): `deadline-of-devices`,
`deadline-of-mailboxes` and `deadline-of-fact` take the days and whom it concerns, and `severity-when-certain` is the
severity from the last day on."""


class _Row(NamedTuple):
    day: str
    what: str
    editions: str
    rule: Rule


def deadlines_page(data: Resources) -> str:
    """Return the page: the calendar, and the rules of the pack without a day of the service."""
    rules = [rule for rule in data.rules if PACK in rule.packs]
    rows = sorted(row for rule in rules for row in _rows(rule))
    dated = {row.rule.id for row in rows}
    return page(
        "# Deadlines",
        generated_from("`rules/`"),
        _INTRODUCTION,
        "## Calendar",
        table(
            ("day", "what", "edition", "what to do", "rule", "sources"),
            [
                (row.day, escape(row.what), row.editions, _help(row.rule), _link(row.rule), _sources(row.rule, data))
                for row in rows
            ],
        ),
        _DAYS,
        "## Days of the policy, and leftovers",
        table(
            ("rule", "finds", "edition", "what to do"),
            [
                (_link(rule), escape(rule.title), _editions(rule.editions), _help(rule))
                for rule in rules
                if rule.id not in dated
            ],
        ),
        "## A deadline of your own",
        _ADDING,
    )


def _rows(rule: Rule) -> Iterator[_Row]:
    """Yield the days that a rule knows."""
    for edition, day in rule.params.get("ended", {}).items():
        yield _Row(day, f"Support for {EDITIONS[edition]} ends", EDITIONS[edition], rule)
    for key, words in (("begins", ": the first step"), ("until", "")):
        if key in rule.params:
            yield _Row(rule.params[key], f"{rule.title}{words}", _editions(rule.editions), rule)


def _editions(editions: tuple[str, ...]) -> str:
    return ", ".join(EDITIONS[each] for each in editions) or "all"


def _help(rule: Rule) -> str:
    """Return what to do, without what depends on what was found."""
    return escape(re.sub(r"[;,:]? ?\{[^}]*\}", "", rule.help))


def _link(rule: Rule) -> str:
    return f"[{rule.id}](rules.md#{rule.id})"


def _sources(rule: Rule, data: Resources) -> str:
    _, _, sources = data.rule_page(rule).partition("## Sources")
    found = re.findall(r"https?://[^\s)]+", sources)
    return " ".join(f"[[{number}]]({url})" for number, url in enumerate(found, start=1))
