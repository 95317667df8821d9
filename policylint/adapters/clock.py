"""The time."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from policylint.errors import UsageError


def now() -> datetime:
    """Return the present moment in UTC, in whole seconds.

    SOURCE_DATE_EPOCH, the seconds of a moment to take instead, makes outputs reproducible.
    Source: https://reproducible-builds.org/docs/source-date-epoch/
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if not fixed:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(fixed), UTC)
    except (ValueError, OverflowError, OSError) as problem:
        raise UsageError("SOURCE_DATE_EPOCH is not a number of seconds", help="unset it") from problem
