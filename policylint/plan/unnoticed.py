"""Refusals of what a count of devices that gain or lose access does not show.

A policy that asks phones for a new password, people who are no longer told of devices, IDs that a list leaves out,
and outcomes that rest on one reading of the order of rules.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, BLOCKED
from policylint.access.strictness import Raised, newly_stricter
from policylint.desired.overlay import by_live_key
from policylint.desired.ownership import without
from policylint.model.domains import domain_of, is_own, own_domains
from policylint.model.entity import removed_items
from policylint.model.state import MAILBOX
from policylint.phrases import count, listed, show
from policylint.plan.affected import affected, affected_devices, affected_names
from policylint.plan.asked import NOTHING_ASKED, Asked
from policylint.plan.refusal import Refusal
from policylint.text import fold, instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.access.simulate import CohortAccess, Simulation
    from policylint.model.config import Config, Guards
    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.schema.store import SchemaStore

RECIPIENTS = "AdminMailRecipients"
SYNCING_DAYS = 30
"""For how many days a device that has not synced still counts as one that does."""


def unnoticed(
    config: Config,
    snapshot: Snapshot,
    desired: State,
    simulation: Simulation,
    asked: Asked,
    store: SchemaStore,
) -> Iterator[Refusal]:
    """Yield the refusals of what changes without anybody newly getting in or being kept out.

    Of a plan that no policy asks for, such as one that takes back what was done, lists become what they were.
    """
    guards, live = config.guards, snapshot.state
    yield from _disputed(simulation, guards)
    yield from _stricter(simulation, live, desired, guards, store)
    if asked.declared is not None:
        yield from _dropped(snapshot, desired, asked, guards)
        yield from _unblocked(live, desired, asked, guards)
        yield from _recipients(live, desired, config, redacted=snapshot.header.redacted)


def _disputed(simulation: Simulation, guards: Guards) -> Iterator[Refusal]:
    limit = guards.max_newly_disputed
    which = simulation.newly_sensitive()
    number = simulation.count(which) if limit is not None and simulation.disputed else 0
    if limit is not None and number > limit:
        message = (
            f"what {count(number, 'device')} would get depends on the reading of which rule decides (`precedence`), the"
            f" limit is {limit}: make the rules that match them agree"
        )
        text = affected_names(number, simulation.names(which))
        yield Refusal(guard="max-newly-disputed", message=message, acknowledge=f"max-newly-disputed={text}")


def _has_access(cohort: CohortAccess) -> bool:
    """Return whether devices are not kept out both now and then."""
    denied = {"Quarantined", "Blocked"}
    return not (cohort.live is not None and cohort.live.state in denied and cohort.desired.state in denied)


def _stricter(
    simulation: Simulation, live: State, desired: State, guards: Guards, store: SchemaStore
) -> Iterator[Refusal]:
    limit = guards.max_stricter_policy
    if limit is None:
        return
    raised = newly_stricter(live, desired, store)

    def which(cohort: CohortAccess) -> bool:
        return _has_access(cohort) and raised(cohort.device.mailbox) is not None

    devices: Counter[Raised] = Counter()
    for cohort in filter(which, simulation.cohorts):
        how = raised(cohort.device.mailbox)
        assert how is not None
        devices[how] += cohort.devices
    number = devices.total()
    if number > limit:
        largest = [how.words for how in sorted(devices, key=lambda how: (-devices[how], how.words))]
        more = [f"{len(largest) - 2:,} more"] if len(largest) > 2 else []
        message = (
            f"{count(number, 'device')} would have to follow a stricter mailbox policy"
            f" ({'; '.join((*largest[:2], *more))}), the limit is {limit}"
        )
        text = affected_names(number, simulation.names(which), sorted(how.words for how in devices))
        yield Refusal(guard="max-stricter-policy", message=message, acknowledge=f"max-stricter-policy={text}")


def _dropped(snapshot: Snapshot, desired: State, asked: Asked, guards: Guards) -> Iterator[Refusal]:
    limit = guards.max_allowed_ids_dropped
    left_out = _left_out(snapshot.state, desired, asked, ALLOWED) if limit is not None else {}
    devices = tuple(_syncing(snapshot, left_out)) if left_out else ()
    if limit is not None and len(devices) > limit:
        them, still = ("it", "its device still syncs") if len(devices) == 1 else ("them", "their devices still sync")
        dropped = f"{count(len(devices), 'allowed ID')} would be dropped because a list leaves {them} out, and {still}"
        example = f"{show(devices[0].device_id)} of {show(devices[0].owner)}"
        rest = f"the limit is {limit}: add {them} to the list, or name {them} under `Remove`"
        text = affected_devices(devices)
        yield Refusal(
            guard="max-allowed-ids-dropped",
            message=f"{dropped} (one is {example}), {rest}",
            acknowledge=f"max-allowed-ids-dropped={text}",
            summary=f"{dropped}, {rest}",
        )


def _unblocked(live: State, desired: State, asked: Asked, guards: Guards) -> Iterator[Refusal]:
    limit = guards.max_blocked_ids_dropped
    found = _dropped_blocks(live, desired, asked) if limit is not None else ()
    if limit is not None and len(found) > limit:
        them = "it" if len(found) == 1 else "them"
        dropped = f"{count(len(found), 'blocked ID')} would be dropped because a list leaves {them} out"
        rest = f"the limit is {limit}: add {them} to the list, or name {them} under `Remove`"
        text = affected(len(found), (f"{mailbox}\1{item}" for mailbox, item in found))
        yield Refusal(
            guard="max-blocked-ids-dropped",
            message=f"{dropped} (one is {_of(found[0])}), {rest}",
            acknowledge=f"max-blocked-ids-dropped={text}",
            summary=f"{dropped}, {rest}",
        )


def blocks_that_go(live: State, desired: State) -> Iterator[str]:
    """Yield that IDs leave the lists of blocked devices without being allowed, of a plan that no policy asks for."""
    found = _dropped_blocks(live, desired, NOTHING_ASKED)
    if found:
        is_no_longer = "is no longer" if len(found) == 1 else "are no longer"
        yield f"{count(len(found), 'blocked ID')} {is_no_longer} blocked after this plan (one is {_of(found[0])})"


def _of(found: tuple[str, str]) -> str:
    mailbox, item = found
    return f"{show(item)} of {show(mailbox)}"


def _dropped_blocks(live: State, desired: State, asked: Asked) -> tuple[tuple[str, str], ...]:
    """Return the mailbox and the ID of each block that goes without anybody having named it."""
    mailboxes = live.of_kind(MAILBOX)
    return tuple(
        (mailboxes[key].identity, item)
        for key, ids in _left_out(live, desired, asked, BLOCKED).items()
        for item in mailboxes[key].items(BLOCKED)
        if fold(item) in ids
    )


def _left_out(live: State, desired: State, asked: Asked, name: str) -> Mapping[str, frozenset[str]]:
    """Return the folded IDs that go from a list of mailboxes without anybody having named them, by mailbox.

    An ID is named where the list removes it, where it is blocked instead of allowed or newly allowed instead of
    blocked, and where the policy declared it when it was last applied.
    """
    mailboxes = live.of_kind(MAILBOX)
    gone = {
        key: frozenset(
            map(
                fold,
                without(mailboxes[key].items(name), (*mailbox.items(name), *_instead(mailboxes[key], mailbox, name))),
            )
        )
        for key, mailbox in desired.of_kind(MAILBOX).items()
        if key in mailboxes and mailbox.settings is not mailboxes[key].settings
    }
    gone = {key: ids for key, ids in gone.items() if ids}
    if not gone:
        return {}
    declared, previous = (
        by_live_key(state.of_kind(MAILBOX), mailboxes) if state is not None else {} for state in asked[:2]
    )
    named = {
        key: {
            *map(fold, removed_items(declared[key].get(name)) if key in declared else ()),
            *map(fold, previous[key].items(name) if key in previous else ()),
        }
        for key in gone
    }
    for key, item in asked.named:
        named.setdefault(key, set()).add(item)
    return {key: left for key, ids in gone.items() if (left := ids - named[key])}


def _instead(live: Entity, desired: Entity, name: str) -> tuple[str, ...]:
    """Return what is on the other list of a mailbox, which takes it from this one."""
    return desired.items(BLOCKED) if name == ALLOWED else without(desired.items(ALLOWED), live.items(ALLOWED))


def _syncing(snapshot: Snapshot, ids: Mapping[str, frozenset[str]]) -> Iterator[Device]:
    """Yield the devices of mailboxes that have some IDs, unless they are known not to have synced for a while."""
    every = frozenset().union(*ids.values())
    taken = instant(snapshot.header.taken_at)
    since = f"{taken - timedelta(days=SYNCING_DAYS):%Y-%m-%dT%H:%M:%SZ}" if taken is not None else ""
    for device in snapshot.devices.select(lambda device_id, _guid: fold(device_id) in every):
        mine = every if device.mailbox is None else ids.get(device.mailbox, ())
        if fold(device.device_id) in mine and not "" < device.last_sync < since:
            yield device


def _recipients(live: State, desired: State, config: Config, *, redacted: bool) -> Iterator[Refusal]:
    before, after = (
        state.organization.items(RECIPIENTS) if state.organization is not None else () for state in (live, desired)
    )
    removed, added = without(before, after), without(after, before)
    limit = config.guards.max_recipients_removed
    if limit is not None and len(removed) > limit:
        stay = f"{len(after)} would be told" if after else "nobody would be told"
        number = f"{count(len(removed), 'recipient')} of the mail about quarantined devices"
        yield Refusal(
            guard="max-recipients-removed",
            message=f"{number} would be removed ({listed(map(show, removed), 3)}) and {stay}, the limit is {limit}",
            acknowledge=f"max-recipients-removed={affected(len(removed), removed)}",
            summary=f"{number} would be removed and {stay}, the limit is {limit}",
        )
    limit = config.guards.max_recipients_outside
    own = own_domains(config.domains, live) if added and limit is not None and not redacted else None
    outside = [each for each in added if not is_own(domain_of(each), own)] if own is not None else []
    if limit is not None and len(outside) > limit:
        known = "`domains` of policylint.yaml" if config.domains else "the domains of the mailboxes of the snapshot"
        number = f"{count(len(outside), 'recipient')} of the mail about quarantined devices would be outside of {known}"
        rest = f"the limit is {limit}: correct the address, or add its domain to `domains`"
        yield Refusal(
            guard="max-recipients-outside",
            message=f"{number} ({listed(map(show, outside), 3)}), {rest}",
            acknowledge=f"max-recipients-outside={affected(len(outside), outside)}",
            summary=f"{number}, {rest}",
        )
