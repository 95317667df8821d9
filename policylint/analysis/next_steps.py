"""What to look at where a device that is let in does not sync, and what is left to do for the user after a fix.

Each step has its source; where none is published, the step says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.partnerships import LIMIT
from policylint.access.request import client_of
from policylint.access.steps import governing_switch
from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.access.decide import AccessModel
    from policylint.access.decision import Decision
    from policylint.model.device import Device
    from policylint.model.entity import Entity

_LEARN = "https://learn.microsoft.com"
_STEPS = "https://unifiedpeople.ru/exch2010help.en/html/2b76335e-e700-46d2-96e3-67397dbb4af9.htm"
_CAS = f"{_LEARN}/powershell/module/exchangepowershell/set-casmailbox"
_SECURE = (
    f"{_LEARN}/exchange/clients-and-mobile-in-exchange-online/outlook-for-ios-and-android"
    "/secure-outlook-for-ios-and-android"
)
_NEW_ID = f"{_LEARN}/exchange/troubleshoot/client-connectivity/eas-device-is-blocked-by-abq-list"


class NextStep(NamedTuple):
    """Something to look at or to do, and where that is published."""

    words: str
    source: str


def where_to_look(model: AccessModel, device: Device, partnerships: str | None) -> tuple[NextStep, ...]:
    """Return what else may keep a device from syncing that these settings let in, in the order to look.

    `partnerships` is how many of Exchange ActiveSync its mailbox has, in words, None where that is not known.
    """
    return tuple(_where_to_look(model, device, partnerships or "an unknown number"))


def _where_to_look(model: AccessModel, device: Device, partnerships: str) -> Iterator[NextStep]:
    online, kind = model.facts.online, client_of(device).kind
    yield NextStep("sign-in: it comes before all of this; can the user sign in on the web?", _STEPS)
    if online and kind == "EAS":
        yield NextStep(
            "sign-in: Exchange ActiveSync with a password alone is off in Exchange Online; the account must use modern"
            " authentication",
            f"{_LEARN}/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online",
        )
        yield NextStep(
            "certificate: Exchange Online ends certificate-based sign-in of Exchange ActiveSync on 2026-12-31; how the"
            " device signs in is not in the snapshot",
            "https://petri.com/microsoft-retire-exchange-activesync-certificate-authentication/",
        )
    if not online:
        yield NextStep(
            "sign-in: an authentication policy may block it (BlockLegacyAuthActiveSync, BlockModernAuthActiveSync)",
            f"{_LEARN}/powershell/module/exchangepowershell/new-authenticationpolicy",
        )
    yield from _switches(model, device)
    if kind == "EAS":
        yield NextStep(
            f"partnerships: the mailbox has {partnerships} of Exchange ActiveSync;"
            f" the documented default limit is {LIMIT}",
            f"{_LEARN}/powershell/module/exchangepowershell/new-throttlingpolicy",
        )
    if online:
        yield NextStep(
            "Conditional Access and Intune: they decide on their own, and are not in the snapshot; the sign-in log of"
            " Microsoft Entra shows what they decided",
            _SECURE,
        )
    elif kind == "EAS":
        yield NextStep(
            "automatic blocks: Exchange blocks a device for a while for its behavior (autoblock thresholds)",
            f"{_LEARN}/powershell/module/exchangepowershell/set-activesyncdeviceautoblockthreshold",
        )


def _switches(model: AccessModel, device: Device) -> Iterator[NextStep]:
    """Yield the switches of protocols, of which the snapshot may be older than what is set."""
    switch = governing_switch(client_of(device), model.facts)
    mailbox = model.mailbox(device.mailbox)
    value = mailbox.get(switch) if mailbox is not None else None
    known = "true" if value is True else "taken as true, for it is not known"
    yield NextStep(f"protocol switches: {switch} is {known}; is it still?", _CAS)
    if model.facts.online:
        yield NextStep(
            "license: another license gives the mailbox the switches of its plan again",
            f"{_LEARN}/exchange/recipients-in-exchange-online/manage-user-mailboxes/mailbox-plans",
        )
        if client_of(device).kind == "Outlook":
            yield NextStep(
                "organization: with EwsApplicationAccessPolicy EnforceAllowList, Outlook mobile needs Outlook-iOS/* and"
                " Outlook-Android/* on EwsAllowList",
                f"{_LEARN}/powershell/module/exchangepowershell/set-organizationconfig",
            )


def with_the_plan(live: Decision | None, desired: Decision) -> tuple[NextStep, ...]:
    """Return what to do for a device that is kept out now and let in by the planned change; nothing for any other."""
    if live is None or live.state not in {"Quarantined", "Blocked"} or desired.state != "Allowed":
        return ()
    urgent = "ask who maintains the policy to review the plan (`policylint plan`) and have it applied now"
    return (NextStep(f"It gets in with the planned change. If it is urgent: {urgent}", ""),)


def for_the_user(device: Device, decision: Decision) -> tuple[NextStep, ...]:
    """Return what is left to do for the user once a device that is kept out is to be let in."""
    return tuple(_for_the_user(device, decision))


def _blocks_by_system(rule: Entity) -> bool:
    return rule.text("Characteristic") == "DeviceOS" and rule.text("AccessLevel") == "Block"


def _for_the_user(device: Device, decision: Decision) -> Iterator[NextStep]:
    if decision.step == "service":
        yield NextStep(
            "no setting changes this: update the mail app to one that speaks Exchange ActiveSync 16.1, or use Outlook",
            "https://techcommunity.microsoft.com/blog/exchange/4477997",
        )
    elif decision.state == "Quarantined":
        yield NextStep("a quarantined device gets its mail by itself once it is let in; the user does nothing", _NEW_ID)
    elif decision.step == "rule-block" and any(map(_blocks_by_system, decision.matched)):
        yield NextStep(
            "an update of the device is not seen while a rule on DeviceOS blocks it: the administrator removes the"
            " device from the mailbox (`Remove-MobileDevice`), and at its next connection Exchange decides again",
            "https://practical365.com/exchange-server/is-quarantine-smarter-than-block-for-activesync-device-access-rules/",
        )
    elif decision.step == "mailbox-policy":
        yield NextStep(
            "the device has to accept the mailbox policy when it asks for it; how soon it asks is not published", ""
        )
    elif decision.state == "Blocked":
        yield NextStep(
            "a blocked device is decided about again when it connects; Microsoft does not say when it retries",
            "",
        )
    if decision.step != "service" and device.client_type in {"EAS", "Outlook", "REST"}:
        yield NextStep(
            "removing the account from the device and adding it again makes it connect as a new device, and can"
            " give it a new ID, which no entry of ActiveSyncAllowedDeviceIDs holds: show the devices of the mailbox"
            " again afterwards",
            _NEW_ID,
        )
