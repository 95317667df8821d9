"""Whatever a policy file can say is reached by a plan, whose script gives it to the cmdlet as Exchange takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE, State
from policylint.text import fold
from tests.corpus.test_commands import COMMANDS, KIND_OF_CMDLET, policy_of, renamed
from tests.corpus.test_scenarios import yaml
from tests.powershell import scenes
from tests.powershell.exchange import ONLINE
from tests.powershell.pairs import EXACT, World, every, texts, value
from tests.texts import LIVE
from tests.worlds import FREE, STORE, bind, by_key, config, entity, plan, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.model.entity import Entity
    from policylint.schema.store import Action
    from tests.powershell.exchange import Exchange
    from tests.powershell.exchange import State as Live


def live_of(objects: Iterable[Entity]) -> Live:
    """Return what a fake shows of some objects; the organization is as in `scene` where none is given."""
    made = scenes.scene() | {"deviceAccessRules": [], "mobileDeviceMailboxPolicies": [], "mailboxes": [], "devices": []}
    for number, each in enumerate(objects, 100):
        kinds = STORE.object_type(each.kind).settings
        row = texts(each) | {name: shown(kinds[name].kind, given) for name, given in each.settings.items()}
        if each.kind == ORGANIZATION:
            made["organization"] |= row
        elif each.kind == RULE:
            rule = scenes.rule(number, row["Characteristic"], row["QueryString"], row["AccessLevel"])
            made["deviceAccessRules"].append(rule)
        elif each.kind == POLICY:
            made["mobileDeviceMailboxPolicies"].append(scenes.policy(number, row.pop("Name"), **row))
        else:
            name = row.pop("Identity").partition("@")[0]
            row["ActiveSyncMailboxPolicyIsDefaulted"] = str(row.get("ActiveSyncMailboxPolicy") is None)
            made["mailboxes"].append(scenes.mailbox(number, name, **row))
    return made


def state_of(objects: Iterable[Entity]) -> State:
    """Return some objects as a policy declares them."""
    found = list(objects)
    organization = next((each for each in found if each.kind == ORGANIZATION), None)
    kinds = (by_key(each for each in found if each.kind == kind) for kind in (RULE, POLICY, MAILBOX))
    return State.of(organization, *kinds)


def carried_out(exchange: Exchange, live: Iterable[Entity], declared: Iterable[Entity]) -> dict[str, list[set[str]]]:
    """Run the script of the plan from what is live to what is declared; return which parameters each cmdlet was given.

    One set for each object, over all calls. Afterwards a plan has nothing left to do.
    """
    world = World(exchange, exchange.case(), ONLINE, state_of(declared), live_of(live))
    result = world.run(world.live, {})
    assert (0, []) == (result.exit_code, result.errors)
    assert () == world.plan_from(result.state).steps
    given: dict[str, dict[str, set[str]]] = {}
    for number, call in enumerate(result.calls):
        cmdlet, parameters = call["cmdlet"], call["parameters"]
        one = "" if cmdlet == "Set-ActiveSyncOrganizationSettings" else parameters.get("Identity", number)
        given.setdefault(cmdlet, {}).setdefault(one, set()).update(parameters)
    return {cmdlet: list(calls.values()) for cmdlet, calls in given.items()}


def planned(kind: str) -> set[str]:
    """Return the settings that a plan can give an object that is there."""
    return {name for name, setting in STORE.object_type(kind).planned_in(ONLINE).items() if setting.settable}


def test_every_setting(exchange: Exchange) -> None:
    """One of two objects gets each setting, the other one loses it."""

    def side(number: int) -> list[Entity]:
        return [
            every(ORGANIZATION, ONLINE, number),
            every(RULE, ONLINE, number, Characteristic="DeviceModel", QueryString="iPhone14C2"),
            every(POLICY, ONLINE, number, Name="Full", IsDefault=number == 1),
            every(POLICY, ONLINE, 1 - number, Name="Default", IsDefault=number == 0),
            every(MAILBOX, ONLINE, number, Identity="ann@contoso.com"),
            every(MAILBOX, ONLINE, 1 - number, Identity="bob@contoso.com"),
        ]

    gone = [
        every(RULE, ONLINE, 0, Characteristic="DeviceOS", QueryString="Android 9"),
        every(POLICY, ONLINE, 0, Name="Old one", IsDefault=False),
    ]
    made = [
        every(RULE, ONLINE, 1, Characteristic="DeviceType", QueryString="TbSync"),
        every(POLICY, ONLINE, 1, Name="New one", IsDefault=False),
    ]
    given = carried_out(exchange, [*side(0), *gone], [*side(1), *made])
    for kind in (ORGANIZATION, RULE, POLICY, MAILBOX):
        calls = given[STORE.object_type(kind).actions["update"]]
        assert (2 if kind in {POLICY, MAILBOX} else 1) == len(calls)
        # What was the default policy is not made anything else than that: another one is.
        assert set() == planned(kind) - {name for call in calls for name in call}
        assert all(planned(kind) - {"IsDefault"} <= call for call in calls)
    (rule,), (policy,) = given["New-ActiveSyncDeviceAccessRule"], given["New-MobileDeviceMailboxPolicy"]
    assert {"Characteristic", "QueryString", "AccessLevel"} <= rule
    assert {"Name", *planned(POLICY)} - {"IsDefault"} <= policy
    assert [{"Identity"}] == given["Remove-ActiveSyncDeviceAccessRule"] == given["Remove-MobileDeviceMailboxPolicy"]


# ---- published commands ----------------------------------------------------------------------------------------------

REMOVED: list[dict[str, Any]] = [
    {"id": "a rule", "cmdlet": "Remove-ActiveSyncDeviceAccessRule",
     "parameters": {"Identity": "Contoso Phone (DeviceModel)", "AccessLevel": "Allow"}},
    {"id": "a policy", "cmdlet": "Remove-MobileDeviceMailboxPolicy", "parameters": {"Identity": "Engineering"}},
]  # fmt: skip
"""Commands that remove what is there and not declared, with what it was; they never name more than one object."""
PUBLISHED = [
    *(one for one in COMMANDS if one["expect"] != "reject" and KIND_OF_CMDLET[one["cmdlet"]] != "mailboxPlan"),
    *REMOVED,
]
ACTIONS: dict[str, Action] = {"New": "create", "Set": "update", "Remove": "delete"}


def otherwise(each: Entity) -> Entity:
    """Return an object whose every setting is another one than those of an object."""
    kinds = STORE.object_type(each.kind)
    other = {
        name: next(one for one in (value(kinds.settings[name], 0), value(kinds.settings[name], 1)) if one != given)
        for name, given in each.settings.items()
        if kinds.settings[name].settable and name not in kinds.key and name != "IsDefault"
    }
    default = {"IsDefault": not each.settings["IsDefault"]} if "IsDefault" in each.settings else {}
    return each._replace(settings={**each.settings, **other, **default})


@pytest.mark.parametrize("command", PUBLISHED, ids=lambda command: command["id"])
def test_a_published_command(command: dict[str, Any]) -> None:
    """A plan has steps that set what the command sets, by the cmdlet of its name or the one that came after it."""
    (declared,) = bind(yaml(policy_of(renamed(command)))).state.entities()
    described, action = STORE.object_type(declared.kind), ACTIONS[command["cmdlet"].partition("-")[0]]
    assert (
        command["cmdlet"].replace("ActiveSyncMailboxPolicy", "MobileDeviceMailboxPolicy") == described.actions[action]
    )
    settings = {name: given for name, given in declared.settings.items() if name in described.planned_in(ONLINE)}
    declared = declared._replace(settings=settings)
    before = otherwise(declared)
    default = "Old" if settings.get("IsDefault") else "First"
    others = {"First", default, settings.get("ActiveSyncMailboxPolicy")} - {None, settings.get("Name")}
    live = [entity(POLICY, LIVE, Name=name, IsDefault=name == default) for name in sorted(map(str, others))]
    wanted = [entity(POLICY, Name=name) for name in sorted(map(str, others))]
    made = plan(
        state_of([*wanted, *([declared] if action != "delete" else [])]),
        state_of([*live, *([entity(before.kind, LIVE, **before.settings)] if action != "create" else [])]),
        (),
        config(guards=FREE, manage=dict.fromkeys(EXACT, "exact")),
    )
    steps = [
        step for step in made.steps if (step.kind, fold(step.identity)) == (declared.kind, fold(declared.identity))
    ]
    assert action in {step.action for step in steps}
    if action != "delete":
        new = {"IsDefault": False} if action == "create" else {}
        given = new | {change.property: change.after for step in steps for change in step.changes}
        names = planned(declared.kind) & settings.keys()
        assert {name: settings[name] for name in names} == {name: given.get(name, ...) for name in names}
