"""Regular expressions that wait for their first use."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from policylint.regex import regex


def test_it_is_as_the_compiled_one() -> None:
    found, compiled = regex("a(b+)", re.IGNORECASE), re.compile("a(b+)", re.IGNORECASE)
    for text in ("", "xABBy", "ab"):
        one, other = found.search(text), compiled.search(text)
        assert (one and one.groups()) == (other and other.groups())
    assert found.sub("-", "abAB") == "--"
    assert (found.pattern, found.flags) == (compiled.pattern, compiled.flags)


def test_it_is_compiled_when_it_is_used() -> None:
    found = regex("(")
    with pytest.raises(re.error):
        found.search("")


def test_modules_compile_nothing_while_they_are_imported() -> None:
    """Each expression costs start-up time, and a run uses few of them."""
    code = """if True:
        import re, sys
        from importlib import import_module
        import_module("yaml"), import_module("click"), import_module("json"), import_module("platform")
        compiled, compile = [], re.compile
        def counted(*given, **named):
            frame = sys._getframe(1)
            if frame.f_globals.get("__name__", "").startswith("policylint") and frame.f_code.co_name == "<module>":
                compiled.append((frame.f_globals["__name__"], frame.f_lineno))
            return compile(*given, **named)
        re.compile = counted
        import_module("policylint.cli.lint_command"), import_module("policylint.lint.load")
        import_module("policylint.lint.run"), import_module("policylint.readers.sealed")
        print(compiled)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout
