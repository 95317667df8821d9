"""Android knows four levels of password and turns a policy into one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, will_be
from policylint.lint.rule import Context, Finding, Predicate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity

ASKED = ("MinPasswordLength", "AlphanumericPasswordRequired", "AllowSimplePassword", "MinPasswordComplexCharacters")


def android_password_level(subject: Entity | None, _params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield the level that Android 10 and later make of a policy that declares the length or kind of a password.

    None where one of the settings that decide is not known.

    Source: https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/exchange-activesync/mobile-device-mailbox-policies
    """
    assert subject is not None
    declared = [name for name in ASKED if name in subject.settings]
    known = {name: will_be(context, subject, name) for name in ("PasswordEnabled", *ASKED[:3])}
    if not declared or not all(is_known for is_known, _ in known.values()) or known["PasswordEnabled"][1] is not True:
        return
    length = known["MinPasswordLength"][1]
    level = _level(
        length if isinstance(length, int) else 0,
        alphanumeric=known["AlphanumericPasswordRequired"][1] is True,
        simple=known["AllowSimplePassword"][1] is True,
    )
    yield Finding(at(subject, declared[0]), {"level": level})


def _level(length: int, *, alphanumeric: bool, simple: bool) -> str:
    if simple or length < 4:
        return "Low"
    return "High" if length >= (6 if alphanumeric else 8) else "Medium"


PREDICATE = Predicate(
    name="android-password-level",
    params={"type": "object", "additionalProperties": False},
    placeholders=("level",),
    apply=android_password_level,
)
