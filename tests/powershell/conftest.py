"""Fixtures that run emitted scripts in a real PowerShell, found on PATH."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.powershell.exchange import HOSTILE_PROFILE, Exchange
from tests.requirements import PWSH, TURKISH_PWSH

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def pwsh() -> str:
    """Return the path of PowerShell."""
    PWSH.require()
    if HOSTILE_PROFILE in os.environ:
        TURKISH_PWSH.require()
    path = shutil.which("pwsh")
    assert path is not None
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
