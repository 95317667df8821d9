"""The nodes of policylint.yaml to its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.errors import UsageError
from policylint.model.config import Config, Guards
from policylint.schema.store import CONFIG

if TYPE_CHECKING:
    from policylint.schema.store import Schema, SchemaStore


def bind_config(value: dict[str, Any], path: str | None, environment: str | None, store: SchemaStore) -> Config:
    """Return the settings that a validated file gives, those of the environment before the others, then the defaults.

    Raises UsageError where there is no such environment.
    """
    settings = {name: part for name, part in value.items() if name not in {"version", "environments"}}
    origins = dict.fromkeys(settings, path or "")
    if environment is not None:
        environments = value.get("environments", {})
        if environment not in environments:
            known = ", ".join(sorted(environments)) or "there are none"
            raise UsageError(f"no environment `{environment}` in {path or 'policylint.yaml'}", help=f"known: {known}")
        settings.update(environments[environment])
        origins.update(dict.fromkeys(environments[environment], f"{path}, environment {environment}"))
    merged = _with_defaults(settings, store.schema(CONFIG))
    guards, outside = merged["guards"], merged["outside"]
    return Config(
        path=path,
        edition=merged["edition"],
        policies=tuple(merged["policies"]),
        snapshot=merged["snapshot"],
        packs=tuple(merged["packs"]),
        severity=merged["severity"],
        custom_rules=tuple(merged["custom-rules"]),
        manage=merged["manage"],
        guards=Guards(
            max_newly_denied=guards["max-newly-denied"],
            max_newly_denied_percent=guards["max-newly-denied-percent"],
            max_newly_allowed_percent=guards["max-newly-allowed-percent"],
            max_deletes_percent=guards["max-deletes-percent"],
            protect=tuple(guards["protect"]),
            snapshot_max_age_hours=guards["snapshot-max-age-hours"],
        ),
        conditional_access=outside["conditional-access-covers-outlook-mobile"],
        hybrid_modern_auth=outside["hybrid-modern-auth"],
        origins=origins,
    )


def _with_defaults(value: dict[str, Any], schema: Schema) -> dict[str, Any]:
    filled: dict[str, Any] = dict(value)
    for name, prop in schema["properties"].items():
        if name in filled:
            if "properties" in prop:
                filled[name] = _with_defaults(filled[name], prop)
        elif "default" in prop:
            filled[name] = _with_defaults(prop["default"], prop) if "properties" in prop else prop["default"]
    return filled
