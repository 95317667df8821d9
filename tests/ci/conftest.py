"""A job, and one whose policylint says nothing but what a test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ci.fake_service import Service, served
from tests.ci.jobs import Job
from tests.requirements import BASH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """Return a job whose policylint is a stub that finds nothing."""
    BASH.require()
    server = Service(tmp_path)
    with served(server) as port:
        made = Job(tmp_path, server, port)
        _say_nothing(made)
        yield made


def _say_nothing(made: Job) -> None:
    made.stub("lint", markdown="no findings", json='{"summary": {"error": 0, "warning": 0, "info": 1}}')
    made.stub("test", markdown="all passed", json='{"summary": {"tests": 2, "passed": 2}}')
    made.stub("diff", markdown="no difference")
    made.stub("plan", markdown="in sync", json=f'{{"fingerprint": "sha256:{"a" * 64}"}}')
