"""A setting that Exchange sets along with another one cannot be declared otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.harness import lint

CARD, WHOLE = "RequireStorageCardEncryption", "DeviceEncryptionEnabled"


def live(card: bool, whole: bool) -> dict[str, Any]:
    kiosk = {"Name": "Kiosk", "IsDefault": "True", CARD: str(card), WHOLE: str(whole)}
    return {"mobileDeviceMailboxPolicies": [kiosk]}


@pytest.mark.parametrize(
    ("declared", "there", "found"),
    [
        (f"{CARD}: true, {WHOLE}: false", None, True),
        (f"{CARD}: true, {WHOLE}: true", None, False),
        (f"{CARD}: true", None, False),
        (f"{WHOLE}: false", None, False),
        (f"{CARD}: true, {WHOLE}: false", live(card=False, whole=False), True),
        (f"{CARD}: false, {WHOLE}: false", live(card=True, whole=True), False),
        (f"{WHOLE}: false", live(card=True, whole=True), False),
        (f"{CARD}: true, {WHOLE}: false", live(card=True, whole=False), True),
        (f"{WHOLE}: false", live(card=False, whole=True), False),
        (f"{CARD}: true", live(card=True, whole=False), False),
    ],
)
def test_what_cannot_stay_is_found(declared: str, there: dict[str, Any] | None, found: bool) -> None:
    result = lint(f"mobileDeviceMailboxPolicies:\n  - {{Name: Kiosk, {declared}}}\n", there)
    rule = "storage-card-without-device-encryption"
    assert found == (rule in {each.rule for each in result.diagnostics})
