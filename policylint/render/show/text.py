"""What a snapshot says of single objects as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.describe import sync_words
from policylint.access.rule_index import STATE_OF_LEVEL
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.escape import clean
from policylint.phrases import count, listed, show
from policylint.render.phrases import cause, reported_words, state_words
from policylint.render.style import COLORS, Column, Style, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policylint.access.decision import Decision
    from policylint.analysis.inventory import ListedDevice, MailboxShown, PolicyShown, RulesShown, Settings
    from policylint.model.device import Device
    from policylint.model.entity import Entity

_LISTS = (ALLOWED, BLOCKED)
_OWN_POLICY = "ActiveSyncMailboxPolicy"


def render_mailbox(shown: MailboxShown, *, style: Style) -> str:
    """Return a mailbox as text: its settings, its policy, the IDs on its lists, its devices with what they get."""
    return "".join(_mailbox(shown, style))


def _mailbox(shown: MailboxShown, style: Style) -> Iterator[str]:
    mailbox = shown.mailbox
    yield style.paint(clean(f"mailbox {mailbox.identity}"), "bold") + "\n"
    names = dict.fromkeys((*mailbox.addresses[1:], *mailbox.ids.values()))
    names.pop(mailbox.identity, None)
    yield f"  also known as {clean(listed(names))}\n" if names else ""
    yield "\nsettings\n"
    rows = [
        (each.name, _policy_words(shown) if each.name == _OWN_POLICY else show(each.value))
        for each in shown.settings.read
        if each.name not in _LISTS
    ]
    yield table(rows, screen=style.screen)
    yield from _not_read(shown.settings)
    for name in _LISTS:
        if name not in shown.settings.not_read:
            yield f"\n{name}\n"
            yield from _list([each for each in shown.listed if each.list == name], shown, style)
    yield "\ndevices\n"
    yield from _devices(shown.devices, style)


def _policy_words(shown: MailboxShown) -> str:
    """Return the policy that governs a mailbox, and whether it follows the default."""
    name = shown.policy.identity if shown.policy is not None else "not known"
    return f"{show(name)} (inherited: it is the default policy)" if shown.is_inherited else show(name)


def _list(items: Sequence[ListedDevice], shown: MailboxShown, style: Style) -> Iterator[str]:
    if not items:
        yield "  none\n"
        return
    own = {device.guid or device.device_id for device, _ in shown.devices}
    yield table(((each.device_id, _whose(each.device, own)) for each in items), screen=style.screen)


def _whose(device: Device | None, own: set[str]) -> str:
    """Return the device with a listed ID in words, with its owner where that is another mailbox."""
    if device is None:
        return "no such device"
    words = _kind(device)
    return words if (device.guid or device.device_id) in own else f"{words}, of {device.owner or 'another mailbox'}"


def _devices(devices: Sequence[tuple[Device, Decision]], style: Style) -> Iterator[str]:
    if not devices:
        yield "  none\n"
    for device, decision in devices:
        yield f"  {style.word(state_words(decision.state), 'bold')}: {clean(_kind(device))}\n"
        named = f"ID {device.device_id or 'not read'}, {sync_words(device)}"
        yield f"    {clean(named)}\n"
        yield f"    {clean(cause(decision))}\n"
        if device.live_state:
            yield f"    Exchange reports {clean(reported_words(device))}\n"


def _kind(device: Device) -> str:
    """Return what a device is: its model or type, and its system."""
    kind, model, system, agent = device.device_class
    return ", ".join(filter(None, (model or kind or agent or "a device", system)))


def render_rules(shown: RulesShown, *, style: Style) -> str:
    """Return the rules as a table in the order in which they decide, and the default level, which decides last."""
    head = f"{count(len(shown.rules), 'device access rule')}, in the order in which they decide"
    columns = (
        Column("level", paint=lambda level: style.paint(level, COLORS.get(STATE_OF_LEVEL.get(level, ""), "dim"))),
        Column("characteristic"),
        Column("devices", right=True),
        Column("text"),
    )
    rows = [
        (
            each.rule.text("AccessLevel"),
            each.rule.text("Characteristic"),
            _number(each.devices),
            each.rule.text("QueryString"),
        )
        for each in shown.rules
    ]
    rows.append((shown.default_level or "not read", "any other", _number(shown.default_devices), "the default level"))
    return style.paint(head, "bold") + "\n\n" + table(rows, columns, screen=style.screen)


def _number(devices: int | None) -> str:
    return f"{devices:,}" if devices is not None else "not read"


def render_policies(shown: Sequence[PolicyShown], *, style: Style, full: bool) -> str:
    """Return each policy with the settings that are not at their default; with `full`, all of them."""
    return "\n".join("".join(_policy(each, style, full)) for each in shown)


def _policy(shown: PolicyShown, style: Style, full: bool) -> Iterator[str]:
    default = ", the default" if shown.policy.get("IsDefault") is True else ""
    yield style.paint(clean(f"policy {shown.policy.identity}{default}"), "bold") + f": {_having(shown)}\n"
    yield from _settings(shown.settings, style, full, leave_out="IsDefault")


def _having(shown: PolicyShown) -> str:
    """Return how many mailboxes have a policy."""
    if shown.own is None or shown.inherited is None:
        return "how many mailboxes have it was not read"
    number = count(shown.own + shown.inherited, "mailbox")
    own = f", {shown.own:,} of them by name" if shown.own and shown.inherited else ""
    return number + own


def render_organization(organization: Entity, settings: Settings, *, style: Style, full: bool) -> str:
    """Return the settings of the organization that are not at their default; with `full`, all of them."""
    return (
        style.paint(clean(f"organization settings {organization.identity}"), "bold")
        + "\n"
        + "".join(_settings(settings, style, full))
    )


_OF_DEFAULT = {False: "(default)", None: "(default not known)"}


def _settings(settings: Settings, style: Style, full: bool, leave_out: str = "") -> Iterator[str]:
    every = [each for each in settings.read if each.name != leave_out]
    shown = [each for each in every if full or each.differs is not False]
    rows = [(each.name, show(each.value), _OF_DEFAULT.get(each.differs, "")) for each in shown]
    yield table(rows, screen=style.screen)
    if left := len(every) - len(shown):
        rest = f"{count(left, 'setting')} at {'its' if left == 1 else 'their'} default"
        yield f"  {'and ' if shown else ''}{rest}; --full shows all\n"
    yield from _not_read(settings)


def _not_read(settings: Settings) -> Iterator[str]:
    if settings.not_read:
        yield f"  not read: {listed(settings.not_read, None)}\n"
