"""Questions about mobile device mailbox policies, and which one a mailbox has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.desired.in_use import policies_in_use
from policylint.desired.overlay import REFERENCE
from policylint.devices.observed import has_wildcard
from policylint.lint.parameters import number, one_of, optional, setting, text, value_of
from policylint.lint.predicate import SAID_BY, Finding, Varying, entity_predicate, label, policy_predicate
from policylint.model.config import EXACT
from policylint.model.state import MAILBOX, POLICY
from policylint.phrases import count, quoted, show
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity

SECTION = "mobileDeviceMailboxPolicies"
_PATH = regex(r"[\\\\§]|/.*/|^(?:CN|OU|DC)=", re.IGNORECASE)
"""What paths and distinguished names hold, and hardly a name."""
ADMITS = "AllowNonProvisionableDevices"
PASSWORD = ("MinPasswordLength", "AlphanumericPasswordRequired", "AllowSimplePassword", "MinPasswordComplexCharacters")
"""The settings that ask for a length or kind of password."""


@policy_predicate(
    params={"field": setting("the setting that marks the default", POLICY)},
    placeholders={"identity": "the name of the policy", "first": "the first default policy"},
    files_tell=True,
)
def two_defaults(params: Params, facts: Facts) -> Findings:
    """Find each declared default policy but the first."""
    name = params["field"]
    defaults = [policy for policy in (facts.declared.policies or {}).values() if policy.get(name) is True]
    for policy in defaults[1:]:
        values = {"identity": show(policy.identity), "first": quoted(defaults[0].identity)}
        yield Finding(policy.at(name), values, label(defaults[0], name, "the first default"))


@entity_predicate(
    POLICY,
    params={"change": one_of("to another policy, or to none", "moved", "unset")},
    placeholders={
        "live": "the policy that is the default now",
        "mailboxes": Varying("how many mailboxes follow the default"),
    },
    needs_snapshot=True,
    declares=lambda _params: ("IsDefault",),
)
def default_policy_changes(policy: Entity, params: Params, facts: Facts) -> Findings:
    """Find a declared policy that takes the default from another one, or leaves none.

    It finds nothing without a snapshot of the policies.
    """
    live = facts.live.default_policy if facts.live is not None else None
    wanted = policy.get("IsDefault")
    if live is None or not isinstance(wanted, bool):
        return
    promoted = facts.declared.default_policy
    unset = not wanted and live.key == policy.key and promoted is None
    moved = wanted and promoted is policy and live.key != policy.key
    if unset if params["change"] == "unset" else moved:
        yield Finding(policy.at("IsDefault"), {"live": quoted(live.identity), "mailboxes": _followers(facts)})


def _followers(facts: Facts) -> str:
    """Return in words how many mailboxes will follow the default policy, as far as that is known."""
    mailboxes = facts.live.mailboxes if facts.live is not None else None
    if mailboxes is None:
        return "mailboxes (they were not read)"
    wanted = (facts.desired.mailboxes or {}).values()
    number = sum(REFERENCE in each.settings and each.get(REFERENCE) is None for each in wanted)
    unread = sum(REFERENCE not in each.settings for each in wanted)
    more = f" (and perhaps {unread:,} more, of which that was not read)" if unread else ""
    return count(number, "mailbox") + more


@entity_predicate(
    POLICY,
    params={
        "field": setting("the setting that devices have to enforce"),
        "value": value_of("its value", "field"),
        "unless": optional(setting("a setting that admits them after all while it is false")),
    },
    placeholders={"devices": Varying("how many devices"), "example": Varying("the mailbox of one of them")},
    needs_snapshot=True,
    declares=lambda params: (params["field"],),
)
def policy_excludes_devices(policy: Entity, params: Params, facts: Facts) -> Findings:
    """Find a policy that asks for something that devices under it were seen not to enforce.

    Devices that their policy blocks already do not count.
    """
    name = params["field"]
    if name not in policy.settings or policy.settings[name] != params["value"]:
        return
    found = facts.shortfalls.get(policy.key) if policy.get(params.get("unless", "")) is not False else None
    if found is not None:
        yield Finding(policy.at(name), {"devices": count(found.devices, "device"), "example": quoted(found.example)})


@policy_predicate(
    placeholders={
        "policy": "the mailbox policy",
        "devices": Varying("how many devices"),
        "example": Varying("the mailbox of one of them"),
    },
    needs_snapshot=True,
)
def enforcement_not_read(_params: Params, facts: Facts) -> Findings:
    """Find a mailbox policy that devices newly have to enforce, where the snapshot does not say whether they do."""
    for key, found in facts.newly_enforced.items():
        policy = (facts.desired.policies or {})[key]
        mailbox = facts.access.mailbox(fold(found.example))
        places = (each.at(name) for each, name in ((policy, ADMITS), (mailbox, REFERENCE)) if each is not None)
        span = next((place for place in places if place is not None), facts.first_line)
        if span is not None:
            words = {"policy": quoted(policy.identity), "devices": count(found.devices, "device")}
            yield Finding(span, {**words, "example": quoted(found.example)})


@entity_predicate(POLICY, placeholders={"level": "Low, Medium or High"}, declares=lambda _params: PASSWORD)
def android_password_level(policy: Entity, _params: Params, facts: Facts) -> Findings:
    """Find a policy that asks for a length or kind of password, with the level that Android 10 and later make of it.

    It finds nothing if one of the settings that decide is not known.

    Source: https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/exchange-activesync/mobile-device-mailbox-policies
    """
    declared = [name for name in PASSWORD if name in policy.settings]
    known = {name: facts.will_be(policy, name) for name in ("PasswordEnabled", *PASSWORD[:3])}
    if not declared or not all(is_known for is_known, _ in known.values()) or known["PasswordEnabled"][1] is not True:
        return
    length, alphanumeric, simple = (known[name][1] for name in PASSWORD[:3])
    level = _level(length if isinstance(length, int) else 0, alphanumeric=alphanumeric is True, simple=simple is True)
    yield Finding(policy.at(declared[0]), {"level": level})


def _level(length: int, *, alphanumeric: bool, simple: bool) -> str:
    if simple or length < 4:
        return "Low"
    return "High" if length >= (6 if alphanumeric else 8) else "Medium"


@entity_predicate(
    MAILBOX,
    params={"field": setting("the setting that names the policy")},
    placeholders={"value": "the name of the policy", "state": Varying("why there will be no such policy")},
    declares=lambda params: (params["field"],),
)
def policy_not_declared(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find a mailbox with a policy that is neither declared nor live, or that is live and will be removed.

    It finds nothing if live policies are not known and may include it.
    """
    reference = mailbox.get(params["field"])
    if not isinstance(reference, str) or facts.desired.find_policy(reference) is not None:
        return
    live = facts.live.policies if facts.live is not None else None
    exact = facts.config.managed(SECTION).mode == EXACT
    if live is None and (facts.declared.policies is None or not exact or fold(reference) == fold("Default")):
        return
    removed = facts.live is not None and facts.live.find_policy(reference) is not None
    state = "is not declared and will be removed" if removed else "is neither declared nor live"
    near = facts.nearest_policy(reference)
    yield Finding(
        mailbox.at(params["field"]),
        {"value": quoted(reference), "state": state if live is not None else "is not declared"},
        help=f"did you mean {quoted(near)}?" if near is not None else None,
        fix=facts.fixes.rewrite(mailbox, params["field"], near) if near is not None else None,
    )


@policy_predicate(placeholders={"default": "what is the default instead"})
def default_not_declared(_params: Params, facts: Facts) -> Findings:
    """Find a section of policies that is meant to be whole and has no default policy.

    Without a snapshot, a policy called Default is taken for it.
    """
    declared = facts.declared.policies
    if (
        not declared
        or not facts.policy.sources
        or facts.config.managed(SECTION).mode != EXACT
        or facts.declared.default_policy is not None
    ):
        return
    live = facts.live.default_policy if facts.live is not None else None
    if (live.key if live is not None else fold("Default")) in declared:
        return
    default = (
        f"{quoted(live.identity)} stays the default" if live is not None else "which one is the default is not known"
    )
    yield Finding(next(iter(declared.values())).at(), {"default": default})


@entity_predicate(
    POLICY,
    params={"field": setting("the setting with the name"), "most": number("how many characters a name has at most")},
    placeholders={"value": "the name", "flaw": "what is unusual about it"},
)
def unusual_policy_name(policy: Entity, params: Params, facts: Facts) -> Findings:
    """Find a name that is longer than names of the directory are, or that looks like a pattern or a path.

    A name that a live policy has is not found.
    """
    name = policy.text(params["field"])
    if facts.exists_live(policy, params["field"], name):
        return
    if len(name) > params["most"]:
        flaw = f"has {len(name)} characters, and a name in the directory has {params['most']} at most"
        yield Finding(policy.at(params["field"]), {"value": quoted(name), "flaw": flaw})
    elif "*" in name or (has_wildcard(name) and " " not in name) or name == "%":
        flaw = "looks like a pattern, and is one name"
        yield Finding(policy.at(params["field"]), {"value": quoted(name), "flaw": flaw})
    elif _PATH.search(name):
        flaw = "looks like a path or a distinguished name, and is one name"
        yield Finding(policy.at(params["field"]), {"value": quoted(name), "flaw": flaw})


@policy_predicate(
    placeholders={
        "value": "the name of the policy",
        "held": Varying("how many mailboxes have it, and what to do first"),
    },
    needs_snapshot=True,
)
def policy_removed_in_use(_params: Params, facts: Facts) -> Findings:
    """Find each live policy that will be removed while mailboxes have it: at one of those, else at the section."""
    for found in policies_in_use(facts.live, facts.desired) if facts.live is not None else ():
        declared = (mailbox.at(REFERENCE) for mailbox in found.mailboxes if mailbox.origin.declares(REFERENCE))
        span = next(declared, None) or facts.section_span(POLICY)
        if span is not None:
            yield Finding(span, {"value": quoted(found.policy.identity), "held": found.held_by})


@entity_predicate(
    MAILBOX,
    params={"field": setting("the setting that names the policy")},
    placeholders={"value": "the name of the policy"},
    declares=lambda params: (params["field"],),
)
def policy_pinned(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find a mailbox that names the policy that will be the default, instead of following the default."""
    reference, default = mailbox.get(params["field"]), facts.desired.default_policy
    if isinstance(reference, str) and default is not None and facts.desired.find_policy(reference) is default:
        yield Finding(mailbox.at(params["field"]), {"value": quoted(reference)})


@entity_predicate(
    POLICY,
    params={
        "field": setting("the switch of the password"),
        SAID_BY: optional(
            text("the rule that says the same: where it finds the policy too, this finding is not shown")
        ),
    },
    placeholders={
        "state": "whether the policy says so itself",
        "devices": Varying("how many devices of how many mailboxes are under it, with `need`"),
    },
    needs_whole=True,
)
def policy_without_password(policy: Entity, params: Params, facts: Facts) -> Findings:
    """Find a policy without a password that devices of the snapshot are under; other management of devices counts.

    Without a snapshot, a policy is found that is declared so, and that is the default or the policy of a declared
    mailbox. The predicate is certain with a snapshot.
    """
    known, value = facts.will_be(policy, params["field"])
    if not known or value is not False:
        return
    if facts.snapshot is None:
        if _is_used(policy, facts):
            yield Finding(policy.at(params["field"]), {"state": show(value), "devices": "devices under it need"})
        return
    mailboxes, devices = facts.devices_under.get(facts.desired_of(policy).key, (0, 0))
    if devices:
        words = f"{count(devices, 'device')} of {count(mailboxes, 'mailbox')} {'needs' if devices == 1 else 'need'}"
        yield Finding(policy.at(params["field"]), {"state": show(value), "devices": words}, certain=True)


def _is_used(policy: Entity, facts: Facts) -> bool:
    """Return whether the policy files say that mailboxes have a policy."""
    default = facts.declared.default_policy
    if policy.get("IsDefault") is True or (default is None and policy.key == fold("Default")):
        return True
    names = {mailbox.get(REFERENCE) for mailbox in facts.declared.of_kind(MAILBOX).values()}
    return any(isinstance(name, str) and facts.declared.find_policy(name) is policy for name in names)
