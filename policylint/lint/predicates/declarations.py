"""Questions about declared objects of any kind."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from policylint.analysis.exemptions import ends_with_entry, exemptions_of, has_ended, own_day
from policylint.desired.not_held import sections_not_held
from policylint.desired.unread import settings_not_read
from policylint.diagnostic import Label
from policylint.lint.facts import day_of
from policylint.lint.parameters import by_name, many, object_kind, one_of, text
from policylint.lint.predicate import Finding, Varying, entity_predicate, policy_predicate
from policylint.lint.predicates.removal import ending
from policylint.model.config import EDITIONS
from policylint.model.entity import EXEMPTIONS, ListEdit, comparable, removed_items, written_items
from policylint.model.names import mailboxes_in_words
from policylint.model.state import MAILBOX
from policylint.phrases import count, quoted, show
from policylint.source import Span
from policylint.syntax.node import MappingNode
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from policylint.lint.facts import Facts
    from policylint.lint.fixes import Fixes
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity, Value


@policy_predicate(
    params={"kinds": many(object_kind("the kinds of object to check"))},
    placeholders={"object": "the object with its kind", "differs": "the first setting with another value, or nothing"},
    files_tell=True,
)
def declared_twice(params: Params, facts: Facts) -> Findings:
    """Find each further declaration of one object, with the location of the first."""
    for first, second in (*facts.policy.duplicates, *_aliases(facts)):
        if second.kind in params["kinds"]:
            described = facts.store.object_type(second.kind)
            key = described.point_at
            called = f"the {described.section}" if described.single else f"{described.title} {quoted(second.identity)}"
            spelling = "" if first.identity == second.identity else f" as {quoted(first.identity)}"
            yield Finding(
                second.at(key),
                {"object": called, "differs": _difference(first, second, key)},
                (Label(first.at(key), f"first declared here{spelling}"),),
                fix=facts.fixes.without_object(second, safe=True)
                if _says_the_same(first, second, described.key)
                else None,
            )


def _says_the_same(first: Entity, second: Entity, key: Collection[str]) -> bool:
    """Return whether two declarations of one object differ in nothing but the case of its name."""
    nodes = [each.origin.node for each in (first, second)]
    if first.key != second.key or any(
        node is None or not node.values.keys() <= {*each.settings, *each.notes, EXEMPTIONS}
        for node, each in zip(nodes, (first, second), strict=True)
    ):
        return False
    one, other = (
        {name: _said(value) for name, value in each.settings.items() if name not in key} for each in (first, second)
    )
    return (one, first.notes, first.exemptions) == (other, second.notes, second.exemptions)


def _said(value: Value) -> object:
    return comparable(value), frozenset(map(fold, removed_items(value))), isinstance(value, ListEdit)


@policy_predicate(
    params={"kinds": many(object_kind("the kinds of object to check"))},
    placeholders={"object": "the object with its kind"},
    needs_snapshot=True,
)
def not_in_snapshot(params: Params, facts: Facts) -> Findings:
    """Find each object of a kind that only Exchange creates, which is not in a snapshot with all of that kind.

    An entry of a mailbox whose name cannot be that of one mailbox is not found, nor one whose name several have, nor
    anything in a redacted snapshot.
    """
    if facts.snapshot is None or facts.snapshot.header.redacted:
        return
    for entity in facts.not_found:
        if entity.kind in params["kinds"] and not _is_other_finding(entity, facts):
            described = facts.store.object_type(entity.kind)
            words = {"object": f"{described.title} {quoted(entity.identity)}"}
            near = facts.near_live_name(entity)
            meant = f"did you mean {quoted(near)}?" if near is not None else None
            name = described.point_at
            fix = facts.fixes.rewrite(entity, name, near) if near is not None and name is not None else None
            yield Finding(entity.at(name), words, help=meant, fix=fix)


def _is_other_finding(entity: Entity, facts: Facts) -> bool:
    """Return whether something else is said of an object that is not found: its name is that of none, or of several."""
    if entity.kind == MAILBOX and entity.key in facts.patterns:
        return True
    return bool(facts.live_names(entity.kind).all(fold(entity.identity)))


@policy_predicate(
    placeholders={"value": "the name", "several": Varying("the mailboxes that have it, and how many they are")},
    needs_snapshot=True,
)
def mailbox_name_of_several(_params: Params, facts: Facts) -> Findings:
    """Find each entry of a mailbox by a name that several live mailboxes have, so that nobody knows which is meant."""
    for mailbox in facts.subjects(MAILBOX):
        several = facts.live_names(MAILBOX).all(fold(mailbox.identity))
        if len(several) > 1:
            words = {"value": quoted(mailbox.identity), "several": mailboxes_in_words(several)}
            yield Finding(mailbox.at("Identity"), words, subject=mailbox)


@policy_predicate(placeholders={"section": "the section"}, needs_snapshot=True)
def section_not_in_snapshot(_params: Params, facts: Facts) -> Findings:
    """Find each declared section that the snapshot does not hold, which is not the same as an empty one."""
    if facts.snapshot is None or facts.snapshot.header.edition != facts.config.edition:
        return
    for section in sections_not_held(facts.declared, facts.snapshot, facts.store):
        span = facts.section_span(facts.store.sections[section].name)
        if span is not None:
            yield Finding(span, {"section": quoted(section)})


@policy_predicate(
    placeholders={"setting": "the setting", "objects": Varying("how many objects, and one of them")},
    needs_snapshot=True,
)
def setting_not_in_snapshot(_params: Params, facts: Facts) -> Findings:
    """Find each setting that the policy needs and that was not read for some live objects: at the first of them."""
    for (kind, name), identities in settings_not_read(facts.overlay, facts.live).items() if facts.live else ():
        described = facts.store.object_type(kind)
        unread = set(identities)
        declared = (facts.desired_of(each) for each in facts.declared.of_kind(kind).values())
        at = next((each.at(name) for each in declared if each.identity in unread and each.is_declared), None)
        span = at or facts.section_span(kind)
        if span is not None:
            objects = count(len(identities), described.title, described.plural)
            shown = described.title if described.single else f"{objects}, such as {quoted(identities[0])}"
            yield Finding(span, {"setting": quoted(name), "objects": shown})


@policy_predicate(
    placeholders={"edition": "the edition of the policy", "live": "the edition of the snapshot"}, needs_snapshot=True
)
def snapshot_of_other_edition(_params: Params, facts: Facts) -> Findings:
    """Find a snapshot of another edition of Exchange than the policy is for."""
    if facts.snapshot is None or facts.snapshot.header.edition == facts.config.edition:
        return
    span = facts.edition_at or facts.first_line
    if span is not None:
        words = {"edition": quoted(facts.config.edition), "live": quoted(facts.snapshot.header.edition)}
        yield Finding(span, words)


@policy_predicate(needs_snapshot=True)
def snapshot_redacted(_params: Params, facts: Facts) -> Findings:
    """Find a snapshot whose names are pseudonyms."""
    if facts.snapshot is not None and facts.snapshot.header.redacted and facts.first_line is not None:
        yield Finding(facts.first_line, {})


@policy_predicate(placeholders={"time": Varying("when the snapshot says that it was taken")}, needs_snapshot=True)
def snapshot_in_future(_params: Params, facts: Facts) -> Findings:
    """Find a snapshot that is dated later than now."""
    if facts.snapshot is not None and facts.snapshot.is_ahead(facts.now) and facts.first_line is not None:
        yield Finding(facts.first_line, {"time": quoted(facts.snapshot.header.taken_at)})


def _aliases(facts: Facts) -> Iterator[tuple[Entity, Entity]]:
    """Yield the pairs of declared mailboxes that live Exchange knows as one."""
    names = facts.live_names(MAILBOX)
    first: dict[str, Entity] = {}
    for mailbox in (facts.declared.mailboxes or {}).values():
        found = names.get(fold(mailbox.identity))
        if found is not None and first.setdefault(found.key, mailbox) is not mailbox:
            yield first[found.key], mailbox


def _difference(first: Entity, second: Entity, key: str | None) -> str:
    """Return in words the first setting that the two declarations give different values, empty where none differs."""
    for name, value in second.settings.items():
        if name in first.settings and comparable(first.settings[name]) != comparable(value) and name != key:
            return f", with {name} `{show(value)}` after `{show(first.settings[name])}`"
    return ""


@policy_predicate(
    params={"note": one_of("the key that holds the day, written YYYY-MM-DD", "expires", "owner", "reason")},
    placeholders={
        "identity": "the name of the object",
        "day": "its last day",
        "ago": Varying("how long that day is past"),
        "ending": Varying("what its end does"),
    },
    files_tell=True,
)
def expired(params: Params, facts: Facts) -> Findings:
    """Find each declared object whose day has passed, and each ID of a list whose own day has."""
    for entity in facts.entries:
        day = day_of(entity, params["note"])
        if has_ended(day, facts.today) and ends_with_entry(entity):
            words = {"identity": show(entity.identity), **_ended(day, facts)}
            yield Finding(entity.at(params["note"]), {**words, "ending": ending(entity, facts.config)})
        for what in exemptions_of(entity) if entity.exemptions else ():
            own = own_day(entity, what.item) if what.item is not None and not what.removed else None
            if has_ended(own, facts.today):
                alone = entity._replace(settings={what.setting or "": (what.item or "",)})
                words = {"identity": show(f"{what.item} of {entity.identity}"), **_ended(own, facts)}
                yield Finding(what.span(), {**words, "ending": ending(alone, facts.config)})


def _ended(day: date | None, facts: Facts) -> dict[str, str]:
    return {"day": str(day), "ago": count((facts.today - day).days, "day") if day is not None else ""}


@entity_predicate(MAILBOX, placeholders={"value": "the ID", "mailbox": "the name of the mailbox"})
def exemption_not_listed(mailbox: Entity, _params: Params, facts: Facts) -> Findings:
    """Find each ID that `exemptions` says something of, and that is on no list of the entry."""
    del facts
    if not mailbox.exemptions:
        return
    written = {fold(item) for value in mailbox.settings.values() for item in written_items(value)}
    node = mailbox.origin.node.values.get(EXEMPTIONS) if mailbox.origin.node is not None else None
    for item in node.values if isinstance(node, MappingNode) else ():
        if fold(item) not in written and mailbox.origin.source is not None and isinstance(node, MappingNode):
            span = Span(mailbox.origin.source, *node.key_at(item))
            yield Finding(span, {"value": quoted(item), "mailbox": quoted(mailbox.identity)})


@policy_predicate(
    params={"ended": by_name(tuple(EDITIONS), "edition", text("the day on which support ended, as YYYY-MM-DD"))},
    placeholders={"edition": "the edition", "date": "the day on which its support ended"},
    files_tell=True,
)
def edition_ended(params: Params, facts: Facts) -> Findings:
    """Find an edition in policylint.yaml that is out of support today."""
    edition = facts.config.edition
    ended = params["ended"].get(edition)
    if ended is not None and facts.edition_at is not None and date.fromisoformat(ended) <= facts.today:
        yield Finding(facts.edition_at, {"edition": quoted(edition), "date": ended})


@policy_predicate(placeholders={"value": "the item", "field": "the setting"}, files_tell=True)
def list_item_added_and_removed(_params: Params, facts: Facts) -> Findings:
    """Find each item that one list both adds and removes."""
    for entity, name, value in facts.declared_lists:
        removed = set(map(fold, value.remove)) if isinstance(value, ListEdit) else ()
        for index, item in enumerate(value if removed else ()):
            if fold(item) in removed:
                yield Finding(entity.item_at(name, index), {"value": quoted(item), "field": quoted(name)})


@policy_predicate(
    placeholders={"value": "the item", "field": "the setting", "times": Varying("how often the list has it")},
    files_tell=True,
)
def list_item_twice(_params: Params, facts: Facts) -> Findings:
    """Find each item that a list has more than once, compared as Exchange compares it, at the second time."""
    for entity, name, value in facts.declared_lists:
        if len(value) > 1 or isinstance(value, ListEdit):
            yield from _twice(entity, name, value, 0, facts.fixes)
            yield from _twice(entity, name, removed_items(value), len(value), facts.fixes)


def _twice(entity: Entity, name: str, items: tuple[str, ...], start: int, fixes: Fixes) -> Findings:
    """Yield a finding for each item that is there more than once; `start` is the place of the first in the list."""
    if len(items) < 2:
        return
    keys = tuple(map(fold, items))
    if len(set(keys)) == len(keys):
        return
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    for first, second, *others in (found for found in places.values() if len(found) > 1):
        spelling = f" as {quoted(items[first])}" if items[first] != items[second] else ""
        words = {"value": quoted(items[second]), "field": quoted(name), "times": count(2 + len(others), "time")}
        related = (Label(entity.item_at(name, start + first), f"first{spelling} here"),)
        fix = fixes.without_item(entity, name, *(start + place for place in (second, *others)), safe=True)
        yield Finding(entity.item_at(name, start + second), words, related, fix=fix)
