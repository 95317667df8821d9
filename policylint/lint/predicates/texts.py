"""Questions about texts that Exchange compares whole: characters and spaces that are not what they seem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.devices.confusables import described, invisible, look_alikes, replaced, tidy, untidiness
from policylint.lint.parameters import many, setting, settings_by_kind, text
from policylint.lint.predicate import Finding, entity_predicate, policy_predicate
from policylint.model.entity import written_items
from policylint.named_tuple import NamedTuple
from policylint.phrases import LONGEST, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from policylint.edits import Fix
    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity
    from policylint.source import Span

SETTINGS = settings_by_kind("the settings to check")
TEXT_AND_FLAW = {"value": "the text", "what": "what is odd about it"}


class ExactText(NamedTuple):
    """A text of a setting that is a text or a list of texts; `item` is its index in a list."""

    entity: Entity
    setting: str
    text: str
    item: int | None = None

    @property
    def span(self) -> Span:
        """Return the span of the text."""
        return self.entity.at(self.setting) if self.item is None else self.entity.item_at(self.setting, self.item)

    def finding(self, what: str, meant: str, facts: Facts) -> Finding:
        """Return the finding that something is odd about the text, with the advice to write what is meant."""
        can_be_shown = 0 < len(meant) <= LONGEST and meant.isprintable()
        help_ = f"write `{meant}`" if can_be_shown else None
        return Finding(self.span, {"value": quoted(self.text), "what": what}, help=help_, fix=self.fix(meant, facts))

    def fix(self, meant: str, facts: Facts) -> Fix | None:
        """Return the fix that writes what is meant."""
        if self.item is None:
            return facts.fixes.rewrite(self.entity, self.setting, meant)
        return facts.fixes.rewrite_item(self.entity, self.setting, self.item, meant)


def texts_of(entity: Entity, settings: Iterable[str], is_wanted: Callable[[str], object]) -> Iterator[ExactText]:
    """Yield those texts of some settings of an object that are wanted.

    Of a list in part, what it takes out is behind what it adds.
    """
    for name in settings:
        value = entity.settings.get(name)
        if isinstance(value, str):
            if is_wanted(value):
                yield ExactText(entity, name, value)
        elif isinstance(value, tuple):
            for index, item in enumerate(written_items(value)):
                if is_wanted(item):
                    yield ExactText(entity, name, item, index)


@entity_predicate(
    params={"fields": many(setting("the settings to check"))},
    placeholders=TEXT_AND_FLAW,
    declares=lambda params: params["fields"],
    rules_out=lambda kind, params, facts: facts.no_text(kind, params["fields"], _is_untidy),
)
def untidy_text(entity: Entity, params: Params, facts: Facts) -> Findings:
    """Find each text with extra spaces, or with a letter and its accent as two characters.

    A text that live Exchange has exactly so is not found.
    """
    for found in texts_of(entity, params["fields"], _is_untidy):
        if not facts.exists_live(entity, found.setting, found.text):
            yield found.finding(untidiness(found.text), tidy(found.text), facts)


def _is_untidy(text: str) -> bool:
    return tidy(text) != text


@policy_predicate(params={"settings": SETTINGS}, placeholders=TEXT_AND_FLAW, files_tell=True)
def invisible_character(params: Params, facts: Facts) -> Findings:
    """Find each text with a character that cannot be seen.

    A text that live Exchange has exactly so is not found.
    """
    return _odd_texts(params, facts, lambda found: invisible(found.text))


@policy_predicate(
    params={
        "settings": SETTINGS,
        "signs": many(text("the settings in which typographic signs count: names of objects may hold them"), minimum=0),
    },
    placeholders=TEXT_AND_FLAW,
    files_tell=True,
)
def look_alike_character(params: Params, facts: Facts) -> Findings:
    """Find each text with a letter, sign or space that only looks like the one that is meant.

    A text that live Exchange has exactly so is not found.
    """
    signs = params["signs"]
    return _odd_texts(params, facts, lambda found: look_alikes(found.text, signs=found.setting in signs))


def _odd_texts(params: Params, facts: Facts, find: Callable[[ExactText], Mapping[int, str]]) -> Findings:
    """Yield a finding at each text with odd characters, which `find` returns by index with what is meant."""
    if facts.is_ascii:
        return
    for kind, names in params["settings"].items():
        for entity in facts.declared.of_kind(kind).values():
            for found in texts_of(entity, names, lambda text: not text.isascii()):
                odd = find(found)
                if odd and not facts.exists_live(entity, found.setting, found.text):
                    yield found.finding(described(found.text, odd), tidy(replaced(found.text, odd)), facts)
