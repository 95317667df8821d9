"""Fixtures that run emitted scripts in a real PowerShell, found on PATH."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.powershell.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def pwsh() -> str:
    """Return the path of PowerShell; skip without one, fail where one was promised."""
    path = shutil.which("pwsh")
    if path is None:
        if os.environ.get("POLICYLINT_REQUIRE_PWSH"):
            pytest.fail("no pwsh on PATH, though POLICYLINT_REQUIRE_PWSH is set")
        pytest.skip("no pwsh on PATH")
    return path


@pytest.fixture(scope="session")
def exchange(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Return a fake Exchange whose one PowerShell process serves all tests."""
    fake = Exchange(pwsh, tmp_path_factory.mktemp("exchange"))
    yield fake
    fake.close()


@pytest.fixture(autouse=True)
def scripts_are_compiled_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let all tests have the same folders, as PowerShell knows what it compiled by its path and text."""
    if "exchange" not in request.fixturenames:
        yield
        return
    with request.getfixturevalue("exchange").names_again():
        yield
