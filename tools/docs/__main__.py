"""Refreshes what is generated in the documentation: `python -m tools.docs`; `--check` names what is stale."""

from __future__ import annotations

import sys

from tools import ROOT
from tools.docs.generated import stale


def _main() -> int:
    check = "--check" in sys.argv[1:]
    number = 0
    for path, text in stale():
        number += 1
        print(("stale: " if check else "wrote ") + path.relative_to(ROOT).as_posix())
        if not check:
            path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{number} of the generated files {'are stale' if check else 'refreshed'}")
    return 1 if check and number else 0


if __name__ == "__main__":
    sys.exit(_main())
