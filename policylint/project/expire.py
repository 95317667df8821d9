"""What has expired in a policy, the edits that end it, and what becomes of it in Exchange. No edit opens access."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, REFERENCE
from policylint.analysis.compare import compare
from policylint.analysis.exemptions import (
    EXPIRES,
    Ended,
    EndedComment,
    Exemption,
    Expiry,
    Kept,
    day_in,
    ends_with_entry,
    exemptions_of,
    has_ended,
    own_day,
)
from policylint.analysis.stale import stale_devices
from policylint.desired.overlay import may_loosen, names_of
from policylint.desired.ownership import management_of
from policylint.diagnostic import Severity
from policylint.documentation import Page
from policylint.edits import TextEdit, splice
from policylint.errors import RefusedError, SnapshotError
from policylint.lint.run import sees_all_it_needs
from policylint.lint.suppress import RULE as SUPPRESSION
from policylint.model.config import ADDITIVE, OWNED
from policylint.model.device_table import DeviceTable
from policylint.model.entity import EMPTY, ListEdit, comparable, written_items
from policylint.model.state import MAILBOX, POLICY, RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count
from policylint.project.edited import EditedProject
from policylint.source import Span
from policylint.text import fold, instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from policylint.analysis.compare import Region
    from policylint.analysis.exemptions import Outcome
    from policylint.edit.editor import Editor
    from policylint.model.entity import Entity, Value
    from policylint.model.names import Names
    from policylint.project.history import Since
    from policylint.project.load import LoadedFile
    from policylint.project.project import Project
    from policylint.syntax.suppression import Suppression

_A_DAY = timedelta(days=1)
_OPENS = "lifting it opens access; do it by hand"


class _Change(NamedTuple):
    """What is said of a declared object instead, None where it goes, and what ends with it."""

    before: Entity
    after: Entity | None
    ended: tuple[Ended, ...]


def expire(project: Project, editor: Editor, day: date, since: Since, unused: int | None = None) -> Expiry:
    """Return what has expired on a day in a valid project, with the edits that end it added to an editor.

    `since` is what the policy declared when it was last applied, also where there is no snapshot.
    With `unused`, allowed IDs end too whose device was silent for so many days when the snapshot was taken: one that
    the mailbox has there, with a last sync that is known. Raises SnapshotError where the snapshot cannot say that.
    """
    silent = _silent(project, unused) if unused is not None else {}
    found = _Found(project, day, silent)
    changes = _settled(project, found.changes, day, since) if found.changes else ()
    for before, after, _ in changes:
        if after is None:
            editor.remove(before)
        else:
            editor.replace(before, after)
    ended = (each for change in changes for each in change.ended)
    return Expiry(
        tuple(sorted(ended, key=lambda each: _place(each.what))),
        tuple(sorted(found.kept, key=lambda each: _place(each.what))),
    )


def require_nothing_opens(before: Project, after: Project, where: str = "") -> None:
    """Raise RefusedError where a device may get in, or be kept out less, after an edit than before.

    `where` is what the environment is called where it is not the one that is edited.
    """
    found = compare(before.desired_model, after.desired_model, devices=after.devices or DeviceTable())
    for region in found.regions:
        if _may_open(region):
            witness = f"{region.before.state or 'not decided here'} -> {region.after.state or 'not decided here'}"
            place = f" in {where}" if where else ""
            reason = f"what has expired keeps devices out: without it some would be let in{place} ({witness})"
            raise RefusedError(reason, help="nothing is written; end it by hand, and see `policylint diff`")


def _may_open(region: Region) -> bool:
    return region.direction == "looser" or (region.direction == "other" and region.before.state != "Allowed")


def _place(what: Exemption) -> tuple[str, int]:
    span = what.span()
    return span.path, span.start


def _silent(project: Project, days: int) -> Mapping[tuple[str, str], int]:
    """Return for how many days devices have been silent, by the key of their mailbox and their folded ID.

    An ID is there where each of its partnerships has been silent, and none is of an unknown last sync.
    """
    snapshot = project.required_snapshot
    taken = instant(snapshot.header.taken_at)
    for section in ("devices", "mailboxes"):
        if section in snapshot.incomplete:
            raise SnapshotError(f"{snapshot.path}: {section}: {snapshot.incomplete[section]}", help=_WHOLE)
    if taken is None:
        raise SnapshotError(f"{snapshot.path}: nobody knows when it was taken", help="give --taken-at")
    if snapshot.header.redacted:
        raise SnapshotError(
            f"{snapshot.path}: it is redacted: its IDs are not the live ones", help=_WHOLE, page=Page.REDACTED_SNAPSHOT
        )
    stale = stale_devices(snapshot.devices, taken, days)
    found: dict[tuple[str, str], int] = {}
    for device, silent in stale.devices:
        if device.mailbox is not None:
            key = device.mailbox, fold(device.device_id)
            found[key] = min(silent, found.get(key, silent))
    ids = {device_id for _, device_id in found}
    for device in snapshot.devices.select(lambda device_id, _guid: fold(device_id) in ids):
        last = instant(device.last_sync)
        if device.mailbox is not None and (last is None or (taken - last).days < days):
            found.pop((device.mailbox, fold(device.device_id)), None)
    return found


_WHOLE = "`--unused` needs a whole snapshot: export one with `-Statistics All`"


class _Found:
    """What of a policy has expired, as changes of single objects, and what stays for all that."""

    def __init__(self, project: Project, day: date, silent: Mapping[tuple[str, str], int]) -> None:
        self._project, self._day, self._silent = project, day, silent
        live = project.snapshot.state.of_kind(MAILBOX) if project.snapshot is not None else EMPTY
        self._live = names_of(live)
        self._given = _given_policies(project)
        self.changes: list[_Change] = []
        self.kept: list[Kept] = []
        declared = project.declared
        for entity in declared.state.entities():
            if entity.kind != MAILBOX:
                self._object(entity)
            elif entity.notes or entity.exemptions or silent:
                self._mailbox(entity)
        for pattern in declared.patterns:
            self._object(pattern.entry)

    def _object(self, entity: Entity) -> None:
        """Take up a rule, or an entry that is about several objects."""
        what = Exemption(entity)
        if not has_ended(what.day, self._day):
            return
        if entity.kind == MAILBOX:
            self.kept.append(Kept(what, "it is about several mailboxes; end it by hand"))
        elif what.effect != "lets in":
            self.kept.append(Kept(what, _OPENS))
        else:
            self.changes.append(_Change(entity, None, (Ended(what, f"expired on {what.day}"),)))

    def _mailbox(self, entity: Entity) -> None:
        live = self._live.get(fold(entity.identity))
        ended: list[Ended] = []
        for what in exemptions_of(entity):
            why = self._why(what, live)
            if why is None:
                continue
            if what.effect == "keeps out" and not what.removed:
                self.kept.append(Kept(what, _OPENS))
            elif what.setting == REFERENCE and not self._may_follow_default(what):
                self.kept.append(Kept(what, "the default policy may ask for less; do it by hand"))
            else:
                ended.append(Ended(what, why))
        whole = Exemption(entity)
        if entity.settings.keys() <= {"Identity"} and has_ended(whole.day, self._day):
            ended.append(Ended(whole, f"expired on {whole.day}"))
        if ended:
            self.changes.append(_Change(entity, _without(entity, ended, self._day), tuple(ended)))

    def _why(self, what: Exemption, live: Entity | None) -> str | None:
        """Return why something ends, None where it does not."""
        entity, item = what.entity, what.item
        if item is not None and what.removed:
            is_done = what.setting == ALLOWED and has_ended(own_day(entity, item), self._day)
            return "it is not live any more" if is_done and live is not None and _lacks(live, item) else None
        if has_ended(what.day, self._day) and not what.is_default_policy:
            return f"expired on {what.day}"
        if item is not None and what.setting == ALLOWED and live is not None:
            days = self._silent.get((live.key, fold(item)))
            return f"its device has not synced for {count(days, 'day')}" if days is not None else None
        return None

    def _may_follow_default(self, what: Exemption) -> bool:
        """Return whether the policy that a mailbox then has asks for all that its own one asks for.

        That is the one that an entry with `matches` gives it, else the default one.
        """
        state = self._project.desired.state
        own = state.find_policy(what.value) if isinstance(what.value, str) else None
        given = self._given.get(id(what.entity.origin.node))
        then = state.find_policy(given) if isinstance(given, str) else state.default_policy
        policies = self._project.store.object_type(POLICY)
        return own is not None and then is not None and not may_loosen(own, then, policies)


def _given_policies(project: Project) -> Mapping[int, Value]:
    """Return the policy that entries with `matches` give a mailbox, by the node of its own entry; the first counts."""
    found: dict[int, Value] = {}
    for expansion in project.policy.expansions:
        entry = expansion.pattern.entry
        if entry.kind == MAILBOX and REFERENCE in entry.settings:
            for mailbox in expansion.objects:
                found.setdefault(id(mailbox.origin.node), entry.get(REFERENCE))
    return found


def _lacks(live: Entity, item: str) -> bool:
    """Return whether a live list was read and does not have an ID."""
    return ALLOWED in live.settings and fold(item) not in map(fold, live.items(ALLOWED))


def _without(entity: Entity, ended: Sequence[Ended], day: date) -> Entity | None:
    """Return what is left of a mailbox, None where that is nothing but its name."""
    settings = dict(entity.settings)
    gone: dict[tuple[str, bool], set[str]] = {}
    for what, *_ in ended:
        if what.item is not None and what.setting is not None:
            gone.setdefault((what.setting, what.removed), set()).add(fold(what.item))
        elif what.setting is not None:
            del settings[what.setting]
    for name in dict.fromkeys(name for name, _ in gone):
        value = _less(settings[name], gone.get((name, False), set()), gone.get((name, True), set()))
        if isinstance(value, ListEdit) and not written_items(value):
            del settings[name]
        else:
            settings[name] = value
    if settings.keys() <= {"Identity"}:
        return None
    return _tidied(entity._replace(settings=settings), {item for items in gone.values() for item in items}, day)


def _less(value: Value, added: set[str], removed: set[str]) -> Value:
    """Return a list without some of the folded items that it has or adds, and of those that it takes out."""
    if not isinstance(value, tuple):
        return value
    kept = tuple(item for item in value if fold(item) not in added)
    if isinstance(value, ListEdit):
        return ListEdit(kept, [item for item in value.remove if fold(item) not in removed])
    return kept


def _tidied(entity: Entity, gone: set[str], day: date) -> Entity:
    """Return a mailbox without notes on IDs that are gone, and without a last day that nothing has any more."""
    left = {fold(item) for value in entity.settings.values() for item in written_items(value)}
    exemptions = {key: own for key, own in entity.exemptions.items() if key in left or key not in gone}
    entity = entity._replace(exemptions=exemptions)
    if has_ended(Exemption(entity).day, day) and not ends_with_entry(entity):
        return entity._replace(notes={name: text for name, text in entity.notes.items() if name != EXPIRES})
    return entity


# What becomes of it in Exchange


def _settled(project: Project, changes: Sequence[_Change], day: date, since: Since) -> Sequence[_Change]:
    """Return changes that also take off live lists what would stay on them, with what becomes of everything.

    An entry of which only an empty list is left goes where it then makes no difference.
    """
    bold = [change._replace(after=None) if _is_empty(change.after) else change for change in changes]
    desired = _desired(project, bold).desired.state
    mailboxes, rules = names_of(desired.of_kind(MAILBOX)), desired.of_kind(RULE)
    return [
        _settled_rule(project, change, rules, since)
        if change.before.kind == RULE
        else _settled_mailbox(project, change, mailboxes, day)
        for change in changes
    ]


def _desired(project: Project, changes: Sequence[_Change]) -> EditedProject:
    """Return the project as it would be, without the texts of it."""
    declared, state = project.declared, project.declared.state
    for kind in dict.fromkeys(change.before.kind for change in changes):
        objects = dict(state.of_kind(kind))
        for before, after, _ in changes:
            if before.kind == kind and before.key in objects and objects[before.key] is before:
                del objects[before.key]
                if after is not None:
                    objects[before.key] = after
        state = state.with_kind(kind, objects)
    gone = {id(change.before) for change in changes if change.after is None}
    patterns = tuple(pattern for pattern in declared.patterns if id(pattern.entry) not in gone)
    return EditedProject.of_declared(project, declared._replace(state=state, patterns=patterns))


def _is_empty(entity: Entity | None) -> bool:
    """Return whether of a mailbox only an empty list of allowed IDs is left."""
    if entity is None or entity.exemptions or entity.settings.keys() - {"Identity", ALLOWED}:
        return False
    return entity.get(ALLOWED) == () and not isinstance(entity.get(ALLOWED), ListEdit) and EXPIRES not in entity.notes


def _settled_rule(project: Project, change: _Change, rules: Mapping[str, Entity], since: Since) -> _Change:
    """Return a change of a rule, or of an entry that stands for several, with what becomes of them."""
    (ended,) = change.ended
    stands_for = [each.objects for each in project.policy.expansions if each.pattern.entry is change.before]
    keys = [rule.key for objects in stands_for for rule in objects] if stands_for else [change.before.key]
    there = [rules[key] for key in keys if key in rules]
    if there:
        live = any(not rule.is_declared for rule in there)
        return change._replace(ended=(ended._replace(outcome="stays-live" if live else "stays-declared"),))
    described = project.store.object_type(RULE)
    is_read = project.snapshot is not None and described.section not in project.snapshot.incomplete
    known = project.snapshot.state.rules if project.snapshot is not None and is_read else None
    if known is not None and not any(key in known for key in keys):
        return change._replace(ended=(ended._replace(outcome="not-live"),))
    mode = management_of(project.config.manage, described).mode
    was = since.state.of_kind(RULE) if since.state is not None else EMPTY
    keeps = mode == ADDITIVE or (mode == OWNED and any(key not in was for key in keys))
    return change._replace(ended=(ended._replace(outcome="stays-live" if keeps and known is None else "goes"),))


def _settled_mailbox(project: Project, change: _Change, desired: Names, day: date) -> _Change:
    """Return a change of a mailbox after which nothing that ends is live, with what becomes of each."""
    before, after, _ = change
    side = _Side.of(project, before, desired)
    if _is_empty(after) and (side.in_part or (side.is_known and not side.listed)):
        after = None
    ended = tuple(each._replace(outcome=side.outcome(each.what)) for each in change.ended)
    stay = [each for each in ended if each.outcome == "remove"]
    return _Change(before, _removing(before, after, stay, day) if stay else after, ended)


class _Side(NamedTuple):
    """The list of allowed IDs of a mailbox now and once the policy is in force, folded; and its policy then.

    Where it is not known what is live, `is_known` is false. `in_part` says that the policy leaves what else is listed,
    `is_given` that an entry with `matches` says which policy it has.
    """

    live: frozenset[str]
    listed: frozenset[str]
    policy: Value
    is_known: bool
    in_part: bool
    is_given: bool

    @classmethod
    def of(cls, project: Project, declared: Entity, desired: Names) -> _Side:
        """Return what is known of a declared mailbox."""
        there = desired.get(fold(declared.identity))
        live = (there.base or (None if there.is_declared else there)) if there is not None else None
        whole = project.snapshot is not None and project.snapshot.state.mailboxes is not None
        return cls(
            frozenset(map(fold, live.items(ALLOWED))) if live is not None else frozenset(),
            frozenset(map(fold, there.items(ALLOWED))) if there is not None else frozenset(),
            there.get(REFERENCE) if there is not None else None,
            whole and (live is None or ALLOWED in live.settings),
            isinstance(declared.get(ALLOWED), ListEdit) or project.config.managed("mailboxes").additive_lists,
            there is not None and (REFERENCE in there.lent or (there.pattern != "" and REFERENCE in there.settings)),
        )

    def outcome(self, what: Exemption) -> Outcome:
        """Return what becomes of something that ends."""
        if what.setting == REFERENCE and self.is_given:
            return "stays-declared" if comparable(self.policy) == comparable(what.value) else "goes"
        if what.setting == REFERENCE:
            return "remove" if self.policy is not None or not self.is_known else "goes"
        if what.item is None:
            return "stays-live" if what.setting is not None else "not-live"
        if what.removed or (self.is_known and fold(what.item) not in self.live):
            return "not-live"
        if self.in_part and (not self.is_known or fold(what.item) in self.listed):
            return "remove"
        return "goes"


def _removing(before: Entity, after: Entity | None, stay: Sequence[Ended], day: date) -> Entity:
    """Return what is said of a mailbox so that the plan takes what ends off its live settings.

    Each ID keeps its notes and its last day, so that a later run knows that it may go from the policy too.
    """
    if after is None:
        identity = {name: value for name, value in before.settings.items() if name == "Identity"}
        after = before._replace(settings=identity, exemptions={})
    settings, exemptions = dict(after.settings), dict(after.exemptions)
    ids: list[str] = []
    for what, why, _ in stay:
        if what.item is None:
            settings[REFERENCE] = None
            continue
        ids.append(what.item)
        own = before.exemptions.get(fold(what.item), EMPTY)
        ended = has_ended(what.day, day)
        notes = {**own, EXPIRES: str(what.day)} if ended else {"reason": why, **own, EXPIRES: str(day - _A_DAY)}
        exemptions[fold(what.item) if own else what.item] = notes
    if ids:
        value = settings.get(ALLOWED, ())
        removed = tuple(written_items(value)[len(value) :]) if isinstance(value, tuple) else ()
        new = {fold(item): item for item in (*removed, *ids)}
        settings[ALLOWED] = ListEdit(value if isinstance(value, tuple) else (), new.values())
    ordered = {name: settings[name] for name in (*before.settings, *settings) if name in settings}
    return _tidied(after._replace(settings=ordered, exemptions=exemptions), set(), day)


# Ignore comments


def ended_comments(project: Project, day: date) -> tuple[EndedComment, ...]:
    """Return the ignore comments of a valid project that have ended or hide nothing, as far as lint can tell.

    What a rule finds that does not see all it needs, such as a snapshot, is not known: its comments stay.
    """
    before = project.before if isinstance(project, EditedProject) else project
    if not any(each.suppressions for each in before.loaded):
        return ()
    comments = [pair for each in project.loaded for pair in _with_places(project, each)]
    result = project.lint(with_baseline=False)
    ids = {name: rule for rule in project.rules for name in rule.names}
    wrong = {each.span for each in result.diagnostics if each.rule == SUPPRESSION and each.severity is Severity.ERROR}
    used = {(each.span.path, each.span.begin.line, each.rule) for each in result.suppressed}
    active = {rule.id for rule in result.rules}
    found: list[EndedComment] = []
    for comment, at in comments:
        last = day_in({EXPIRES: comment.until or ""})
        if has_ended(last, day):
            found.append(EndedComment(comment, comment.rules, f"expired on {last}", at))
            continue
        if comment.span in wrong:
            continue
        unused = tuple(
            name
            for name in comment.rules
            if (rule := ids[name]).id in active
            and (comment.span.path, comment.line, rule.id) not in used
            and sees_all_it_needs(rule, project.lint_facts)
        )
        if unused:
            found.append(EndedComment(comment, unused, "it hides nothing", at))
    return tuple(found)


def _with_places(project: Project, file: LoadedFile) -> Iterable[tuple[Suppression, Span]]:
    """Return the ignore comments of a file, each with where it was before all edits."""
    path = file.source.path
    before = project.comments_before(path) if isinstance(project, EditedProject) else file.suppressions
    return zip(file.suppressions, (each.span for each in before), strict=True)


def without_comments(before: Project, after: Project, ended: Sequence[EndedComment]) -> EditedProject:
    """Return a project, edited or not, without ignore comments; `before` is what it was before all edits.

    Raises RefusedError where anything else would change.
    """
    texts = dict(after.texts) if isinstance(after, EditedProject) else {}
    by_path: dict[str, list[TextEdit]] = {}
    for each in ended:
        by_path.setdefault(each.comment.span.path, []).append(_comment_edit(each))
    for path, edits in by_path.items():
        texts[path] = splice(edits[0].span.source.text, edits)
    found = EditedProject(before, texts)
    found.check_comments(after, [each.comment for each in ended], [*filter(None, map(_left_of, ended))])
    return found


def _left_of(ended: EndedComment) -> Suppression | None:
    """Return what is left of a comment, None where that is nothing."""
    rules = tuple(name for name in ended.comment.rules if name not in ended.names)
    return ended.comment._replace(rules=rules) if rules else None


def _comment_edit(ended: EndedComment) -> TextEdit:
    """Return the edit that takes out a comment, with its line where it has one of its own; or names of it."""
    span = ended.comment.span
    source, text = span.source, span.source.text
    if (left := _left_of(ended)) is not None:
        start, end = text.index("[", span.start) + 1, text.index("]", span.start)
        return TextEdit(Span(source, start, end), ", ".join(left.rules))
    line = source.position(span.start).line
    begin = source.offset_of_line(line)
    if text[begin : span.start].strip():
        return TextEdit(Span(source, begin + len(text[begin : span.start].rstrip()), span.end), "")
    end = source.offset_of_line(line + 1) if line < source.last_line else len(text)
    return TextEdit(Span(source, begin, end), "")
