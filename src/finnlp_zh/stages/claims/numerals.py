"""Reads Chinese, Arabic and mixed numerals, and writes them, for the tests and for reports."""

from __future__ import annotations

import re
from math import isfinite
from typing import Final

DIGITS: Final = "零一二三四五六七八九"

_LONGEST: Final = 60  # characters; what is longer (万万万…) counts nothing, and would be read by as deep a recursion

# One character to one character, so that offsets stay what they were.
FOLD: Final = str.maketrans(
    "０１２３４５６７８９％．＋－／，ｅ＄￥〇○兩倆萬億仟佰拾壹贰貳叁參肆伍陆陸柒捌玖個約過餘幾數達佔點圓負雙",
    "0123456789%.+-/,e$¥零零两两万亿千百十一二二三三四五六六七八九个约过余几数达占点元负双",
)

_VALUE: Final = {**{digit: value for value, digit in enumerate(DIGITS)}, "两": 2, "廿": 20, "卅": 30}
_UNIT: Final = {"十": 10.0, "百": 100.0, "千": 1e3}
_ARABIC: Final = re.compile(r"\d+(?:\.\d+)?")
_DIGIT_RUN: Final = re.compile(r"[零一二三四五六七八九两]+")


def fold(text: str) -> str:
    """Give the text with full-width, traditional and financial numeral characters in their plain form.

    The result has the same length, so that offsets hold for both.

    >>> fold("壹佰３０％")
    '一百30%'
    """
    return text.translate(FOLD)


def parse_numeral(text: str) -> float | None:
    """Give the value of a numeral written in Arabic digits, Chinese characters or both; ``None`` if it is none.

    Thousands separators and blanks inside are allowed, as is a colloquial last digit (``两万五`` is 25,000).

    >>> parse_numeral("3.5万亿"), parse_numeral("两万五"), parse_numeral("一百零三点二"), parse_numeral("二〇二四")
    (3500000000000.0, 25000.0, 103.2, 2024.0)
    """
    plain = fold(text).replace(",", "").replace("，", "").replace(" ", "").replace("\u3000", "")
    if not plain or len(plain) > _LONGEST:
        return None
    value = _parse(plain)
    if value is None or not isfinite(value):
        return None
    # A product such as 4.35 × 1e8 carries binary dust; fifteen digits hold every figure that is printed.
    return float(f"{value:.15g}")


def _parse(text: str) -> float | None:
    whole, point, places = text.partition("点")
    if point and places and _DIGIT_RUN.fullmatch(places) and any(mark in whole for mark in "兆亿万"):
        head, fraction = _parse(whole), _parse_point("零点" + places)
        return None if head is None or fraction is None else head + fraction
    for mark, size in (("兆", 1e12), ("亿", 1e8), ("万", 1e4)):
        if mark in text:
            left, _, right = text.rpartition(mark)
            head = 1.0 if not left else _parse(left)
            tail = _tail(right, size)
            return None if head is None or tail is None else head * size + tail
    return _parse_section(text)


def _tail(text: str, size: float) -> float | None:
    """Read what follows a scale word: 零五百, 5000, or a lone digit of the next lower order (三亿五)."""
    if not text:
        return 0.0
    if len(text) == 1 and text in _VALUE and text != "零":
        return _VALUE[text] * size / 10
    return _parse(text.lstrip("零") or "零")


def _parse_section(text: str) -> float | None:
    if _ARABIC.fullmatch(text):
        return float(text)
    if text == "半":
        return 0.5
    if "点" in text:
        return _parse_point(text)
    if _DIGIT_RUN.fullmatch(text):
        return float("".join(str(_VALUE[char]) for char in text))
    return _parse_units(text)


def _parse_point(text: str) -> float | None:
    whole, _, places = text.partition("点")
    if not whole or not _DIGIT_RUN.fullmatch(places):
        return None
    head = _parse_section(whole)
    return None if head is None else float(f"{head:.0f}." + "".join(str(_VALUE[char]) for char in places))


def _parse_units(text: str) -> float | None:
    total, number, last, position = 0.0, None, 0.0, 0
    while position < len(text):
        char = text[position]
        if match := _ARABIC.match(text, position):
            number, position = float(match.group()), match.end()
            continue
        position += 1
        if char in _UNIT:
            if number is None and last and last < _UNIT[char]:
                return None  # 五十千 is no numeral
            total += (1.0 if number is None else number) * _UNIT[char]
            number, last = None, _UNIT[char]
        elif char in "廿卅":
            total += _VALUE[char]
        elif char == "零":
            last = 0.0
        elif char in _VALUE and number is None:
            number = float(_VALUE[char])
        else:
            return None
    if number is not None:
        total += number * (last / 10 if last >= 100 else 1.0)
    return total


_BLANKS: Final = r"[ \u3000]*"
_CN: Final = rf"[零一二三四五六七八九两十百千万亿兆廿卅](?:{_BLANKS}[零一二三四五六七八九两十百千万亿兆廿卅])*"
_AR: Final = r"(?:\d{1,3}(?:,\d{3})+(?![\d])(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\d.])\.\d+)"
_MIXED: Final = (
    rf"(?:{_AR}(?:{_BLANKS}(?:[余多几]{_BLANKS})?[万亿千百十兆](?!分)[万亿千百十兆]*"
    rf"(?:{_BLANKS}零?{_BLANKS}\d+(?:{_BLANKS}[千百十万亿]*)?)*)?"
    rf"|{_CN}(?:{_BLANKS}[余多几]{_BLANKS}[十百千万亿]+|{_BLANKS}点{_BLANKS}[零一二三四五六七八九]+)?)"
)
_FRACTION: Final = rf"(?P<den>{_MIXED}){_BLANKS}分{_BLANKS}之{_BLANKS}(?P<numsign>负)?{_BLANKS}(?P<num>{_MIXED})"
_NUMERALS: Final = re.compile(
    rf"(?P<sign>[负-])?(?:"
    rf"(?:(?P<whole>{_MIXED}){_BLANKS}又{_BLANKS})?{_FRACTION}"
    rf"|(?:(?P<awhole>\d+) +)?(?P<anum>\d+)/(?P<aden>\d+)"
    rf"|(?P<plain>{_MIXED}))"
)


def find_numerals(text: str) -> list[tuple[int, int, float]]:
    """Give every numeral of ``text`` as (start, end, value): Arabic, Chinese and mixed, with sign and fraction.

    What a numeral counts is not asked: 五 of 五台山 is one too, where the word lists hold no better.

    >>> find_numerals("负三十二，3又一千分之23，7 万5 千")
    [(0, 4, -32.0), (5, 13, 3.023), (14, 20, 75000.0)]
    """
    found: list[tuple[int, int, float]] = []
    plain = fold(text)
    for match in _NUMERALS.finditer(plain):
        value = _value(match)
        if value is None or _is_word(text, match):
            continue
        sign = match["sign"]
        start = match.start("num") if match["den"] in ("百", "千", "万") and not match["whole"] else match.start()
        if sign == "-" and start and plain[start - 1] in "0123456789-":
            sign, start = None, start + 1
        found.append((start, match.end(), -value if sign else value))
    return found


# 陆, 伍, 拾 alone are parts of other words (大陆, 队伍, 收拾); 一切, 一看 count nothing.
_LONE: Final = frozenset("肆伍陆陸柒捌玖拾仟佰")
_NOT_ONE: Final = frozenset("切看旦定般直样向致贯律举经些并同起")


def _is_word(text: str, match: re.Match[str]) -> bool:
    written = text[match.start() : match.end()]
    if written in _LONE:
        return True
    return written in ("一", "壹") and text[match.end() : match.end() + 1] in _NOT_ONE


def _value(match: re.Match[str]) -> float | None:
    if match["plain"]:
        return _loose(match["plain"])
    if match["anum"]:
        bottom = float(match["aden"])
        return float(match["awhole"] or 0) + float(match["anum"]) / bottom if bottom else None
    if match["den"] in ("百", "千", "万") and not match["whole"]:
        return _loose(match["num"])  # 百分之五: the percent sign is no part of the numeral
    above, below = _loose(match["num"]), _loose(match["den"])
    before = _loose(match["whole"] or "0")
    if above is None or below is None or before is None or not below:
        return None
    return before + (-above if match["numsign"] else above) / below


def _loose(text: str) -> float | None:
    """Read a numeral with blanks and 余, 多, 几 inside; a bare scale word of one sign is none."""
    plain = re.sub(r"[ \u3000余多几]", "", text)
    if plain in ("万", "亿", "兆", "千", "百", "万万", "两两"):
        return None
    return parse_numeral(f"0{plain}" if plain.startswith(".") else plain)


def write_numeral(value: int) -> str:
    """Give a whole number from 0 to 10¹⁶ − 1 in Chinese characters.

    >>> write_numeral(25_000), write_numeral(100_010), write_numeral(15)
    ('二万五千', '十万零一十', '十五')
    """
    if not 0 <= value < 10**16:
        raise ValueError(f"{value} is outside 0 … 10¹⁶ − 1")
    if value == 0:
        return "零"
    for mark, size in (("亿", 10**8), ("万", 10**4)):
        if value >= size:
            head, rest = divmod(value, size)
            zero = "零" if 0 < rest < size // 10 else ""
            return write_numeral(head) + mark + zero + (_below(rest) if rest else "")
    return _write_section(value, first=True)


def _below(value: int) -> str:
    """Write the part below a scale word, where ten is 一十."""
    if value >= 10**4:
        return _below(value // 10**4) + "万" + _lower(value % 10**4)
    return _write_section(value, first=False)


def _lower(value: int) -> str:
    return ("零" if 0 < value < 1000 else "") + (_write_section(value, first=False) if value else "")


def _write_section(section: int, *, first: bool) -> str:
    written, gap = "", False
    for mark, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, section = divmod(section, size)
        if digit:
            name = "两" if digit == 2 and size >= 1000 else DIGITS[digit]
            if size == 10 and digit == 1 and first and not written:
                name = ""
            written += ("零" if gap and written else "") + name + mark
            gap = False
        elif written:
            gap = True
    return written
