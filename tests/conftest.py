"""Fixtures of the whole suite, and how much the laws are tried."""

from __future__ import annotations

import gc
import os
import signal
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

    from playwright.sync_api import Browser

    from policylint.lint.rule import Rule
    from policylint.schema.compile import CompiledSchema
    from policylint.schema.store import SchemaStore
    from policylint.source import Source
    from tests.requirements import Requirement

os.environ["POLICYLINT_CACHE"] = "off"  # nothing of a test goes to the folder of whoever runs it

# A shell lets what it starts in the background ignore Ctrl+C, and so would all that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "default", database=None, deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "thorough", database=None, deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark of tests that need more than Python known."""
    config.addinivalue_line("markers", "needs(requirement): skipped where that requirement is missing")


def pytest_collection_finish() -> None:
    """Let the garbage collector leave all that was collected alone: thousands of tests, of which none is garbage."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs what is missing."""
    for mark in item.iter_markers("needs"):
        requirement: Requirement = mark.args[0]
        requirement.require()


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser that asks for nothing by itself; tests are skipped where there is none.

    Its driver has an event loop in this thread, so that no test with a loop of its own can run while it is open.
    """
    from tests.requirements import CHROMIUM, chromium

    CHROMIUM.require()
    from playwright.sync_api import sync_playwright

    quiet = ("gpu", "background-networking", "component-update", "sync")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium(), args=["--no-first-run", *(f"--disable-{each}" for each in quiet)]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def store() -> SchemaStore:
    """Return the schemas of this checkout."""
    return STORE


@pytest.fixture(scope="session")
def policy_schema() -> CompiledSchema:
    """Return the schema of a policy file, compiled."""
    return POLICY_SCHEMA
