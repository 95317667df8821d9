"""Random organizations, what is declared for them, the plans from the one to the other, and sessions that misbehave."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.access.request import Facts
from policylint.adapters.resources import read_script
from policylint.desired.overlay import overlay
from policylint.model.device_table import DeviceTable
from policylint.model.policy_set import PolicySet
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE, State
from policylint.plan.journal import read_journal
from policylint.plan.make import make_plan
from policylint.plan.make_back import make_plan_back
from policylint.plan.planfile import plan_record
from policylint.render.powershell import render_converge_script
from policylint.source import Source
from policylint.text import fold
from tests.laws.test_law_3_hitless_order import is_hit
from tests.powershell import scenes
from tests.powershell.exchange import ONLINE, write_state
from tests.strategies import EVERY_DEVICE, declared_states, live_states
from tests.texts import TODAY
from tests.worlds import FREE, STORE, by_key, config, entity, read_sealed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.model.snapshot import Snapshot
    from policylint.plan.plan import Plan
    from policylint.schema.store import Setting
    from tests.powershell.exchange import Exchange, Result
    from tests.powershell.exchange import State as Live

SERVER = "exchange-2019"
GO = {"Confirm": False, "PaceMilliseconds": 0, "ReadBackSeconds": 20}
NAMES: tuple[dict[str, str], ...] = (
    {},
    {"Strict": "West", "Field": "East\\West"},
    {"Strict": "Default's", "Field": "Field/Default"},
    {"iPhone": "O'Neil\u2019s iPhone", "Android": "\u0130OS Internal", "A1": "a1 (DeviceType)"},
)
"""Names to put for those of the generators: parts of one another, as paths, quoted, of other letters."""


VALUES: dict[str, tuple[Any, Any]] = {
    "bool": (False, True),
    "strings": ((), ("a@contoso.com", "O'Neil\u2019s")),
    "string": (None, "Call the \u201chelp desk\u201d: it's 5."),
    "policy-ref": (None, "Default"),
    "nullable-int": (None, 6),
    "int": (1, 2),
    "unlimited-int": ("Unlimited", 5),
    "unlimited-bytes": ("Unlimited", 5242880),
    "unlimited-timespan": ("Unlimited", "00:15:00"),
}
"""Two values of each kind that a setting can have; those that are no value of one are in OTHERS."""
OTHERS: dict[str, tuple[Any, Any]] = {
    "AdminMailRecipients": ((), ("a@contoso.com", "b@contoso.com")),
    "PasswordExpiration": ("Unlimited", "90.00:00:00"),
    "IsDefault": (False, False),
}


def value(setting: Setting, side: int) -> Any:
    """Return one of two values of a setting."""
    if setting.name in OTHERS:
        return OTHERS[setting.name][side]
    return setting.members[side] if setting.kind == "enum" else VALUES[setting.kind][side]


def every(kind: str, edition: str, side: int, **known: Any) -> Entity:
    """Return an object with every setting that a plan can be about at one of two values, but for those given."""
    settings = STORE.object_type(kind).planned_in(edition)
    return entity(kind, **{name: value(setting, side) for name, setting in settings.items()} | known)


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


def called(device: Device, names: dict[str, str]) -> Device:
    """Return a device whose values have other names, as the texts of the rules have."""
    kind, model, system, agent = (names.get(str(value), value) for value in device.device_class)
    return device._replace(device_class=(kind, model, system, agent))


def live_of(state: State, edition: str, *, whole: bool = False) -> Live:
    """Return what a fake shows of a state that was read from Exchange; of policies every setting if they are whole."""
    made = scenes.scene()
    made["header"] |= {"edition": edition, "tenant": made["header"]["tenant"] if edition == ONLINE else None}
    made["organization"] |= texts(next(iter(state.of_kind(ORGANIZATION).values())))
    number = itertools.count(100)
    made["deviceAccessRules"] = [
        scenes.rule(next(number), row["Characteristic"], row["QueryString"], row["AccessLevel"])
        for row in map(texts, state.of_kind(RULE).values())
    ]
    kinds = STORE.object_type(POLICY).settings
    more = every(POLICY, edition, 0, Name="").settings if whole else {}
    rest = {name: shown(kinds[name].kind, given) for name, given in more.items()}
    made["mobileDeviceMailboxPolicies"] = [
        scenes.policy(next(number), row["Name"], **(rest | row)) for row in map(texts, state.of_kind(POLICY).values())
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


@dataclass(repr=False)
class World:
    """One organization, what is declared for it, and the plan from the one to the other."""

    exchange: Exchange
    folder: Path
    edition: str
    declared: State
    live: Live
    names: dict[str, str] = field(default_factory=dict)
    plan: Plan = field(init=False)
    script: str = field(init=False)
    devices: tuple[Device, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.devices = tuple(called(device, self.names) for device in EVERY_DEVICE)
        self.plan = self.plan_from(self.live)
        self.script = script_of(self.plan)

    def read(self, live: Live) -> Snapshot:
        write_state(self.folder / "sealed.json", live)
        return read_sealed((self.folder / "sealed.json").read_bytes())

    def plan_from(self, live: Live) -> Plan:
        there = self.read(live)._replace(devices=DeviceTable(self.devices))
        made = config(edition=self.edition, guards=FREE, manage=dict.fromkeys(EXACT, "exact"))
        laid = overlay(self.declared, there.state, made.manage, STORE)
        return make_plan(PolicySet(self.declared, (), ()), there, made, STORE, now=TODAY, desired=laid)

    def plan_back(self, journal: bytes, live: Live, undone: Plan | None = None) -> Plan:
        """Return the plan that takes back what a journal says was done, with or without the plan that it is of."""
        there = self.read(live)._replace(devices=DeviceTable(self.devices))
        made = config(edition=self.edition, guards=FREE)
        found = read_journal(Source("journal.log", journal.decode("ascii")), STORE, undone)
        return make_plan_back(found, there, made, STORE, now=TODAY)

    def run(
        self, live: Live, options: dict[str, Any], arguments: dict[str, Any] | None = None, script: str = ""
    ) -> Result:
        """Run a script, that of the plan unless another is given."""
        if self.edition != ONLINE:
            options = {"edition": self.edition} | options
        arguments = GO if arguments is None else arguments
        return self.exchange.run(script or self.script, live, arguments, options=options, folder=self.folder)

    def outcomes(self, live: Live) -> tuple[str | None, ...]:
        """Return what each device gets."""
        model = AccessModel(self.read(live).state, Facts(self.edition))
        return tuple(model.decide(device).state for device in self.devices)

    def third_states(self, lives: Sequence[Live]) -> list[tuple[str | None, ...]]:
        """Return the courses of devices that pass through a state neither the first nor the last, or switch twice."""
        courses = zip(*map(self.outcomes, lives), strict=True)
        return sorted({course for course in courses if is_hit(course, course[-1])}, key=str)

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


@st.composite
def worlds(draw: st.DrawFn, exchange: Exchange, *, whole: bool = False) -> World:
    """Return a random pair in an organization of any edition, with names of any kind."""
    names, edition = draw(st.sampled_from(NAMES)), draw(st.sampled_from([ONLINE, SERVER]))
    live, declared = draw(live_states()), draw(declared_states())
    shown = live_of(renamed(live, names), edition, whole=whole)
    return World(exchange, exchange.case(), edition, renamed(declared, names), shown, names)


EXACT = ("deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes")


def script_of(plan: Plan) -> str:
    """Return the script of a plan."""
    return render_converge_script(read_script("converge.ps1"), plan, STORE)


def is_hitless(plan: Plan) -> bool:
    """Return whether no device passes through a third state, as far as the plan says."""
    return all(refusal.guard not in {"hitless", "rings-hitless"} for refusal in plan.refusals)


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


def expired(draw: Draw, world: World) -> Fault:
    """Return a token that expires in the middle, and is renewed by the next call or never."""
    error = {"anyFrom": draw(st.integers(2, 4 + 4 * len(world.plan.steps))), "message": "HttpStatusCode=401"}
    renewed = draw(st.booleans())
    return Fault(f"token expires, {'renewed' if renewed else 'for good'}", {
        "errors": [error | ({"times": 1} if renewed else {})]}, must_finish=renewed)  # fmt: skip


def connected_twice(draw: Draw, world: World) -> Fault:
    """Return a session with a second connection, whose cmdlets nobody could tell from those of the first."""
    if world.edition != ONLINE:
        return late(draw, world)
    return Fault("two connections", {"connections": [{}, {"TenantID": scenes.ORGANIZATION}]})


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
    *(
        no_fault,
        late,
        transient,
        lost,
        expired,
        connected_twice,
        paged,
        shown_otherwise,
        fewer_rights,
        shadowed,
        other_servers,
        coupled,
    ),
    colleague,
)

EVENLY = st.integers(0, 2**32 - 1)
"""A number whose remainder chooses among misbehaviors, each about as often as another."""
