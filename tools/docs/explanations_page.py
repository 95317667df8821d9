"""docs/my-phone-says.md, docs/guards.md and docs/problem-codes.md: what `policylint explain` says, as pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policylint.analysis.explanations import KINDS, MESSAGE, STEP_NUMBERS
from policylint.schema.store import CONFIG
from tools.docs.markdown import escape, generated_from, page, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.analysis.explanations import Explanation
    from policylint.project.resources import Resources

GUARD, PROBLEM = "guard", "problem"
"""The kinds of entries that have pages of their own."""

_SOURCES = "`schemas/data/explanations.json`"

_GUARDS = """\
A plan that exceeds a limit is refused: exit code 1, and no script. Each refusal ends with the name of its guard in
brackets. `policylint explain GUARD` prints the same as this page. [Guards of a plan](plan.md#guards) has them in one
table, with how a refusal is acknowledged.

```console
refused: 7 devices would lose access, the limit is 5 [max-newly-denied]
```

`TEXT` below is what the refusal shows behind `--acknowledge`, and `WHY` the reason that the plan keeps."""

_PROBLEMS = """\
What can be wrong with files of live state. What is not there is not empty: a list that was lost, a file that was cut or
a property that nobody asked for stops the run with exit code 4. The code is in brackets at the end of the message, and
`code` in the JSON of `policylint snapshot show`. `policylint explain CODE` prints the same as this page.

```console
cas.csv:2: error: ActiveSyncAllowedDeviceIDs was lost: `System.Object[]` is there instead of what it holds [list-lost]
```

To go on without what is not whole, leave it out by name: `--allow-incomplete mailboxes`. The codes of problems with
policy files are the ids of the [lint rules](rules.md)."""

_INTRODUCTION = """\
What a phone, a mail, a log or Exchange says about a device that does not sync, what it means, and what to do next.
`policylint explain` has the same answers: give it a code, a word, or a part of the message. The way from a call to an
answer is in [A phone does not sync](how-to/phone-does-not-sync.md).

```bash
policylint explain "Permission to sync not established"
policylint explain 126
policylint why --mailbox john.doe@contoso.com
```

What a refusal of `policylint plan` means: [guards](guards.md). What is wrong with files of live state: [problem
codes](problem-codes.md).

A message or a code rarely says who decided. `policylint why` does: it goes through the
[order of decision](access.md#the-order) for the device. The step in the tables is the place in that order; none means
that no step decides it. The evidence is "documented" where a vendor says so, "reported by administrators" where
people report it, and "not published" where no known source says what it means."""


def explanations_page(data: Resources) -> str:
    """Return the page: the messages first, each with its own section, then a table of each other kind."""
    entries = data.explanations.entries
    messages = [entry for entry in entries if entry.kind == MESSAGE]
    parts = ["# My phone says …", generated_from("`schemas/data/explanations.json`"), _INTRODUCTION]
    parts += [f"## {KINDS[MESSAGE]}", *(part for entry in messages for part in _message(entry))]
    for kind, heading in KINDS.items():
        if kind not in {MESSAGE, "step", GUARD, PROBLEM}:
            parts += [f"## {heading}", _table(entry for entry in entries if entry.kind == kind)]
    return page(*parts)


def guards_page(data: Resources) -> str:
    """Return the page of what refuses a plan: each guard with its limit, what it means and what to do."""
    limits = data.store.schema(CONFIG)["properties"]["guards"]["properties"]
    parts = ["# Guards", generated_from(_SOURCES), _GUARDS]
    for entry in _of_kind(data, GUARD):
        default = limits.get(entry.id, {}).get("default")
        shown = (
            f"Default in [`guards:`](configuration.md#guards): `{json.dumps(default)}`." if entry.id in limits else ""
        )
        parts += [f"## {entry.id}", *_section(entry), shown]
    return page(*parts)


def problems_page(data: Resources) -> str:
    """Return the page of the codes of problems with live state, sorted by code."""
    entries = sorted(_of_kind(data, PROBLEM), key=lambda entry: entry.id)
    parts = ["# Problem codes", generated_from(_SOURCES), _PROBLEMS]
    return page(*parts, *(part for entry in entries for part in (f"## {entry.id}", *_section(entry))))


def _of_kind(data: Resources, kind: str) -> list[Explanation]:
    return [entry for entry in data.explanations.entries if entry.kind == kind]


def _section(entry: Explanation) -> Iterator[str]:
    """Yield what is said of an entry below its heading: what it means, and the commands to run next."""
    yield f"**{entry.title[0].upper()}{escape(entry.title[1:])}.** {escape(entry.means)}"
    if entry.next:
        yield "Next:"
        yield "\n".join(f"    {line}" for line in entry.next)


def codes_table(data: Resources) -> str:
    """Return the status codes that belong to a step, by step: what a client can show where that step kept it out."""
    rows = []
    for step, number in STEP_NUMBERS.items():
        codes = data.explanations.symptoms_of_step(step)
        if codes:
            rows.append((f"{number} {step}", ", ".join(codes)))
    return table(("step", "codes"), rows)


def _message(entry: Explanation) -> Iterator[str]:
    yield f"### {escape(entry.names[0])}"
    if len(entry.names) > 1:
        yield "Also: " + "; ".join(f'"{escape(name)}"' for name in entry.names[1:]) + "."
    yield f"**{entry.title[0].upper()}{escape(entry.title[1:])}.** {escape(entry.means)}"
    commands = ", ".join(f"`{line}`" for line in entry.next)
    yield (
        f"Step: {_steps(entry)}. "
        + (f"Next: {commands}. " if commands else "")
        + f"Evidence: {entry.evidence} ({_links(entry)})."
    )


def _table(entries: Iterable[Explanation]) -> str:
    rows = [
        (
            f"**{escape(entry.label)}**",
            escape(f"{entry.title}. {entry.means}"),
            _steps(entry),
            f"{entry.evidence} {_links(entry)}",
        )
        for entry in entries
    ]
    return table(("", "means", "step", "evidence"), rows)


def _steps(entry: Explanation) -> str:
    return ", ".join(f"{STEP_NUMBERS[step]} {step}" for step in entry.steps) or "none"


def _links(entry: Explanation) -> str:
    links = (source.removeprefix("docs/") for source in entry.sources)
    return " ".join(f"[[{number}]]({link})" for number, link in enumerate(links, start=1))
