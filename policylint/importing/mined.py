"""Mined rules as a policy file in canonical form, with a comment on each rule and the proof at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.edit.comments import comment, device_comment
from policylint.edit.layout import About, Layout, Line, Lines, Remarks, text_of_lines
from policylint.edit.order import in_order
from policylint.model.access_rule import rule_identity, rule_key
from policylint.model.entity import Entity
from policylint.model.state import MAILBOX, ORGANIZATION, RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.access.decision import AccessState, Decision
    from policylint.analysis.mine import Choice
    from policylint.analysis.personal import PersonalEntry
    from policylint.model.device import Device
    from policylint.model.entity import Value
    from policylint.model.origin import Origin
    from policylint.schema.store import SchemaStore

RULE_SETTINGS = ("Characteristic", "QueryString", "AccessLevel")
"""The settings of a rule that a policy file says."""

_MOST = 3
_ALSO: dict[AccessState, str] = {"Allowed": "admits", "Quarantined": "quarantines", "Blocked": "blocks"}


class MinedRule(NamedTuple):
    """A chosen value as a rule: the devices that it matches, and what else it would match.

    `exceptions` is how many of them a stricter rule or a list decides about instead. `shown` are values that tell its
    devices apart, with their numbers, the most frequent first. `beyond` are values of the characteristic `beyond_of`,
    sorted, that known devices show with its own and none of the snapshot does.
    """

    choice: Choice
    entity: Entity
    devices: int
    exceptions: int
    shown: tuple[tuple[str, int], ...]
    beyond_of: str
    beyond: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return how many devices of what kinds it matches, and what else it would match."""
        several = len(self.shown) > 1
        kinds = listed((f"{text} ({number:,})" if several else text for text, number in self.shown), _MOST)
        words = count(self.devices, "device") + (f": {kinds}" if kinds else "")
        if self.exceptions:
            words += f"; {self.exceptions:,} of them decided by a stricter rule or a list"
        if self.beyond:
            known = count(len(self.beyond), f"other known {self.beyond_of}")
            words += f"; also {_ALSO[self.choice.state]} {known}: {listed(self.beyond, _MOST)}"
        return words


class Change(NamedTuple):
    """Devices that mined rules cannot give what they have today: one, its decisions, and why; None is not explained."""

    device: Device
    live: Decision
    mined: Decision
    why: str


class Mined(NamedTuple):
    """Mined rules and entries, their text, and what comparing the decisions about every device says.

    `kept` are live rules that stay as they are, as no device record shows what they compare. `devices` is how many
    devices were compared, `undecided` about how many of them something outside these settings decides. `changes` are
    those that do not keep what they have. `contradicting` is how many of those that get in contradict themselves, and
    how one of them does, in words. `mismatched` is how many report another state than live settings give.
    """

    live_default: str
    default: str
    live_rules: int
    rules: tuple[MinedRule, ...]
    kept: tuple[Entity, ...]
    entries: tuple[PersonalEntry, ...]
    text: str
    devices: int
    undecided: int
    changes: tuple[Change, ...]
    contradicting: int
    contradiction: str
    mismatched: int

    @property
    def personal(self) -> int:
        """Return how many device IDs are added to lists of mailboxes."""
        return sum(len(entry.devices) for entry in self.entries)


def rule_entity(characteristic: str, text: str, level: str, origin: Origin) -> Entity:
    """Return a device access rule of a file that is still to be written."""
    settings: dict[str, Value] = dict(zip(RULE_SETTINGS, (characteristic, text, level), strict=True))
    return Entity(RULE, rule_identity(characteristic, text), rule_key(characteristic, text), settings, origin)


def mined_text(
    organization: Entity,
    rules: Sequence[MinedRule],
    kept: Sequence[Entity],
    entries: Sequence[PersonalEntry],
    store: SchemaStore,
) -> str:
    """Return the sections of a policy: the default, the rules and the entries in the lists of mailboxes.

    `kept` are live rules that stay as they are, as no device record shows what they compare.
    """
    remarks = Remarks()
    for rule in rules:
        remarks.above[About(rule.entity.key)].append(comment(rule.words))
    for entity in kept:
        remarks.above[About(entity.key)].append("kept: no device record shows what it compares")
    objects = sorted((*(rule.entity for rule in rules), *map(_plain, kept)), key=in_order)
    lines = Layout(store.object_type(ORGANIZATION), remarks).section([organization])
    lines += [Line(""), *Layout(store.object_type(RULE), remarks).section(objects)]
    if entries:
        lines += [Line(""), *_mailboxes(entries, store)]
    return text_of_lines(lines)


def commented(lines: Iterable[str]) -> str:
    """Return lines of text as comments of a file."""
    return "".join(f"# {comment(line)}\n" for line in lines)


def _plain(rule: Entity) -> Entity:
    """Return a live rule with the settings that a policy file says."""
    return rule._replace(settings={name: rule.settings[name] for name in RULE_SETTINGS})


def _mailboxes(entries: Iterable[PersonalEntry], store: SchemaStore) -> Lines:
    """Return the section of the entries, which come by mailbox."""
    remarks = Remarks()
    described = store.object_type(MAILBOX)
    layout = Layout(described, remarks)
    lines = [Line(f"{described.section}:")]
    last = None
    for mailbox, setting, devices in entries:
        if mailbox.key != last:
            named = mailbox._replace(settings={described.key[0]: mailbox.identity})
            lines += layout.item(named)
            last = mailbox.key
        lines += [Line(f"    {setting}:"), Line("      Add:")]
        for device in devices:
            about = About(mailbox.key, setting, device.device_id)
            if words := device_comment(device):
                remarks.beside[about].append(words)
            lines += layout.list_item(about, 8)
    return lines
