"""Mined rules for people: as the file that they go into, and as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.devices.contradictions import A_CLAIM
from policylint.escape import clean
from policylint.importing.mined import commented
from policylint.phrases import count
from policylint.render.phrases import device_words, state_words
from policylint.render.style import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.importing.mined import Change, Mined
    from policylint.render.style import Style

_MOST_CHANGES = 20
_UNSEEN = {"Allow": "allowed", "Quarantine": "quarantined", "Block": "blocked"}


def render_file(mined: Mined, source: str) -> str:
    """Return a policy file: comments on what it is and on each rule, the sections, and the proof in a comment."""
    head = [f"Mined from {source}: {verdict(mined)}.", *_notes(mined)]
    return f"{commented(head)}\n{mined.text}\n{commented(proof(mined))}"


def render_report(mined: Mined, *, style: Style) -> str:
    """Return the rules and entries as text, and the proof."""
    lines = [style.paint(verdict(mined), "bold")]
    lines += [f"  {clean(line)}" for line in _notes(mined)]
    rows = [(rule.entity.text("AccessLevel"), clean(rule.entity.identity), clean(rule.words)) for rule in mined.rules]
    listed = [
        (clean(entry.mailbox.identity), entry.setting, clean(device_words(device)))
        for entry in mined.entries
        for device in entry.devices
    ]
    tables = [table(part, indent="  ", screen=style.screen) for part in (rows, listed) if part]
    text = "".join(f"{line}\n" for line in lines) + "".join(f"\n{part}" for part in tables)
    return text + "\n" + "".join(f"{clean(line)}\n" for line in proof(mined))


def verdict(mined: Mined) -> str:
    """Return how many rules and entries there are, and instead of what."""
    rules = count(len(mined.rules) + len(mined.kept), "rule")
    entries = f" and {count(mined.personal, 'personal entry', 'personal entries')}" if mined.personal else ""
    live = f"{count(mined.live_rules, 'rule')} under {mined.live_default}"
    return f"{rules}{entries} under DefaultAccessLevel {mined.default}, instead of {live}"


def _notes(mined: Mined) -> Iterator[str]:
    """Yield what to know before the rules are used."""
    yield "These rules and this default replace all that are live and declared; mailboxes and their policies stay."
    versioned = [rule for rule in mined.rules if rule.choice.is_versioned]
    if versioned:
        devices = count(sum(rule.devices for rule in versioned), "device")
        verb = "compares a version" if len(versioned) == 1 else "compare versions"
        yield f"{count(len(versioned), 'rule')} ({devices}) {verb}, which the next update of a device changes."
    if mined.contradicting:
        verb = "that gets in contradicts itself" if mined.contradicting == 1 else "that get in contradict themselves"
        words = f"{count(mined.contradicting, 'device')} {verb}, such as {mined.contradiction}"
        yield f"Warning: {words}: {A_CLAIM}."
    if mined.mismatched:
        verb = "reports" if mined.mismatched == 1 else "report"
        what = f"{count(mined.mismatched, 'device')} {verb} another state than live settings give"
        yield f"Note: {what}; mine keeps what the settings give. See `policylint simulate --explain-mismatch`."
    if mined.kept:
        yield f"Note: what {count(len(mined.kept), 'kept rule')} would match is not known: no device record shows it."


def proof(mined: Mined) -> Iterator[str]:
    """Yield what comparing the decisions about every device says, and the devices that do not keep what they have."""
    verb = "changes" if 1 in {len(mined.changes), mined.devices} else "change"
    changed = f"{len(mined.changes):,} of {count(mined.devices, 'device')} {verb}"
    yield f"Proof: {changed}; kinds not seen before would be {_UNSEEN[mined.default]}."
    if mined.undecided:
        yield f"Something outside these settings decides about {count(mined.undecided, 'device')}, then as now."
    for change in mined.changes[:_MOST_CHANGES]:
        yield f"Not kept: {_change(change)}"
    if len(mined.changes) > _MOST_CHANGES:
        yield f"Not kept: {len(mined.changes) - _MOST_CHANGES:,} more, which --format json lists."


def _change(change: Change) -> str:
    states = f"{state_words(change.live.state)} -> {state_words(change.mined.state)}"
    return f"{device_words(change.device, owner=True)}: {states}" + (f" ({change.why})" if change.why else "")
