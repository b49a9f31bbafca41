"""Reads Chinese, Arabic and mixed numerals, and writes them, for the tests and for reports."""

from __future__ import annotations

import re
from typing import Final

DIGITS: Final = "零一二三四五六七八九"

# One character to one character, so that offsets stay what they were.
FOLD: Final = str.maketrans(
    "０１２３４５６７８９％．＋－／＄￥〇○兩萬億仟佰拾壹贰貳叁參肆伍陆陸柒捌玖個約過餘幾數達佔億點圓",
    "0123456789%.+-/$¥零零两万亿千百十一二二三三四五六六七八九个约过余几数达占亿点元",
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
    if not plain:
        return None
    value = _parse(plain)
    # A product such as 4.35 × 1e8 carries binary dust; fifteen digits hold every figure that is printed.
    return None if value is None else float(f"{value:.15g}")


def _parse(text: str) -> float | None:
    for mark, size in (("亿", 1e8), ("万", 1e4)):
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


def write_numeral(value: int) -> str:
    """Give a whole number from 0 to 10¹⁶ − 1 in Chinese characters.

    >>> write_numeral(25_000), write_numeral(100_010), write_numeral(15)
    ('两万五千', '十万零一十', '十五')
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
