"""Questions about days: when the service ends something, whom of this organization it concerns, and what expires soon.

What ends on a day is found from `from` on. Once `until` has come, the predicate is certain: rules give that a severity
of its own.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from policylint.analysis.exemptions import day_in, ends_with_entry, exemptions_of, own_day
from policylint.lint.facts import is_below
from policylint.lint.parameters import day, flag, many, number, one_of, optional, setting, text
from policylint.lint.predicate import Finding, Varying, policy_predicate
from policylint.model.state import MAILBOX, RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, quoted, show
from policylint.text import fold, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.device import Device

COVERED = "conditional-access-covers-outlook-mobile"

DAYS = {
    "from": optional(day("the day from which it is found; left out, always")),
    "begins": optional(day("the day on which it begins to end, for the message and the calendar")),
    "until": day("the day on which it ends"),
    "last": optional(flag("whether `until` is the last day on which it still works")),
}
"""The parameters of every predicate about something that the service ends."""

WHEN = {
    "when": Varying("when it ends or ended, and how long that is: `ends on 2026-12-31, in 38 days`"),
}
DEVICES = {"devices": Varying("how many devices of how many mailboxes of the snapshot it concerns, and an example")}


def _is_near(params: Params, facts: Facts) -> bool:
    """Return whether the day from which it is found has come."""
    return "from" not in params or date.fromisoformat(params["from"]) <= facts.today


def _ended(params: Params, facts: Facts) -> bool:
    return _days_left(params, facts) <= 0


def _when(params: Params, facts: Facts) -> dict[str, str]:
    """Return in words when it ends, or since when it has ended, and what holds from its beginning until then."""
    days = _days_left(params, facts)
    on = f"after {params['until']}" if params.get("last") else f"on {params['until']}"
    if days > 0:
        return {"when": f"ends {on}, in {count(days, 'day')}", "meanwhile": _meanwhile(params, facts)}
    ago = f"{count(-days, 'day')} ago" if days else "today"
    return {"when": f"ended {on}, {ago}", "meanwhile": ""}


def _days_left(params: Params, facts: Facts) -> int:
    """Return how many days there are to the first one on which it has ended, none or less once that has come."""
    return (date.fromisoformat(params["until"]) - facts.today).days + bool(params.get("last"))


def _meanwhile(params: Params, facts: Facts) -> str:
    """Return in words what holds from the day on which it begins to end, empty where a rule says nothing of it."""
    if "meanwhile" not in params or "begins" not in params:
        return ""
    has_begun = date.fromisoformat(params["begins"]) <= facts.today
    since = f"since {params['begins']}" if has_begun else f"from {params['begins']} on"
    return f", and {since} {params['meanwhile']}"


class _Concerned(NamedTuple):
    """The devices of the snapshot that are concerned, the mailboxes that have them, and the owner of one."""

    devices: int = 0
    mailboxes: int = 0
    example: str = ""

    @property
    def words(self) -> str:
        """Return them in words."""
        of = count(self.mailboxes, "mailbox")
        return f"{count(self.devices, 'device')} of {of} (such as {quoted(self.example)})"


def _unseen_devices(_kind: str, params: Params, facts: Facts) -> str:
    if not _is_near(params, facts):
        return f"it is looked for from {params['from']} on"
    devices = facts.snapshot.complete_devices if facts.snapshot is not None else None
    return "" if devices is not None else "the devices were not all read"


@policy_predicate(
    params={
        **DAYS,
        "client-types": optional(many(text("the types of client; left out, all"))),
        "least": optional(text("the version of Exchange ActiveSync below which a device is not found")),
        "below": optional(text("the version of Exchange ActiveSync below which a device is found")),
        "named": optional(many(text("names of the client, one of which a device reports, alone or among other words"))),
    },
    placeholders={**WHEN, **DEVICES},
    needs_snapshot=True,
    unseen=_unseen_devices,
)
def deadline_of_devices(params: Params, facts: Facts) -> Findings:
    """Find once what the service ends for devices of the snapshot.

    The finding is at the section of access rules, else at the first line of the policy. It finds nothing if no
    device is affected, or where the devices were not all read.
    """
    found = _concerned(params, facts) if _is_near(params, facts) else _Concerned()
    span = facts.section_span(RULE) if found.devices else None
    if span is not None:
        words = {**_when(params, facts), "devices": found.words}
        yield Finding(span, words, certain=_ended(params, facts))


def _concerned(params: Params, facts: Facts) -> _Concerned:
    """Return the devices that a rule is about."""
    devices = facts.snapshot.complete_devices if facts.snapshot is not None else None
    if devices is None:
        return _Concerned()
    below, least = (version_of(params.get(name, "")) for name in ("below", "least"))
    named = [*map(fold, params.get("named", ()))]
    having = devices.owning(lambda device: _is_meant(device, params, named, below, least))
    example = min((name or key or "" for name, key in having), default="")
    return _Concerned(sum(having.values()), len(having), example)


def _is_meant(
    device: Device, params: Params, named: list[str], below: tuple[int, ...] | None, least: tuple[int, ...] | None
) -> bool:
    if "client-types" in params and device.client_type not in params["client-types"]:
        return False
    if "named" in params and not _is_named(device, named):
        return False
    if least is not None and is_below(device, least):
        return False
    return below is None or is_below(device, below)


def _is_named(device: Device, names: list[str]) -> bool:
    """Return whether a device reports a folded name, alone or among other words."""
    values = [fold(value) for value in device.device_class if value is not None]
    return any(name in value for name in names for value in values)


@policy_predicate(
    params={
        **DAYS,
        "switch": setting("the switch of a mailbox that lets the client in", MAILBOX),
        "meanwhile": optional(text("what holds from `begins` until it ends")),
    },
    placeholders={
        **WHEN,
        "meanwhile": Varying("what holds until it ends, and from which day; empty once it has ended"),
        "mailboxes": Varying("how many mailboxes of the snapshot it concerns, and an example"),
    },
    needs_snapshot=True,
)
def deadline_of_mailboxes(params: Params, facts: Facts) -> Findings:
    """Find once what the service ends for clients, with the mailboxes of the snapshot where a switch will be true.

    The finding is at the section of mailboxes, else at the first line of the policy. It is found where no mailbox has
    the switch on as well: other clients may be concerned.
    """
    live = facts.live.mailboxes if facts.live is not None else None
    if live is None or not _is_near(params, facts):
        return
    desired = facts.desired.of_kind(MAILBOX)
    coming = (desired.get(key, mailbox) for key, mailbox in live.items())
    names = [mailbox.identity for mailbox in coming if mailbox.get(params["switch"]) is True]
    span = facts.section_span(MAILBOX)
    if span is not None:
        words = f"{count(len(names), 'mailbox')} (such as {quoted(min(names))})" if names else "no mailbox"
        yield Finding(span, {**_when(params, facts), "mailboxes": words}, certain=_ended(params, facts))


@policy_predicate(
    params={**DAYS, "fact": one_of("the setting under `outside:`", COVERED, "hybrid-modern-auth")},
    placeholders=WHEN,
    files_tell=True,
)
def deadline_of_fact(params: Params, facts: Facts) -> Findings:
    """Find a fact that policylint.yaml declares under `outside:` and that depends on what the service ends."""
    held: Mapping[str, bool] = {
        COVERED: facts.config.conditional_access,
        "hybrid-modern-auth": facts.config.hybrid_modern_auth,
    }
    span = facts.config_at("outside", params["fact"]) if held[params["fact"]] and _is_near(params, facts) else None
    if span is not None:
        yield Finding(span, _when(params, facts), certain=_ended(params, facts))


@policy_predicate(
    params={"days": number("how many days before its last day it is found")},
    placeholders={
        "identity": "the name of the object, or of the ID and its mailbox",
        "day": "its last day",
        "left": Varying("how long that is from now"),
        "owner": "who answers for it",
    },
    files_tell=True,
)
def expires_soon(params: Params, facts: Facts) -> Findings:
    """Find each declared object whose last day is near, and each ID of a list whose own last day is."""
    last = facts.today + timedelta(days=params["days"])
    for entity in facts.entries:
        own = day_in(entity.notes)
        if own is not None and facts.today <= own <= last and ends_with_entry(entity):
            yield _expiring(Finding(entity.at("expires")), show(entity.identity), own, entity.notes, facts)
        for what in exemptions_of(entity) if entity.exemptions else ():
            ends = own_day(entity, what.item) if what.item is not None and not what.removed else None
            if ends is not None and what.item is not None and facts.today <= ends <= last:
                name = show(f"{what.item} of {entity.identity}")
                yield _expiring(Finding(what.span()), name, ends, entity.notes_of(what.item), facts)


def _expiring(finding: Finding, name: str, ends: date, notes: Mapping[str, str], facts: Facts) -> Finding:
    days = (ends - facts.today).days
    owner = notes.get("owner", "")
    return finding._replace(
        values={
            "identity": name,
            "day": str(ends),
            "left": f"in {count(days, 'day')}" if days else "today",
            "owner": f"owner {quoted(owner)}" if owner else "no owner",
        }
    )
