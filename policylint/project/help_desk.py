"""The mailboxes of a project with what `why` says of each, for a page that answers without asking anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.analysis.help_desk import Answers, Marks
from policylint.model.entity import EMPTY
from policylint.model.state import MAILBOX, State
from policylint.named_tuple import NamedTuple
from policylint.project.lookup import without_devices
from policylint.readers.redact import Pseudonyms, redact_devices
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.analysis.help_desk import Asked
    from policylint.model.entity import Entity
    from policylint.model.snapshot import Snapshot
    from policylint.project.project import Project

_SHOWN = ("UserPrincipalName", "Name", "Identity", "Alias", "SamAccountName")
"""The other names of a mailbox that people call it by."""


class Mailbox(NamedTuple):
    """A mailbox, None where devices name an owner that is none, and its devices, None where it has none."""

    entity: Entity | None
    asked: Asked | None


class HelpDesk(NamedTuple):
    """What a page needs: the snapshot, what there would be, and what is said of devices."""

    snapshot: Snapshot
    desired: State
    answers: Answers

    def mailboxes(self) -> Iterator[Mailbox]:
        """Yield every mailbox, sorted by its key, also those without devices; then owners that are no known mailbox."""
        known = self.desired.of_kind(MAILBOX)
        keys = iter(sorted(known))
        key = next(keys, None)
        for asked in self.answers.mailboxes():
            while key is not None and (asked.mailbox is None or key < asked.mailbox):
                yield Mailbox(known[key], None)
                key = next(keys, None)
            if key is not None and key == asked.mailbox:
                yield Mailbox(known[key], asked)
                key = next(keys, None)
            else:
                yield Mailbox(None, asked)
        for last in () if key is None else (key, *keys):
            yield Mailbox(known[last], None)

    def nothing_of(self, mailbox: Entity) -> str:
        """Return what is known where a mailbox has no device."""
        return without_devices(self.desired, mailbox.key)

    def other_names(self, mailbox: Entity) -> tuple[str, ...]:
        """Return what else people call a mailbox, none where names are pseudonyms."""
        if self.snapshot.header.redacted:
            return ()
        own = {fold(mailbox.identity), fold(mailbox.identity.partition("@")[0])}
        named = (*(mailbox.ids.get(name, "") for name in _SHOWN), *mailbox.aliases)
        return tuple({fold(each): each for each in named if each and fold(each) not in own}.values())


def help_desk(project: Project, key: bytes | None = None) -> HelpDesk:
    """Return what is said of the devices of a project's snapshot; with a key, by pseudonyms that it makes.

    Reasons and owners that the policy gives are then left out: their text is free and may name somebody.
    Raises PolicyError where the policy is not valid, UsageError without a snapshot.
    """
    project.require_valid()
    snapshot, desired = project.required_snapshot, project.desired.state
    if key is not None:
        pseudonyms = Pseudonyms(key, (), ())
        snapshot = _redacted(snapshot, pseudonyms)
        desired = _without_names(desired, pseudonyms, reasons=False)
    live = project.model_of_live(snapshot)
    marks = Marks.of(snapshot.sha256)
    answers = Answers(live, project.model_of(desired), snapshot.devices, marks, snapshot.header.taken_at)
    return HelpDesk(snapshot, desired, answers)


def _redacted(snapshot: Snapshot, pseudonyms: Pseudonyms) -> Snapshot:
    header = snapshot.header
    return snapshot._replace(
        header=header._replace(
            tenant=pseudonyms.value(header.tenant), organization=pseudonyms.value(header.organization), redacted=True
        ),
        state=_without_names(snapshot.state, pseudonyms, reasons=True),
        devices=redact_devices(snapshot.devices, pseudonyms),
    )


def _without_names(state: State, pseudonyms: Pseudonyms, *, reasons: bool) -> State:
    """Return a state with pseudonyms for mailboxes and for the devices on their lists; other objects keep their names.

    `reasons` says whether notes stay: those of live objects are times.
    """
    objects = {
        kind: {each.key: each if reasons else _without_notes(each) for each in entities.values()}
        for kind, entities in state.objects.items()
    }
    if MAILBOX in objects:
        hidden = (_without_name(each, pseudonyms) for each in objects[MAILBOX].values())
        objects[MAILBOX] = {each.key: each for each in hidden}
    return State(objects)


def _without_name(mailbox: Entity, pseudonyms: Pseudonyms) -> Entity:
    identity = pseudonyms.text(mailbox.identity)
    lists = {
        name: tuple(map(pseudonyms.text, items))
        for name, items in mailbox.settings.items()
        if items and isinstance(items, tuple)
    }
    return mailbox._replace(
        identity=identity,
        key=fold(identity),
        settings={**mailbox.settings, **lists} if lists else mailbox.settings,
        ids=EMPTY,
        aliases=(),
        base=_without_name(mailbox.base, pseudonyms) if mailbox.base is not None else None,
    )


def _without_notes(entity: Entity) -> Entity:
    return entity._replace(notes=EMPTY, exemptions=EMPTY, lent=EMPTY)
