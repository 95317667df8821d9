"""The wheel and the sdist of this checkout, built once for all processes that run these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from tools.release.__main__ import main
from tools.release.build import Distributions, copy_checkout, found

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a folder that all processes of a run share, and that is new for each run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def built(shared: Path) -> Distributions:
    """Return the wheel and the sdist of this checkout."""
    folder = shared / "dist"
    with FileLock(shared / "dist.lock"):
        if not folder.exists():
            assert 0 == main(["build", "--dist", str(shared / "dist.new")])
            (shared / "dist.new").rename(folder)
    return found(folder)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of this checkout without what is not in it."""
    return copy_checkout(tmp_path_factory.mktemp("checkout") / "policylint")
