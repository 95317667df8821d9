"""The forms of a device ID."""

import pytest

from policylint.devices.device_ids import bare_id

BARE = "A1B2C3D4E5F60718293A4B5C6D7E8F90"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(BARE, id="as Exchange has it"),
        pytest.param(BARE.lower(), id="case"),
        pytest.param("a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90", id="dashes"),
        pytest.param("{A1B2C3D4-E5F6-0718-293A-4B5C6D7E8F90}", id="braces"),
        pytest.param("(a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90)", id="parentheses"),
        pytest.param(f"  {BARE}\t", id="spaces around"),
        pytest.param("A1B2C3D4 E5F60718 293A4B5C 6D7E8F90", id="spaces between"),
        pytest.param("a1b2c3d4\u2013e5f6\u20130718\u2013293a\u20134b5c6d7e8f90", id="dashes of a word processor"),
        pytest.param(f"'{BARE}'", id="quotes"),
        pytest.param(f"\u200b{BARE}\ufeff", id="invisible characters"),
        pytest.param(f"john\\ExchangeActiveSyncDevices\\EAS§iPhone§{BARE}", id="identity"),
        pytest.param(f"contoso.com/Users/john/ExchangeActiveSyncDevices/EAS§iPhone§{BARE}", id="identity with slashes"),
        pytest.param(f"john\\ExchangeActiveSyncDevices\\EASÂ§iPhoneÂ§{BARE}", id="identity in another encoding"),
        pytest.param(f"EAS§iPhone§{BARE}", id="name"),
    ],
)
def test_a_form_of_an_id_gives_the_bare_one(text: str) -> None:
    assert bare_id(text) == BARE


@pytest.mark.parametrize("text", ["", " ", "{}", "--", "\\"])
def test_no_id_gives_nothing(text: str) -> None:
    assert bare_id(text) == ""
