"""Questions about the IDs in the lists of a mailbox, compared with the devices that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, BLOCKED
from policylint.analysis.exemptions import day_in, has_ended
from policylint.devices.device_ids import bare_id
from policylint.devices.written_ids import LONGEST_ID, flaw_of_id, ids_in
from policylint.escape import command_line
from policylint.lint.parameters import many, number, setting
from policylint.lint.predicate import Finding, Varying, entity_predicate, policy_predicate
from policylint.lint.predicates.removal import removal_from_list
from policylint.model.entity import ListEdit, written_items
from policylint.model.state import MAILBOX
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed, quoted, show, some
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.edits import Fix
    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.source import Span

LISTS = {"lists": many(setting("the lists of IDs"))}
LIST = {"list": setting("the list of IDs")}
ID = {"value": "the ID"}
OUTLOOK = "OutlookMobileEnabled"
MOST_PARTS = 20
"""How many IDs of one entry the help shows."""


class _Entry(NamedTuple):
    """An ID in a declared list of a mailbox."""

    mailbox: Entity
    list: str
    place: int
    text: str
    removes: bool = False

    @property
    def span(self) -> Span:
        return self.mailbox.item_at(self.list, self.place)


def _entries(mailbox: Entity, lists: Iterable[str]) -> Iterator[_Entry]:
    for name in filter(mailbox.origin.declares, lists):
        for index, item in enumerate(mailbox.items(name)):
            yield _Entry(mailbox, name, index, item)


def _written(mailbox: Entity, lists: Iterable[str]) -> Iterator[_Entry]:
    """Yield the IDs of lists as files have them, also those that lists in part take out."""
    for name in filter(mailbox.origin.declares, lists):
        added = len(mailbox.items(name))
        for index, item in enumerate(written_items(mailbox.get(name))):
            yield _Entry(mailbox, name, index, item, removes=index >= added)


def _devices(mailbox: Entity, facts: Facts) -> Sequence[Device] | None:
    """Return the devices of a mailbox in a whole snapshot; None where they, or their IDs, are not known."""
    desired = facts.desired_of(mailbox)
    if not facts.knows_devices or desired.base is None or facts.snapshot is None or facts.snapshot.header.redacted:
        return None
    return facts.devices_of(desired.key)


@entity_predicate(
    MAILBOX,
    params=LISTS,
    placeholders={
        **ID,
        "flaw": Varying("what is wrong about its form"),
        "effect": Varying("what the entry does not do"),
    },
    declares=lambda params: params["lists"],
    rules_out=lambda kind, params, facts: (
        facts.snapshot is None and facts.no_text(kind, params["lists"], lambda text: flaw_of_id(text) is not None)
    ),
)
def device_id_in_other_form(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find each entry that can be no device ID as it is written, with the ID that is meant.

    An ID that a device of the snapshot has is right.
    """
    for entry in _written(mailbox, params["lists"]):
        flaw = flaw_of_id(entry.text)
        if fold(entry.text) in facts.device_ids or (flaw is None and facts.snapshot is None):
            continue
        known = _meant(entry, facts)
        reported = None if known or not bare_id(entry.text) else _reported(entry.text, facts)
        flaw = f"is a {reported}, not an ID" if reported else flaw or _flaw_beside(entry.text, known)
        if flaw is not None:
            effect = "blocks no device" if entry.list == BLOCKED else "allows no device"
            effect = "takes no ID out of the list" if entry.removes else effect
            words = {"value": quoted(entry.text), "flaw": flaw, "effect": effect}
            help_ = _instead(entry, flaw, known, facts)
            yield Finding(entry.span, words, help=help_, fix=_fix(entry, flaw, known, facts))


_TAKEN_FOR_IDS = ("DeviceModel", "DeviceType", "DeviceOS")
"""The characteristics whose values people write where an ID belongs; the first of them counts."""


def _reported(text: str, facts: Facts) -> str | None:
    """Return the characteristic of which devices report a text, or are known by it as a name; None where none is."""
    observed = ((name, facts.observed.of(name)) for name in _TAKEN_FOR_IDS)
    reported = next((name for name, values in observed if values is not None and values.find(text) is not None), None)
    found = filter(None, (reported, facts.catalog.named_by(_TAKEN_FOR_IDS, text)))
    return min(found, key=_TAKEN_FOR_IDS.index, default=None)


def _flaw_beside(text: str, known: Sequence[Device]) -> str | None:
    """Return what is wrong about a text that means devices without having the form of another ID; None for spaces."""
    if any(bare_id(device.guid) == bare_id(text) for device in known):
        return "is the GUID of a partnership"
    return "has characters that no device ID has" if known and not text.isascii() else None


def _meant(entry: _Entry, facts: Facts) -> list[Device]:
    """Return the devices whose IDs, or the GUIDs of whose partnerships, an entry holds that is no ID of a device.

    Those of the mailbox are all, where there are some.
    """
    key = facts.desired_of(entry.mailbox).key
    found = [device for part in ids_in(entry.text) for device in facts.devices_meant(part, key)]
    own = [device for device in found if device.mailbox == key]
    return own or found


def _instead(entry: _Entry, flaw: str, known: Sequence[Device], facts: Facts) -> str:
    if flaw.endswith("not an ID"):
        own = _devices(entry.mailbox, facts)
        shown = f"; this mailbox has {some(own, 3, _described)}" if own else ""
        return f"write the DeviceId of the device that is meant{shown}"
    if flaw == "is an address":
        own = _devices(entry.mailbox, facts)
        command = command_line("Get-MobileDevice -Mailbox", entry.text) or "Get-MobileDevice"
        shown = f": {some(own, 3, _described)}" if own else f", as `{command}` shows it"
        return f"list the DeviceId of each device that is meant{shown}"
    parts = ids_in(entry.text)
    if len(parts) > 1:
        key = facts.desired_of(entry.mailbox).key
        texts = ", ".join(quoted(_exact(part, key, facts)) for part in parts[:MOST_PARTS])
        more = f" and {len(parts) - MOST_PARTS:,} more" if len(parts) > MOST_PARTS else ""
        return f"write each as an entry of its own: {texts}{more}; a device ID has no spaces and signs in it"
    if known:
        key = facts.desired_of(entry.mailbox).key
        others = sorted({device.owner for device in known if device.mailbox != key and device.owner})
        shown = listed(map(_described, known), 2)
        if others:
            return f"the device that is meant is {shown} of {listed(map(quoted, others), 2)}: list it there"
        return f"write {shown}"
    if not parts or flaw.startswith("is a pattern"):
        return "write the DeviceId as `Get-MobileDevice` shows it: letters and digits of ASCII alone"
    bare = quoted(parts[0])
    if flaw == "is written as a GUID":
        return f"write the DeviceId as `Get-MobileDevice` shows it: {bare.upper()}, if this is no GUID of a partnership"
    return f"write {bare}, if `Get-MobileDevice` shows this as DeviceId"


def _fix(entry: _Entry, flaw: str, known: Sequence[Device], facts: Facts) -> Fix | None:
    """Return the fix that writes the ID that is meant, where that is one of this mailbox, or of no known device."""
    if known:
        own = {device.device_id for device in known if device.mailbox == facts.desired_of(entry.mailbox).key}
        meant = next(iter(own)) if len(own) == len(known) == 1 else None
    elif flaw.endswith("not an ID") or flaw == "is an address" or flaw.startswith("is a pattern"):
        meant = None
    else:
        parts = ids_in(entry.text)
        meant = parts[0] if len(parts) == 1 else None
        meant = meant.upper() if meant is not None and flaw == "is written as a GUID" else meant
    return facts.fixes.rewrite_item(entry.mailbox, entry.list, entry.place, meant) if meant is not None else None


def _exact(part: str, mailbox: str, facts: Facts) -> str:
    """Return an ID as the snapshot has it, as it is written where no device has it."""
    return next((device.device_id for device in facts.devices_meant(part, mailbox)), part)


def _described(device: Device) -> str:
    kind = device.device_class[1] or device.device_class[0]
    return f"{quoted(device.device_id)} ({show(kind)})" if kind else quoted(device.device_id)


@entity_predicate(
    MAILBOX,
    params=LISTS,
    placeholders={**ID, "length": Varying("how many characters it has"), "most": Varying("how many an ID has at most")},
    declares=lambda params: params["lists"],
    rules_out=lambda kind, params, facts: facts.no_text(kind, params["lists"], _is_long),
)
def device_id_too_long(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find each entry that is longer than any ID that a client may send.

    An ID that a device of the snapshot has is right. An entry in another form is left to the predicate about that.
    """
    for entry in _written(mailbox, params["lists"]):
        if _is_long(entry.text) and fold(entry.text) not in facts.device_ids:
            words = {"value": quoted(entry.text), "length": f"{len(entry.text):,}", "most": str(LONGEST_ID)}
            if flaw_of_id(entry.text) is None:
                yield Finding(entry.span, words)


def _is_long(text: str) -> bool:
    return len(text.strip()) > LONGEST_ID


@entity_predicate(
    MAILBOX,
    params={**LISTS, "most": number("how many IDs a list has at most")},
    placeholders={"list": "the lists", "ids": Varying("how many IDs they have together")},
    declares=lambda params: params["lists"],
)
def device_list_too_long(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find a mailbox whose declared lists have more IDs together than it has devices in years: at the longest one."""
    del facts
    if sum(len(mailbox.items(name)) for name in params["lists"]) <= params["most"]:
        return
    lists = [name for name in filter(mailbox.origin.declares, params["lists"]) if mailbox.items(name)]
    numbers = {name: len(mailbox.items(name)) for name in lists}
    if sum(numbers.values()) > params["most"]:
        longest = max(lists, key=numbers.__getitem__)
        words = {"list": listed(map(quoted, lists)), "ids": count(sum(numbers.values()), "ID")}
        yield Finding(mailbox.at(longest), words)


@entity_predicate(
    MAILBOX,
    params=LISTS,
    placeholders={**ID, "mailbox": "the name of the mailbox", "owners": Varying("the mailboxes that have the device")},
    needs_snapshot=True,
    declares=lambda params: params["lists"],
)
def device_id_of_other_mailbox(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find each declared ID that no device of the mailbox has in the snapshot, and a device of another one has."""
    devices = _devices(mailbox, facts)
    for entry in _entries(mailbox, params["lists"]) if devices is not None else ():
        device_id = fold(entry.text)
        owners = facts.owners.get(device_id, ())
        if owners and not any(fold(device.device_id) == device_id for device in devices or ()):
            name = facts.desired_of(mailbox).identity
            words = {"value": quoted(entry.text), "mailbox": quoted(name), "owners": some(owners, 2, quoted)}
            yield Finding(entry.span, words, help=_where_to_list(entry, words["owners"], words["mailbox"]))


def _where_to_list(entry: _Entry, owners: str, mailbox: str) -> str:
    if entry.list == BLOCKED:
        return (
            f"a list is for its own mailbox: to block the device for {owners}, list it there;"
            f" this entry keeps it out of {mailbox}"
        )
    return f"it is a device of {owners}: list it there"


def _not_seen(mailbox: Entity, name: str, facts: Facts) -> list[_Entry]:
    """Return the entries of a list that are in the form of an ID, and that no device of the snapshot has."""
    if _devices(mailbox, facts) is None:
        return []
    return [
        entry
        for entry in _entries(mailbox, [name])
        if fold(entry.text) not in facts.device_ids and flaw_of_id(entry.text) is None and not _meant(entry, facts)
    ]


@entity_predicate(
    MAILBOX,
    params=LIST,
    placeholders={**ID, "mailbox": "the name of the mailbox", "removal": Varying("what the removal of an ID does")},
    needs_snapshot=True,
    declares=lambda params: (params["list"],),
)
def stale_device_id(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find each allowed ID that no device has in the snapshot, where the policy does not say why it is allowed.

    It finds nothing without a whole snapshot, for a mailbox that is not in it, and where its IDs are redacted.
    """
    if mailbox.notes:
        return
    for entry in _not_seen(mailbox, params["list"], facts):
        if mailbox.notes_of(entry.text):
            continue
        name = quoted(facts.desired_of(mailbox).identity)
        yield Finding(
            entry.span,
            {"value": quoted(entry.text), "mailbox": name, "removal": removal_from_list(facts.config, mailbox)},
        )


@policy_predicate(
    params={"list": setting("the list of allowed IDs", MAILBOX)},
    placeholders={"devices": Varying("how many devices have not connected yet"), "examples": "their IDs"},
    needs_snapshot=True,
)
def allowed_device_not_seen(params: Params, facts: Facts) -> Findings:
    """Find allowed IDs that no device has in the snapshot yet, where the policy says why: once a list."""
    for mailbox in facts.subjects(MAILBOX):
        entries = [
            entry
            for entry in (_not_seen(mailbox, params["list"], facts) if mailbox.notes or mailbox.exemptions else ())
            if (notes := mailbox.notes_of(entry.text)) and not has_ended(day_in(notes), facts.today)
        ]
        if entries:
            verb = "has" if len(entries) == 1 else "have"
            devices = f"{count(len(entries), 'allowed device')} of {quoted(mailbox.identity)} {verb}"
            examples = listed((quoted(entry.text) for entry in entries), None)
            yield Finding(entries[0].span, {"devices": devices, "examples": examples}, subject=mailbox)


@entity_predicate(
    MAILBOX,
    params={"list": setting("the list of blocked IDs")},
    placeholders={
        "devices": Varying("how many devices there are"),
        "examples": Varying("some of the IDs"),
        "default": "the default level",
    },
    needs_snapshot=True,
    declares=lambda params: (params["list"],),
)
def blocked_device_not_seen(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find a list of blocked IDs of which no device of the snapshot has some: partnerships that were removed."""
    entries = _not_seen(mailbox, params["list"], facts)
    if entries:
        examples = listed((quoted(entry.text) for entry in entries), 3)
        default = f"the default level ({facts.default_level or 'not known'})"
        yield Finding(
            entries[0].span, {"devices": count(len(entries), "device"), "examples": examples, "default": default}
        )


@entity_predicate(
    MAILBOX,
    params=LISTS,
    placeholders={"consequence": Varying("what is known about the lists then")},
    declares=lambda params: params["lists"],
)
def device_lists_without_activesync(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find device lists of a mailbox that will have ActiveSync off, while another client may follow them."""
    lists = [name for name in params["lists"] if mailbox.items(name)]
    if not lists or facts.will_be(mailbox, "ActiveSyncEnabled") != (True, False):
        return
    online = facts.config.edition == "exchange-online"
    if online and facts.will_be(mailbox, OUTLOOK) == (True, False):
        return
    names = listed(map(quoted, lists))
    if online:
        consequence = (
            f"whether {names} still {'counts' if len(lists) == 1 else 'count'} for Outlook mobile is not published"
        )
    else:
        consequence = f"{names} {'counts' if len(lists) == 1 else 'count'} again once it is true"
    advice = ["keep the blocked list"] if BLOCKED in lists else []
    if online:
        advice.append(f"to keep Outlook mobile out of this mailbox, declare `{OUTLOOK}: false`")
    if ALLOWED in lists:
        advice.append("leave only those IDs allowed that may get in when ActiveSync is on again")
    yield Finding(mailbox.at(lists[0]), {"consequence": consequence}, help="; ".join(advice))


@entity_predicate(
    MAILBOX,
    params=LISTS,
    placeholders={
        "list": "the list",
        "mailbox": "the name of the mailbox",
        "devices": "the devices that lose their entry, and what they get",
    },
    needs_snapshot=True,
)
def device_list_drops_device(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find a declared list that drops live IDs whose devices the mailbox has in the snapshot.

    A list that says what it removes is meant so, and so is the move of a device to the blocked list.
    """
    devices, desired = _devices(mailbox, facts), facts.desired_of(mailbox)
    if devices is None or desired.base is None:
        return
    for name in filter(mailbox.origin.declares, params["lists"]):
        if isinstance(mailbox.get(name), ListEdit):
            continue
        if not desired.base.items(name):
            continue
        kept = set(map(fold, (*desired.items(name), *desired.items(BLOCKED))))
        dropped = {fold(item) for item in desired.base.items(name)} - kept
        losing = [device for device in devices if fold(device.device_id) in dropped]
        unseen = dropped - {fold(device.device_id) for device in losing}
        gone = [item for item in desired.base.items(name) if name == BLOCKED and fold(item) in unseen]
        if losing or gone:
            may = [f"{quoted(item)}, which has no partnership now, may come back" for item in gone]
            shown = listed((*(_what_becomes(device, name, facts) for device in losing), *may), 3)
            whole = [*desired.items(name), *dict.fromkeys(device.device_id for device in losing), *gone]
            known = set(map(fold, desired.base.items(name)))
            added = [item for item in desired.items(name) if fold(item) not in known]
            words = {"list": name, "mailbox": quoted(desired.identity), "devices": shown}
            yield Finding(mailbox.at(name), words, help=_keep(whole, added))


def _what_becomes(device: Device, name: str, facts: Facts) -> str:
    """Return a device that loses its entry of a list, with the access that it gets without."""
    state = facts.access.decide(device).state
    listed_before = "Allowed" if name == ALLOWED else "Blocked"
    if state is None:
        after = "something else decides"
    else:
        after = f"stays {state}" if state == listed_before else f"becomes {state}"
    return f"{_described(device)} {after}" if state is not None else f"{_described(device)}, about which {after}"


def _keep(whole: Sequence[str], added: Sequence[str]) -> str:
    text = f"a list in the policy is the whole list; to keep them, write `[{_first(whole)}]`"
    part = f"{text}, or `{{Add: [{_first(added)}]}}`" if added else text
    return f"{part}; `lists: additive` under `manage: {{mailboxes: ...}}` makes every list one of what must be there"


def _first(items: Sequence[str]) -> str:
    return ", ".join(map(show, items[:6])) + (", ..." if len(items) > 6 else "")
