"""Laws of the plan: it converges, it hits nobody on the way, and it is the same whatever order things were read in."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.access.decide import AccessModel
from policylint.access.request import Facts
from policylint.adapters.resources import read_schema
from policylint.desired.overlay import overlay
from policylint.model.access_rule import rule_identity, rule_key
from policylint.model.config import Config, Guards
from policylint.model.device import Device
from policylint.model.device_table import DeviceTable
from policylint.model.entity import Entity
from policylint.model.origin import Origin
from policylint.model.policy_set import PolicySet
from policylint.model.snapshot import Header, Snapshot
from policylint.model.state import State
from policylint.plan.diff import diff
from policylint.plan.make import make_plan
from policylint.plan.planfile import fingerprint, plan_record, read_plan
from policylint.schema.store import SchemaStore
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.plan.plan import Plan

STORE = SchemaStore(read_schema)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIVE, DECLARED = Origin("live.json"), Origin("policy.yaml")
LEVELS = ("Allow", "Quarantine", "Block")
VALUES = {"DeviceType": ("iPhone", "Android"), "DeviceModel": ("A1", "B2"), "DeviceOS": ("iOS 17", "Android 13")}
IDS = ("D1", "D2", "D3")
USERS = ("ann@contoso.com", "bob@contoso.com")
POLICIES = ("Default", "Strict", "Field")


def entity(kind: Any, identity: str, key: str, values: dict[str, Any], origin: Origin) -> Entity:
    ids = {"Guid": f"guid-{key}", "PrimarySmtpAddress": identity} if origin is LIVE else {}
    return Entity(kind=kind, identity=identity, key=key, settings=values, origin=origin, ids=ids)


def rules(draw: st.DrawFn, origin: Origin) -> dict[str, Entity]:
    found = {}
    for characteristic, values in VALUES.items():
        for value in values:
            level = draw(st.sampled_from((None, *LEVELS)))
            if level is not None:
                key = rule_key(characteristic, value)
                values_ = {"Characteristic": characteristic, "QueryString": value, "AccessLevel": level}
                found[key] = entity("deviceAccessRule", rule_identity(characteristic, value), key, values_, origin)
    return found


def policies(draw: st.DrawFn, origin: Origin) -> dict[str, Entity]:
    names = draw(st.lists(st.sampled_from(POLICIES), min_size=1, max_size=3, unique=True))
    default = draw(st.sampled_from(names))
    return {
        fold(name): entity(
            "mobileDeviceMailboxPolicy",
            name,
            fold(name),
            {"Name": name, "IsDefault": name == default, "AllowNonProvisionableDevices": draw(st.booleans())},
            origin,
        )
        for name in names
    }


def mailboxes(draw: st.DrawFn, origin: Origin, names: list[str]) -> dict[str, Entity]:
    lists = st.lists(st.sampled_from(IDS), unique=True, max_size=3).map(tuple)
    return {
        fold(user): entity(
            "mailbox",
            user,
            fold(user),
            {
                "Identity": user,
                "ActiveSyncEnabled": draw(st.booleans()),
                "ActiveSyncMailboxPolicy": draw(st.sampled_from((None, *names))),
                "ActiveSyncBlockedDeviceIDs": draw(lists),
                "ActiveSyncAllowedDeviceIDs": draw(lists),
            },
            origin,
        )
        for user in USERS
    }


@st.composite
def states(draw: st.DrawFn, origin: Origin, policy: bool) -> State:
    settings_ = {"DefaultAccessLevel": draw(st.sampled_from(LEVELS))}
    organization = entity("organization", "Settings", fold("Settings"), settings_, origin)
    found = policies(draw, origin) if policy else {}
    names = [item.identity for item in found.values()]
    return State.of(organization, rules(draw, origin), found if policy else None, mailboxes(draw, origin, names))


DEVICES = tuple(
    Device(
        device_id=device_id,
        mailbox=fold(user),
        device_class=(kind, model, system, None),
        provisionable="partial" if device_id == "D2" else "full",
        owner=user,
    )
    for user in USERS
    for device_id in (*IDS[:2], "D9")
    for kind, model, system in itertools.product(("iPhone", "Android"), ("A1", "B2", "C3"), ("iOS 17", "Android 13"))
)

CONFIG = Config(
    path=None,
    edition="exchange-2019",
    policies=(),
    snapshot=None,
    packs=(),
    severity={},
    custom_rules=(),
    manage={},
    guards=Guards(
        max_newly_denied=None,
        max_newly_denied_percent=None,
        max_newly_allowed_percent=None,
        max_deletes_percent=None,
        protect=(),
        snapshot_max_age_hours=None,
    ),
)


def snapshot(state: State, devices: tuple[Device, ...] = DEVICES) -> Snapshot:
    header = Header(
        edition="exchange-2019",
        tenant=None,
        organization=None,
        organization_guid="g",
        taken_at="2026-11-23T11:00:00Z",
        tool="0",
        redacted=False,
    )
    return Snapshot(
        path="live.json", sha256="", header=header, state=state, devices=DeviceTable(devices), incomplete={}
    )


def plan(live: State, declared: State, devices: tuple[Device, ...] = DEVICES) -> Plan:
    return make_plan(PolicySet(declared, (), ()), snapshot(live, devices), CONFIG, STORE, now=NOW)


def apply(state: State, step: dict[str, Any]) -> State:
    """Exchange in a few lines: what one step of a saved plan makes of live state."""
    kind, changes = step["kind"], {change["property"]: change for change in step["changes"]}
    after = {name: tuple(c["after"]) if isinstance(c["after"], list) else c["after"] for name, c in changes.items()}
    if kind == "organization":
        assert state.organization is not None
        changed = state.organization._replace(settings={**state.organization.settings, **after})
        return state.with_kind(kind, {changed.key: changed})
    objects = dict(state.of_kind(kind))
    target = step["target"]
    if kind == "deviceAccessRule":
        key = rule_key(target["Characteristic"], target["QueryString"])
    else:
        key = fold(step["identity"])
    if step["action"] == "delete":
        del objects[key]
    elif step["action"] == "create":
        assert key not in objects
        objects[key] = entity(kind, step["identity"], key, {"IsDefault": False, **after}, LIVE)
    else:
        for name, change in changes.items():
            before = objects[key].get(name)
            assert (list(before) if isinstance(before, tuple) else before) == change["before"]
        if after.get("IsDefault"):
            objects = {k: o._replace(settings={**o.settings, "IsDefault": False}) for k, o in objects.items()}
        objects[key] = objects[key]._replace(settings={**objects[key].settings, **after})
    return state.with_kind(kind, objects)


@settings(max_examples=150, deadline=None)
@given(states(LIVE, policy=True), states(DECLARED, policy=True))
def test_law_2_taking_every_step_leaves_nothing_to_plan(live: State, declared: State) -> None:
    record = plan_record(plan(live, declared))
    for step in record["steps"]:
        live = apply(live, step)
    again = plan(live, declared)
    assert [step.identity for step in again.steps] == []


@settings(max_examples=150, deadline=None)
@given(states(LIVE, policy=False), states(DECLARED, policy=False))
def test_law_3_no_device_is_ever_in_a_third_state(live: State, declared: State) -> None:
    """After every prefix each device of any class and mailbox is in its old or new state and switched once at most."""
    made = plan(live, declared)
    assert made.steps == () or all(refusal.guard != "hitless" for refusal in made.refusals)
    facts = Facts("exchange-2019")
    wanted = overlay(declared, live, {}, STORE).state
    final = [AccessModel(wanted, facts).decide(device).state for device in DEVICES]
    now = [AccessModel(live, facts).decide(device).state for device in DEVICES]
    switched = [False] * len(DEVICES)
    state = live
    for step, record in zip(made.steps, plan_record(made)["steps"], strict=True):
        state = apply(state, record)
        model = AccessModel(state, facts)
        opens = closes = 0
        for index, device in enumerate(DEVICES):
            new = model.decide(device).state
            if new != now[index]:
                assert new == final[index], (step.id, device)
                assert not switched[index]
                switched[index] = True
                opens += new == "Allowed"
                closes += now[index] == "Allowed"
                now[index] = new
        assert (opens, closes) == (step.opens, step.closes)
    assert now == final


@settings(max_examples=150, deadline=None)
@given(states(LIVE, policy=True), states(DECLARED, policy=True))
def test_law_3_where_no_order_does_it_the_plan_is_refused(live: State, declared: State) -> None:
    """With mailbox policies there are changes that no order makes hitless: the plan names the devices it would hit."""
    made = plan(live, declared)
    facts = Facts("exchange-2019")
    wanted = overlay(declared, live, {}, STORE).state
    final = [AccessModel(wanted, facts).decide(device).state for device in DEVICES]
    now = [AccessModel(live, facts).decide(device).state for device in DEVICES]
    hit: set[int] = set()
    switched: set[int] = set()
    state = live
    for record in plan_record(made)["steps"]:
        state = apply(state, record)
        model = AccessModel(state, facts)
        for index, device in enumerate(DEVICES):
            new = model.decide(device).state
            if new != now[index]:
                if new != final[index] or index in switched:
                    hit.add(index)
                switched.add(index)
                now[index] = new
    refused = [refusal.acknowledge for refusal in made.refusals if refusal.guard == "hitless"]
    assert refused == ([f"hitless={len(hit)}"] if hit else [])


@settings(max_examples=60, deadline=None)
@given(states(LIVE, policy=True), states(DECLARED, policy=True), st.randoms(use_true_random=False))
def test_law_8_the_order_of_reading_does_not_matter(live: State, declared: State, random: Any) -> None:
    def shuffled(state: State) -> State:
        def mix(objects: Any) -> Any:
            items = list((objects or {}).items())
            random.shuffle(items)
            return dict(items)

        return State.of(state.organization, mix(state.rules), mix(state.policies), mix(state.mailboxes))

    one = plan_record(plan(live, declared))
    devices = list(DEVICES)
    random.shuffle(devices)
    other = plan_record(plan(shuffled(live), shuffled(declared), tuple(devices)))
    same = plan_record(plan(live, declared, tuple(DEVICES)))
    assert one["steps"] == same["steps"]
    assert fingerprint(same) == fingerprint(other)


@settings(max_examples=60, deadline=None)
@given(states(LIVE, policy=True))
def test_law_1_a_state_plans_to_nothing_against_itself(live: State) -> None:
    assert diff(live, live, STORE) == ()
    assert plan(live, live).in_sync


@settings(max_examples=100, deadline=None)
@given(states(LIVE, policy=True), states(DECLARED, policy=True))
def test_a_saved_plan_comes_back_as_the_plan_it_was(live: State, declared: State) -> None:
    made = plan(live, declared)
    text = json.dumps(plan_record(made), indent=1)
    assert made == read_plan(text, "plan.json", STORE)
    assert fingerprint(json.loads(text)) == plan_record(made)["fingerprint"]
