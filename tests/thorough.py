"""Whether tests try all that they can, or what two cores do in ten minutes: chosen with --hypothesis-profile."""

from __future__ import annotations

from hypothesis import settings

THOROUGH = settings.get_current_profile_name() != "default"
