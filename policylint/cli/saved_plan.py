"""The saved plans that the command line names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.adapters.files import read_source
from policylint.documentation import Page
from policylint.errors import FileError
from policylint.plan.planfile import read_plan

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from policylint.plan.plan import Plan
    from policylint.schema.store import SchemaStore
    from policylint.source import Source


def saved_plan(path: Path) -> Source:
    """Return the text of a saved plan. Raises FileError where it cannot be read."""
    try:
        return read_source(path)
    except FileError as problem:
        problem.page = Page.SAVED_PLAN
        raise


def read_saved_plan(path: Path, store: SchemaStore, now: datetime) -> Plan:
    """Return a saved plan. Raises FileError where its file cannot be read, PlanError where it is none."""
    source = saved_plan(path)
    return read_plan(source.text, source.path, store, now)
