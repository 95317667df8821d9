"""The lock files say what pyproject.toml asks for, with hashes, and the tests run with what they say."""

from __future__ import annotations

import tomllib
from importlib.metadata import requires, version
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.release.lock import LOCKS, LOWEST, RUN, TEST, Lock, Pin, pins
from tools.release.project import PYPROJECT

PROJECT = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
DEPENDENCIES = PROJECT["project"]["dependencies"]
DECLARED = {RUN: DEPENDENCIES, LOWEST: DEPENDENCIES, TEST: [*DEPENDENCIES, *PROJECT["dependency-groups"]["test"]]}
LEFT_OUT = {"pip", "setuptools"}
"""What a package names and does not use."""


def versions(lock: Lock) -> dict[str, Pin]:
    """Return what a lock has for each package: that which applies here, where it has several for several systems."""
    found = {pin.name: pin for pin in sorted(pins(lock), key=applies)}
    return {pin.name: found[pin.name] for pin in pins(lock)}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.path.name)
def test_a_lock_has_what_is_declared_and_the_hashes_of_its_files(lock: Lock) -> None:
    locked = versions(lock)
    for text in DECLARED[lock]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)].version), text
    assert [] == [pin.name for pin in locked.values() if not pin.hashes]
    assert [*locked] == sorted(locked)


@pytest.mark.parametrize("lock", [RUN, TEST], ids=lambda lock: lock.path.name)
def test_a_lock_has_all_that_its_packages_need(lock: Lock) -> None:
    here = {name: pin for name, pin in versions(lock).items() if pin.marker is None or applies(pin)}
    needed = (Requirement(text) for text in chain.from_iterable(requires(name) or () for name in here))
    names = {
        canonicalize_name(each.name) for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})
    }
    assert set() == names - {*here} - LEFT_OUT


def applies(pin: Pin) -> bool:
    marker = pin.requirement.marker
    return marker is None or marker.evaluate()


def test_the_tests_run_with_what_is_locked() -> None:
    locked = {name: pin.version for name, pin in versions(TEST).items() if applies(pin)}
    assert locked == {name: version(name) for name in locked}


def test_what_is_shipped_is_what_is_tested() -> None:
    tested = versions(TEST)
    assert {name: pin.version for name, pin in versions(RUN).items()} == {
        name: tested[name].version for name in versions(RUN)
    }


def test_the_lowest_versions_are_those_that_are_declared() -> None:
    locked = versions(LOWEST)
    for text in DEPENDENCIES:
        wanted = Requirement(text)
        (lowest,) = [each.version for each in wanted.specifier if each.operator == ">="]
        assert Version(locked[canonicalize_name(wanted.name)].version) == Version(lowest), text
