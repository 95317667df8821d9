"""Values of one device that contradict each other."""

from __future__ import annotations

import pytest

from policylint.devices.contradictions import contradiction
from tests.texts import shared

APPLE = ("iPhone", "iPhone15C2", "iOS 18.7.1 22H31", "Apple-iPhone15C2/2208.31")


@pytest.mark.parametrize(
    ("device_class", "client", "words"),
    [
        (("iPhone", "iPhone", None, "Thunderbird-EAS/1.0"), "EAS", "DeviceType iPhone, but DeviceUserAgent Thunder"),
        (("iPad", None, None, "python-EAS-Client 1.0"), "EAS", "DeviceType iPad, but DeviceUserAgent python"),
        (("iPhone", "SM-G981B", None, None), "EAS", "DeviceType iPhone, but DeviceModel SM-G981B"),
        (("iPhone", "iPhone15C2", "Android 14", None), "EAS", "DeviceType iPhone, but DeviceOS Android 14"),
        (
            ("Android", "Pixel 8", None, "Apple-iPhone15C2/2208.31"),
            "EAS",
            "DeviceType Android, but DeviceUserAgent App",
        ),
        (("SAMSUNGSMN900V", "Pixel 8", None, None), "EAS", "DeviceType SAMSUNGSMN900V, but DeviceModel Pixel 8"),
        (("Outlook", "Outlook for iOS and Android", "Android 14", "Outlook-iOS/2.0"), "Outlook", "DeviceOS Android 14"),
    ],
)
def test_values_that_no_device_has_together(
    device_class: tuple[str | None, str | None, str | None, str | None], client: str, words: str
) -> None:
    found = contradiction(device_class, client)
    assert found is not None
    assert found.words.startswith(words)


@pytest.mark.parametrize(
    ("device_class", "client"),
    [
        pytest.param(APPLE, "EAS", id="Apple"),
        pytest.param(("iPhone", None, None, None), "EAS", id="no user agent"),
        pytest.param(
            ("iPhone", None, None, "iOS/11.2.6 (15D100) dataaccessd/1.0"), "EAS", id="the other form of Apple"
        ),
        pytest.param(("Android", "SM-G981B", "Android 13", "Android-SAMSUNG-SM-G981B/101.13"), "EAS", id="Samsung"),
        pytest.param(("Android", "SM-M215F", "Android 10", "Android-Mail/2020.11.29"), "EAS", id="Gmail on Samsung"),
        pytest.param(("WP8", "SM-W750V", "Windows Phone 8.10", "MSFT-WP/8.10.14157"), "EAS", id="Windows on Samsung"),
        pytest.param(("Outlook", "Outlook for iOS and Android", "iOS 18", "Outlook-iOS-Android/1.0"), "EAS", id="both"),
        pytest.param(("TbSync", "Computer", None, "Thunderbird ActiveSync"), "EAS", id="what it says it is"),
        pytest.param((None, None, None, None), "EAS", id="nothing"),
    ],
)
def test_values_that_go_together(
    device_class: tuple[str | None, str | None, str | None, str | None], client: str
) -> None:
    assert contradiction(device_class, client) is None


def test_of_the_catalog_only_a_client_that_imitates_another_contradicts_itself() -> None:
    found = {row for row in shared().catalog if contradiction(row, "EAS")}
    assert found <= {row for row in shared().catalog if row[3] and "python" in row[3].lower()}
