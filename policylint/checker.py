"""Checks a saved plan by its own evidence, without the code that made it: `python -m policylint.checker plan.json`.

Of each class of devices the evidence says what decides before and after, and the step at which it switches. Whatever
decides, and whatever of higher rank the steps bring or take away, is followed through the steps. What is not named can
only be of lower rank than what decides at both ends, so a step after which nothing of that rank is left is an error:
something unknown would decide. Takes time in proportion to the plan.

Source: the order of decision, https://unifiedpeople.ru/exch2010help.en/html/2b76335e-e700-46d2-96e3-67397dbb4af9.htm
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from policylint.uppercase import upper_case

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

T = TypeVar("T")

RULE, MAILBOX, POLICY, ORGANIZATION = "deviceAccessRule", "mailbox", "mobileDeviceMailboxPolicy", "organization"
GATE, REFERENCE = "AllowNonProvisionableDevices", "ActiveSyncMailboxPolicy"
BLOCKED, ALLOWED = "ActiveSyncBlockedDeviceIDs", "ActiveSyncAllowedDeviceIDs"
SWITCHES = ("ActiveSyncEnabled", "OutlookMobileEnabled", "OWAforDevicesEnabled", "UniversalOutlookEnabled")
CHARACTERISTICS = ("DeviceType", "DeviceModel", "DeviceOS", "UserAgent")
PROPERTIES = ("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent")
STATES = {"Allow": "Allowed", "Quarantine": "Quarantined", "Block": "Blocked"}
STRICTNESS = {"Block": 0, "Quarantine": 1}
ORDER = {
    "service": 0, "windows-mail": 1, **dict.fromkeys(SWITCHES, 2), "managed-device": 3, GATE: 4, BLOCKED: 5, ALLOWED: 6,
    "conditional-access": 7, "AccessLevel": 8, "DefaultAccessLevel": 9,
}  # fmt: skip
"""What is asked first decides."""

KINDS = {
    "AccessLevel": "enum", "DefaultAccessLevel": "enum", GATE: "bool", "IsDefault": "bool", REFERENCE: "policy-ref",
    **dict.fromkeys(SWITCHES, "bool"), **dict.fromkeys((BLOCKED, ALLOWED), "strings"),
}  # fmt: skip
"""The kind of each setting that decides."""
TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,), "strings": (list,), "int": (int,), "nullable-int": (int,),
    **dict.fromkeys(("enum", "policy-ref", "string", "timespan", "unlimited-timespan"), (str,)),
    **dict.fromkeys(("unlimited-int", "unlimited-bytes"), (int, str)),
}  # fmt: skip
"""What a step can leave of each kind."""


class Decider(NamedTuple):
    """A setting of an object with its value, as the evidence says it."""

    kind: str
    identity: str | None
    setting: str
    value: Any

    @property
    def key(self) -> str:
        """Return what is the same for this setting at each step."""
        return {RULE: f"{self.identity}", POLICY: GATE}.get(self.kind, self.setting)

    @property
    def state(self) -> str | None:
        """Return what it gives a device; None where something outside decides."""
        if self.kind in {MAILBOX, POLICY} or self.setting == "service":
            return "Allowed" if self.setting == ALLOWED else "Blocked"
        return "Allowed" if (self.kind, self.value) == (ORGANIZATION, None) else STATES.get(str(self.value))

    @property
    def outcome(self) -> str:
        """Return what a device can tell: the state, or else what decides instead."""
        return self.state or (str(self.value) if self.kind == RULE else self.setting)


Timeline = list[tuple[int, T]]
"""What something is from each step on, first from before all of them."""


def fold(text: str) -> str:
    """Return a text as Exchange compares it."""
    return text.upper() if text.isascii() else text.translate(upper_case())


def at(timeline: Timeline[T], number: int) -> T:
    """Return what something is after a step."""
    return next(value for since, value in reversed(timeline) if since <= number)


def problems(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a saved plan says that contradicts itself, nothing for a plan that is sound."""
    try:
        yield from contradictions(plan)
    except (AttributeError, KeyError, TypeError, ValueError):
        yield "it does not have the form of a plan"


def contradictions(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a saved plan says that contradicts itself, as long as it has the form of one."""
    if plan["fingerprint"] != "sha256:" + digest({name: part for name, part in plan.items() if name != "fingerprint"}):
        yield "the fingerprint is not that of the rest"
    if "evidence" not in plan:
        yield "it has no evidence"
        return
    for number, step in enumerate(plan["steps"], start=1):
        yield from (f"step {number}: {flaw}" for flaw in flaws(number, len(plan["steps"]), step))
    check = Check(plan["steps"], plan["evidence"])
    yield from check.problems
    if digest(ends_of(plan["steps"])) != plan["evidence"]["ends"]:
        yield "the steps do not lead from what is live to what is wanted"
    yield from sums(plan, check)
    yield from owners(plan, check)


def flaws(number: int, steps: int, step: Mapping[str, Any]) -> Iterator[str]:
    """Yield why a step cannot be the one of its number."""
    action, changes = step["action"], step["changes"]
    if step["id"] != f"s{number:0{max(3, len(str(steps)))}}":
        yield "its `id` is not that of its place"
    if action not in {"create", "update", "delete"} or (action != "update" and step["kind"] not in {RULE, POLICY}):
        yield f"no plan can {action} what it is about"
    if len({change["property"] for change in changes}) != len(changes) or not (changes or action == "delete"):
        yield "it changes nothing, or a property twice"
    for change in changes:
        name, kind, before, after = (change[key] for key in ("property", "kind", "before", "after"))
        if (action == "create" and before is not None) or (action == "delete" and after is not None):
            yield f"{name} has a value where its object is not there"
        elif (
            kind not in TYPES
            or KINDS.get(name, kind) != kind
            or not fits(kind, after)
            or not (fits(kind, before) or is_unknown(name, kind, before))
        ):
            yield f"{name} has a value of another kind"


def is_unknown(name: str, kind: str, value: Any) -> bool:
    """Return whether a value is a text that Exchange may show and nobody knows; no switch that decides has one."""
    decides = kind == "bool" and name in KINDS
    words = {"TRUE", "FALSE"} if kind == "bool" else set()
    return isinstance(value, str) and kind != "strings" and not decides and fold(value) not in words


def fits(kind: str, value: Any) -> bool:
    """Return whether a step can leave a value; no value is one of any kind."""
    return value is None or (isinstance(value, TYPES[kind]) and isinstance(value, bool) <= (kind == "bool"))


def owners(plan: Mapping[str, Any], check: Check) -> Iterator[str]:
    """Yield where the devices whose access changes are not those that are counted."""
    impact, affected = plan["impact"], plan["affected"]
    names = (*PROPERTIES, "from", "to")
    counted = Counter({tuple(row[name] for name in names): row["devices"] for row in impact["byClass"]})
    if Counter(tuple(each[name] for name in names) for each in affected) != counted:
        yield "`affected` are not the devices of `byClass`"
    of = Counter(fold(each["mailbox"] or "") for each in affected)
    if (impact["mailboxes"], impact["unknownOwner"]) != (len(of.keys() - {""}), of[""]):
        yield "`mailboxes` and `unknownOwner` of `impact` are not those of `affected`"
    if any(of[fold(mailbox)] != number for mailbox, number in check.moved.items()):
        yield "`affected` has other devices of a mailbox than the classes"
    ids = Counter((fold(each["mailbox"] or ""), fold(each["deviceId"])) for each in affected)
    if any(ids[fold(mailbox), fold(device)] != number for (mailbox, device), number in check.named_ids.items()):
        yield "`affected` has other device IDs than the classes"


def digest(value: Any) -> str:
    """Return the SHA-256 of a value as canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def ends_of(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how each object that steps change is found, and its settings before the first step and after the last."""
    found: dict[str, Any] = {}
    for step in steps:
        target, settings = found.setdefault(f"{step['kind']}\n{step['identity']}", [step["target"], {}])
        for change in step["changes"]:
            first = settings.get(change["property"], [change["before"]])[0]
            settings[change["property"]] = [first, change["after"]]
        found[f"{step['kind']}\n{step['identity']}"] = [target if target == step["target"] else None, settings]
    return found


class Check:
    """The steps by what they change, and each class taken through those that concern it."""

    def __init__(self, steps: Sequence[Mapping[str, Any]], evidence: Mapping[str, Any]) -> None:
        self.problems: list[str] = []
        self.steps, self.evidence = steps, evidence
        self.rules: dict[str, Timeline[Decider | None]] = {}
        self.default: Timeline[Decider | None] = []
        self.mailboxes: dict[str, dict[str, Timeline[Any]]] = defaultdict(dict)
        self.gates: dict[str, Timeline[bool | None]] = {}
        self.names: dict[str, str] = {}
        self.main: Timeline[str | None] = [(0, None)]
        self.used: set[str | None] = set()
        self.governed = False
        for row in evidence["policies"]:
            self.gates[row["policy"]] = [(0, row["before"])]
            self.names |= {fold(name): row["policy"] for name in (row["policy"], *row["also"])}
            self.main = [(0, row["policy"])] if row["default"] else self.main
        for number, step in enumerate(steps, start=1):
            self.take(number, step, {change["property"]: change for change in step["changes"]})
        self.used |= {name for name, timeline in self.gates.items() if len(timeline) > 1}
        for row in evidence["policies"]:
            self.expect(self.gates[row["policy"]][-1][1] == row["after"], f"policy {row['policy']} ends otherwise")
        self.places = {step["id"]: place for place, step in enumerate(steps, start=1)}
        self.moved: Counter[str] = Counter(dict.fromkeys(self.mailboxes, 0))
        self.named_ids: Counter[tuple[str, str]] = Counter()
        self.opens: Counter[str] = Counter()
        self.closes: Counter[str] = Counter()
        self.flapping = 0
        for number, each in enumerate(evidence["classes"], start=1):
            self.follow(f"class {number}", each)
        named = [row["policy"] for row in evidence["policies"]]
        governs = [row["policy"] for row in evidence["policies"] if row["default"]]
        right = {*named} == self.used - {None} and governs == [self.main[0][1]] * bool(governs)
        self.expect(right and self.governed >= bool(governs), "`policies` are not those used")

    def expect(self, good: bool, problem: str) -> None:
        """Keep a problem unless all is good."""
        if not good:
            self.problems.append(problem)

    def add(self, timeline: Timeline[T], number: int, before: T, after: T) -> Timeline[T]:
        """Return a timeline with what a step finds and leaves; what it finds must be what is there."""
        timeline = timeline or [(0, before)]
        self.expect(timeline[-1][1] == before, f"step {number} finds what no step before it leaves")
        return [*timeline, (number, after)]

    def take(self, number: int, step: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
        """Note what a step changes of what decides."""
        kind, action, identity = step["kind"], step["action"], step["identity"]
        if kind == RULE and step["target"]["Characteristic"] in CHARACTERISTICS:
            level = changes.get("AccessLevel", {})
            before, after = (Decider(RULE, identity, "AccessLevel", level.get(side) or "") for side in SIDES)
            self.rules[identity] = self.add(
                self.rules.get(identity, []),
                number,
                before if action != "create" else None,
                after if action != "delete" else None,
            )
        elif kind == ORGANIZATION and "DefaultAccessLevel" in changes:
            sides = (changes["DefaultAccessLevel"][side] or None for side in SIDES)
            self.default = self.add(
                self.default, number, *(Decider(kind, None, "DefaultAccessLevel", v) for v in sides)
            )
        elif kind == MAILBOX:
            found = self.mailboxes[identity] if {REFERENCE, BLOCKED, ALLOWED, *SWITCHES} & changes.keys() else {}
            for name in changes:
                ends = (changes[name][side] for side in SIDES)
                values = (frozenset(map(fold, end or ())) if name in {BLOCKED, ALLOWED} else end for end in ends)
                found[name] = self.add(found.get(name, []), number, *values)
        elif kind == POLICY and (action != "update" or GATE in changes):
            gate = changes.get(GATE, {})
            refuses = [gate.get(side) is False for side in SIDES]
            self.expect(identity in self.gates, f"step {number} is about a policy that the evidence lacks")
            self.gates[identity] = self.add(
                self.gates.get(identity, []),
                number,
                refuses[0] if action != "create" else None,
                refuses[1] if action != "delete" else None,
            )
        if kind == POLICY and action == "update" and changes.get("IsDefault", {}).get("after") is True:
            self.main = [*self.main, (number, identity)]

    def held(self, each: Mapping[str, Any]) -> Timeline[Decider | None]:
        """Return when the policy of its mailbox keeps out a class that does not enforce it."""
        own = self.mailboxes[each["mailbox"]].get(REFERENCE) if each.get("mailbox") in self.mailboxes else None
        first = each.get("policy") if each["held"] == "own" else None
        names = [(since, name and self.named(name)) for since, name in own or [(0, first)]]
        right = (names[0][1], first or self.main[0][1]) == (first, each.get("policy"))
        self.expect(right, "a class is held to another policy than its mailbox has")
        governed = None in {name for _, name in names}
        self.governed = self.governed or governed
        used = {name for _, name in names} | ({name for _, name in self.main} if governed else set())
        self.used |= used
        times = {
            since for since, _ in (*names, *self.main, *(t for name in used for t in self.gates.get(f"{name}", ())))
        }
        found: Timeline[Decider | None] = []
        for time in sorted(times):
            policy = at(names, time) or at(self.main, time)
            refuses = at(self.gates[policy], time) if policy in self.gates else None
            found.append((time, Decider(POLICY, policy, GATE, False) if refuses else None))
        return found

    def named(self, name: str) -> str:
        """Return the identity of the policy of a name."""
        return self.names.get(fold(name), name)

    def touching(self, each: Mapping[str, Any], governing: set[str]) -> dict[str, Timeline[Decider | None]]:
        """Return what steps change of what can decide about a class, by key."""
        found = {name: self.rules[name] for name in identities(each) if name in self.rules}
        if self.default:
            found["DefaultAccessLevel"] = self.default
        if each.get("held"):
            found[GATE] = self.held(each)
        mailbox, device = each.get("mailbox"), each.get("deviceId")
        for name, timeline in self.mailboxes.get(mailbox or "", {}).items():
            if name in SWITCHES and name in governing:
                off = Decider(MAILBOX, mailbox, name, False)
                found[name] = [(since, off if value is False else None) for since, value in timeline]
            elif name in {BLOCKED, ALLOWED} and device is not None:
                listed = Decider(MAILBOX, mailbox, name, device)
                found[name] = [(since, listed if fold(device) in value else None) for since, value in timeline]
        return found

    def follow(self, where: str, each: Mapping[str, Any]) -> None:
        """Take a class through the steps that concern it."""
        ends = [decider(each[side]["by"]) for side in SIDES]
        before, after = (each[side]["state"] for side in SIDES)
        step, flaps = each.get("step"), each.get("flaps", False)
        self.expect("held" in each or "policy" not in each, f"{where}: it does not say why it has its policy")
        slots = self.touching(each, {end.setting for end in ends})
        for end, state in zip(ends, (before, after), strict=True):
            self.expect(state == end.state, f"{where}: {end.setting} gives another state than it says")
            if end.key not in slots:
                self.expect(stays := self.may_stay(end, each), f"{where}: {end.key} cannot decide about it")
                slots |= {end.key: [(0, end)]} if stays else {}
        if not all(end.key in slots for end in ends):
            return
        limit = max(map(self.rank, ends))
        times = sorted({since for timeline in slots.values() for since, _ in timeline})
        course: Timeline[Decider | None] = []
        for time in times:
            present = [found for timeline in slots.values() if (found := at(timeline, time)) is not None]
            first = min(present, key=self.rank, default=None)
            course.append((time, first if first is not None and self.rank(first) <= limit else None))
        self.expect(course[0][1] == ends[0], f"{where}: something else decides before the first step")
        self.expect(course[-1][1] == ends[1], f"{where}: something else decides after the last step")
        number = self.places.get(step, 0) if step else 0
        wanted = [(time, after if number and time >= number else before) for time in times]
        smooth = all(found is not None for _, found in course) and wanted == [
            (time, found.state if found is not None else None) for time, found in course
        ]
        switches = (number == 0) if flaps else number in times and (number > 0) == (before != after)
        self.expect(smooth != flaps and switches, f"{where}: it switches elsewhere")
        self.flapping += each["devices"] if flaps else 0
        changes = each["devices"] * (ends[0].outcome != ends[1].outcome)
        if "mailbox" in each:
            self.moved[each["mailbox"]] += changes
            if "deviceId" in each:
                self.named_ids[each["mailbox"], each["deviceId"]] += changes
        if step:
            self.opens[step] += each["devices"] * (after == "Allowed")
            self.closes[step] += each["devices"] * (before == "Allowed")

    def may_stay(self, end: Decider, each: Mapping[str, Any]) -> bool:
        """Return whether what no step changes can decide about a class."""
        if end.kind == RULE:
            return end.setting == "AccessLevel" and end.identity in identities(each)
        if end.kind == MAILBOX:
            value = False if end.setting in SWITCHES else each.get("deviceId")
            return (end.identity, end.value) == (each.get("mailbox"), value) and ORDER.get(end.setting) in {2, 5, 6}
        if end.kind == POLICY:
            return (end.setting, end.value) == (GATE, False) and not self.gates and bool(end.identity)
        if end.kind == ORGANIZATION:
            return (end.identity, end.setting) == (None, "DefaultAccessLevel")
        return (*end[:2], end.value) == ("outside", None, None) and ORDER.get(end.setting) in {0, 1, 3, 7}

    def rank(self, found: Decider) -> tuple[int, ...]:
        """Return the place in the order of decision; of rules also that among those that match."""
        if found.kind != RULE:
            return (ORDER.get(found.setting, len(ORDER)),)
        characteristic = [f"{found.identity}".endswith(f" ({name})") for name in CHARACTERISTICS].index(True)
        strictest = self.evidence["precedence"] == "strictest"
        return (8, STRICTNESS.get(found.value, 2), characteristic) if strictest else (8, -characteristic)


SIDES = ("before", "after")


def decider(record: Mapping[str, Any]) -> Decider:
    """Return what decides, of its record."""
    return Decider(record["kind"], record.get("identity"), record["setting"], record.get("value"))


def identities(each: Mapping[str, Any]) -> list[str]:
    """Return the names of the rules that match a class, whether they exist or not."""
    return [f"{each[name]} ({of})" for name, of in zip(PROPERTIES, CHARACTERISTICS, strict=True) if name in each]


def sums(plan: Mapping[str, Any], check: Check) -> Iterator[str]:
    """Yield where the numbers of a plan are not the sums of its classes."""
    evidence, impact, classes = plan["evidence"], plan["impact"], plan["evidence"]["classes"]
    total: Counter[Hashable] = Counter()
    for each in classes:
        number, before, after = each["devices"], *(decider(each[side]["by"]) for side in SIDES)
        values = tuple(each.get(name) for name in PROPERTIES)
        total["devices"] += number
        total["mailbox", each.get("mailbox")] += number
        total["policy", each.get("policy")] += number
        total.update({("value", *pair): number for pair in zip(CHARACTERISTICS, values, strict=True)})
        if before.outcome != after.outcome:
            total["class", values, before.state, after.state] += number
            total["pair", before.state, after.state] += number
            total["to", after.state] += number
    gained = sum(each["devices"] for each in classes if each["before"]["state"] != "Allowed" == each["after"]["state"])
    names = {(row["characteristic"], fold(row["value"])): row["value"] for row in evidence["values"]}
    moved: Counter[Hashable] = Counter()
    for row in impact["byPair"]:
        moved["pair", row["from"], row["to"]] += row["devices"]
    for row in impact["byClass"]:
        pairs = ((of, fold(row[name] or "")) for name, of in zip(PROPERTIES, CHARACTERISTICS, strict=True))
        moved["class", tuple(map(names.get, pairs)), row["from"], row["to"]] += row["devices"]
    if moved != {key: number for key, number in total.items() if number and key[0] in {"class", "pair"}}:  # type: ignore[index]
        yield "`byPair` and `byClass` are not the sums of the classes"
    counts = (impact["newlyAllowed"], impact["newlyQuarantined"], impact["newlyBlocked"])
    if (impact["devices"], *counts) != (total["devices"], gained, total["to", "Quarantined"], total["to", "Blocked"]):
        yield "`impact` is not the sum of the classes"
    for step in plan["steps"] if not check.flapping else ():
        if (step["opens"], step["closes"]) != (check.opens[step["id"]], check.closes[step["id"]]):
            yield f"step {step['id']} lets in or keeps out others than the classes that switch there"
    yield from rows(evidence, check, total)
    lifted = [
        row["acknowledge"] or "" for row in (*plan["refusals"], *plan["acknowledged"]) if row["guard"] == "hitless"
    ]
    if [f"{check.flapping}"] * bool(check.flapping) != [text.rpartition("=")[2].partition(":")[0] for text in lifted]:
        yield "classes pass through a third state, and the plan does not say so"


def rows(evidence: Mapping[str, Any], check: Check, total: Mapping[Hashable, int]) -> Iterator[str]:
    """Yield where the classes are not all, are twice, or are counted otherwise by value, mailbox or policy."""
    classes = [{name: part for name, part in each.items() if name != "devices"} for each in evidence["classes"]]
    if len({*map(digest, classes)}) != len(classes):
        yield "a class is there twice"
    alone = Counter(
        tuple(each.get(name) for name in PROPERTIES) for each in classes
        if not {"mailbox", "held"} & each.keys()
        and {each[side]["by"]["kind"] for side in SIDES} <= {RULE, ORGANIZATION}
    )  # fmt: skip
    known = [(row["characteristic"], row["value"]) for row in evidence["values"]]
    wanted = [(None,) * 4, *(tuple(value if of == each else None for each in CHARACTERISTICS) for of, value in known)]
    named = {*known, *((of, None) for of in CHARACTERISTICS)}
    keys = {
        "`values`": [(CHARACTERISTICS.index(of), value) for of, value in known],
        "`mailboxes`": [row["mailbox"] for row in evidence["mailboxes"]],
        "`policies`": [row["policy"] for row in evidence["policies"]],
    }
    yield from (f"{name} has a row twice, or out of order" for name, row in keys.items() if row != sorted({*row}))
    if not all(alone[values] for values in wanted) or not {key[1:] for key in total if key[0] == "value"} <= named:  # type: ignore[index]
        yield "the classes do not cover every device"
    if any(total["value", row["characteristic"], row["value"]] != row["devices"] for row in evidence["values"]):
        yield "`values` is not the sum of the classes"
    if not {*check.rules} <= {f"{value} ({of})" for of, value in known}:
        yield "`values` lacks a rule that a step changes"
    listed: dict[str | None, set[str]] = defaultdict(set)
    for each in classes:
        listed[each.get("mailbox")] |= {each["deviceId"]} if "deviceId" in each else set()
    found = {row["mailbox"]: (row["devices"], row["listed"]) for row in evidence["mailboxes"]}
    if found != {each: (total["mailbox", each], sorted(listed[each])) for each in check.mailboxes} or (
        {key[1] for key in total if key[0] == "mailbox"} - {None} - {*found}  # type: ignore[index]
    ):
        yield "`mailboxes` is not the sum of the classes"
    for row in evidence["mailboxes"]:
        ids, lists = [*map(fold, (*row["listed"], *row["unseen"]))], check.mailboxes.get(row["mailbox"], {})
        held: set[str] = {item for name in (BLOCKED, ALLOWED) for _, items in lists.get(name, ()) for item in items}
        if (sorted(ids), row["unseen"]) != (sorted(held), sorted(row["unseen"])):
            yield f"`listed` and `unseen` are not what the changed lists of {row['mailbox']} hold"
    if any(total["policy", row["policy"]] != row["devices"] for row in evidence["policies"]):
        yield "`policies` is not the sum of the classes"


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object, none of which is there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("it has two members of one name")
    return found


def main(arguments: Sequence[str]) -> int:
    """Check a file, `-` for standard input, say what is wrong with it, and return the exit code."""
    if len(arguments) != 1:
        print("usage: python -m policylint.checker plan.json", file=sys.stderr)
        return 3
    try:
        raw = sys.stdin.buffer.read() if arguments[0] == "-" else Path(arguments[0]).read_bytes()
        plan = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=once)
    except OSError as failed:
        print(f"cannot read {arguments[0]!a}: {failed.strerror}", file=sys.stderr)
        return 4
    except (ValueError, RecursionError) as failed:
        print(f"{arguments[0]!a} is not JSON that can be checked: {ascii(str(failed))[1:-1]}", file=sys.stderr)
        return 4
    found = list(problems(plan))
    for problem in found[:20]:
        print(f"the plan contradicts itself: {ascii(problem)[1:-1]}")
    print("the plan is sound" if not found else f"{len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
