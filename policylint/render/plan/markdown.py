"""The plan as Markdown, made to be the comment of a pull request: the verdict first, the rest folded, in one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import markdown_code, to_markdown
from policylint.phrases import count
from policylint.render.markdown import LARGEST, Block, code, compose, head_text, list_block, long_text, table_block
from policylint.render.phrases import state_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.render.plan.view import Move, PlanView, RefusalShown, StepShown

_SIGNS = {"create": "+", "update": "~", "delete": "-"}


def render_markdown(view: PlanView, *, size: int = LARGEST, command: str) -> str:
    """Return the comment, all ASCII, of no more than `size` characters, in which its head has room.

    What is left out is counted, with the command that shows it.
    """
    text = f"### {head_text(view.verdict)}\n\n"
    text += "".join(f"**{head_text(each)}**\n\n" for each in (view.access, view.warning) if each)
    text += "".join(f"- {head_text(line)}\n" for line in (*view.attributed, *view.head))
    return compose(text, _blocks(view), size=size, command=command)


def _blocks(view: PlanView) -> Iterator[Block]:
    """Yield the parts of the comment in their order, also those that are empty."""
    yield list_block("policylint.yaml changes", map(long_text, view.bounds), len(view.bounds), "changes")
    yield list_block("Refused", map(_refusal, view.refusals), len(view.refusals), "refusals")
    yield list_block("Acknowledged", map(_acknowledged, view.acknowledged), len(view.acknowledged), "acknowledgements")
    yield from _whose_access(view)
    whose = ("Whose",) if view.has_parts else ()
    yield table_block(
        f"{count(view.step_count, 'step')}, in the order they are taken",
        ("Step", "Change", "Devices", "Why", *whose),
        ((*_step(each), *_part(each.parts, view)) for each in view.steps),
        len(view.steps),
        "steps",
    )
    yield table_block(
        "No longer needed",
        ("What the base would change, and this does not",),
        ((long_text(each),) for each in view.dropped),
        len(view.dropped),
        "changes",
    )
    yield table_block(
        f"Drift: {count(view.drift_count, 'live difference')} that no step changes",
        ("What is live", "Why it stays"),
        (tuple(map(long_text, each)) for each in view.drift),
        len(view.drift),
        "differences",
    )
    yield table_block(
        "Who changed what drifts, as the audit log says",
        ("Change",),
        ((long_text(each),) for each in view.changed_live),
        len(view.changed_live),
        "changes",
    )
    yield list_block("Notes", map(long_text, view.notes), len(view.notes), "notes")


def _whose_access(view: PlanView) -> Iterator[Block]:
    """Yield the classes of devices whose access changes, and the devices where they may be named."""
    whose = ("Whose",) if view.has_parts else ()
    devices = count(sum(each.devices for each in view.classes), "device")
    yield table_block(
        f"Whose access changes: {devices} in {count(len(view.classes), 'class')}",
        ("Devices", "From", "To", "What they report", *whose),
        (
            (f"{each.devices:,}", *_states(each), long_text(each.what), *_part(each.parts, view))
            for each in view.classes
        ),
        len(view.classes),
        "classes",
    )
    yield table_block(
        f"{devices} by mailbox",
        ("Mailbox", "Device ID", "From", "To", "What it reports", *whose),
        (
            (code(each.mailbox), code(each.device_id), *_states(each), long_text(each.what), *_part(each.parts, view))
            for each in view.people or ()
        ),
        len(view.people or ()),
        "devices",
    )


def _refusal(refusal: RefusalShown) -> str:
    line = f"{_name(refusal)}: {long_text(refusal.message)}"
    if not refusal.words:
        return f"{line} (this cannot be acknowledged)"
    options = " ".join(f"--acknowledge {word}" for word in refusal.words[:3]) + ' --reason "..."'
    more = f" and {len(refusal.words) - 3:,} more" if len(refusal.words) > 3 else ""
    return f"{line}\n  To proceed anyway: {markdown_code(options)}{more}"


def _acknowledged(refusal: RefusalShown) -> str:
    return f"{_name(refusal)}: {long_text(refusal.message)}. Reason: {long_text(refusal.reason)}"


def _name(refusal: RefusalShown) -> str:
    number = f" ({refusal.number:,} times)" if refusal.number > 1 else ""
    return f"{code(refusal.guard)}{number}"


def _step(step: StepShown) -> tuple[str, ...]:
    name = f" {code(step.name)}" if step.name else ""
    head = f"{to_markdown(_SIGNS[step.action])} {head_text(step.what)}{name}"
    changes = [f"{code(name)}: {long_text(words)}" if name else long_text(words) for name, words in step.changes]
    why = "<br>".join(map(long_text, step.said))
    return head_text(step.ids), "<br>".join((head, *changes)), head_text(", ".join(step.effects)), why


def _states(move: Move) -> tuple[str, str]:
    return head_text(state_words(move.before)), head_text(state_words(move.after))


def _part(parts: str, view: PlanView) -> tuple[str, ...]:
    return (head_text(parts),) if view.has_parts else ()
