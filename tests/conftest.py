"""Fixtures of the whole suite, and how much the laws are tried."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.worlds import POLICY_SCHEMA, STORE

if TYPE_CHECKING:
    from policylint.schema.compile import CompiledSchema
    from policylint.schema.store import SchemaStore

os.environ["POLICYLINT_CACHE"] = "off"  # nothing of a test goes to the folder of whoever runs it

settings.register_profile(
    "default", database=None, deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "thorough", database=None, deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")


@pytest.fixture(scope="session")
def store() -> SchemaStore:
    """Return the schemas of this checkout."""
    return STORE


@pytest.fixture(scope="session")
def policy_schema() -> CompiledSchema:
    """Return the schema of a policy file, compiled."""
    return POLICY_SCHEMA
