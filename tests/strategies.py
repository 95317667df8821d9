"""Generators for the laws: policy files made from the schemas, right and wrong, and small worlds of access."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from policylint.access.request import Facts
from policylint.model.device import Device, DeviceClass
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE, State
from policylint.schema.keywords import is_nullable, key_choice, kind_of
from policylint.schema.values import timespan_text
from policylint.syntax.parse import forbidden_character
from policylint.text import fold
from tests.texts import LIVE
from tests.worlds import STORE, by_key, entity

if TYPE_CHECKING:
    from policylint.model.entity import Entity

# Policy files


@dataclass(frozen=True)
class Leaf:
    """A scalar to write: its text, and whether without quotes."""

    text: str
    plain: bool = False


Tree: TypeAlias = "Leaf | list[Any] | dict[str, Any]"
"""A policy file before it is written: leaves, lists of trees, and mappings from keys to trees."""


def written(tree: Tree) -> str:
    """Return a tree as YAML in flow style."""
    if isinstance(tree, Leaf):
        return tree.text if tree.plain else json.dumps(tree.text, ensure_ascii=False)
    if isinstance(tree, list):
        return f"[{', '.join(map(written, tree))}]"
    return (
        "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {written(value)}" for key, value in tree.items()) + "}"
    )


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(lambda t: forbidden_character(t) is None)
"""Any text that a policy file may hold."""

TRAPS = (
    "true", "false", "True", "yes", "no", "NO", "off", "on", "null", "Null", "NULL", "~", "0", "1", "-1", "-0", "6",
    "010", "0x1F", "1E5", "16.10", "17", "51", "2147483648", "15:00", "15", "00:15:00", "00:00:59", "24:00:00",
    "731.00:00:00", "Unlimited", "unlimited", "5 MB", "1.5 MB", "Allow", "allow", "Allowed", "Quarantine", "DeviceOS",
    "2027-03-31", "2027-02-30", "a@contoso.com", "exchange-online", "error", "Default", "iOS 17.4 21E219", "full",
)  # fmt: skip
"""Words that are right for some setting and wrong for others."""

LEAVES: st.SearchStrategy[Leaf] = st.one_of(
    st.builds(Leaf, st.sampled_from(TRAPS), st.booleans()),
    st.builds(Leaf, TEXTS),
    st.builds(Leaf, st.integers(300, 5000).map(lambda length: "9" * length), st.booleans()),
)
KEYS = st.one_of(st.sampled_from(["Name", "name", "Identity", "expect", "QueryString", "DevicePasswordEnabled"]), TEXTS)
TREES: st.SearchStrategy[Tree] = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)), max_leaves=6
)
"""Anything at all."""


@st.composite
def trees(draw: st.DrawFn, identifier: str, wrong: bool) -> tuple[Tree, Any]:
    """Return a tree for a schema, with the value it stands for; where `wrong`, some parts are anything at all."""
    return _tree(draw, STORE.schema(identifier), wrong)


def _tree(draw: st.DrawFn, schema: dict[str, Any], wrong: bool) -> tuple[Tree, Any]:
    if wrong and draw(st.integers(0, 19)) == 0:
        return draw(TREES), None
    if "$ref" in schema:
        return _tree(draw, STORE.schema(schema["$ref"]), wrong)
    if "properties" in schema or schema.get("type") == "object":
        return _mapping(draw, schema, wrong)
    if schema.get("type") == "array":
        items = [_tree(draw, schema["items"], wrong) for _ in range(draw(st.integers(schema.get("minItems", 0), 3)))]
        return [tree for tree, _ in items], [value for _, value in items]
    if any(str(branch.get("type")) in {"array", "object"} for branch in schema.get("oneOf", ())):
        return _tree(draw, draw(st.sampled_from(schema["oneOf"])), wrong)
    return draw(_scalars(schema))


def _mapping(draw: st.DrawFn, schema: dict[str, Any], wrong: bool) -> tuple[Tree, Any]:
    properties = dict(schema.get("properties", {}))
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        fewest = 0 if wrong or properties else schema.get("minProperties", 0)
        properties |= dict.fromkeys(draw(st.lists(TEXTS.filter(bool), min_size=fewest, max_size=2)), more)
    optional = sorted(properties.keys() - set(schema.get("required", ())))
    least = 0 if wrong else min(schema.get("minProperties", 0), len(optional))
    more_keys = (
        st.lists(st.sampled_from(optional), min_size=least, max_size=4, unique=True) if optional else st.just([])
    )
    choice = key_choice(schema)
    chosen = [*schema.get("required", ()), *(name for name in draw(more_keys) if name not in choice)]
    chosen += [draw(st.sampled_from(choice))] if choice else []
    parts = {name: _tree(draw, properties[name], wrong) for name in draw(st.permutations(chosen))}
    tree: dict[str, Any] = {name: part for name, (part, _) in parts.items()}
    if wrong and draw(st.integers(0, 9)) == 0:
        tree.pop(draw(st.sampled_from(chosen or [""])), None)
    if wrong and choice and draw(st.integers(0, 9)) == 0:
        tree.update((name, _tree(draw, properties[name], wrong)[0]) for name in choice)
    if wrong and draw(st.integers(0, 9)) == 0:
        tree.setdefault(draw(KEYS), draw(LEAVES))
    return tree, {name: value for name, (_, value) in parts.items()}


def _scalars(schema: dict[str, Any]) -> st.SearchStrategy[tuple[Leaf, Any]]:
    """Return the leaves that a scalar's schema admits, each with its canonical value."""
    if "oneOf" in schema:
        kind = kind_of(schema)
        return st.one_of([_scalars({**branch, "exchange": {"kind": kind}}) for branch in schema["oneOf"]])
    if is_nullable(schema):
        types = [name for name in schema["type"] if name != "null"]
        return st.one_of(st.just((Leaf("null", plain=True), None)), _scalars({**schema, "type": types[0]}))
    if "enum" in schema:
        return st.sampled_from(schema["enum"]).map(lambda member: (Leaf(member, plain=True), member))
    if "const" in schema:
        return st.just((Leaf(str(schema["const"]), plain=True), schema["const"]))
    if schema["type"] == "boolean":
        return st.booleans().map(lambda value: (Leaf(str(value).lower(), plain=True), value))
    if schema["type"] == "integer":
        numbers = st.integers(schema.get("minimum", 0), schema.get("maximum", 1000))
        return numbers.map(lambda value: (Leaf(str(value), plain=True), value))
    if schema.get("format") == "timespan":
        spans = st.integers(_seconds(schema.get("formatMinimum", "0")), _seconds(schema.get("formatMaximum", "9")))
        return st.tuples(spans.map(timespan_text), st.booleans()).map(lambda s: (Leaf(*s), s[0]))
    if schema.get("format") == "date":
        return st.dates().map(lambda day: (Leaf(day.isoformat(), plain=True), day.isoformat()))
    if schema.get("format") == "smtp-address":
        return st.sampled_from(["a@contoso.com", "B@contoso.com"]).map(lambda text: (Leaf(text), text))
    # Of a text that may be null, the empty one is null.
    least = max(1, schema.get("minLength", 0))
    texts = st.one_of(TEXTS, st.sampled_from(TRAPS)).map(lambda text: text.ljust(least, "x"))
    return texts.map(lambda text: (Leaf(text), text))


def _seconds(text: str) -> int:
    days, _, clock = text.rpartition(".")
    hours, minutes, seconds = (*map(int, clock.split(":")), 0, 0)[:3]
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds


# Access

LEVELS = ("Allow", "Block", "Quarantine")
VALUES: dict[str, tuple[str, ...]] = {
    "DeviceType": ("iPhone", "IPHONE", "Android", "Outlook", "\u00c9cran"),
    "DeviceModel": ("iPhone14C2", "iphone14c2", "Android", "\u00e9cran", "iPhone"),
    "DeviceOS": ("iOS 17.4 21E219", "ios 17.4 21e219", "Android", "Android 13", "iOS 17.4 21E219 "),
    "UserAgent": ("Outlook-iOS/2.0", "outlook-ios/2.0", "Android"),
    "XMSWLHeader": ("x", "X"),
}
"""A few values of each characteristic, some the same but for case."""

JOHN = "john.doe@contoso.com"
DEVICE_IDS = ("APPL1", "appl1", "SEC2", "sec2", "X3", "")
CLIENTS = ("EAS", "EAS", "EAS", "Outlook", "REST", "MOWA", "UniversalOutlook", "Other")
VERSIONS = ("", "16.1", "16.0", "14.1", "2.5", "16.1.1", "17", "not known", "\u00b2.1")
PRECEDENCES = ("strictest", "strictest", "specific-first")
EDITIONS = ("exchange-online", "exchange-2019")


@dataclass(frozen=True)
class World:
    """A configuration and what no configuration shows."""

    state: State
    facts: Facts


def rules() -> st.SearchStrategy[dict[str, Entity]]:
    """Return some device access rules by key."""
    pairs = [(name, value) for name, values in VALUES.items() for value in values]
    return st.lists(st.builds(rule, st.sampled_from(pairs), st.sampled_from(LEVELS)), max_size=5).map(by_key)


def rule(pair: tuple[str, str], level: str, path: str = "policy.yaml") -> Entity:
    """Return a device access rule: what it compares, with what, and what a device gets that matches."""
    return entity(RULE, path, Characteristic=pair[0], QueryString=pair[1], AccessLevel=level)


def _some(draw: st.DrawFn, **choices: Any) -> dict[str, Any]:
    """Return settings of which each may be left out."""
    settings = {name: draw(st.sampled_from((*values, ...))) for name, values in choices.items()}
    return {name: value for name, value in settings.items() if value is not ...}


@st.composite
def mailboxes(draw: st.DrawFn) -> Entity:
    """Return a mailbox with some of its switches and lists."""
    ids = st.lists(st.sampled_from(DEVICE_IDS[:-1]), max_size=2).map(tuple)
    settings = _some(
        draw,
        ActiveSyncEnabled=(True, False),
        OutlookMobileEnabled=(True, False),
        OWAforDevicesEnabled=(True, False),
        ActiveSyncMailboxPolicy=(None, "Default", "STRICT", "Gone"),
        ActiveSyncAllowedDeviceIDs=(draw(ids),),
        ActiveSyncBlockedDeviceIDs=(draw(ids),),
    )
    return entity(MAILBOX, Identity=JOHN, **settings)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Return a small configuration, some of it unknown."""
    mailbox = draw(mailboxes())
    policies = by_key(
        entity(
            POLICY, Name=name, IsDefault=name == "Default", **_some(draw, AllowNonProvisionableDevices=(True, False))
        )
        for name in draw(st.lists(st.sampled_from(["Default", "Strict"]), unique=True))
    )
    organization = entity(ORGANIZATION, **_some(draw, DefaultAccessLevel=LEVELS))
    state = State.of(
        draw(st.sampled_from([organization, None])),
        draw(st.one_of(rules(), st.none())),
        draw(st.sampled_from([policies, None])),
        draw(st.sampled_from([{mailbox.key: mailbox}, {}, None])),
    )
    return World(state, Facts(draw(st.sampled_from(EDITIONS)), draw(st.booleans()), draw(st.sampled_from(PRECEDENCES))))


def classes() -> st.SearchStrategy[DeviceClass]:
    """Return the values that rules tell devices apart by, some of them known to no rule."""
    return st.tuples(
        *(
            st.sampled_from((*VALUES[name], "another", None))
            for name in ("DeviceType", "DeviceModel", "DeviceOS", "UserAgent")
        )
    )


def devices() -> st.SearchStrategy[Device]:
    """Return a device, of the one mailbox or of another."""
    return st.builds(
        Device,
        device_id=st.sampled_from(DEVICE_IDS),
        mailbox=st.sampled_from([fold(JOHN), fold("else@contoso.com"), None]),
        device_class=classes(),
        client_type=st.sampled_from(CLIENTS),
        client_version=st.sampled_from(VERSIONS),
        provisionable=st.sampled_from(["full", "partial", "none", "external", "unknown"]),
        managed=st.booleans(),
        live_state=st.sampled_from(["", "Allowed", "Blocked", "DeviceDiscovery"]),
        live_reason=st.sampled_from(["", "Global", "Policy"]),
        first_sync=st.sampled_from(["", "2026-01-02T03:04:05Z"]),
        last_sync=st.sampled_from(["", "2025-12-31T23:59:59Z", "2026-11-20T06:00:00Z"]),
        changed=st.sampled_from(["", "2026-11-20T07:00:00Z"]),
    )


# Plans

USERS = ("ann@contoso.com", "bob@contoso.com")
FEW_IDS = ("D1", "D2", "D3")
FEW_VALUES = {"DeviceType": ("iPhone", "Android"), "DeviceModel": ("A1", "B2"), "DeviceOS": ("iOS 17", "Android 13")}
FEW_POLICIES = ("Default", "Strict", "Field")
EVERY_DEVICE = tuple(
    Device(
        device_id=device_id,
        mailbox=fold(user),
        device_class=(kind, model, system, None),
        provisionable="partial" if device_id == "D2" else "full",
        owner=user,
    )
    for user, device_id, kind, model, system in product(
        USERS, (*FEW_IDS[:2], "D9"), FEW_VALUES["DeviceType"], ("A1", "B2", "C3"), FEW_VALUES["DeviceOS"]
    )
)
"""A device of each user of every combination of the few values, on the lists and on none."""


@st.composite
def whole_states(draw: st.DrawFn, path: str, *, policies: bool = True) -> State:
    """Return a state of the few values in which all is known that a decision reads, mailbox policies only if asked."""
    pairs = [(name, value) for name, values in FEW_VALUES.items() for value in values]
    levels = {pair: draw(st.sampled_from((None, *LEVELS))) for pair in pairs}
    names = draw(st.lists(st.sampled_from(FEW_POLICIES), min_size=1, unique=True)) if policies else []
    default = draw(st.sampled_from(names)) if names else None
    ids = st.lists(st.sampled_from(FEW_IDS), unique=True).map(tuple)
    return State.of(
        entity(ORGANIZATION, path, DefaultAccessLevel=draw(st.sampled_from(LEVELS))),
        by_key(rule(pair, level, path) for pair, level in levels.items() if level is not None),
        by_key(
            entity(POLICY, path, Name=n, IsDefault=n == default, AllowNonProvisionableDevices=draw(st.booleans()))
            for n in names
        )
        if policies
        else None,
        by_key(
            entity(
                MAILBOX,
                path,
                Identity=user,
                ActiveSyncEnabled=draw(st.booleans()),
                ActiveSyncMailboxPolicy=draw(st.sampled_from((None, *names))),
                ActiveSyncBlockedDeviceIDs=draw(ids),
                ActiveSyncAllowedDeviceIDs=draw(ids),
            )
            for user in USERS
        ),
    )


def live_states(*, policies: bool = True) -> st.SearchStrategy[State]:
    """Return a state that was read from Exchange."""
    return whole_states(LIVE, policies=policies)


def declared_states(*, policies: bool = True) -> st.SearchStrategy[State]:
    """Return a state that policy files declare."""
    return whole_states("policy.yaml", policies=policies)


@st.composite
def partial_states(draw: st.DrawFn) -> State:
    """Return a state that policy files declare, which leaves out sections, objects and settings."""
    state = draw(declared_states())
    kinds: dict[str, dict[str, Entity]] = {}
    for kind, objects in state.objects.items():
        if not draw(st.booleans()):
            continue
        needed = set(STORE.object_type(kind).key) | {"Name", "AccessLevel"}
        kept = {}
        for key, each in objects.items():
            if draw(st.booleans()):
                names = [name for name in each.settings if name in needed or draw(st.booleans())]
                kept[key] = each._replace(settings={name: each.settings[name] for name in names})
        if kept or kind != "organization":
            kinds[kind] = kept
    return State(kinds)
