"""What a snapshot says of single objects as JSON, format `policylint-show/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.render.records import decision_record, device_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.analysis.inventory import MailboxShown, PolicyShown, RulesShown, Settings
    from policylint.model.entity import Entity, Value

FORMAT = "policylint-show/1"


def mailbox_record(shown: MailboxShown) -> dict[str, Any]:
    """Return a mailbox with its policy, its lists and its devices as plain data."""
    return _record("mailbox") | {
        "mailbox": {
            **_object(shown.mailbox, shown.settings),
            "addresses": list(shown.mailbox.addresses),
            "policy": {
                "name": shown.policy.identity if shown.policy is not None else None,
                "inherited": shown.is_inherited,
            },
            "listed": [
                {
                    "list": each.list,
                    "deviceId": each.device_id,
                    "device": device_record(each.device) if each.device is not None else None,
                }
                for each in shown.listed
            ],
            "devices": [
                {**device_record(device), "live": decision_record(decision)} for device, decision in shown.devices
            ],
        }
    }


def rules_record(shown: RulesShown) -> dict[str, Any]:
    """Return the rules in the order in which they decide, and the default level, as plain data."""
    return _record("rules") | {
        "rules": [
            {
                "identity": each.rule.identity,
                "Characteristic": each.rule.get("Characteristic"),
                "QueryString": each.rule.get("QueryString"),
                "AccessLevel": each.rule.get("AccessLevel"),
                "devices": each.devices,
            }
            for each in shown.rules
        ],
        "default": {"DefaultAccessLevel": shown.default_level, "devices": shown.default_devices},
    }


def policies_record(shown: Sequence[PolicyShown]) -> dict[str, Any]:
    """Return policies with the number of mailboxes that have them as plain data."""
    return _record("policies") | {
        "policies": [
            {**_object(each.policy, each.settings), "mailboxes": {"own": each.own, "inherited": each.inherited}}
            for each in shown
        ]
    }


def organization_record(organization: Entity, settings: Settings) -> dict[str, Any]:
    """Return the settings of the organization as plain data."""
    return _record("organization") | {"organization": _object(organization, settings)}


def _record(what: str) -> dict[str, Any]:
    return {"format": FORMAT, "what": what}


def _object(entity: Entity, settings: Settings) -> dict[str, Any]:
    """Return an object: `differs` names the settings not at their default, `notRead` those that are not known.

    `defaultNotKnown` are those that were read and may be at their default or not.
    """
    return {
        "identity": entity.identity,
        "ids": dict(entity.ids),
        "settings": {each.name: _value(each.value) for each in settings.read},
        "differs": [each.name for each in settings.read if each.differs],
        "defaultNotKnown": [each.name for each in settings.read if each.differs is None],
        "notRead": list(settings.not_read),
    }


def _value(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value
