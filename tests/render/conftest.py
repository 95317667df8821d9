"""Rendered output that is kept names no version."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@pytest.fixture(autouse=True)
def no_version() -> Iterator[None]:
    """Let outputs name version 0.0.0, or what is held fast would change with each release."""

    def name(version: str) -> None:
        for module in _modules():
            module.__dict__["__version__"] = version

    name("0.0.0")
    yield
    name(__version__)


def without_version(text: str) -> str:
    """Return an output with no version in the addresses of pages, which rules have from when they were read."""
    return text.replace(f"/v{__version__}/", "/v0.0.0/")


def _modules() -> list[ModuleType]:
    """Return the modules that have the version of policylint."""
    found = [module for name, module in sys.modules.items() if name.startswith("policylint")]
    return [module for module in found if "__version__" in module.__dict__]
