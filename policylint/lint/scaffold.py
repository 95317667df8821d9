"""The files of a new lint rule: it loads, and its examples hold, before anything is changed in them."""

from __future__ import annotations

from policylint.errors import UsageError
from policylint.regex import regex

_NAME = regex(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RULE = """\
title: The default admits every device
severity: warning
subject: organization
predicate: field-in
params: {field: DefaultAccessLevel, values: [Allow]}
message: "`{field}` is `{value}`"
help: "set `Quarantine` or `Block`"
"""
_PAGE = """\
# {id}

## What it finds

Say what the rule finds, and when it finds nothing.

## Why it matters

Say what happens to people or devices otherwise.

## How to fix

Say what to write instead.

## Sources

- Name the decision, the ticket or the page that this goes back to.
"""
_GOOD = """\
organization:
  DefaultAccessLevel: Block
"""
_BAD = """\
organization:
  DefaultAccessLevel: Allow  # expect: {id}
"""


def rule_files(name: str) -> dict[str, str]:
    """Return the text of each file of a new rule `GROUP/ID`, by its path in a folder of rules. Raises UsageError."""
    group, _, identifier = name.partition("/")
    if not (_NAME.fullmatch(group) and _NAME.fullmatch(identifier)):
        hint = "write GROUP/ID in lower-case letters, digits and hyphens, such as house/default-level-open"
        raise UsageError(f"`{name}` is not the name of a rule", help=hint)
    return {
        f"{group}/{identifier}/rule.yaml": _RULE,
        f"{group}/{identifier}/rule.md": _PAGE.replace("{id}", identifier),
        f"{group}/{identifier}/good/example.yaml": _GOOD,
        f"{group}/{identifier}/bad/example.yaml": _BAD.replace("{id}", identifier),
    }
