"""One set of hostile repositories for all tests of this folder, and what each command prints of them in UTF-8."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.hostile.runs import Case, Printed, cases, invoke
from tests.hostile.world import build, edited_plans

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the folders of the repositories."""
    folders = build(tmp_path_factory.mktemp("hostile"))
    invoke(Case("plan", "valid", ("--out", "plan.json"), "text"), folders["valid"])
    for name, plan in edited_plans(json.loads((folders["valid"] / "plan.json").read_bytes())):
        (folders["valid"] / name).write_text(json.dumps(plan), encoding="utf-8")
    return folders


@pytest.fixture(scope="session")
def printed(repositories: dict[str, Path]) -> dict[Case, Printed]:
    """Return what every run prints where everything is UTF-8."""
    return {case: invoke(case, repositories[case.repository]) for case in cases()}
