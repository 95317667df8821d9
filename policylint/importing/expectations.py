"""Tests of an imported policy: what the devices that there are get today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.bind.policy import described_device
from policylint.edit.format import formatted
from policylint.fmt.scalar import quoted
from policylint.model.device import PROPERTIES
from policylint.model.state import ORGANIZATION, RULE
from policylint.phrases import count
from policylint.schema.store import POLICY
from policylint.source import Source
from policylint.syntax.parse import forbidden_character

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.access.decide import AccessModel
    from policylint.model.device import DeviceClass
    from policylint.schema.store import SchemaStore

MOST = 20
"""How many classes of devices have a test: those with most devices."""

_VERSION = "16.1"
"""The version of Exchange ActiveSync that current clients speak, and without which Exchange Online refuses them.

Source: https://techcommunity.microsoft.com/blog/exchange/exchange-online-activesync-device-support-update/4477997
"""


def tests_text(
    classes: Sequence[tuple[DeviceClass, int]], model: AccessModel, path: str, store: SchemaStore
) -> str | None:
    """Return the text of a file with a test for each class of devices, None where nothing can be said of them.

    `classes` are the classes with their numbers of devices, the most important first; `model` decides about them.
    """
    if model.state.section(ORGANIZATION) is None or model.state.section(RULE) is None:
        return None
    tests = [test for each in classes if (test := _test(*each, model)) is not None]
    if not tests:
        return None
    left = f"; {len(tests) - MOST:,} more are left out" if len(tests) > MOST else ""
    head = f"# What each class of devices got when this was imported{left}.\ntests:\n"
    text, problems = formatted(Source(path, head + "\n".join(tests[:MOST])), store, POLICY)
    assert text is not None, problems
    return text


def _test(device_class: DeviceClass, devices: int, model: AccessModel) -> str | None:
    """Return the test of a class, None where it is not decided here or holds a text that no policy file can."""
    facts = {name: value for name, value in zip(PROPERTIES, device_class, strict=True) if value}
    if any(forbidden_character(value) is not None for value in facts.values()):
        return None
    named = ", ".join(f"{name} {value}" for name, value in facts.items()) or "any other device"
    facts["ClientVersion"] = _VERSION
    decision = model.decide(described_device(facts, None))
    if decision.state is None:
        return None
    reason = [f"    reason: {decision.reason}"] if decision.reason is not None else []
    lines = (
        *([f"  # {count(devices, 'device')}"] if devices else []),
        f"  - name: {quoted(named)}",
        f"    device: {{{', '.join(f'{name}: {quoted(value)}' for name, value in facts.items())}}}",
        f"    expect: {decision.state}",
        *reason,
    )
    return "".join(f"{line}\n" for line in lines)
