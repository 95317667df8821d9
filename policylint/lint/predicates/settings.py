"""Questions about the settings of an object: their values, their defaults, and what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Label
from policylint.lint.parameters import flag, many, one_of, optional, setting, value_of, values_by_setting
from policylint.lint.predicate import Finding, Varying, entity_predicate, label, policy_predicate
from policylint.lint.undeclared import ALWAYS, is_looked_at, live_settings
from policylint.model.config import EDITIONS
from policylint.phrases import count, listed, quoted, show
from policylint.schema.values import UNLIMITED, timespan_seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity, Value
    from policylint.schema.store import Setting

FIELD_AND_VALUE = {"field": "the setting", "value": "its value"}


def unseen_settings(kind: str, names: Iterable[str], values: Collection[Value], facts: Facts) -> str:
    """Return of which of some settings it is not known whether an object has one of some values, in words.

    Live objects that are in no file are only checked for what departs from its default.
    """
    known = facts.store.object_type(kind).planned_in(facts.config.edition)
    fields = [known[name] for name in names if name in known]
    management = facts.config.managed(facts.store.object_type(kind).section)
    for entity in facts.desired.of_kind(kind).values():
        live = live_settings(entity)
        for each in fields if is_looked_at(entity, management) else ():
            if each.name in entity.settings:
                is_usual = each.name in live and not each.departs(live[each.name])
                if is_usual and live[each.name] in values and each.name not in ALWAYS.get(kind, ()):
                    return f"where no file declares {quoted(each.name)}, its usual value is not checked"
            elif entity.is_declared and facts.is_new(entity):
                if _default_of(each) in values:
                    return f"a new object has the default of {quoted(each.name)}, which no file declares"
            else:
                return f"{quoted(each.name)} of {quoted(entity.identity or kind)} is in no file, and was not read"
    return ""


def _default_of(setting: Setting) -> Value:
    return () if setting.kind == "strings" else setting.schema.get("default")


def _unseen_field_in(kind: str, params: Params, facts: Facts) -> str:
    return unseen_settings(kind, params.get("fields") or (params["field"],), params["values"], facts)


def _unseen_departures(kind: str, params: Params, facts: Facts) -> str:
    return unseen_settings(kind, params["fields"], (), facts)


def _unseen_conflict(kind: str, params: Params, facts: Facts) -> str:
    wanted = {**params["when"], **params["with"]}
    for entity in facts.desired.of_kind(kind).values():
        if any(name in entity.settings and entity.settings[name] != value for name, value in wanted.items()):
            continue
        if why := next((why for name in wanted if (why := _not_read(entity, name, facts))), ""):
            return why
        if params.get("declared") and any(name in live_settings(entity) for name in wanted):
            return f"where no file declares {quoted(next(iter(wanted)))}, its usual value is not checked"
    return ""


def _unseen_limit(kind: str, params: Params, facts: Facts) -> str:
    """Return where an object that is not looked at, as all of it is usual, may not meet a requirement."""
    name, described = params["field"], facts.store.object_type(kind)
    if "create" in described.actions or described.single or name not in described.planned_in(facts.config.edition):
        return ""
    management = facts.config.managed(described.section)
    for entity in facts.desired.of_kind(kind).values():
        if entity.is_declared or not is_looked_at(entity, management):
            continue
        if name not in entity.settings or not _meets(entity.settings[name], params["operator"], params["value"]):
            return f"{quoted(name)} of {quoted(entity.identity)} is in no file, and is not checked"
    return ""


def _not_read(entity: Entity, name: str, facts: Facts) -> str:
    known = name in entity.settings or (entity.is_declared and facts.is_new(entity))
    return "" if known else f"{quoted(name)} of {quoted(entity.identity)} is in no file, and was not read"


@entity_predicate(
    params={
        "field": optional(setting("the setting to compare")),
        "fields": optional(many(setting("the settings to compare, which have values of one kind"))),
        "values": many(value_of("the values to find", "field", "fields")),
    },
    either=("field", "fields"),
    placeholders=FIELD_AND_VALUE,
    declares=lambda params: params.get("fields") or (params["field"],),
    unseen=_unseen_field_in,
)
def field_in(entity: Entity, params: Params, _facts: Facts) -> Findings:
    """Find each setting that is declared with one of some values."""
    for name in params.get("fields") or (params["field"],):
        if name in entity.settings and entity.settings[name] in params["values"]:
            yield Finding(entity.at(name), {"field": name, "value": show(entity.settings[name])})


@entity_predicate(
    params={"fields": many(setting("the settings to compare"))},
    placeholders=FIELD_AND_VALUE,
    declares=lambda params: params["fields"],
    unseen=_unseen_departures,
)
def setting_departs(entity: Entity, params: Params, facts: Facts) -> Findings:
    """Find each setting that is declared with another value than its default."""
    for name in params["fields"]:
        if facts.departs(entity, name):
            yield Finding(entity.at(name), {"field": name, "value": show(entity.get(name))})


@entity_predicate(
    params={
        "field": setting("the setting to compare"),
        "operator": one_of("how: equal, at least, at most", "eq", "ge", "le"),
        "value": value_of("what it has to be", "field"),
    },
    placeholders={"state": "what the setting is", "value": "what it has to be"},
    unseen=_unseen_limit,
)
def setting_limit(entity: Entity, params: Params, facts: Facts) -> Findings:
    """Find a setting that will not meet a requirement, or of which it is not known what it will be.

    `Unlimited` is more than any number, `null` less than any.
    """
    name = params["field"]
    known, value = facts.will_be(entity, name)
    if not known or not _meets(value, params["operator"], params["value"]):
        state = f"is {show(value)}" if known else "is not declared"
        yield Finding(entity.at(name), {"state": state, "value": show(params["value"])})


def _meets(value: Value, operator: str, wanted: Value) -> bool:
    if operator == "eq":
        return value == wanted
    number, limit = _number(value), _number(wanted)
    return number >= limit if operator == "ge" else number <= limit


def _number(value: Value) -> float:
    if value == UNLIMITED:
        return float("inf")
    if isinstance(value, str):
        seconds = timespan_seconds(value)
        return float("-inf") if seconds is None else seconds
    return value if isinstance(value, int) else float("-inf")


@entity_predicate(
    params={
        "when": values_by_setting("values that the object will have"),
        "with": values_by_setting("values that contradict them"),
        "declared": optional(flag("whether all of these settings must be declared, not only one")),
    },
    declares=lambda params: (*params["when"], *params["with"]),
    unseen=_unseen_conflict,
)
def setting_conflict(entity: Entity, params: Params, facts: Facts) -> Findings:
    """Find settings that contradict each other, at the last one that is declared."""
    wanted = {**params["when"], **params["with"]}
    declared = [name for name in wanted if name in entity.settings]
    if not declared or (params.get("declared") and len(declared) < len(wanted)):
        return
    if all(facts.will_be(entity, name) == (True, value) for name, value in wanted.items()):
        *others, last = declared
        states = {name: f"`{name}` is {show(entity.get(name))}" for name in others}
        yield Finding(entity.at(last), {}, tuple(m for name in others for m in label(entity, name, states[name])))


@entity_predicate(
    placeholders={"setting": "the setting", "value": "its value", "cause": "the setting that sets it too"}
)
def set_along(entity: Entity, _params: Params, facts: Facts) -> Findings:
    """Find each setting that is declared otherwise than what Exchange sets it to along with another declared one."""
    described = facts.store.object_type(entity.kind)
    for cause in described.coupled:
        if cause not in entity.settings:
            continue
        state = entity.get(cause)
        for name, value in described.also_set({cause: state}).items():
            if name in entity.settings and not described.settings[name].same(entity.get(name), value):
                words = {"setting": quoted(name), "value": show(entity.get(name)), "cause": quoted(cause)}
                yield Finding(entity.at(name), words, label(entity, cause, f"`{cause}` is {show(state)}"))


@entity_predicate(
    params={
        "needs": setting("the setting that the others need"),
        "value": value_of("the value that it needs to have", "needs"),
        "settings": many(setting("the settings that have no effect otherwise")),
    },
    placeholders={
        "needs": "the setting that the others need",
        "state": "its value",
        "settings": "the settings without effect",
    },
    declares=lambda params: params["settings"],
)
def setting_without(entity: Entity, params: Params, facts: Facts) -> Findings:
    """Find settings that depart from their defaults and have no effect, as another setting is known to be off.

    The finding is at the setting that they need where that is declared, else at the first of them.
    """
    needs = params["needs"]
    known, state = facts.will_be(entity, needs)
    if not known or state == params["value"]:
        return
    moot = [name for name in params["settings"] if facts.departs(entity, name)]
    if moot:
        first, *others = [needs, *moot] if entity.origin.declares(needs) else moot
        related = tuple(Label(entity.at(name), "has no effect") for name in others[:3])
        yield Finding(
            entity.at(first), {"needs": needs, "state": show(state), "settings": _listed_settings(moot)}, related
        )


@entity_predicate(
    params={"off": setting("the switch that is off"), "on": setting("the switch that is left on")},
    placeholders={"state": Varying("what the other switch is, as far as it is known")},
    declares=lambda params: (params["off"],),
)
def switch_left_on(entity: Entity, params: Params, facts: Facts) -> Findings:
    """Find a switch that is declared false while another one is not declared and not known to be false."""
    if entity.get(params["off"]) is not False or params["on"] in entity.settings:
        return
    known, value = facts.will_be(entity, params["on"])
    if value is not False:
        yield Finding(entity.at(params["off"]), {"state": f"is {show(value)}" if known else "is not declared"})


@entity_predicate(
    params={"honored": many(setting("the settings that have an effect"), minimum=0)},
    placeholders={"settings": "the settings without effect", "number": Varying("how many there are")},
)
def settings_ignored(entity: Entity, params: Params, facts: Facts) -> Findings:
    """Find settings that depart from their defaults and are not among those that have an effect."""
    honored = params["honored"]
    return _at_first(entity, facts, (each for each in _writable(entity, facts) if each.name not in honored))


def _writable(entity: Entity, facts: Facts) -> Iterable[Setting]:
    return (setting for setting in facts.known_settings(entity) if setting.settable)


@entity_predicate(
    params={"annotation": one_of("the annotation of the schema that says so", "license")},
    placeholders={"settings": "the settings that need a license", "number": Varying("how many there are")},
)
def licensed_settings(entity: Entity, params: Params, facts: Facts) -> Findings:
    """Find settings that depart from their defaults and need a license."""
    annotation = params["annotation"]
    licensed = (each for each in facts.known_settings(entity) if annotation in each.schema["exchange"])
    return _at_first(entity, facts, licensed)


def _at_first(entity: Entity, facts: Facts, settings: Iterable[Setting]) -> Findings:
    """Yield one finding about the settings that depart from their defaults, at the key of the first."""
    names = [setting.name for setting in settings if facts.departs(entity, setting.name)]
    if names:
        values = {"settings": _listed_settings(names), "number": count(len(names), "setting")}
        yield Finding(entity.origin.key_span(names[0]), values)


def _listed_settings(names: Iterable[str]) -> str:
    return listed(map(quoted, names), 3)


@policy_predicate(placeholders={"field": "the setting"}, files_tell=True)
def setting_not_planned(_params: Params, facts: Facts) -> Findings:
    """Find each declared setting that is read-only: no plan ever changes it."""
    for entity, each in facts.entries_with(lambda each: not each.planned):
        fix = facts.fixes.without_setting(entity, each.name, safe=True)
        yield Finding(entity.origin.key_span(each.name), {"field": each.name}, fix=fix)


@policy_predicate(
    params={"annotation": one_of("whether it exists there, or has an effect there", "editions", "effectiveIn")},
    placeholders={
        "field": "the setting",
        "edition": "the edition of the repository",
        "editions": "those that have the setting",
    },
    files_tell=True,
)
def setting_outside_edition(params: Params, facts: Facts) -> Findings:
    """Find each declared setting that the edition of Exchange lacks, or has without any effect.

    What has no effect is found only where it departs from its default.
    """
    edition, annotation = facts.config.edition, params["annotation"]
    for entity, each in facts.entries_with(lambda each: edition not in (_editions(each, annotation) or [edition])):
        if annotation == "editions" or facts.departs(entity, each.name):
            editions = _editions(each, annotation) or ()
            known = listed(name for key, name in EDITIONS.items() if key in editions)
            values = {"field": each.name, "edition": EDITIONS.get(edition, edition), "editions": known}
            fix = facts.fixes.without_setting(entity, each.name)
            yield Finding(entity.origin.key_span(each.name), values, fix=fix)


def _editions(setting: Setting, annotation: str) -> Collection[str] | None:
    if annotation == "editions":
        return setting.editions
    editions: Collection[str] | None = setting.schema["exchange"].get(annotation)
    return editions
