"""Random pairs of what is live and what is declared, planned by the product, taken by its script in a bad session.

Either the script says that all is done, and it is: a plan from what is live now has no step. Or it says that it
stopped: then each setting is as it was or as the plan wants it, and running it again in a session that behaves
converges.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from policylint.adapters.resources import read_script
from policylint.desired.overlay import overlay
from policylint.model.policy_set import PolicySet
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE, State
from policylint.plan.make import make_plan
from policylint.plan.planfile import plan_record
from policylint.render.powershell import render_converge_script
from policylint.text import fold
from tests.powershell import scenes
from tests.powershell.exchange import ONLINE, read_state, write_state
from tests.strategies import declared_states, live_states
from tests.texts import TODAY
from tests.worlds import FREE, STORE, by_key, config, entity, read_sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from policylint.model.entity import Entity
    from policylint.model.snapshot import Snapshot
    from policylint.plan.plan import Plan
    from tests.powershell.exchange import Exchange, Result
    from tests.powershell.exchange import State as Live

EXAMPLES = 6 if settings.get_current_profile_name() == "default" else settings().max_examples
"""Each takes a second or two in the real engine, so the default profile has few."""
SERVER = "exchange-2019"
GO = {"Confirm": False, "PaceMilliseconds": 0, "ReadBackSeconds": 20}
NAMES: tuple[dict[str, str], ...] = (
    {},
    {"Strict": "West", "Field": "East\\West"},
    {"Strict": "Default's", "Field": "Field/Default"},
    {"iPhone": "O'Neil\u2019s iPhone", "Android": "\u0130OS Internal", "A1": "a1 (DeviceType)"},
)
"""Names to put for those of the generators: parts of one another, as paths, quoted, of other letters."""


def renamed(state: State, names: dict[str, str]) -> State:
    """Return a state with other names of policies and other texts of rules."""
    sections = {
        kind: by_key(
            entity(
                kind, each.origin.path, **{key: names.get(str(value), value) for key, value in each.settings.items()}
            )
            if kind in {POLICY, RULE, MAILBOX}
            else each
            for each in objects.values()
        )
        for kind, objects in state.objects.items()
    }
    return State(sections)


def live_of(state: State, edition: str) -> Live:
    """Return what a fake shows of a state that was read from Exchange."""
    made = scenes.scene()
    made["header"] |= {"edition": edition, "tenant": made["header"]["tenant"] if edition == ONLINE else None}
    made["organization"] |= texts(next(iter(state.of_kind(ORGANIZATION).values())))
    number = itertools.count(100)
    made["deviceAccessRules"] = [
        scenes.rule(next(number), row["Characteristic"], row["QueryString"], row["AccessLevel"])
        for row in map(texts, state.of_kind(RULE).values())
    ]
    made["mobileDeviceMailboxPolicies"] = [
        scenes.policy(next(number), row["Name"], **row) for row in map(texts, state.of_kind(POLICY).values())
    ]
    made["mailboxes"] = [
        scenes.mailbox(
            next(number),
            row.pop("Identity").partition("@")[0],
            **row,
            ActiveSyncMailboxPolicyIsDefaulted=str(row["ActiveSyncMailboxPolicy"] is None),
        )
        for row in map(texts, state.of_kind(MAILBOX).values())
    ]
    if edition != ONLINE:
        for row in made["mailboxes"]:
            del row["OutlookMobileEnabled"]  # which servers do not have
    made["devices"] = []
    return made


def texts(each: Entity) -> dict[str, Any]:
    """Return settings as Exchange shows them."""
    return {
        name: list(value) if isinstance(value, tuple) else None if value is None else str(value)
        for name, value in each.settings.items()
    }


def values_of(state: State) -> dict[tuple[str, str, str], Any]:
    """Return every setting by kind, key and name, without regard to case; of a list whether each item is there."""
    return dict(_values(state))


def _values(state: State) -> Iterator[tuple[tuple[str, str, str], Any]]:
    for each in state.entities():
        yield (each.kind, each.key, ""), True
        for name, value in each.settings.items():
            if isinstance(value, tuple):
                yield from (((each.kind, each.key, f"{name} {fold(item)}"), True) for item in value)
            else:
                yield (each.kind, each.key, name), fold(value) if isinstance(value, str) else value


@dataclass
class World:
    """One organization, what is declared for it, and the plan from the one to the other."""

    exchange: Exchange
    folder: Path
    edition: str
    declared: State
    live: Live
    plan: Plan = field(init=False)
    script: str = field(init=False)

    def __post_init__(self) -> None:
        self.plan = self.plan_from(self.live)
        self.script = render_converge_script(read_script("converge.ps1"), self.plan, STORE)

    def read(self, live: Live) -> Snapshot:
        write_state(self.folder / "sealed.json", live)
        return read_sealed((self.folder / "sealed.json").read_bytes())

    def plan_from(self, live: Live) -> Plan:
        there = self.read(live)
        made = config(edition=self.edition, guards=FREE, manage=dict.fromkeys(EXACT, "exact"))
        laid = overlay(self.declared, there.state, made.manage, STORE)
        return make_plan(PolicySet(self.declared, (), ()), there, made, STORE, now=TODAY, desired=laid)

    def run(self, live: Live, options: dict[str, Any]) -> Result:
        if self.edition != ONLINE:
            options = {"edition": self.edition} | options
        return self.exchange.run(self.script, live, GO, options=options, folder=self.folder)

    def values(self, live: Live) -> dict[tuple[str, str, str], Any]:
        """Return every setting of what a plan is about; of a list whether each of its items is there."""
        return values_of(self.read(live).state)

    def targets(self) -> set[tuple[str, str]]:
        """Return the settings that the plan names, as kind and property."""
        return {(step["kind"], change["property"]) for step in self.steps() for change in step["changes"]}

    @property
    def between(self) -> dict[tuple[str, str, str], list[Any]]:
        """Return what single steps give a setting, which later ones may change again."""
        found: dict[tuple[str, str, str], list[Any]] = {}
        for step in self.steps():
            for change in step["changes"]:
                found.setdefault((step["kind"], fold(step["identity"]), change["property"]), []).append(change["after"])
        return found

    def steps(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = plan_record(self.plan)["steps"]
        return found


EXACT = ("deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes")

# ---- misbehaviors ----------------------------------------------------------------------------------------------------

TRANSIENT: tuple[dict[str, Any], ...] = (
    {"message": "HTTP 429: Too many requests. Please wait and try again later."},
    {"message": 'HttpStatusCode=500 ErrorMessage={"error":{"code":"InternalServerError"}}', "type": "System.Exception"},
    {
        "message": "Active Directory server is not available. Error message: Active directory response: x",
        "type": "System.Management.Automation.RemoteException",
        "reason": "ADTransientException",
    },
    {"message": "A server side error has occurred because of which the operation could not be completed."},
    {"message": "The underlying connection was closed: x", "type": "System.Net.WebException"},
    {"message": "An error occurred while sending the request.", "type": "System.Net.Http.HttpRequestException"},
    {"message": "A task was canceled.", "type": "System.Threading.Tasks.TaskCanceledException"},
    {"message": "Unable to read data: Connection reset by peer.", "type": "System.IO.IOException"},
    {"message": "INTERNAL SERVER ERROR"},
)
"""What passes by itself, in the words and types of Exchange and of what is below it."""
SHADOWS = (
    "$PSDefaultParameterValues['Set-CASMailbox:OWAEnabled'] = $false; $OFS = ' '",
    "$PSDefaultParameterValues['Get-*:ResultSize'] = 1; $PSDefaultParameterValues['*-*:WhatIf'] = $true",
    "$PSDefaultParameterValues['Set-CASMailbox:ActiveSyncSuppressReadReceipt'] = $true; $OFS = ','",
    "function Where-Object { }; function ForEach-Object { }; function Sort-Object { }; function Start-Sleep { }",
    "function Write-Host { throw 'x' }; function Get-Command { }; Set-StrictMode -Version Latest",
    "function Import-Module { throw 'x' }; $ConfirmPreference = 'Low'; $VerbosePreference = 'Continue'",
    "function Set-CASMailbox { }; function Get-ActiveSyncDeviceAccessRule { }",
    "$WarningPreference = 'Stop'; $ProgressPreference = 'Stop'; $InformationPreference = 'Stop'",
)


Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class Fault:
    """A misbehavior: the options of the fake, and whether the script must finish all the same."""

    name: str
    options: dict[str, Any]
    must_finish: bool = False
    foreign: frozenset[tuple[str, str]] = frozenset()
    """The settings, as kind and property, that the misbehavior itself changes."""


def no_fault(_draw: Draw, _world: World) -> Fault:
    return Fault("none", {}, must_finish=True)


LAGS = st.sampled_from([1, 1, 1, 2, 3])
"""How many readings show the old state; each costs the wait before the next."""


def late(draw: Draw, _world: World) -> Fault:
    return Fault("late", {"lag": draw(LAGS)}, must_finish=True)


def transient(draw: Draw, world: World) -> Fault:
    """Return one error that passes, before or after a change, or at a reading."""
    error = dict(draw(st.sampled_from(TRANSIENT)))
    where = draw(st.sampled_from(["at", "atRead"]))
    error[where] = draw(st.integers(1, max(1, len(world.plan.steps) * (1 if where == "at" else 3))))
    error["after"] = draw(st.booleans())
    style = draw(st.sampled_from(["terminating", "thrown", "swallowed"]))
    error["style"] = style
    return Fault(f"transient, {style}", {"errors": [error]}, must_finish=style != "swallowed")


def lost(draw: Draw, world: World) -> Fault:
    """Return an error of no known kind at one call, also one that only the status of the module shows."""
    where = draw(st.sampled_from(["at", "atRead"]))
    number = draw(st.integers(1, max(1, len(world.plan.steps) * (1 if where == "at" else 3))))
    style = draw(st.sampled_from(["terminating", "thrown", "swallowed", "silent"]))
    error = {where: number, "after": draw(st.booleans()), "style": style, "message": "Something is wrong."}
    return Fault(f"lost, {style}", {"errors": [error]})


def paged(draw: Draw, _world: World) -> Fault:
    """Return a listing that ends at a page, each time or once."""
    style = draw(st.sampled_from(["terminating", "thrown", "swallowed", "silent"]))
    size, page = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    if draw(st.booleans()):
        return Fault(f"page, {style}", {"pageSize": size, "failPage": page, "errorStyle": style})
    error = {"atRead": draw(st.integers(1, 9)), "page": page, "style": style, "message": "Expired pagination request"}
    return Fault(f"page once, {style}", {"pageSize": size, "errors": [error]})


def shown_otherwise(draw: Draw, world: World) -> Fault:
    options: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "valueCase": st.sampled_from(["upper", "lower"]),
                "listOrder": st.just("reverse"),
                "hashtables": st.just(True),
                "lists": st.sampled_from(["single", "collection"]),
            },
        )
    )
    if world.edition != ONLINE:
        options["reference"] = draw(st.sampled_from(["name", "dn", "guid", "path"]))
    return Fault("shown otherwise", options, must_finish=options.get("reference") != "path")


def fewer_rights(draw: Draw, world: World) -> Fault:
    """Return a session without parameters that the plan does not use."""
    used = {name for _, name in world.targets()}
    unused = [name for name in UNUSED if name not in used]
    left = draw(st.lists(st.sampled_from(unused), max_size=5, unique=True))
    cmdlets = ("Set-CASMailbox", "Set-MobileDeviceMailboxPolicy", "New-MobileDeviceMailboxPolicy")
    without = [f"{cmdlet} -{name}" for cmdlet in cmdlets for name in left]
    return Fault("fewer rights", {"without": without}, must_finish=True)


UNUSED = (
    "OWAEnabled",
    "ActiveSyncEnabled",
    "AllowCamera",
    "PasswordEnabled",
    "IsDefault",
    "ActiveSyncBlockedDeviceIDs",
)


def shadowed(draw: Draw, _world: World) -> Fault:
    shadow = draw(st.sampled_from(SHADOWS))
    return Fault("shadowed", {"shadow": shadow}, must_finish="function Set-CASMailbox" not in shadow)


def other_servers(draw: Draw, world: World) -> Fault:
    if world.edition == ONLINE:
        return late(draw, world)
    return Fault("other domain controllers", {"domainControllers": 3, "lag": draw(LAGS)}, must_finish=True)


def coupled(draw: Draw, world: World) -> Fault:
    """Return a setting that Exchange changes along with one of the plan."""
    other = draw(st.sampled_from([("AllowNonProvisionableDevices", "True"), ("ActiveSyncEnabled", "False")]))
    kind = POLICY if other[0].startswith("Allow") else MAILBOX
    names = sorted(name for of, name in world.targets() if of == kind and name != other[0])
    if not names:
        return no_fault(draw, world)
    couple = {draw(st.sampled_from(names)): {other[0]: other[1]}}
    return Fault("coupled", {"couple": couple}, foreign=frozenset({(kind, other[0])}))


def colleague(draw: Draw, world: World) -> Fault:
    """Return somebody else who changes a rule while the script runs."""
    rules = world.live["deviceAccessRules"]
    if not rules:
        return no_fault(draw, world)
    text = draw(st.sampled_from(rules))["QueryString"]
    level = draw(st.sampled_from(["Allow", "Block", "Quarantine"]))
    deed = {"section": "deviceAccessRules", "match": {"QueryString": text}, "set": {"AccessLevel": level}}
    deed[draw(st.sampled_from(["at", "atRead", "afterRead"]))] = draw(st.integers(1, 12))
    return Fault("colleague", {"interfere": [deed]}, foreign=frozenset({(RULE, "AccessLevel")}))


FAULTS = (
    *(no_fault, late, transient, lost, paged, shown_otherwise, fewer_rights, shadowed, other_servers, coupled),
    colleague,
)

EVENLY = st.integers(0, 2**32 - 1)
"""A number whose remainder chooses among misbehaviors, each about as often as another."""

# ---- the law ---------------------------------------------------------------------------------------------------------


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.data(), live_states(), declared_states())
def test_random_pairs(exchange: Exchange, data: st.DataObject, live: State, declared: State) -> None:
    names = data.draw(st.sampled_from(NAMES), label="names")
    edition = data.draw(st.sampled_from([ONLINE, SERVER]), label="edition")
    shown = live_of(renamed(live, names), edition)
    world = World(exchange, exchange.case(), edition, renamed(declared, names), shown)
    fault = FAULTS[data.draw(EVENLY, label="fault") % len(FAULTS)](data.draw, world)
    event(fault.name)
    before = world.values(shown)
    result = world.run(shown, fault.options)
    assert result.thrown is None
    assert result.exit_code in {0, 1}, fault
    after = world.values(result.state)
    left = world.plan_from(result.state).steps
    if result.exit_code == 0:
        assert [] == [step for step in left if not is_foreign(step, fault)], (fault, result.warnings)
    else:
        assert not fault.must_finish, (fault, result.errors, result.warnings)
    done = world.run(shown, {})
    assert (0, []) == (done.exit_code, done.errors)
    assert () == world.plan_from(done.state).steps
    wanted = world.values(done.state)
    third = {
        key: value
        for key, value in after.items()
        if (key[0], key[2]) not in fault.foreign
        and not (
            key[2] == "IsDefault" and not value
        )  # of a new policy, and of the old default one once there is another
        and value not in (before.get(key), wanted.get(key), *world.between.get(key, ()))
    }
    assert {} == third, fault
    if result.exit_code == 1 and not fault.foreign:
        again = world.run(result.state, {})
        assert (0, []) == (again.exit_code, again.errors), fault
        assert wanted == world.values(again.state)


def is_foreign(step: Any, fault: Fault) -> bool:
    """Return whether a step is about no more than what the misbehavior changes."""
    return all((step.kind, change.property) in fault.foreign for change in step.changes)


READING = (no_fault, transient, lost, paged, shown_otherwise, shadowed)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.data(), live_states())
def test_random_readings(exchange: Exchange, data: st.DataObject, live: State) -> None:
    """What the exporter seals is whole, whatever went wrong on the way; or there is no file."""
    edition = data.draw(st.sampled_from([ONLINE, SERVER]), label="edition")
    names = data.draw(st.sampled_from(NAMES), label="names")
    shown = live_of(renamed(live, names), edition)
    shown["devices"] = [scenes.device(number, "ann") for number in range(data.draw(st.integers(0, 3)))]
    world = World(exchange, exchange.case(), edition, live, shown)
    fault = READING[data.draw(EVENLY, label="fault") % len(READING)](data.draw, world)
    event(fault.name)
    assume(fault.options.get("reference") != "path" or "\\" not in "".join(names.values()))  # a path may mean either
    path = world.folder / "live.json"
    options = fault.options if edition == ONLINE else {"edition": edition} | fault.options
    script = scenes.exporter(edition)
    result = exchange.run(script, shown, {"Path": str(path)}, options=options, folder=world.folder)
    assert result.thrown is None
    assert [] == result.calls
    assert path.exists() == (result.exit_code == 0)
    if result.exit_code != 0:
        assert 1 == result.exit_code
        assert not fault.must_finish or fault.name.startswith("transient"), (fault, result.errors)
        return
    found = read_sealed(path.read_bytes())
    there = read_state(path)
    assert len(shown["devices"]) == len(there["devices"]), fault
    assert values_of(found.state) == world.values(shown), fault


@pytest.mark.parametrize("action", ["create", "delete"])
def test_a_rule_that_is_shown_in_other_letters(exchange: Exchange, action: str) -> None:
    made_now = action == "create"
    target = {"Characteristic": "DeviceType", "QueryString": "TbSync"} if made_now else scenes.ANDROID
    values = {"Characteristic": "enum", "QueryString": "string"}
    known = [
        scenes.change(name, kind, None if made_now else target[name], target[name] if made_now else None)
        for name, kind in values.items()
    ]
    level = scenes.change("AccessLevel", "enum", None if made_now else "Block", "Block" if made_now else None)
    made = scenes.plan(scenes.step(action, "deviceAccessRule", target, *known, level))
    result = exchange.run(scenes.converge(made), scenes.scene(), GO, options={"valueCase": "upper"})
    assert (0, []) == (result.exit_code, result.errors)
    assert 1 == len(result.calls)
