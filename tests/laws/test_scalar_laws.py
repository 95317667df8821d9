"""Laws of scalars as they are written: the form that is known at once is the one that PyYAML's analysis gives."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from policylint.fmt import scalar
from policylint.regex import regex
from tests.examples import examples

_TEXTS = st.text(alphabet=st.sampled_from("aZ09_.@/+- :#,[]{}?!&*%`'\"\n\u00e9~"), max_size=8) | st.sampled_from(
    ["no", "1e5", "0x1F", "2026-01-01", "12:30", "a-b@c.de", "...", "---", "null", "Android 11", "a +1", "y"]
)


@settings(max_examples=examples(300))
@given(_TEXTS, st.booleans())
def test_a_text_is_written_alike_with_and_without_analysis(text: str, flow: bool) -> None:
    found = scalar.text_of(text, flow=flow)
    with patch.object(scalar, "_ALWAYS_PLAIN", regex(r"(?!)")):
        assert scalar.text_of(text, flow=flow) == found
