"""Why there may be no script, and the text that lifts it."""

from __future__ import annotations

from hashlib import sha256

from policylint.escape import shell_word
from policylint.named_tuple import NamedTuple


class Refusal(NamedTuple):
    """Why there may be no script. `acknowledge` is the text that lifts it, None where nothing does.

    The text holds the number and a digest of what it counts, so that it lifts no other plan than the one that was read.
    `summary` is the message without mailboxes and device IDs, empty where it names none.
    """

    guard: str
    message: str
    acknowledge: str | None
    summary: str = ""

    @property
    def code(self) -> str:
        """Return a digest of the text that lifts it, which does so too: for a text that shells do not carry alike.

        Like the text it lifts no other refusal, in this run or a later one.
        """
        return f"refusal:{sha256((self.acknowledge or '').encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"

    @property
    def word(self) -> str:
        """Return what lifts it as one word of a command line: the text, quoted where it must be, or else the code."""
        return shell_word(self.acknowledge or "") or self.code
