"""The plan as Markdown, made to be the comment of a pull request: the verdict first, the rest folded, in one size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.escape import markdown_code, to_markdown
from policylint.phrases import count, cut
from policylint.render.phrases import state_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.render.plan.view import Move, PlanView, RefusalShown, StepShown

LARGEST = 65_536
"""How many characters a comment on GitHub may have, the fewest of the systems that docs/ci.md names.

Source: https://github.com/orgs/community/discussions/27190
"""
SMALLEST = 32_000
"""A size in which the head of every plan has room."""

_LONGEST, _LONGEST_CELL = 240, 2_000
"""How many characters of a text are shown: at the head of the comment, and of one among many."""

_SIGNS = {"create": "+", "update": "~", "delete": "-"}


class _Block(NamedTuple):
    """A part of the comment that may be cut: what is before its rows, these and how many, and what is behind them.

    `noun` is what the rows are.
    """

    before: str
    rows: Iterable[str]
    number: int
    after: str
    noun: str

    def around(self, rows: str, left: int, command: str) -> str:
        """Return the part with some rows, and how many are left out."""
        more = f"\n... and {left:,} more {self.noun}; {_code(command)} shows all.\n" if left else ""
        return self.before + rows + more + self.after


def render_markdown(view: PlanView, *, size: int = LARGEST, command: str) -> str:
    """Return the comment, all ASCII, of no more than `size` characters, at least `SMALLEST`.

    What is left out is counted, with the command that shows it.
    """
    text = f"### {_text(view.verdict)}\n\n"
    text += "".join(f"**{_text(each)}**\n\n" for each in (view.access, view.warning) if each)
    text += "".join(f"- {_text(line)}\n" for line in (*view.attributed, *view.head))
    found = [block for block in _blocks(view) if block.number]
    room = size - len(text) - sum(len(block.around("", block.number, command)) for block in found)
    rows = [_first(block.rows, size) for block in found]
    shares = _shares([sum(map(len, each)) for each in rows], room)
    for block, each, share in zip(found, rows, shares, strict=True):
        shown = _first(each, share)
        text += block.around("".join(shown), block.number - len(shown), command)
    return text


def _first(rows: Iterable[str], room: int) -> list[str]:
    """Return the first rows that have room."""
    found: list[str] = []
    for row in rows:
        room -= len(row)
        if room < 0:
            break
        found.append(row)
    return found


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """Return how much of some room each part gets: what it wants, or else as much as any other."""
    shares = [0] * len(wanted)
    for left, index in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        shares[index] = min(wanted[index], room // (len(wanted) - left))
        room -= shares[index]
    return shares


def _blocks(view: PlanView) -> Iterator[_Block]:
    """Yield the parts of the comment in their order, also those that are empty."""
    yield _list("policylint.yaml changes", map(_long, view.bounds), len(view.bounds), "changes")
    yield _list("Refused", map(_refusal, view.refusals), len(view.refusals), "refusals")
    yield _list("Acknowledged", map(_acknowledged, view.acknowledged), len(view.acknowledged), "acknowledgements")
    yield from _whose_access(view)
    whose = ("Whose",) if view.has_parts else ()
    yield _table(
        f"{count(view.step_count, 'step')}, in the order they are taken",
        ("Step", "Change", "Devices", "Why", *whose),
        ((*_step(each), *_part(each.parts, view)) for each in view.steps),
        len(view.steps),
        "steps",
    )
    yield _table(
        "No longer needed",
        ("What the base would change, and this does not",),
        ((_long(each),) for each in view.dropped),
        len(view.dropped),
        "changes",
    )
    yield _table(
        f"Drift: {count(view.drift_count, 'live difference')} that no step changes",
        ("What is live", "Why it stays"),
        (tuple(map(_long, each)) for each in view.drift),
        len(view.drift),
        "differences",
    )
    yield _table(
        "Who changed what drifts, as the audit log says",
        ("Change",),
        ((_long(each),) for each in view.changed_live),
        len(view.changed_live),
        "changes",
    )
    yield _list("Notes", map(_long, view.notes), len(view.notes), "notes")


def _whose_access(view: PlanView) -> Iterator[_Block]:
    """Yield the classes of devices whose access changes, and the devices where they may be named."""
    whose = ("Whose",) if view.has_parts else ()
    devices = count(sum(each.devices for each in view.classes), "device")
    yield _table(
        f"Whose access changes: {devices} in {count(len(view.classes), 'class')}",
        ("Devices", "From", "To", "What they report", *whose),
        ((f"{each.devices:,}", *_states(each), _long(each.what), *_part(each.parts, view)) for each in view.classes),
        len(view.classes),
        "classes",
    )
    yield _table(
        f"{devices} by mailbox",
        ("Mailbox", "Device ID", "From", "To", "What it reports", *whose),
        (
            (_code(each.mailbox), _code(each.device_id), *_states(each), _long(each.what), *_part(each.parts, view))
            for each in view.people or ()
        ),
        len(view.people or ()),
        "devices",
    )


def _list(title: str, items: Iterable[str], number: int, noun: str) -> _Block:
    return _Block(f"\n**{title}**\n\n", (f"- {item}\n" for item in items), number, "", noun)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], number: int, noun: str) -> _Block:
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    before = f"\n<details>\n<summary>{title}</summary>\n\n{head}"
    return _Block(before, (f"| {' | '.join(row)} |\n" for row in rows), number, "\n</details>\n", noun)


def _refusal(refusal: RefusalShown) -> str:
    line = f"{_name(refusal)}: {_long(refusal.message)}"
    if not refusal.words:
        return f"{line} (this cannot be acknowledged)"
    options = " ".join(f"--acknowledge {word}" for word in refusal.words[:3]) + ' --reason "..."'
    more = f" and {len(refusal.words) - 3:,} more" if len(refusal.words) > 3 else ""
    return f"{line}\n  To proceed anyway: {markdown_code(options)}{more}"


def _acknowledged(refusal: RefusalShown) -> str:
    return f"{_name(refusal)}: {_long(refusal.message)}. Reason: {_long(refusal.reason)}"


def _name(refusal: RefusalShown) -> str:
    number = f" ({refusal.number:,} times)" if refusal.number > 1 else ""
    return f"{_code(refusal.guard)}{number}"


def _step(step: StepShown) -> tuple[str, ...]:
    name = f" {_code(step.name)}" if step.name else ""
    head = f"{to_markdown(_SIGNS[step.action])} {_text(step.what)}{name}"
    changes = [f"{_code(name)}: {_long(words)}" if name else _long(words) for name, words in step.changes]
    why = "<br>".join(map(_long, step.said))
    return _text(step.ids), "<br>".join((head, *changes)), _text(", ".join(step.effects)), why


def _states(move: Move) -> tuple[str, str]:
    return _text(state_words(move.before)), _text(state_words(move.after))


def _part(parts: str, view: PlanView) -> tuple[str, ...]:
    return (_text(parts),) if view.has_parts else ()


def _text(text: str) -> str:
    return _sentence(cut(text, _LONGEST))


def _long(text: str) -> str:
    return _sentence(cut(text, _LONGEST_CELL))


def _sentence(text: str) -> str:
    """Return a text, and as code what it has between backticks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return to_markdown(text)
    return "".join(markdown_code(part) if place % 2 else to_markdown(part) for place, part in enumerate(parts))


def _code(text: str) -> str:
    return markdown_code(cut(text, _LONGEST))
