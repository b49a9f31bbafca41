"""Finds bare numbers whose unit stands apart from them: in a bracket before them, or in the head of their table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from finnlp_zh.resources.claim_words import load_words
from finnlp_zh.resources.units import Unit
from finnlp_zh.stages.claims.units import unit_at
from finnlp_zh.types import ClaimKind, Span


@dataclass(frozen=True, slots=True)
class HeadUnit:
    """What a bracket or table head says of its numbers: a number times ``factor`` is in ``unit``."""

    kind: ClaimKind
    unit: str
    factor: float
    counter: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, or a range of two, that stands alone: from its first digit to ``end``, with unit and label."""

    end: int
    unit: HeadUnit
    label: Span | None


_DIGITS: Final = r"(?:\d{1,3}(?:,\d{3}){1,5}(?!\d)|\d{1,12})(?:\.\d{1,8})?"
_NUMBER: Final = rf"[-+−]?(?P<first>{_DIGITS}(?:[ ]?[-~–—至到][ ]?{_DIGITS})?)"
_ALONE: Final = re.compile(_NUMBER + r"(?=[\s|，。；、;)）】]|,(?!\d)|$)")
_IN_ROW: Final = re.compile(rf"(?<![^\s|:：]){_NUMBER}(?=[\s|]|$)", re.MULTILINE)
_NO_VALUE: Final = re.compile(r"(?:--?|—{1,2}|/|[-+−]?\d[\d,.]{0,20}%)(?=[ \t　|])")
_GAP: Final = re.compile(r"[ \t　]*(?:[:：|]|为(?=[\d+-])|达(?=[\d+-]))?[ \t　|]*")
_BLANKS: Final = re.compile(r"[ \t　|]*")
_BRACKET: Final = re.compile(r"[(（](?:单位[:：])?[ ]?(?P<unit>[^()（）\s]{1,10})[ ]?[)）]")
_HEAD: Final = re.compile(
    r"(?:(?:金额|货币|计量|数量)?单位)[ 　]?[:：][ 　]?(?P<unit>[^\s()（）,，。；;:：、|]{1,10})"
    r"(?:[ 　,，、]{1,2}(?:币种[ ]?[:：][ ]?)?(?P<currency>人民币|美元|港元|港币|欧元|日元))?[)）]?(?=[\s|]|$)",
    re.MULTILINE,
)
_PROSE: Final = re.compile(r"[，。；！？]")
_NOTE: Final = re.compile(r"[ \t　]*(?:注|备注|说明|资料来源|数据来源|来源|责编|责任编辑)[ ]?[:：]")
_SEPARATOR: Final = re.compile(r"[ \t　]*\|[ \t　]*|[ \t　]+")
_ROW_LENGTH: Final = 400  # characters; a longer line is no row of a table
_LABEL_LENGTH: Final = 24  # characters
_LABEL_START: Final = re.compile(r"[，。；：:！？、\s|()（）“”《》【】]")
_LABEL_LEAD: Final = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、.．]|\d{1,2}[、.．)）](?!\d)|其中|加|减)?[:：]?"
    r"(?:(?:19|20)\d\d年?(?:度|末|底|上半年|下半年|前三季度|第?[一二三四1-4]季度|\d{1,2}月份?)?(?:末|底)?)?"
    r"(?:[^，。；\s]{0,12}的)?(?:预计|预测|预期)?"
)
_YEAR_OR_DAY: Final = re.compile(r"(?:19|20)\d\d(?:[01]\d(?:[0-3]\d)?)?")
_SCALES: Final = {
    "百": 1e2,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "十亿": 1e9,
    "百亿": 1e10,
}
_CALENDAR: Final = frozenset("月日号时点分期周成折大度级番")
_CURRENCIES: Final = {"美元": "USD", "港元": "HKD", "港币": "HKD", "欧元": "EUR", "日元": "JPY", "人民币": "CNY"}


@cache
def read_unit(written: str) -> HeadUnit | None:
    """Give the unit that the words of a bracket or head are, and nothing else; a scale word alone has kind money.

    >>> read_unit("亿元").factor, read_unit("元/吨").unit, read_unit("中国")
    (100000000.0, 'CNY/t', None)
    """
    inner = written.removeprefix("人民币").removesuffix("人民币") or written
    top, slash, bottom = inner.partition("/")
    read = _plain_unit(top)
    if read is None or not slash:
        return read
    below = _plain_unit(bottom)
    if below is None or (below.factor != 1.0 and below.kind != "physical"):
        return None
    return HeadUnit("rate", f"{read.counter or read.unit}/{below.counter or below.unit}", read.factor)


def _plain_unit(written: str) -> HeadUnit | None:
    if not written or written in _CALENDAR or (len(written) == 1 and written.isascii() and written.isalpha()):
        return None
    unit = unit_at(written, 0)
    scale = 1.0
    if unit is None or len(unit.surface) != len(written):
        head = next((written[:length] for length in (2, 1) if written[:length] in _SCALES), None)
        if head is None:
            return None
        scale, rest = _SCALES[head], written[len(head) :]
        if not rest:
            return (
                HeadUnit("money", "CNY", scale, "") if (len(head) == 1 and head in "万亿") or head == "百万" else None
            )
        unit = unit_at(rest, 0)
        if unit is None or len(unit.surface) != len(rest):
            return None
    return _head_unit(unit, scale)


def _head_unit(unit: Unit, scale: float) -> HeadUnit:
    counter = unit.surface if unit.unit == "count" else None
    return HeadUnit(unit.kind, unit.unit, float(f"{unit.factor * scale:.15g}"), counter)


def find_cells(text: str) -> tuple[dict[int, Cell], list[Span]]:
    """Give the bare numbers that a bracket or a table head governs, and the brackets and heads.

    The numbers go by the place of their first digit. No bracket or head is a figure itself, though it holds 亿元.
    """
    cells: dict[int, Cell] = {}
    heads: list[Span] = []
    if "单位" in text or "(" in text or "（" in text:
        brackets = list(_bracketed(text, cells))
        heads += [span for span, _ in brackets]
        if brackets or "单位" in text:
            tables = _Tables(text, cells, brackets)
            tables.read()
            heads += tables.heads
    return cells, heads


def _bracketed(text: str, cells: dict[int, Cell]) -> Iterator[tuple[Span, HeadUnit]]:
    """Add the numbers right behind a bracket, and give the place and unit of each bracket."""
    for match in _BRACKET.finditer(text):
        unit = read_unit(match["unit"])
        if unit is None:
            continue
        yield match.span(), unit
        label = label_before(text, match.start())
        if label is None:
            continue
        gap = _GAP.match(text, match.end())
        place = gap.end() if gap is not None else match.end()
        _add_row(text, place, fitted(text, unit, label), label, cells)


def _add_row(text: str, place: int, unit: HeadUnit, label: Span, cells: dict[int, Cell]) -> None:
    """Add the number at ``place`` and those that follow it as cells of the same row."""
    while True:
        empty = _NO_VALUE.match(text, place)
        number = None if empty is not None else _ALONE.match(text, place)
        if number is not None and not _is_other(number["first"], alone=True):
            cells[number.start("first")] = Cell(number.end(), unit, label)
        found = empty or number
        if found is None:
            return
        blanks = _BLANKS.match(text, found.end())
        if blanks is None or blanks.end() == found.end():
            return
        place = blanks.end()


def _is_other(written: str, *, alone: bool) -> bool:
    """Whether digits are more likely a year, a day, a code or the number of a row than a value."""
    if not written.isdigit():
        return False
    if _YEAR_OR_DAY.fullmatch(written) or len(written) > 9 or (len(written) > 1 and written[0] == "0"):
        return True
    return not alone and (len(written) <= 3 or len(written) == 6)


def label_before(text: str, end: int) -> Span | None:
    """Give the words that a bracket at ``end`` follows, without a number of the item, a year and an owner."""
    floor = max(0, end - _LABEL_LENGTH)
    start = floor
    for match in _LABEL_START.finditer(text, floor, end):
        start = match.end()
    lead = _LABEL_LEAD.match(text, start, end)
    if lead is not None and end - lead.end() >= 2:
        start = lead.end()
    return (start, end) if end - start >= 2 and not text[start:end].isascii() else None


def fitted(text: str, unit: HeadUnit, label: Span | None) -> HeadUnit:
    """Give the unit of a scale word alone after the words before it: people, shares or else money."""
    if unit.counter != "" or label is None:
        return unit if unit.counter != "" else replace(unit, counter=None)
    words = text[label[0] : label[1]]
    for noun, counter in load_words()["counted_nouns"].items():
        if noun in words:
            return HeadUnit("count", "count", unit.factor, counter or None)
    return replace(unit, counter=None)


class _Tables:
    """One pass over the lines of a text, with the unit of the table and of each column."""

    def __init__(self, text: str, cells: dict[int, Cell], brackets: list[tuple[Span, HeadUnit]]) -> None:
        self.text = text
        self.cells = cells
        self.brackets = brackets
        self.next_bracket = 0
        self.heads: list[Span] = []
        self.unit: HeadUnit | None = None
        self.columns: list[tuple[HeadUnit, Span | None] | None] = []
        self.label: Span | None = None

    def read(self) -> None:
        start = 0
        while start <= len(self.text):
            end = self.text.find("\n", start)
            end = len(self.text) if end < 0 else end
            self._line(start, end)
            start = end + 1

    def _line(self, start: int, end: int) -> None:
        brackets = self._brackets_until(end)
        head = None
        for match in _HEAD.finditer(self.text, start, end):
            head = match
        if head is not None:
            self.unit, self.columns, self.label = _currency(read_unit(head["unit"]), head["currency"]), [], None
            start = head.end()
            if self.unit is not None:
                self.heads.append(head.span())
        if self.unit is None and not brackets and not self.columns:
            return
        prose = end - start > _ROW_LENGTH or _PROSE.search(self.text, start, end) or _NOTE.match(self.text, start, end)
        if prose:
            self.unit, self.columns, self.label = None, [], None
            return
        numbers = _IN_ROW.finditer(self.text, start, end)
        values = [match for match in numbers if not _YEAR_OR_DAY.fullmatch(match["first"])]
        if not values:
            self._head(start, end, brackets)
        elif self.unit is not None or self.columns:
            self._row(start, end, values)

    def _brackets_until(self, end: int) -> list[tuple[Span, HeadUnit]]:
        first = self.next_bracket
        while self.next_bracket < len(self.brackets) and self.brackets[self.next_bracket][0][0] < end:
            self.next_bracket += 1
        return self.brackets[first : self.next_bracket]

    def _head(self, start: int, end: int, brackets: list[tuple[Span, HeadUnit]]) -> None:
        """Take a line without values as the names of columns, or as the label of the lines after it."""
        fields = self._fields(start, end)
        if len(fields) >= 2 and brackets:
            units = {span[1]: (span[0], unit) for span, unit in brackets}
            self.columns = [None] * len(fields)
            for place, (_, right) in enumerate(fields):
                if right in units:
                    label = label_before(self.text, units[right][0])
                    self.columns[place] = fitted(self.text, units[right][1], label), label
        elif len(fields) == 1 and fields[0][1] - fields[0][0] <= _LABEL_LENGTH:
            self.label = label_before(self.text, fields[0][1])

    def _fields(self, start: int, end: int) -> list[Span]:
        fields, left = [], start
        for match in _SEPARATOR.finditer(self.text, start, end):
            if match.start() > left:
                fields.append((left, match.start()))
            left = match.end()
        if left < end:
            fields.append((left, end))
        return fields

    def _row(self, start: int, end: int, values: list[re.Match[str]]) -> None:
        fields = self._fields(start, end) if self.columns else []
        first = next((match for match in values if not _is_other(match["first"], alone=False)), values[-1])
        named = self._row_label(start, first.start())
        place_of = {left: place for place, (left, _) in enumerate(fields)} if len(fields) == len(self.columns) else {}
        for match in values:
            place = match.start("first")
            behind = named is not None and match.start() >= named[1]
            if place in self.cells or _is_other(match["first"], alone=behind):
                continue
            column = self.columns[place_of[match.start()]] if match.start() in place_of else None
            if column is not None:
                self.cells[place] = Cell(match.end(), column[0], column[1])
            elif self.unit is not None:
                label = named or self.label
                self.cells[place] = Cell(match.end(), fitted(self.text, self.unit, label), label)

    def _row_label(self, start: int, end: int) -> Span | None:
        for left, right in self._fields(start, end):
            field = self.text[left:right].rstrip(":：")
            if field and not field.isascii():
                return label_before(self.text, left + len(field))
        return None


def _currency(unit: HeadUnit | None, currency: str | None) -> HeadUnit | None:
    if unit is None or currency is None or unit.unit != "CNY":
        return unit
    return replace(unit, unit=_CURRENCIES[currency])
