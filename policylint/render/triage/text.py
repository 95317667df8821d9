"""The quarantine queue as text: the verdict, the groups by section with their numbers, and what to run next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.describe import because, location_words, sync_words
from policylint.analysis.triage import ACCEPTABLE, SECTIONS
from policylint.devices.contradictions import A_CLAIM
from policylint.escape import clean
from policylint.model.state import RULE
from policylint.phrases import count
from policylint.render.phrases import device_words, left_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.access.decision import Decision
    from policylint.analysis.triage import Group, Queue, Queued, RuleEffect, Section
    from policylint.render.style import Style

MOST_GROUPS, MOST_DEVICES, MOST_MAILBOXES = 20, 5, 10

_HEADS: dict[Section, str] = {
    "successors": "devices that may be the new one of somebody who is let in",
    "kinds": "kinds of device",
    "contradictions": "devices whose values contradict each other, or that no list can hold: not accepted by number",
    "owners": "devices whose owner is unknown, switched off or no person: not accepted by number",
}
_A_POSE = "type and model are free text, and whoever stole a password can pose as such a device: ask the user"


def render_queue(queue: Queue, *, style: Style, full: bool = False) -> str:
    """Return the queue as text; without `full`, what a screen takes."""
    lines = [style.paint(_verdict(queue), "bold")]
    lines += _mismatches(queue)
    for section in SECTIONS:
        lines += _section([group for group in queue.groups if group.section == section], section, full)
    lines += _near_limit(queue, full)
    lines += _next(queue)
    return "".join(f"{line}\n" for line in lines)


def render_groups(groups: Sequence[Group]) -> str:
    """Return the groups that are accepted, a line each."""
    return "".join(f"group {_head(group)}\n" for group in groups) + "\n"


def _verdict(queue: Queue) -> str:
    if not queue.groups:
        return "nothing waits: no device is quarantined that the policy does not let in"
    take = sum(len(group.devices) for group in queue.groups if group.section in ACCEPTABLE)
    words = f"{count(queue.devices, 'device')} in quarantine, in {count(len(queue.groups), 'group')}"
    rest = queue.devices - take
    return f"{words}; {rest:,} to look at one by one" if rest else words


def _mismatches(queue: Queue) -> Iterator[str]:
    reported = queue.count(lambda each: each.reported and not each.computed)
    computed = queue.count(lambda each: each.computed and not each.reported)
    if reported:
        yield f"  {count(reported, 'device')} only reported by Exchange: live settings give another state"
    if computed:
        yield f"  {count(computed, 'device')} only by live settings: Exchange reports another state, or none"
    if reported or computed:
        yield "  `policylint simulate --explain-mismatch` says what may be behind that"


def _section(groups: Sequence[Group], section: Section, full: bool) -> Iterator[str]:
    if not groups:
        return
    yield ""
    yield _HEADS[section]
    shown = groups if full else groups[:MOST_GROUPS]
    for group in shown:
        yield from _group(group, full)
    if len(groups) > len(shown):
        rest = groups[len(shown) :]
        devices = sum(len(group.devices) for group in rest)
        yield f"  ... and {count(len(rest), 'group')} more, of {count(devices, 'device')}; --full shows all"
    if section == "successors":
        yield f"  {_A_POSE}"


def _head(group: Group) -> str:
    names = [group.kind, group.model, group.system, group.agent]
    kind = ", ".join(dict.fromkeys(name for name in names if name)) or "nothing reported"
    return clean(f"{group.number}. {count(len(group.devices), 'device')}: {kind}")


def _group(group: Group, full: bool) -> Iterator[str]:
    yield f"  {_head(group)}"
    if group.why:
        yield f"     {clean(group.why)}"
    if group.rule is not None:
        yield f"     {clean(_rule(group.rule))}"
    elif group.outranks is not None:
        first = clean(_outranking(group.outranks))
        yield f"     no rule on the model alone would let all of them in: {first} decides first"
    shown = group.devices if full else group.devices[:MOST_DEVICES]
    for queued in shown:
        yield f"     - {clean(_device(queued))}"
    if len(group.devices) > len(shown):
        yield f"     {left_out(len(group.devices) - len(shown))}"


def _rule(effect: RuleEffect) -> str:
    others = f"{count(effect.others, 'other device')} of the snapshot, {count(effect.known, 'row')} of the catalog"
    lies = f", {effect.contradicting:,} of all with values that contradict each other" if effect.contradicting else ""
    return f"one rule {effect.rule.identity} would let all in, and {others}{lies}, and any device that says so"


def _outranking(decision: Decision) -> str:
    """Return what decides before a rule on a model, and where that is."""
    entity = decision.decided_by
    name = f"rule {entity.identity}" if entity is not None and entity.kind == RULE else because(decision)
    place = location_words(decision)
    return f"{name} ({place})" if place else name


def _device(queued: Queued) -> str:
    device, old = queued.device, queued.before
    if old is None:
        return f"{device_words(device, owner=True)}, {sync_words(device)}"
    new = f"{device_words(device, owner=True)} first synced {device.first_sync}"
    return f"{new}; the allowed {old.device_id} has been silent since {old.last_sync}"


def _near_limit(queue: Queue, full: bool) -> Iterator[str]:
    if not queue.near_limit:
        return
    yield ""
    yield "mailboxes near the limit of partnerships: an approval may not help there"
    shown = queue.near_limit if full else queue.near_limit[:MOST_MAILBOXES]
    yield from (f"  {clean(f'{each.owner}: {each.words}')}" for each in shown)
    if len(queue.near_limit) > len(shown):
        yield f"  {left_out(len(queue.near_limit) - len(shown))}"


def _next(queue: Queue) -> Iterator[str]:
    if not queue.groups:
        return
    yield ""
    yield f"note: {A_CLAIM}"
    first = next((group.number for group in queue.groups if group.section in ACCEPTABLE), None)
    if first is not None:
        yield f"next: `policylint triage --accept {first} --reason WHY --diff` shows the edits for group {first}"
