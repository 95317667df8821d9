"""Whose an object is, in each of the names that a directory gives it."""

from __future__ import annotations

import pytest

from policylint.readers.organizations import tenant_of

CLOUD = "DC=EURPR01A001,DC=PROD,DC=OUTLOOK,DC=COM"


@pytest.mark.parametrize(
    "text",
    [
        "EURPR01A001.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.onmicrosoft.com"
        " - EURPR01A001.PROD.OUTLOOK.COM/ConfigurationUnits/contoso.onmicrosoft.com/Configuration",
        "EURPR01A001.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.onmicrosoft.com/ann.lee",
        "EURPR01A001.PROD.OUTLOOK.COM/ConfigurationUnits/contoso.onmicrosoft.com/Configuration/Default",
        f"CN=Default,CN=Configuration,CN=contoso.onmicrosoft.com,CN=ConfigurationUnits,{CLOUD}",
        f"CN=ann.lee,OU=contoso.onmicrosoft.com,OU=Microsoft Exchange Hosted Organizations,{CLOUD}",
        f"cn=ann.lee, ou=contoso.onmicrosoft.com, ou=microsoft exchange hosted organizations, {CLOUD}",
        "CN=contoso.onmicrosoft.com,CN=ConfigurationUnits",
    ],
)
def test_names_of_the_cloud_say_whose_an_object_is(text: str) -> None:
    assert "contoso.onmicrosoft.com" == tenant_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann.lee",
        "adatum.com/Users/ann.lee",
        "CN=Default,CN=Adatum,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=adatum,DC=com",
        f"CN=ConfigurationUnits,{CLOUD}",
        f"OU=Microsoft Exchange Hosted Organizations,{CLOUD}",
        "CN=x,CN=ConfigurationUnitsOfAdatum,DC=adatum",
    ],
)
def test_other_names_do_not(text: str) -> None:
    assert tenant_of(text) is None
