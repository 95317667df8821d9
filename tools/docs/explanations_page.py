"""docs/my-phone-says.md: messages, codes, states, reasons and refusals, and what each means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.analysis.explanations import KINDS, MESSAGE, STEP_NUMBERS
from tools.docs.markdown import escape, generated_from, page, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.analysis.explanations import Explanation
    from policylint.project.resources import Resources

_INTRODUCTION = """\
What a phone, a mail, a log or Exchange says about a device that does not sync, what it means, and what to do next.
`policylint explain` has the same answers: give it a code, a word, or a part of the message. The way from a call to an
answer is in [A phone does not sync](how-to/phone-does-not-sync.md).

```bash
policylint explain "Permission to sync not established"
policylint explain 126
policylint why --mailbox john.doe@contoso.com
```

A message or a code rarely says who decided. `policylint why` does: it goes through the
[order of decision](access.md#the-order) for the device. The step in the tables is the place in that order; none means
that no step decides it. "Documented" means that a vendor says so, "seen in the field" that people report it, and "not
published" that no known source says what it means."""


def explanations_page(data: Resources) -> str:
    """Return the page: the messages first, each with its own section, then a table of each other kind."""
    entries = data.explanations.entries
    messages = [entry for entry in entries if entry.kind == MESSAGE]
    parts = ["# My phone says …", generated_from("`schemas/data/explanations.json`"), _INTRODUCTION]
    parts += [f"## {KINDS[MESSAGE]}", *(part for entry in messages for part in _message(entry))]
    for kind, heading in KINDS.items():
        if kind not in {MESSAGE, "step"}:
            parts += [f"## {heading}", _table(entry for entry in entries if entry.kind == kind)]
    return page(*parts)


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
        + f"Sure: {entry.sure} ({_links(entry)})."
    )


def _table(entries: Iterable[Explanation]) -> str:
    rows = [
        (
            f"**{escape(entry.label)}**",
            escape(f"{entry.title}. {entry.means}"),
            _steps(entry),
            f"{entry.sure} {_links(entry)}",
        )
        for entry in entries
    ]
    return table(("", "means", "step", "sure"), rows)


def _steps(entry: Explanation) -> str:
    return ", ".join(f"{STEP_NUMBERS[step]} {step}" for step in entry.steps) or "none"


def _links(entry: Explanation) -> str:
    links = (source.removeprefix("docs/") for source in entry.sources)
    return " ".join(f"[[{number}]]({link})" for number, link in enumerate(links, start=1))
