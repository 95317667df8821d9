"""Laws of the checks of plain data: what the fast one admits, jsonschema admits, and the other way round."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.plan.planfile import plan_record
from policylint.schema.plain import compile_plain
from tests.examples import examples
from tests.plans import rich_plan
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECORD = plan_record(rich_plan())
_SCHEMA = STORE.schema("policylint:output/plan-v1")
_ADMITS, _VALIDATOR = compile_plain(_SCHEMA), jsonschema.Draft202012Validator(_SCHEMA)
_NAMES = st.sampled_from(["id", "x", "from", "parts", "branch", "state", "kind"])
_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 2),
        st.sampled_from([1.0, 0.5]),
        st.sampled_from(["", "x", "update", "mailbox", "Allowed", "branch", "s001", f"sha256:{'0' * 64}"]),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_NAMES, inner, max_size=2),
    max_leaves=4,
)


def _places(value: Any, *above: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the keys and indexes that lead to each member."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in pairs:
        yield (*above, key)
        yield from _places(member, *above, key)


_PLACES = list(_places(_RECORD))


def _holds_fraction(value: Any) -> bool:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, float) or any(map(_holds_fraction, members))


def test_a_plan_is_known_to_be_valid() -> None:
    assert _ADMITS(_RECORD)


@settings(max_examples=examples(300))
@given(st.sampled_from(_PLACES), st.one_of(_VALUES, st.just("delete"), _NAMES.map(lambda name: {name: None})))
def test_what_one_check_admits_the_other_admits(place: tuple[Any, ...], value: Any) -> None:
    edited = deepcopy(_RECORD)
    *above, last = place
    inner: Any = edited
    for key in above:
        inner = inner[key]
    if value == "delete":
        del inner[last]
    elif isinstance(inner, dict) and isinstance(value, dict) and len(value) == 1:
        inner.update(value)
    else:
        inner[last] = value
    valid = _VALIDATOR.is_valid(edited)
    assert valid or not _ADMITS(edited)
    assert _ADMITS(edited) or not valid or _holds_fraction(value)
