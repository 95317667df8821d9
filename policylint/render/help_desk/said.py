"""What is said of devices as plain data, each text once: the page puts names and times in the place of the marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.access.describe import because
from policylint.escape import clean
from policylint.named_tuple import NamedTuple
from policylint.phrases import capital
from policylint.render.help_desk.marks import Marked
from policylint.render.phrases import ALL_STATES, assumed_words, reported_words, state_words
from policylint.render.why.words import NEXT_STEPS, change_notes, change_words, reasons_of, turning_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.access.decision import Decision
    from policylint.analysis.explanations import Explanation as Meaning
    from policylint.analysis.help_desk import Marks
    from policylint.analysis.why import Explanation
    from policylint.render.why.command import CommandOptions


class _Block(NamedTuple):
    """A list below a heading; an item is its text with further lines below it."""

    head: str
    items: Sequence[tuple[str, Sequence[str]]]
    is_ordered: bool = False
    is_folded: bool = False


class Texts(dict[str, int]):
    """Numbers texts in the order they are first asked for."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number


class Sayings:
    """Makes plain data of explanations: a state, sentences, and lists of what to know and to do."""

    def __init__(self, marks: Marks, meanings: Mapping[str, Meaning], options: CommandOptions) -> None:
        self.texts = Texts()
        self._marked, self._meanings, self._options = Marked(marks), meanings, options

    def record(self, explanation: Explanation) -> list[Any]:
        """Return the number of the live state, its sentence, what the step means, and lists below a heading each.

        An item is its text with further lines below it. A list says whether its order matters, and whether it is to be
        folded among those of several devices.
        """
        live, desired = explanation.live_decision, explanation.decision
        assert live is not None
        meaning = self._meanings.get(step_of(live))
        blocks = [
            [
                self._number(block.head),
                [[self._number(text), [*map(self._number, more)]] for text, more in block.items],
                int(block.is_ordered),
                int(block.is_folded),
            ]
            for block in self._blocks(explanation, live, desired)
        ]
        means = self._number(meaning.means) if meaning is not None else -1
        return [ALL_STATES.index(live.state), self._number(self.sentence(live)), means, blocks]

    def sentence(self, decision: Decision) -> str:
        """Return what decides, in a sentence: the step in words, and the object that `why` names."""
        disputed = " [disputed]" if decision.disputed else ""
        return capital(f"{self._cause(decision)}{disputed}{assumed_words(decision.not_read)}")

    def _cause(self, decision: Decision) -> str:
        meaning = self._meanings.get(step_of(decision))
        if decision.step == "default":
            entity = decision.decided_by
            level = entity.text("DefaultAccessLevel") if entity is not None else ""
            default = f"the default decides: {level}" if level else f"the default decides: {because(decision)}"
            return f"No rule or list names this device, so {default}"
        if meaning is None or decision.step == "windows-mail":  # what `because` says is the title in other words
            return because(decision)
        return f"{meaning.title}: {because(decision)}"

    def number(self, text: str) -> int:
        """Return the number of a text that has no marks."""
        return self.texts[clean(text)]

    def _number(self, text: str) -> int:
        return self.texts[self._marked.short(text)]

    def _blocks(self, explanation: Explanation, live: Decision, desired: Decision) -> Iterator[_Block]:
        if explanation.candidates:
            reported = reported_words(explanation.device)
            head = f"Exchange reports {reported}; live settings do not explain this"
            yield _Block(head, _plain(explanation.candidates))
        is_planned = explanation.is_planned
        notes = [*_notes_of(live), *([] if is_planned else reasons_of(explanation))]
        notes += [*explanation.notes, *explanation.of_mailbox]
        if notes:
            yield _Block("Good to know", _plain(notes))
        if explanation.by_plan:
            yield _Block("What to do next", _plain(step.words for step in explanation.by_plan))
        if is_planned:
            reason = f" ({desired.reason})" if desired.reason else ""
            head = f"After the planned change: {state_words(desired.state)}{reason}"
            yield _Block(head, _plain([self.sentence(desired), *_notes_of(desired), *reasons_of(explanation)]))
        admitted = desired.state == "Allowed"
        if not admitted:
            changes = explanation.minimal_changes
            words = (change_words(each, counted=True, name=lambda other: other.device_id) for each in changes)
            more = ([*change_notes(each, self._options)] for each in changes)
            yield _Block(capital(turning_head(explanation)), [*zip(words, more, strict=True)], is_ordered=True)
        if explanation.next_steps:
            steps = _plain(step.words for step in explanation.next_steps)
            yield _Block(capital(NEXT_STEPS[admitted]), steps, is_ordered=True, is_folded=admitted)


def step_of(decision: Decision) -> str:
    """Return the name of the step that decides, as the order of decision has it."""
    return "rules" if decision.step.startswith("rule-") else decision.step


def _notes_of(decision: Decision) -> Iterator[str]:
    return (note for note in decision.notes if note != because(decision))


def _plain(texts: Iterable[str]) -> list[tuple[str, Sequence[str]]]:
    return [(text, ()) for text in texts]
