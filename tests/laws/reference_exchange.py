"""What Exchange makes of the steps of a plan, in a few lines, and what every device gets after each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.access.decide import AccessModel
from policylint.access.request import Facts
from policylint.model.access_rule import rule_key
from policylint.plan.planfile import plan_record
from policylint.text import fold
from tests.strategies import EVERY_DEVICE
from tests.texts import LIVE
from tests.worlds import FREE, STORE, config, entity, plan

if TYPE_CHECKING:
    from policylint.model.config import Config
    from policylint.model.entity import Entity
    from policylint.model.state import State
    from policylint.plan.plan import Plan

CONFIG = config(edition="exchange-2019", guards=FREE)


def planned(live: State, declared: State) -> Plan:
    """Return the plan that nothing but a third state of a device refuses."""
    return plan(declared, live, EVERY_DEVICE, CONFIG)


def steps(made: Plan) -> list[dict[str, Any]]:
    """Return the steps of a plan as they are saved."""
    found: list[dict[str, Any]] = plan_record(made)["steps"]
    return found


def outcomes(state: State) -> tuple[str | None, ...]:
    """Return what each of the devices gets."""
    model = AccessModel(state, Facts(CONFIG.edition))
    return tuple(model.decide(device).state for device in EVERY_DEVICE)


def apply(state: State, step: dict[str, Any]) -> State:
    """Return what one step of a saved plan makes of live state."""
    kind, changes = step["kind"], {change["property"]: change for change in step["changes"]}
    after = {name: _value(change["after"]) for name, change in changes.items()}
    objects = dict(state.of_kind(kind))
    key = key_of(state, step)
    if after.get("RequireStorageCardEncryption") is True:
        # https://learn.microsoft.com/powershell/module/exchangepowershell/set-mobiledevicemailboxpolicy
        after["DeviceEncryptionEnabled"] = True
    if step["action"] == "delete":
        assert set(after.values()) <= {None}
        shown = {name: _value(change["before"]) for name, change in changes.items()}
        assert _planned(objects.pop(key)) == {name: _unordered(value) for name, value in shown.items()}
    elif step["action"] == "create":
        assert key not in objects
        objects[key] = entity(kind, LIVE, **{**_initial(step), **after})
    else:
        assert {name: _unordered(_value(change["before"])) for name, change in changes.items()} == {
            name: _unordered(objects[key].get(name)) for name in changes
        }
        if after.get("IsDefault"):
            objects = {k: o._replace(settings={**o.settings, "IsDefault": False}) for k, o in objects.items()}
        objects[key] = objects[key]._replace(settings={**objects[key].settings, **after})
    return state.with_kind(kind, objects)


def _planned(entity: Entity) -> dict[str, Any]:
    """Return the settings of an object that a plan is about."""
    settings = STORE.object_type(entity.kind).settings
    return {name: _unordered(value) for name, value in entity.settings.items() if settings[name].planned}


def key_of(state: State, step: dict[str, Any]) -> str:
    if step["kind"] == "organization":
        return next(iter(state.of_kind("organization")))
    if step["kind"] == "deviceAccessRule":
        return rule_key(step["target"]["Characteristic"], step["target"]["QueryString"])
    return fold(step["identity"])


def _initial(step: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of an object that was only just created."""
    return step["target"] if step["kind"] == "deviceAccessRule" else {"Name": step["identity"], "IsDefault": False}


def _unordered(value: Any) -> Any:
    return sorted(value) if isinstance(value, tuple) else value


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def managed(mode: str) -> Config:
    """Return a configuration with one mode for every section; exact where a section has it, else owned."""
    other = "owned" if mode == "exact" else mode
    exact = dict.fromkeys(("deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes"), mode)
    others = dict.fromkeys(("organization", "mailboxPlans", "deviceAutoblockThresholds"), other)
    return config(edition="exchange-2019", guards=FREE, manage={**exact, **others})
