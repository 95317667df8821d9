"""A policy asks for something that devices under it were seen not to enforce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import access_model, at, devices_by_mailbox
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def policy_shuts_out(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where the setting is declared so and the snapshot has devices that do not enforce their policy.

    Devices that are out already because of their policy do not count.
    """
    assert subject is not None
    name = params["field"]
    if name not in subject.settings or subject.settings[name] != params["value"]:
        return
    if subject.get(params.get("unless", "")) is False:
        return
    found = _unable(context).get(subject.key)
    if found is not None:
        values = {"devices": count(found[0], "device"), "example": quoted(found[1])}
        yield Finding(at(subject, name), values)


def _unable(context: Context) -> Mapping[str, tuple[int, str]]:
    """Return, by key of policy, how many devices do not enforce all of it and lose access, and one mailbox."""
    known = context.cache.get("unable")
    if known is None:
        model, found = access_model(context), dict[str, tuple[int, str]]()
        for key, devices in (devices_by_mailbox(context) or {}).items():
            mailbox = model.mailbox(key)
            policy = context.desired.policy_of(mailbox)
            if policy is None or (mailbox is not None and mailbox.get("ActiveSyncEnabled") is False):
                continue
            for device in devices:
                if device.client_type != "EAS" or device.provisionable not in {"partial", "none"}:
                    continue
                if device.live_state != "Blocked" or device.live_reason != "Policy":
                    number, example = found.get(policy.key, (0, device.owner))
                    found[policy.key] = (number + 1, example)
        known = context.cache["unable"] = found
    unable: Mapping[str, tuple[int, str]] = known
    return unable


PREDICATE = Predicate(
    name="policy-shuts-out",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["field", "value"],
        "properties": {"field": {"type": "string"}, "value": {}, "unless": {"type": "string"}},
    },
    placeholders=("devices", "example"),
    apply=policy_shuts_out,
)
