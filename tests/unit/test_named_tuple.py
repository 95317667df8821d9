"""Unit tests of policylint.named_tuple: a class of it is as one of `typing`, before and after its first value."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from policylint import named_tuple

BODY = '''
from __future__ import annotations

class Place(NamedTuple):
    """A place."""
    line: int
    column: int = 1
    NAME = "constant"

    @property
    def shown(self) -> str:
        return f"{self.line}:{self.column}"

    def __str__(self) -> str:
        return f"at {self.shown}"

class Empty(NamedTuple):
    pass

class Marked(Place):
    def __new__(cls, *values):
        return super().__new__(cls, *values)
'''


def classes(base: object) -> dict[str, Any]:
    """Return the classes of the body, newly defined."""
    members: dict[str, Any] = {"NamedTuple": base, "__name__": __name__}
    exec(BODY, members)
    return members


@pytest.fixture(params=[typing.NamedTuple, named_tuple.NamedTuple], ids=["typing", "policylint"])
def defined(request: pytest.FixtureRequest) -> dict[str, Any]:
    return classes(request.param)


@pytest.mark.parametrize("name", ["Place", "Marked"])
def test_values(defined: dict[str, Any], name: str) -> None:
    make = defined[name]
    assert (3, 1) == make(3)
    value = make(3, 4)
    assert ((3, 4), 3, 4, "3:4", "at 3:4", f"{name}(line=3, column=4)", "constant") == (
        value,
        value.line,
        value.column,
        value.shown,
        str(value),
        repr(value),
        value.NAME,
    )
    assert [make] * 3 == [type(value._replace(line=5)), type(copy.copy(value)), type(make._make([1, 2]))]
    assert ({"line": 3, "column": 4}, (5, 4), (3, 4)) == (
        value._asdict(),
        value._replace(line=5),
        copy.deepcopy(value),
    )
    with pytest.raises(AttributeError):
        value.line = 4


def test_what_a_class_says_of_itself(defined: dict[str, Any]) -> None:
    place = defined["Place"]
    for _ in range(2):
        assert (("line", "column"), {"column": 1}, ("line", "column"), "A place.", __name__, "Place") == (
            place._fields,
            place._field_defaults,
            place.__match_args__,
            place.__doc__,
            place.__module__,
            place.__qualname__,
        )
        assert {"line", "column"} == place.__annotations__.keys()
        assert (place, tuple, object) == place.__mro__
        place(1)


@pytest.mark.parametrize("made_before", [False, True])
def test_what_is_given_is_checked(defined: dict[str, Any], made_before: bool) -> None:
    place = defined["Place"]
    if made_before:
        place(1)
    assert (1, 2) == place(column=2, line=1)
    for values, named in (((), {}), ((1, 2, 3), {}), ((1,), {"line": 2}), ((1,), {"other": 2})):
        with pytest.raises(TypeError):
            place(*values, **named)
    with pytest.raises(TypeError):
        place._make([1, 2, 3])
    with pytest.raises((TypeError, ValueError)):
        place(1)._replace(other=1)
    assert () == defined["Empty"]()


def test_the_first_value_may_be_made_of_items(defined: dict[str, Any]) -> None:
    assert (1, 2) == defined["Place"]._make(iter([1, 2]))
    assert (1, 2) == defined["Marked"]._make([1, 2])


def test_a_value_is_pickled() -> None:
    assert Pickled(1, (2,)) == pickle.loads(pickle.dumps(Pickled(1, (2,))))


class Pickled(named_tuple.NamedTuple):
    number: int
    numbers: tuple[int, ...] = ()
