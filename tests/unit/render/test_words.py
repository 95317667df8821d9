"""What devices are called in a line, however much they say of themselves."""

from __future__ import annotations

from policylint.model.device import Device
from policylint.render.phrases import device_words


def test_a_device_is_called_in_a_few_words_however_long_its_texts_are() -> None:
    device = Device("I" * 9000, None, ("T" * 9000, "M" * 9000, "O" * 9000, "U" * 9000), "eas")
    words = device_words(device)
    assert len(words) < 300
    assert words.startswith("MMM")
    assert "..., OOO" in words
