"""The public names of the package are there, and importing it is cheap. A program in docs/api.md uses them."""

from __future__ import annotations

import pytest

import policylint
from tools.docs.outputs import program


def test_every_public_name_is_there() -> None:
    assert all(getattr(policylint, name).__doc__ for name in policylint.__all__)
    with pytest.raises(AttributeError, match="module 'policylint' has no attribute 'nothing'"):
        policylint.nothing  # noqa: B018


def test_importing_the_package_imports_no_other_part_of_it() -> None:
    code = "import sys, policylint; print(*sorted(name for name in sys.modules if name.startswith('policylint')))"
    assert ["policylint", "policylint.version"] == program(code).split()
