"""Devices put on the lists of their mailboxes: which ones, in which files, and the proof that it is these alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.describe import because
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.desired.overlay import names_of
from policylint.devices.contradictions import contradiction
from policylint.devices.written_ids import flaw_of_id, ids_in, why_not_listed
from policylint.documentation import Page
from policylint.edit.approval import (
    CONTRADICTS,
    MOST_LISTED,
    SAFEGUARDS,
    SYSTEM,
    UNKNOWN_OWNER,
    Choice,
    Chosen,
    LeftOut,
    require_exact,
    require_other_ids,
)
from policylint.edit.class_rule import ClassRule, admitted, class_rule, require_decides, require_new
from policylint.edit.comments import comment, device_comment
from policylint.edit.exemptions import loses, new_mailbox, with_allowed, with_blocked, with_given
from policylint.edit.layout import About
from policylint.errors import RefusedError, SnapshotError
from policylint.model.device import PROPERTIES, Device
from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX, RULE
from policylint.model.system_mailboxes import system_pattern
from policylint.phrases import listed, quoted
from policylint.project.lookup import devices_called, live_mailbox
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.access.decision import Decision
    from policylint.edit.approval import Request, Verb
    from policylint.edit.editor import Editor
    from policylint.model.entity import Entity
    from policylint.model.snapshot import Snapshot
    from policylint.project.edited import EditedProject
    from policylint.project.project import Project


def choose(project: Project, request: Request) -> Choice:
    """Return the devices that a request is about, each with what may be done about it.

    Raises SnapshotError where the snapshot cannot say whose devices they are, FileError where there is no such mailbox.
    """
    snapshot = _required_live(project)
    mailbox = live_mailbox(snapshot, request.mailbox, Page.REFUSED_EDITS) if request.mailbox is not None else None
    judge = _Judge(project, request)
    if not request.is_named:
        return judge.found(mailbox)
    named = _named(project, request).items()
    rows = (row for name, devices in named for row in judge.named(name, devices, mailbox))
    return Choice(request, tuple({(row.device, row.why): row for row in rows}.values()))


def choose_devices(project: Project, request: Request, devices: Iterable[Device]) -> Choice:
    """Return devices of the snapshot, each with what may be done about it. Raises SnapshotError as `choose` does."""
    _required_live(project)
    return Choice(request, tuple(map(_Judge(project, request).judged, devices)))


def _required_live(project: Project) -> Snapshot:
    """Return the snapshot. Raises SnapshotError where it cannot say whose devices they are, or what lists hold."""
    snapshot = project.required_snapshot
    if snapshot.header.redacted:
        reason = "the snapshot is redacted: its names are not the live ones"
        raise SnapshotError(
            f"{snapshot.path}: {reason}", help="export one without -Redact", page=Page.REDACTED_SNAPSHOT
        )
    if snapshot.state.mailboxes is None:
        why = snapshot.incomplete.get("mailboxes", "the snapshot does not hold them")
        reason = f"{snapshot.path} lacks mailboxes: {why}; nobody knows what their lists hold"
        raise SnapshotError(reason, help="export mailboxes, too: `policylint export-script` does")
    project.doing("deciding about devices")
    return snapshot


def _named(project: Project, request: Request) -> Mapping[str, Sequence[Device]]:
    return devices_called(project.required_snapshot.devices, dict.fromkeys(request.names))


class _Judge:
    """Says of devices what may be done about them."""

    def __init__(self, project: Project, request: Request) -> None:
        self._project, self._request = project, request
        self._model = project.desired_model
        self._declared = _Declared(project)

    def named(self, name: str, devices: Sequence[Device], mailbox: Entity | None) -> Iterator[Chosen]:
        """Yield what becomes of the devices of an ID, of a mailbox where one is named."""
        mine = devices if mailbox is None else [each for each in devices if each.mailbox == mailbox.key]
        owners = {each.mailbox: each.owner for each in mine}
        if not mine:
            yield self._unseen(name, devices, mailbox)
        elif len(owners) > 1 and None not in owners:
            whose = listed(sorted(owners.values()), None)
            hint = "name one mailbox with --mailbox"
            yield self._refused(mine[0]._replace(owner="", mailbox=None), f"it is a device of {whose}", hint)
        else:
            yield from map(self.judged, mine)

    def _unseen(self, name: str, others: Sequence[Device], mailbox: Entity | None) -> Chosen:
        """Return what becomes of an ID that no device of the mailbox has: a list may hold it before it connects."""
        owner, key = (mailbox.identity, mailbox.key) if mailbox is not None else ("", None)
        device = Device(name.strip(), key, (None,) * len(PROPERTIES), owner=owner)  # type: ignore[arg-type]
        if (flaw := flaw_of_id(name)) is not None:
            ids = listed(map(quoted, ids_in(name)))
            hint = f"write {ids}" if ids else "an ID is letters and digits, as Exchange shows it"
            hint = "give an address with --mailbox" if "address" in flaw else hint
            return self._refused(device, f"{quoted(name)} {flaw}", hint, seen=False)
        if mailbox is None:
            hint = "name its mailbox with --mailbox to put the ID on a list before the device connects"
            return self._refused(device, "no device of the snapshot has this ID", hint, seen=False)
        notes = ["not seen yet: the ID is on the list before the device connects"]
        if others:
            whose = listed(sorted({each.owner or "an unknown owner" for each in others}))
            notes = [f"not seen of this mailbox; a device of {whose} has the ID"]
        found = self.judged(device, seen=False)
        if found.status == "edited" and self._request.verb == "approve" and not self._request.notes:
            hint = "give --reason, --owner or --expires: nothing else tells later why it is allowed"
            return self._refused(device, f"{quoted(name)} is not seen yet", hint, seen=False)
        return found._replace(notes=(*notes, *found.notes))

    def judged(self, device: Device, *, seen: bool = True) -> Chosen:
        """Return what becomes of a device."""
        if device.mailbox is None:
            hint = "remove the partnership, or export again: Exchange did not say whose it is, so no list can hold it"
            return self._refused(device, UNKNOWN_OWNER, hint)
        if (flaw := why_not_listed(device.device_id)) is not None:
            return self._refused(device, flaw, "remove the partnership: no list can hold it")
        listing = self._model.listing(device.mailbox).get(fold(device.device_id), frozenset())
        decision = self._model.decide(device)
        several = self._declared.of(device.mailbox)
        if len(several) > 1:
            places = listed((str(each.at()) for each in several), None)
            return self._refused(device, f"its mailbox is declared {len(several)} times: {places}", "declare it once")
        if self._request.as_rule:
            return Chosen(device, seen, decision)
        entry = several[0] if several else None
        is_listed = self._request.list in listing
        if is_listed and not self._says_more(device, entry):
            return Chosen(device, seen, decision, None, "already", f"on {self._place(device, self._request.list)}")
        if self._request.verb == "approve" and BLOCKED in listing:
            hint = "approve lifts no block: take the ID out there first, if whoever blocked it agrees"
            return self._refused(device, f"blocked by {self._place(device, BLOCKED)}", hint)
        notes = (*(self._renewal() if is_listed else ()), *self._own_lists(device))
        return self._ending(Chosen(device, seen, decision, notes=notes), entry)

    def _says_more(self, device: Device, entry: Entity | None) -> bool:
        """Return whether the request says of an ID that is on its list what its entry does not."""
        wanted = self._request.notes
        if not wanted or (entry is not None and _has(entry, self._request.list, device.device_id)):
            said = entry.notes_of(device.device_id) if entry is not None else EMPTY
            return any(said.get(key) != text for key, text in wanted.items())
        return True

    def _renewal(self) -> Iterator[str]:
        last = self._request.notes.get("expires")
        news = "its reason, owner or date is new" if last is None else f"renewed until {last}"
        yield f"on the list already; {news}"

    def _own_lists(self, device: Device) -> Iterator[str]:
        """Yield what it means for a device that a list of its mailbox comes from an entry with `matches`."""
        for name, entry in self._taken_over(device).items():
            yield f"the mailbox gets its own {name}: those of {entry.at(name)} no longer reach it"

    def _taken_over(self, device: Device) -> Mapping[str, Entity]:
        live = self._project.required_snapshot.state.of_kind(MAILBOX).get(device.mailbox or "")
        return self._declared.taken_over(device.mailbox or "", live, self._request.list, [device.device_id])

    def _ending(self, chosen: Chosen, entry: Entity | None) -> Chosen:
        """Return a device with a note on what ends with the entry of the mailbox.

        It is refused where the entry has ended, or where a list of an entry with `matches` would end with it: that
        takes off the other IDs that it has, and without the entry a denied ID is allowed again.
        """
        if entry is None or "expires" not in entry.notes:
            return chosen
        last, place, device = entry.notes["expires"], entry.at("expires"), chosen.device
        given = self._taken_over(device).get(ALLOWED)
        if given is not None:
            hint = "write the list of the mailbox by hand, or end its entry first with `policylint expire`"
            why = f"its entry ends on {last} ({place}), and its list comes from {given.at(ALLOWED)}"
            if self._request.verb == "deny":
                why += ", which would allow the ID again without the entry"
                hint = (
                    "take the ID off that list, or write both lists of the mailbox by hand; block it in Exchange first"
                )
            return self._refused(device, why, hint, seen=chosen.seen)
        if self._request.verb == "deny":
            note = f"its entry ends on {last} ({place}); `policylint expire` leaves the block and lists it"
            return chosen._replace(notes=(*chosen.notes, note))
        own = entry.exemptions.get(fold(device.device_id), EMPTY)
        stays = "expires" in own and _has(entry, self._request.list, device.device_id)
        if "expires" in self._request.notes or stays:
            return chosen
        if last < self._project.now.date().isoformat():
            hint = "give --expires, which takes precedence, or run `policylint expire` first"
            why = f"its entry ended on {last} ({place}), and an ID on it ends with it"
            return self._refused(device, why, hint, seen=chosen.seen)
        note = f"ends with its entry on {last} ({place}); --expires takes precedence"
        return chosen._replace(notes=(*chosen.notes, note))

    def _refused(self, device: Device, why: str, hint: str, *, seen: bool = True) -> Chosen:
        return Chosen(device, seen, self._model.decide(device), None, "refused", why, hint)

    def _place(self, device: Device, name: str) -> str:
        """Return a list of the device's mailbox and where it has the ID: `path:line:column`, or the snapshot."""
        mailbox = self._model.mailbox(device.mailbox)
        assert mailbox is not None
        wanted = fold(device.device_id)
        for entity in self._declared.of(mailbox.key):
            for number, item in enumerate(entity.items(name)):
                if fold(item) == wanted:
                    return f"{name} at {entity.item_at(name, number)}"
        origin = mailbox.where(name)
        if origin.declares(name):
            return f"{name} at {origin.span(name)}"
        return f"{name} of {mailbox.identity} in {self._project.required_snapshot.path}"

    def found(self, mailbox: Entity | None) -> Choice:
        """Return the devices that filters find."""
        key = mailbox.key if mailbox is not None else None
        devices = self._project.required_snapshot.devices
        index = cohorts_of(devices, (self._model,), lambda name: (name is None, name == key, self._is_system(name)))
        wanted: dict[str, set[int]] = {}
        for number, cohort in enumerate(index.cohorts):
            device = cohort.representative
            if self._matches(device) and (key is None or device.mailbox == key):
                wanted.setdefault(self._why_not(device) or "", set()).add(number)
        found: dict[str, list[Device]] = {}
        for device in filter(self._is_new, index.members(wanted.pop("", ()))):
            found.setdefault(why_not_listed(device.device_id) or "", []).append(device)
        rows = tuple(map(self.judged, found.pop("", ())))
        left_out = [LeftOut(why, len(devices), tuple(devices)) for why, devices in found.items()]
        for why, numbers in wanted.items():
            if why in SAFEGUARDS:
                kept = tuple(filter(self._is_new, index.members(numbers)))
                left_out += [LeftOut(why, len(kept), kept)] if kept else []
            elif self._request.narrows:
                size = sum(index.cohorts[each].size for each in numbers)
                left_out.append(LeftOut(why, size, tuple(index.members(numbers, MOST_LISTED))))
        return Choice(self._request, rows, tuple(sorted(left_out, key=lambda group: group.why)))

    def _matches(self, device: Device) -> bool:
        values = dict(zip(PROPERTIES, device.device_class, strict=True))
        return all(fold(values[name] or "") == fold(text) for name, text in self._request.facts.items())

    def _is_new(self, device: Device) -> bool:
        return not self._request.seen_after or device.first_sync >= self._request.seen_after

    def _is_system(self, key: str | None) -> bool:
        mailbox = self._model.mailbox(key)
        return mailbox is not None and system_pattern(mailbox) is not None

    def _why_not(self, device: Device) -> str | None:
        """Return why filters leave a device out, None where they do not."""
        decision = self._model.decide(device)
        approves = self._request.verb == "approve"
        states = ("Quarantined",) if approves else ("Allowed", "Quarantined")
        if decision.state not in states:
            return f"{decision.state or 'not decided here'}: {_reason_in_common(decision)}"
        if device.mailbox is None:
            return UNKNOWN_OWNER
        if self._is_system(device.mailbox):
            return SYSTEM
        if approves and contradiction(device.device_class, device.client_type) is not None:
            return CONTRADICTS
        return None


def _reason_in_common(decision: Decision) -> str:
    """Return why devices get what they get, in words that do not name the mailbox of one of them."""
    return decision.setting or "" if decision.decider == "mailbox" else because(decision)


def _has(entry: Entity, name: str, device_id: str) -> bool:
    """Return whether a list of an entry has an ID."""
    wanted = fold(device_id)
    return any(fold(item) == wanted for item in entry.items(name))


class _Declared:
    """The declared mailboxes, by the key that live Exchange has for each."""

    def __init__(self, project: Project) -> None:
        names = names_of(project.required_snapshot.state.mailboxes or {})
        self._found: dict[str, list[Entity]] = {}
        for entity in project.declared.state.of_kind(MAILBOX).values():
            live = names.get(fold(entity.identity))
            self._found.setdefault(live.key if live is not None else entity.key, []).append(entity)
        self._expanded = project.policy.state.of_kind(MAILBOX)
        self._patterns = {id(pattern.entry.origin.node): pattern.entry for pattern in project.declared.patterns}

    def of(self, key: str) -> Sequence[Entity]:
        """Return the declarations of a mailbox."""
        return self._found.get(key, ())

    def given(self, key: str) -> Mapping[str, Entity]:
        """Return the entries with `matches` that give a mailbox its lists, by list."""
        own = next(iter(self.of(key)), None)
        mailbox = self._expanded.get(own.key if own is not None else key)
        if mailbox is None or not self._patterns:
            return EMPTY
        names = (name for name in (ALLOWED, BLOCKED) if name in mailbox.settings)
        entries = {name: self._patterns.get(id(mailbox.where(name).node)) for name in names}
        return {name: entry for name, entry in entries.items() if entry is not None}

    def taken_over(self, key: str, live: Entity | None, wanted: str, ids: Sequence[str]) -> Mapping[str, Entity]:
        """Return those of `given` that a mailbox has to say itself once IDs are on a list, which the other one loses.

        `live` is the mailbox as it is, where it is known.
        """
        allowed = {fold(item) for item in live.items(ALLOWED)} if live is not None else set()
        return {
            name: entry
            for name, entry in self.given(key).items()
            if name == wanted or (name == ALLOWED and loses(entry.get(name), ids, allowed))
        }


def with_rule(project: Project, choice: Choice) -> Choice:
    """Return a choice with the rule that lets its devices in.

    Raises UsageError where they have no value in common, RefusedError where there is such a rule.
    """
    devices = [each.device for each in choice.of_status("edited")]
    rule = class_rule(devices, choice.request.facts, choice.request.notes)
    require_new(rule, project.desired_model)
    return choice._replace(rule=ClassRule(rule))


def edit(project: Project, choice: Choice, editor: Editor) -> None:
    """Declare the rule of a choice, or put its devices on the lists of their mailboxes."""
    if choice.rule is not None:
        editor.add(choice.rule.rule, [f"approved {project.now:%Y-%m-%d}"])
        return
    request, declared = choice.request, _Declared(project)
    by_mailbox: dict[str, dict[str, Device]] = {}
    for each in choice.of_status("edited"):
        mine = by_mailbox.setdefault(each.device.mailbox or "", {})
        mine.setdefault(fold(each.device.device_id), each.device)
    live = project.required_snapshot.state.of_kind(MAILBOX)
    day = f"{project.now:%Y-%m-%d}"
    for key, devices in by_mailbox.items():
        ids = [device.device_id for device in devices.values()]
        known = next(iter(declared.of(key)), None)
        new = [each for each in devices.values() if known is None or not _has(known, request.list, each.device_id)]
        comments = [_comment(device, request.verb, day) for device in new]
        allowed = {fold(item) for item in live[key].items(ALLOWED)} if key in live else set()
        given = declared.taken_over(key, live.get(key), request.list, ids)
        is_noted = known is not None or bool(given)
        before = with_given(known or new_mailbox(live[key], EMPTY if is_noted else request.notes), given)
        notes = request.notes if is_noted else EMPTY
        if request.verb == "approve":
            after = with_allowed(before, ids, notes)
        else:
            after = with_blocked(before, ids, notes, allowed)
        if known is None:
            editor.add(after, comments)
            continue
        for device, text in zip(new, comments, strict=True):
            editor.remarks[MAILBOX].above[About(after.key, request.list, device.device_id)].append(text)
        editor.replace(known, after)


def _comment(device: Device, verb: Verb, day: str) -> str:
    known = device_comment(device)
    done = {"approve": "approved", "deny": "denied"}[verb]
    return f"{comment(device.device_id)}: {known + '; ' if known else ''}{done} {day}"


def decided(choice: Choice, after: EditedProject) -> Choice:
    """Return a choice with what each device gets after the edits.

    Raises RefusedError where an ID would not be on the list, or anything changes for another device.
    """
    if choice.rule is not None:
        return _decided_by_rule(choice, choice.rule.rule, after)
    before, model, request = after.before.desired_model, after.desired_model, choice.request
    for key, device_id in choice.pairs:
        if request.list not in model.listing(key).get(device_id, ()):
            name = model.state.of_kind(MAILBOX)[key].identity
            reason = (
                f"the list of {name} would not hold {device_id} afterwards: `manage` of policylint.yaml leaves it out"
            )
            raise RefusedError(reason, help="nothing is written; change `manage` first")
    require_other_ids(before, model, choice)
    require_exact(before, model, choice)
    places = _Declared(after)

    def with_after(row: Chosen) -> Chosen:
        if row.status != "edited":
            return row
        entity = places.of(row.device.mailbox or "")[0]
        return row._replace(after=model.decide(row.device), path=entity.origin.path)

    return choice._replace(devices=tuple(map(with_after, choice.devices)))


def _decided_by_rule(choice: Choice, rule: Entity, after: EditedProject) -> Choice:
    model, devices = after.desired_model, after.required_snapshot.devices
    require_decides(rule, (each.device for each in choice.of_status("edited")), model)
    found = admitted(rule, after.before.desired_model, model, devices, after.catalog)
    path = after.policy.state.of_kind(RULE)[rule.key].origin.path
    rows = (row._replace(after=model.decide(row.device), path=path) for row in choice.devices)
    return choice._replace(devices=tuple(rows), rule=ClassRule(rule, found, path))
