"""The upper case of a letter, one to one, as .NET has it in ordinal comparisons without case.

This is not what Python's `str.upper` says: that knows other letters with each version of Python, makes several letters
of one, and makes S of the long s. The table is that of .NET 10, of Unicode 16. Earlier ones lack letters that few
people write: .NET Framework, on which Windows PowerShell 5.1 and Exchange Server run, takes a letter beyond U+FFFF for
itself, whatever its case.

Source: https://learn.microsoft.com/dotnet/api/system.stringcomparer.ordinalignorecase
Source: simple case mappings, https://www.unicode.org/reports/tr44/#Simple_Case_Mapping
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from policylint.regex import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNS = """
0061..007A-32 00B5+743 00E0..00F6-32 00F8..00FE-32 00FF+121 0101..012F/2-1 0133..0137/2-1 013A..0148/2-1
014B..0177/2-1 017A..017E/2-1 0180+195 0183..0185/2-1 0188-1 018C-1 0192-1 0195+97 0199-1 019A+163 019B+42561
019E+130 01A1..01A5/2-1 01A8-1 01AD-1 01B0-1 01B4..01B6/2-1 01B9-1 01BD-1 01BF+56 01C5-1 01C6-2 01C8-1 01C9-2
01CB-1 01CC-2 01CE..01DC/2-1 01DD-79 01DF..01EF/2-1 01F2-1 01F3-2 01F5-1 01F9..021F/2-1 0223..0233/2-1 023C-1
023F..0240+10815 0242-1 0247..024F/2-1 0250+10783 0251+10780 0252+10782 0253-210 0254-206 0256..0257-205
0259-202 025B-203 025C+42319 0260-205 0261+42315 0263-207 0264+42343 0265+42280 0266+42308 0268-209 0269-211
026A+42308 026B+10743 026C+42305 026F-211 0271+10749 0272-213 0275-214 027D+10727 0280-218 0282+42307 0283-218
0287+42282 0288-218 0289-69 028A..028B-217 028C-71 0292-219 029D+42261 029E+42258 0345+84 0371..0373/2-1 0377-1
037B..037D+130 03AC-38 03AD..03AF-37 03B1..03C1-32 03C2-31 03C3..03CB-32 03CC-64 03CD..03CE-63 03D0-62 03D1-57
03D5-47 03D6-54 03D7-8 03D9..03EF/2-1 03F0-86 03F1-80 03F2+7 03F3-116 03F5-96 03F8-1 03FB-1 0430..044F-32
0450..045F-80 0461..0481/2-1 048B..04BF/2-1 04C2..04CE/2-1 04CF-15 04D1..052F/2-1 0561..0586-48 10D0..10FA+3008
10FD..10FF+3008 13F8..13FD-8 1C80-6254 1C81-6253 1C82-6244 1C83..1C84-6242 1C85-6243 1C86-6236 1C87-6181
1C88+35266 1C8A-1 1D79+35332 1D7D+3814 1D8E+35384 1E01..1E95/2-1 1E9B-59 1EA1..1EFF/2-1 1F00..1F07+8
1F10..1F15+8 1F20..1F27+8 1F30..1F37+8 1F40..1F45+8 1F51..1F57/2+8 1F60..1F67+8 1F70..1F71+74 1F72..1F75+86
1F76..1F77+100 1F78..1F79+128 1F7A..1F7B+112 1F7C..1F7D+126 1F80..1F87+8 1F90..1F97+8 1FA0..1FA7+8 1FB0..1FB1+8
1FB3+9 1FBE-7205 1FC3+9 1FD0..1FD1+8 1FE0..1FE1+8 1FE5+7 1FF3+9 214E-28 2170..217F-16 2184-1 24D0..24E9-26
2C30..2C5F-48 2C61-1 2C65-10795 2C66-10792 2C68..2C6C/2-1 2C73-1 2C76-1 2C81..2CE3/2-1 2CEC..2CEE/2-1 2CF3-1
2D00..2D25-7264 2D27-7264 2D2D-7264 A641..A66D/2-1 A681..A69B/2-1 A723..A72F/2-1 A733..A76F/2-1 A77A..A77C/2-1
A77F..A787/2-1 A78C-1 A791..A793/2-1 A794+48 A797..A7A9/2-1 A7B5..A7C3/2-1 A7C8..A7CA/2-1 A7CD-1 A7D1-1
A7D7..A7DB/2-1 A7F6-1 AB53-928 AB70..ABBF-38864 FF41..FF5A-32 10428..1044F-40 104D8..104FB-40 10597..105A1-39
105A3..105B1-39 105B3..105B9-39 105BB..105BC-39 10CC0..10CF2-64 10D70..10D85-32 118C0..118DF-32 16E60..16E7F-32
1E922..1E943-34
"""
"""Each run of letters with the distance to their upper case: `0061..007A-32`; `/2` where it is every other one."""

_RUN = regex(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?(/2)?([+-][0-9]+)")


@cache
def upper_case() -> Mapping[int, int]:
    """Return the code point of the upper case of each letter that has another one, for `str.translate`."""
    return {
        code: code + int(distance)
        for first, last, every_other, distance in _RUN.findall(RUNS)
        for code in range(int(first, 16), int(last or first, 16) + 1, 2 if every_other else 1)
    }
