"""The difference of two configurations as Markdown: the comment of a pull request, or the summary of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.device import PROPERTIES
from policylint.phrases import count, listed
from policylint.render.diff.text import MOST_VALUES, identity, value_words, verdict
from policylint.render.facts import local
from policylint.render.markdown import (
    LARGEST,
    code,
    compose,
    head_text,
    list_block,
    live_state_block,
    long_text,
    table_block,
)
from policylint.render.phrases import ARROW, cause, class_words, device_words, state_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.access.decision import Decision
    from policylint.analysis.compare import Comparison, Direction, Region
    from policylint.render.markdown import Block
    from policylint.render.people import NameMask

_TITLES: tuple[tuple[Direction, str], ...] = (
    ("looser", "Looser"),
    ("stricter", "Stricter"),
    ("other", "To or from what is not decided here"),
)
_LONGEST_NAME = 40
"""How many characters of the name of a side are shown, so that the head has room in the smallest comment."""


def render_markdown(
    comparison: Comparison,
    old: str,
    new: str,
    mask: NameMask,
    live_state: Sequence[str] = (),
    *,
    command: str,
    size: int = LARGEST,
) -> str:
    """Return the difference as Markdown, all ASCII, of no more than `size` characters, at least 2,000.

    Regions of devices are folded, by where access moves. `mask` takes people out of it: they are counted.
    `live_state` says which snapshots it rests on, `command` shows all of it.
    """
    sides = f" {ARROW} ".join(code(mask.hide(local(name)), _LONGEST_NAME) for name in (old, new))
    head = f"### {head_text(verdict(comparison))}\n\n{sides}\n"
    blocks = [*_blocks(comparison, mask), live_state_block(live_state, mask)]
    return compose(head, blocks, size=size, command=mask.hide(command))


def _blocks(comparison: Comparison, mask: NameMask) -> Iterator[Block]:
    for direction, title in _TITLES:
        regions = [each for each in comparison.regions if each.direction == direction]
        devices = count(comparison.moved(direction), "device")
        yield table_block(
            f"{title}: {devices} in {count(len(regions), 'region')}",
            ("Devices", "From", "To", "Which devices", "Such as", "Before", "After"),
            (_row(each, mask) for each in regions),
            len(regions),
            "regions",
        )
    notes = [
        *([f"for another reason, with the same access: {_devices(comparison)}"] if comparison.reasons else []),
        *(f"changed, but not decided here: {identity(*pair)}" for pair in comparison.unseen),
        *comparison.notes,
    ]
    yield list_block("Notes", (long_text(mask.hide(each)) for each in notes), len(notes), "notes")


def _devices(comparison: Comparison) -> str:
    return count(sum(region.devices for region in comparison.reasons), "device")


def _row(region: Region, mask: NameMask) -> tuple[str, ...]:
    witness = region.witness
    example = device_words(witness, owner=True) if mask.shown else class_words(witness.device_class)
    return (
        f"{region.devices:,}",
        *(head_text(state_words(each.state)) for each in (region.before, region.after)),
        "<br>".join(long_text(mask.hide(line)) for line in _which(region, mask)),
        long_text(mask.hide(example)),
        *(long_text(mask.hide(_why(each))) for each in (region.before, region.after)),
    )


def _which(region: Region, mask: NameMask) -> list[str]:
    """Return which devices a region is about; of mailboxes and device IDs that are not shown, how many there are."""
    pairs = zip(PROPERTIES, region.values, strict=True)
    lines = [f"{name} {words}" for name, values in pairs if (words := value_words(values, full=False))]
    scope = region.scope
    if not scope.decided_by_rules:
        lines.append(f"in {_members(region, mask)}")
        lines.extend(f"clients: {each}" for each in [", ".join(scope.words())] if each)
    return lines or ["any device"]


def _members(region: Region, mask: NameMask) -> str:
    members = region.scope.members
    if mask.shown:
        words = [
            (each.mailbox or "any mailbox that is not named") + (f", device {each.device_id}" if each.device_id else "")
            for each in members
        ]
        return listed(words, MOST_VALUES, last=", ")
    named = {each.mailbox for each in members if each.mailbox is not None}
    others = ["any mailbox that is not named"] if any(each.mailbox is None for each in members) else []
    ids = sum(each.device_id is not None for each in members)
    words = [*([count(len(named), "mailbox")] if named else []), *others]
    return " and ".join(words) + (f", {count(ids, 'device ID')}" if ids else "")


def _why(decision: Decision) -> str:
    return cause(decision, located=True)
