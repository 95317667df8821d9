"""A value that was set and is read back is the same value, in whatever shape it is shown."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policylint.schema import values
from policylint.schema.values import Unreadable, timespan_seconds, timespan_text
from tests.strategies import TEXTS

SEPARATORS = (",", ".", " ", "'", "", "\u00a0", "\u202f", "\u2019", "\u2009")
MEMBERS = ("Allow", "Block", "Quarantine")


def cased(text: str) -> st.SearchStrategy[str]:
    """Return a text in any case."""
    return st.sampled_from([text, text.upper(), text.lower(), text.swapcase()])


def shown_bytes(number: int, separator: str, decimal: str) -> str:
    """Return a number of bytes as a culture shows it."""
    size, unit = (number / 1024, "KB") if number < 1 << 20 else (number / (1 << 20), "MB")
    leading = f"{size:,.4g}".replace(",", separator).replace(".", decimal)
    return f"{leading} {unit} ({f'{number:,}'.replace(',', separator)} bytes)"


UNLIMITED = st.tuples(st.just("Unlimited"), st.just("Unlimited"), cased("Unlimited"))
NUMBERS = st.integers(0, 2**31 - 1).flatmap(
    lambda number: st.tuples(st.just(number), st.just(str(number)), st.sampled_from([number, str(number)]))
)
SPANS = (
    st.integers(0, 730 * 86_400)
    .map(timespan_text)
    .flatmap(lambda span: st.tuples(st.just(span), st.just(span), st.just(span)))
)
SIZES = st.integers(0, 2**31 - 1).flatmap(
    lambda number: st.tuples(
        st.just(number),
        st.just(str(number)),
        st.builds(shown_bytes, st.just(number), st.sampled_from(SEPARATORS), st.sampled_from([".", ","])),
    )
)
NOTHING = st.tuples(st.none(), st.just("null"), st.sampled_from([None, ""]))

WORDS = TEXTS.filter(lambda text: text not in {*values.NULL_WORDS, "null"}).map(lambda text: (text, text, text))

SHAPES: dict[str, st.SearchStrategy[tuple[Any, str, Any]]] = {
    # for each kind: canonical value, plain YAML, what Exchange shows
    "bool": st.booleans().flatmap(
        lambda value: st.tuples(st.just(value), st.just(str(value).lower()), cased(str(value)) | st.just(value))
    ),
    "enum": st.sampled_from(MEMBERS).flatmap(lambda word: st.tuples(st.just(word), st.just(word), cased(word))),
    "int": NUMBERS,
    "nullable-int": st.one_of(NUMBERS, NOTHING),
    "unlimited-int": st.one_of(NUMBERS, UNLIMITED),
    "timespan": SPANS,
    "unlimited-timespan": st.one_of(SPANS, UNLIMITED),
    "unlimited-bytes": st.one_of(SIZES, UNLIMITED),
    "string": st.one_of(WORDS, NOTHING),
    "policy-ref": st.one_of(st.just(("Default", "Default", "Default")), NOTHING),
}  # fmt: skip


@given(st.sampled_from(sorted(SHAPES)).flatmap(lambda kind: st.tuples(st.just(kind), SHAPES[kind])))
def test_what_is_read_back_is_what_was_set(case: tuple[str, tuple[Any, str, Any]]) -> None:
    kind, (value, yaml, shown) = case
    declared = values.from_yaml(kind, yaml, plain=True, nullable=kind in ("nullable-int", "string", "policy-ref"))
    live = values.from_live(kind, shown, MEMBERS)
    assert (value, type(value)) == (declared, type(declared))
    assert (value, type(value)) == (live, type(live))
    assert values.same(kind, declared, live)


@given(st.lists(st.sampled_from(["a", "B", "c"]), unique=True), st.randoms())
def test_lists_are_read_back_whatever_their_order_and_case(items: list[str], random: Any) -> None:
    shuffled = [random.choice([item.upper(), item.lower()]) for item in items]
    random.shuffle(shuffled)
    shapes: list[Any] = [shuffled, tuple(shuffled)]
    if not shuffled:
        shapes += [None, ""]
    if len(shuffled) == 1:
        shapes += shuffled
    for shape in shapes:
        assert values.same("strings", tuple(items), values.from_live("strings", shape))


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 2),
    st.sampled_from(["", "a", "A", "Unlimited", "unlimited", "True", "00:15:00"]),
)
OBJECT_KINDS = st.sampled_from([*SHAPES, "strings"])


@given(OBJECT_KINDS, ANYTHING, ANYTHING, ANYTHING)
def test_same_is_an_equivalence(kind: str, one: Any, two: Any, three: Any) -> None:
    a, b, c = (values.from_live(kind, raw, MEMBERS) for raw in (one, two, three))
    assert values.same(kind, a, a)
    assert values.same(kind, a, b) == values.same(kind, b, a)
    assert values.same(kind, a, b) == (values.key_of(kind, a) == values.key_of(kind, b))
    assert not (values.same(kind, a, b) and values.same(kind, b, c)) or values.same(kind, a, c)


@given(OBJECT_KINDS, st.one_of(ANYTHING, TEXTS, st.lists(st.one_of(st.none(), TEXTS))))
def test_reading_live_state_twice_is_reading_it_once(kind: str, raw: Any) -> None:
    value = values.from_live(kind, raw, MEMBERS)
    assert value == values.from_live(kind, value, MEMBERS)


@given(st.sampled_from([kind for kind in SHAPES if kind not in ("string", "enum", "policy-ref")]), TEXTS, st.booleans())
def test_an_unreadable_text_is_kept(kind: str, text: str, plain: bool) -> None:
    value = values.from_yaml(kind, text, plain=plain, nullable=False)
    assert not isinstance(value, Unreadable) or text == value.text


@given(st.integers(0, 10**9))
def test_time_spans_are_read_as_they_are_written(seconds: int) -> None:
    assert seconds == timespan_seconds(timespan_text(seconds))
