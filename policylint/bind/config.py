"""The nodes of policylint.yaml to its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.documentation import Page
from policylint.errors import UsageError
from policylint.model.config import OLD_MODES, Config, Guards, Management
from policylint.phrases import did_you_mean
from policylint.schema.store import CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policylint.schema.store import Schema, SchemaStore


DEFAULT = "default"
"""Where a setting comes from that no file gives."""


def bind_config(
    value: dict[str, Any],
    path: str | None,
    environment: str | None,
    store: SchemaStore,
    locate: Callable[[tuple[str, ...]], str | None] = lambda _keys: None,
) -> Config:
    """Return the settings that a validated file gives, those of the environment before the others, then the defaults.

    `locate` returns where the file gives a key, None where it does not. Raises UsageError where there is no such
    environment.
    """
    settings = {name: part for name, part in value.items() if name not in {"version", "environments"}}
    if environment is not None:
        environments = value.get("environments", {})
        if environment not in environments:
            known = ", ".join(sorted(environments))
            hint = did_you_mean(environment, environments)
            hint = hint or (f"known: {known}" if known else "it declares none: write some under `environments:`")
            raise UsageError(
                f"no environment `{environment}` in {path or 'policylint.yaml'}", help=hint, page=Page.ENVIRONMENTS
            )
        settings = _laid_over(settings, environments[environment])
    named = settings.get("manage", {})
    merged = _with_defaults(settings, store.schema(CONFIG))
    guards, outside = merged["guards"], merged["outside"]
    return Config(
        path=path,
        edition=merged["edition"],
        policies=tuple(merged["policies"]),
        snapshot=_paths(merged["snapshot"]),
        packs=tuple(merged["packs"]),
        severity=merged["severity"],
        custom_rules=tuple(merged["custom-rules"]),
        baseline=merged["baseline"],
        manage={section: _management(said, section in named) for section, said in merged["manage"].items()},
        guards=Guards(
            max_newly_denied=guards["max-newly-denied"],
            max_newly_denied_percent=guards["max-newly-denied-percent"],
            max_newly_allowed_percent=guards["max-newly-allowed-percent"],
            max_newly_disputed=guards["max-newly-disputed"],
            max_stricter_policy=guards["max-stricter-policy"],
            max_allowed_ids_dropped=guards["max-allowed-ids-dropped"],
            max_blocked_ids_dropped=guards["max-blocked-ids-dropped"],
            max_recipients_removed=guards["max-recipients-removed"],
            max_recipients_outside=guards["max-recipients-outside"],
            max_deletes_percent=guards["max-deletes-percent"],
            percent_floor=guards["percent-floor"],
            deletes_floor=guards["deletes-floor"],
            protect=tuple(guards["protect"]),
            snapshot_max_age_hours=guards["snapshot-max-age-hours"],
            require_target=guards["require-target"],
        ),
        precedence=merged["precedence"],
        conditional_access=outside["conditional-access-covers-outlook-mobile"],
        hybrid_modern_auth=outside["hybrid-modern-auth"],
        target=merged["target"],
        domains=tuple(merged["domains"]),
        since=merged["since"],
        not_ignorable=tuple(merged["not-ignorable"]),
        origins={
            ".".join(keys): (leaf, _origin(keys, environment, locate))
            for keys, leaf in _leaves(merged, store.schema(CONFIG))
        },
    )


def with_edition(config: Config, edition: str, origin: str) -> Config:
    """Return settings with another edition, which comes from elsewhere than a file."""
    return config._replace(edition=edition, origins={**config.origins, "edition": (edition, origin)})


def _paths(said: str | list[str] | None) -> tuple[str, ...]:
    return () if said is None else (said,) if isinstance(said, str) else tuple(said)


def _management(said: str | dict[str, Any], named: bool) -> Management:
    """Return what a section's mode, or the mapping with its mode, says."""
    parts = {"mode": said} if isinstance(said, str) else said
    mode = OLD_MODES.get(parts["mode"], parts["mode"])
    return Management(mode, parts.get("lists") == "additive", tuple(parts.get("except", ())), named)


def _leaves(value: dict[str, Any], schema: Schema) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each setting that has a value of its own, by its keys, in the order of the schema."""
    for name, prop in schema["properties"].items():
        if name in {"version", "environments"}:
            continue
        known = value[name]
        if "properties" in prop:
            yield from (((name, *keys), leaf) for keys, leaf in _leaves(known, prop))
        elif isinstance(known, dict) and known:
            yield from (((name, key), leaf) for key, leaf in known.items())
        else:
            yield (name,), known


def _origin(keys: tuple[str, ...], environment: str | None, locate: Callable[[tuple[str, ...]], str | None]) -> str:
    own = locate(("environments", environment, *keys)) if environment is not None else None
    return own or locate(keys) or DEFAULT


def _laid_over(settings: dict[str, Any], environment: dict[str, Any]) -> dict[str, Any]:
    """Return settings with those of an environment in their place, mappings key by key."""
    found = dict(settings)
    for name, part in environment.items():
        known = found.get(name)
        found[name] = _laid_over(known, part) if isinstance(known, dict) and isinstance(part, dict) else part
    return found


def _with_defaults(value: dict[str, Any], schema: Schema) -> dict[str, Any]:
    filled: dict[str, Any] = dict(value)
    for name, prop in schema["properties"].items():
        if name in filled:
            if "properties" in prop:
                filled[name] = _with_defaults(filled[name], prop)
        elif "default" in prop:
            filled[name] = _with_defaults(prop["default"], prop) if "properties" in prop else prop["default"]
    return filled
