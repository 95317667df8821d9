"""Fixtures of the whole suite, and how much the laws are tried."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings

from policylint.adapters import resources
from policylint.lint.load import load_rules
from policylint.project.resources import Resources
from tests.worlds import POLICY_SCHEMA, STORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.lint.rule import Rule
    from policylint.schema.compile import CompiledSchema
    from policylint.schema.store import SchemaStore
    from policylint.source import Source

os.environ["POLICYLINT_CACHE"] = "off"  # nothing of a test goes to the folder of whoever runs it

settings.register_profile(
    "default", database=None, deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "thorough", database=None, deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")


@pytest.fixture(scope="session", autouse=True)
def rules_are_read_once() -> Iterator[None]:
    """Let all runs in this process share the rules that come with policylint, which a process reads once."""
    read = Resources.rules_with
    shipped = cache(lambda: read(Resources(resources), ()))

    def rules_with(self: Resources, own: Iterable[Source]) -> tuple[Rule, ...]:
        others = tuple(own)
        return load_rules((), self.store, others, shipped()) if others else shipped()

    with mock.patch.object(Resources, "rules_with", rules_with):
        yield


@pytest.fixture(scope="session")
def store() -> SchemaStore:
    """Return the schemas of this checkout."""
    return STORE


@pytest.fixture(scope="session")
def policy_schema() -> CompiledSchema:
    """Return the schema of a policy file, compiled."""
    return POLICY_SCHEMA
