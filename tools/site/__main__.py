"""Builds the documentation site into build/site: `python -m tools.site`; needs what requirements-test.txt pins.

`--version v0.2.0 --into FOLDER` lays a version into a published folder, which may have others already.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.site.build import BUILD, SITE, build
from tools.site.versions import MAIN, publish


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.add_argument("--version", default=MAIN, help="the tag that is built, default: main")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="the published folder that gets this version")
    arguments = parser.parse_args()
    if arguments.into is None:
        build(SITE, BUILD / "site-work", version=arguments.version)
        print(f"built {SITE / 'index.html'}")
        return 0
    try:
        publish(arguments.into, arguments.version)
    except ValueError as problem:
        parser.error(str(problem))
    print(f"published {arguments.version} in {arguments.into}")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
