"""Devices whose values contradict each other: what a device reports is a claim.

Source: device access rules give no guarantee of security, for a client can report any value,
https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/outlook-for-ios-and-android/secure-outlook-for-ios-and-android
Source: clients that are refused are made to say iPhone, https://github.com/jobisoft/EAS-4-TbSync/issues/169,
https://github.com/nylas/nylas-mail/issues/882
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

from policylint.model.device import PROPERTIES
from policylint.named_tuple import NamedTuple
from policylint.regex import regex

if TYPE_CHECKING:
    from policylint.model.device import DeviceClass


A_CLAIM = "what a device reports is a claim, so device access rules are no security boundary"
"""What follows from it."""


class Contradiction(NamedTuple):
    """Two properties of a device whose values no real device has together."""

    name: str
    value: str
    other: str
    other_value: str

    @property
    def words(self) -> str:
        """Return both in words: `DeviceType iPhone, but DeviceUserAgent Thunderbird-EAS/1.0`."""
        return f"{self.name} {self.value}, but {self.other} {self.other_value}"


class _Claim(NamedTuple):
    """What a value says of the device: its maker, None where several make such devices, and the systems it may run."""

    maker: str | None
    systems: frozenset[str]


_APPLE = _Claim("Apple", frozenset({"iOS"}))
_ANDROID = _Claim(None, frozenset({"Android"}))
_WINDOWS = _Claim(None, frozenset({"Windows"}))
_SAMSUNG = _Claim("Samsung", frozenset({"Android", "Windows"}))
_APPLE_AGENT = regex(r"Apple-[A-Za-z0-9,]+/.*|(iOS|iPadOS|iPhone OS)/.*", re.IGNORECASE)
"""The two forms of the user agent of Apple's mail: that of the request, and that of the device information.

Source: https://forums.developer.apple.com/thread/99522
"""


def _maker(name: str) -> _Claim:
    return _Claim(name, frozenset({"Android"}))


_CLAIMS: tuple[tuple[tuple[str, _Claim], ...], ...] = (
    (
        (r"iPhone|iPad|iPod", _APPLE),
        (r"SAMSUNG.*", _SAMSUNG),
        (r"Android", _ANDROID),
        (r"WP[0-9.]*|WindowsPhone|PocketPC|WindowsMail|UniversalOutlook|WindowsOutlook.*", _WINDOWS),
    ),
    (
        (r"(iPhone|iPad|iPod)([0-9]+[C,][0-9]+)?", _APPLE),
        (r"(SAMSUNG-)?(SM|GT|SGH|SCH|SPH)-.*", _SAMSUNG),
        (r"(Pixel|Nexus)\b.*", _maker("Google")),
        (r"HUAWEI\b.*", _maker("Huawei")),
        (r"Redmi\b.*", _maker("Xiaomi")),
        (r"ONEPLUS.*", _maker("OnePlus")),
    ),
    (
        (r"(iOS|iPadOS|iPhone OS)\b.*", _APPLE),
        (r"Android\b.*", _ANDROID),
        (r"Windows\b.*", _WINDOWS),
    ),
    (
        (r"Apple-(iPhone|iPad|iPod).*", _APPLE),
        (r"(iOS|iPadOS|iPhone OS)/.*|Outlook-iOS/.*", _APPLE),
        (r"(Android-)?SAMSUNG.*", _SAMSUNG),
        (r"Android.*|Outlook-Android/.*", _ANDROID),
        (r"MSFT-(WP|PPC).*", _WINDOWS),
    ),
)
"""The forms of values, by property in the order of `PROPERTIES`, and what each says; of any other nothing is known.

Source: the values that kinds of device report, https://support.apple.com/guide/deployment/dep7af5d7f84/web,
https://github.com/horde/ActiveSync/blob/HEAD/test/Horde/ActiveSync/DeviceTest.php,
https://learn.microsoft.com/exchange/clients/outlook-for-ios-and-android/manage-devices
"""

_FORMS = tuple(tuple((regex(text, re.IGNORECASE), claim) for text, claim in claims) for claims in _CLAIMS)


@lru_cache(maxsize=4096)
def contradiction(device_class: DeviceClass, client_type: str) -> Contradiction | None:
    """Return the first two values of a device that contradict each other, None where none are known to."""
    claims = [_claim(place, value) for place, value in enumerate(device_class)]
    for one, other in combinations(range(len(PROPERTIES)), 2):
        first, second = claims[one], claims[other]
        if first is not None and second is not None and _disagree(first, second):
            return _of(device_class, one, other)
    agent = device_class[3]
    if client_type == "EAS" and claims[0] is _APPLE and agent and not _APPLE_AGENT.fullmatch(agent):
        return _of(device_class, 0, 3)
    return None


def _of(device_class: DeviceClass, one: int, other: int) -> Contradiction:
    return Contradiction(PROPERTIES[one], device_class[one] or "", PROPERTIES[other], device_class[other] or "")


def _claim(place: int, value: str | None) -> _Claim | None:
    for pattern, claim in _FORMS[place] if value else ():
        if value and pattern.fullmatch(value.strip()):
            return claim
    return None


def _disagree(one: _Claim, other: _Claim) -> bool:
    makers = {claim.maker for claim in (one, other) if claim.maker is not None}
    return len(makers) > 1 or not one.systems & other.systems
