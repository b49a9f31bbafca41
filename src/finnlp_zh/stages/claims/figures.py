"""Finds every figure that measures something, with its value, unit and modifier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from math import isfinite
from typing import Final, cast

import msgspec
from msgspec import structs

from finnlp_zh.resources.claim_words import load_words
from finnlp_zh.resources.units import Unit
from finnlp_zh.stages.claims.numerals import fold, parse_numeral
from finnlp_zh.stages.claims.tables import find_cells
from finnlp_zh.stages.claims.units import noun_at, prefix_before, unit_at
from finnlp_zh.types import Change, ClaimKind, Modifier, Span


class Figure(msgspec.Struct, frozen=True):
    """One measured figure: ``start`` to ``end`` with its modifiers, ``core`` from the number to the unit.

    ``label`` holds the words that name it where a bracket or a table head gives the unit of a bare number.
    """

    start: int
    end: int
    core: Span
    kind: ClaimKind
    low: float | None
    high: float | None
    unit: str | None
    counter: str | None = None
    modifier: Modifier = "exact"
    change: Change | None = None
    label: Span | None = None


class _Number(msgspec.Struct, frozen=True):
    """A numeral in the text before its unit is known; ``high`` differs from ``low`` in 两三 and the like."""

    start: int
    end: int
    low: float
    high: float
    scaled: bool
    arabic: bool
    more: bool


_SCALE: Final = r"(?:[十百千]?万亿|[十百千]?亿|[十百千]?万|千(?![瓦克米卡伏赫帕焦吨])|百(?!分))"
_ARABIC: Final = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
_NUMBER: Final = re.compile(
    r"(?=[\d好几数上零一二三四五六七八九十百千万亿两廿卅兆])(?:"
    rf"(?P<arabic>{_ARABIC})(?:[ 　]?(?P<amid>[多余几])?(?:个(?=亿(?!级)))?(?P<scale>{_SCALE}))?"
    rf"(?P<rest>(?:\d+(?:\.\d+)?{_SCALE})*)"
    r"(?P<amore>[多余几](?![十百千万亿]))?"
    r"|(?P<lead>好几|[几数]|上(?=[百千万亿]))?"
    r"(?P<chinese>(?:[零一二三四五六七八九十百千万亿两廿卅]|兆(?![瓦赫字帕比伏欧焦]))+(?:点[零一二三四五六七八九]+[万亿]*)?)"
    r"(?P<cmid>[多余几来](?P<cscale>[十百千万亿]*))?)"
)
_FINANCIAL: Final = re.compile(r"[壹贰貳叁參肆伍陆陸柒捌玖零〇拾佰仟万萬亿億]{2,}")
_FINANCIAL_FOLD: Final = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟", "一二二三三四五六六七八九十百千")
_PLAIN: Final = str.maketrans(
    "０１２３４５６７８９％．＋－／＄￥〇○兩萬億個約過餘幾數達佔點圓~～－",
    "0123456789%.+-/$¥零零两万亿个约过余几数达占点元~~-",
)
_FOLDED: Final = re.compile(f"[{re.escape(''.join(map(chr, _PLAIN)))}]")
_NEIGHBOURS: Final = re.compile(
    r"(?P<base>[二三四五六七八九]?十)?(?P<low>[一二两三四五六七八])(?P<high>[二两三四五六七八九])(?P<scale>[十百千万亿]*)"
)
_DIGITS_ONLY: Final = re.compile(r"[零一二三四五六七八九两]{2,}")
_SCALE_ONLY: Final = re.compile(r"[十百千万亿]+")
_CN_DIGIT: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_RANGE: Final = re.compile(
    r"(?:[(（]不?含[)）])?[ ]?(?:至|到|-{1,2}|–|—{1,2}|~|−)[ ]?(?=[-−]?(?:\d|[零一二三四五六七八九十百千两几数]))"
)
_AND: Final = re.compile(r"[ ]?[和与](?=[-−]?(?:\d|[零一二三四五六七八九十百千两几数]))")
_LIST: Final = re.compile(r"[ ]?(?:、|和|及|与|或|,|，)[ ]?")
_RATE_END: Final = re.compile(r"[ ]?/[ ]?|每(?=[^ ])")

_MASK: Final = re.compile(
    # What any of these begins with, so that nothing is tried elsewhere.
    r"(?=[《A-Za-z0-9_.\d(（零一二三四五六七八九十前头首单第上本下凌晚早清中傍深夜当日晨])(?:"
    r"《[^《》\n]{1,80}》"
    r"|https?://\S+|www\.\S+|(?<![A-Za-z0-9_.])[A-Za-z0-9_.]{1,64}@[A-Za-z0-9_.]{1,64}"
    r"|[(（][ ]?[-+]?\d{1,9}\.\d{1,9}[ ]?[,，][ ]?[-+]?\d{1,9}\.\d{1,9}[ ]?[,，][ ]?[-+]?\d{1,9}\.\d{1,9}%[ ]?[)）]"
    r"|[(（]行情[^)）\n]{0,24}[)）]"
    r"|(?:(?:19|20)\d\d|[一二][零一九][零一二三四五六七八九]{2})[ ]?(?:年(?:度|末|底|初|报)?"
    r"(?:[ ]?\d{1,2}[ ]?月(?:份|底|末|初|中旬|上旬|下旬)?(?:[ ]?\d{1,2}[ ]?[日号])?)?|财年)"
    r"|(?:19|20)\d\d[ ]?[-—–~至到][ ]?(?:19|20)?\d\d[ ]?年?"
    r"|(?:19|20)\d\d(?:[-/]\d{1,2}(?![\d万亿%])(?:[-/]\d{1,2})?|\.\d{1,2}\.\d{1,2})(?!\d)"
    r"|\d{1,2}[ ]?月[ ]?\d{1,2}(?:[ ]?[日号]|(?=[-—–~至到、]))"
    r"|\d{1,2}[ ]?(?:[-—–~至到、]|—)[ ]?\d{1,2}[ ]?(?:月(?!球)|日(?!元|圆)|号)份?"
    r"|\d{1,2}[ ]?月(?:份|底|末|初|中旬|上旬|下旬)?"
    r"|(?<![\d.])\d{1,2}[ ]?(?:日(?!元|圆|内|均)|号)(?!内|之内)"
    r"|[一二三四五六七八九十]{1,3}月(?:份|底|末|初)?(?:[一二三四五六七八九十]{1,3}[日号])?"
    r"|(?:[前头首]|单)[ ]?(?:\d{1,2}|[一二两三四五六七八九十]{1,3})[ ]?(?:个?季度?|个月)"
    r"|第?[一二三四1-4][ ]?季(?:度|报)?"
    r"|(?:上世纪|本世纪|[零一二三四五六七八九十]{1,3}世纪|\d{1,2}世纪)?[一二三四五六七八九零\d][十零\d]年代"
    r"|[一二三四五六七八九零\d][零\d]后(?![第])"
    r"|\d{1,2}[:：]\d{2}(?:[:：]\d{2})?|(?<!\d)\d{1,12}(?:\.\d{1,12})?[:：]\d{1,12}(?:\.\d{1,12})?"
    r"|(?:上午|下午|凌晨|晚上?|早上|早间|清晨|中午|傍晚|深夜|夜间|当日|[日晨晚早])[ ]?"
    r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})(?:时|点)(?:[半整]|\d{1,2}分)?"
    r"|(?<!\d)\d{1,2}时(?!间|期|代|速|数)(?:\d{1,2}分(?:\d{1,2}秒)?)?"
    r"|(?<![\d.])\d{1,2}点(?:\d{1,2}分(?!点|之)(?:\d{1,2}秒)?|[123一二三]刻|[半整](?!年|个|天|数))"
    r"|(?:上午|下午|凌晨|晚上?|早上|清晨|中午|傍晚|深夜|夜间)[一二两三四五六七八九十]{1,3}(?:点|时)?[至到-][一二两三四五六七八九十]{1,3}[点时]"
    r"|(?<![\d.])[012]\d年(?=(?:\d{1,2}|[一二三四五六七八九十]{1,2})月)"
    r"|(?<!\d)0\d{2,3}-\d{7,8}|(?<!\d)1[3-9]\d{9}(?!\d)|400-\d{3}-?\d{4}"
    r"|(?:LPR|MLF|SLF)?\d{1,2}年期"
    r")"
)
_JUNK: Final = re.compile(
    r"【[^】\n]{0,12}(?:点击|立即|领取|报名|投票|下载|开户)[^】\n]*】|^每经头条|点击(?:立即)?(?:开户|领取|查看)",
    re.MULTILINE,
)

_SPECIAL: Final = re.compile(
    r"(?=[\d零一二三四五六七八九十百千万两过半近超汇翻连第首榜居列])(?:"
    r"(?P<fraction>(?P<den>百|千|万|[零一二三四五六七八九十百千万两]{1,12}|\d{1,12})分之"
    r"(?P<num>[零一二三四五六七八九十百千万两]{1,16}(?:点[零一二三四五六七八九]{1,9})?"
    r"|\d{1,3}(?:,\d{3}){1,4}(?!\d)|\d{1,12}(?:\.\d{1,9})?)(?![\d零一二三四五六七八九十百分位]))"
    r"|(?P<slash>(?<![\d/.])[1-9]/(?:[2-9]|10)(?![\d/月号日]))"
    r"|(?P<half>过半(?![个年月天小路途场程])数?|半数(?!量)|一半|近半(?!年|个|月|数)|超半数)"
    r"|(?<=[为是])(?P<zero>0)(?=[。；，,;)）])"
    r"|汇率[^，。\d]{0,6}(?P<exchange>1[:：]\d+\.\d+)"
    r"|(?P<double>翻(?:了)?(?P<times>[一两二三四五六七八九十]|\d+)?(?:番|倍)|翻了?一倍)"
    r"|(?P<places>(?P<places_n>[两三四五])位数(?=的?(?:增|下|上|涨|跌|同比|百分|正|负)))"
    r"|(?P<ordinal>连续第(?P<run>[一二三四五六七八九十]+|\d+)(?P<run_unit>年|个月|周|天|日|个交易日|个季度|季度|个工作日))"
    r"|第[ ]?(?P<rank>[一二三四五六七八九十百]+|\d+)"
    r"|(?<=[居列于为])(?P<first>首位|榜首|首)(?=[，。、；,\s]|$)"
    r"|[居列](?!首|第)[^，。；、：\n\d第首居列]{1,10}(?P<far>首位|榜首)(?=[，。、；,\s]|$)"
    r")"
)
_RANK_STRONG: Final = re.compile(r"(?:居|列|排|排名|排行|名列|位次|位)[^，。；\n]{0,12}$")
_RANK_LIST: Final = re.compile(r"第(?:\d+|[一二三四五六七八九十]+)[位名]?[和、与及]$")
_RANK_PLACE: Final = re.compile(r"(?:世界|全球|全国|全省|全市|行业|国内|亚洲|欧洲|中国|同业|业内)$")


@cache
def _modifiers() -> tuple[dict[str, Modifier], dict[str, Modifier]]:
    words = load_words()
    before = {word: cast(Modifier, name) for name, listed in words["before"].items() for word in listed}
    before |= dict.fromkeys(words["floor"], "at_least")
    after = {word: cast(Modifier, name) for name, listed in words["after"].items() for word in listed}
    return before, after


@cache
def _idioms() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, load_words()["idioms"]), key=len, reverse=True)))


def find_figures(text: str, forbidden: list[Span] | None = None) -> list[Figure]:
    """Give the figures of ``text`` in order; numerals inside ``forbidden`` spans (names) are passed over.

    >>> [(figure.low, figure.unit) for figure in find_figures("营收10.2亿元，同比增长近三成。")]
    [(1020000000.0, 'CNY'), (30.0, '%')]
    """
    return _Scanner(text, forbidden or []).figures()


def plain_text(text: str) -> str:
    """Give the text as the patterns read it: folded, the same length."""
    plain = text.translate(_PLAIN) if _FOLDED.search(text) is not None else text
    if any(char in text for char in "拾佰仟"):
        plain = _FINANCIAL.sub(lambda match: match.group().translate(_FINANCIAL_FOLD), plain)
    return plain


class _Scanner:
    """One pass over one text."""

    def __init__(self, text: str, forbidden: list[Span]) -> None:
        self.text = plain_text(text)
        self.mask = bytearray(len(text) + 1)
        self.governed: set[int] = set()
        self.cells, heads = find_cells(self.text)
        for match in _MASK.finditer(self.text):
            self._cover(match.start(), match.end())
        for match in _idioms().finditer(self.text):
            self._cover(match.start(), match.end())
        for start, end in (*forbidden, *heads):
            self._cover(start, end)
        for match in _JUNK.finditer(self.text):
            line = self.text.rfind("\n", 0, match.start()) + 1
            end = self.text.find("\n", match.end())
            self._cover(line, len(text) if end < 0 else end)

    def _cover(self, start: int, end: int) -> None:
        self.mask[start:end] = b"\x01" * (end - start)

    def figures(self) -> list[Figure]:
        found = [*self._special()]
        for figure in found:
            self._cover(figure.start, figure.end)
        found += self._ordinary(list(self._numbers()))
        found.sort(key=lambda figure: figure.start)
        return [figure for i, figure in enumerate(found) if i == 0 or figure.start >= found[i - 1].end]

    # -- numerals -------------------------------------------------------------------------------------------------

    def _numbers(self) -> Iterator[_Number]:
        for match in _NUMBER.finditer(self.text):
            start = match.start()
            if self.mask[start] or (start and self.text[start - 1] == "第"):
                continue
            number = self._arabic(match) if match["arabic"] else self._chinese(match)
            # Beyond what a float holds there is no figure, only a row of digits.
            if number is not None and isfinite(number.low) and isfinite(number.high):
                yield number

    def _arabic(self, match: re.Match[str]) -> _Number | None:
        text, start = self.text, match.start()
        if start and (text[start - 1] in "._/#" and text[start - 2 : start - 1].isalnum()):
            return None
        written = match["arabic"] + (match["scale"] or "") + match["rest"]
        value = parse_numeral(written)
        if value is None:
            return None
        more = bool(match["amid"] or match["amore"])
        return _Number(start, match.end(), value, value, bool(match["scale"] or match["rest"]), True, more)

    def _chinese(self, match: re.Match[str]) -> _Number | None:  # noqa: PLR0911 - a cascade of rules, read from the top
        written, end = match["chinese"], match.end()
        lead, scale, more = match["lead"], match["cscale"] or "", bool(match["cmid"])
        if match["cmid"] and match["cmid"][0] == "来" and written[-1] not in "十百千万":
            end, scale, more = match.end("chinese"), "", False
        if (
            not scale
            and not more
            and len(written) > 1
            and written[-1] == "千"
            and self.text[end : end + 1] in set("瓦克米伏吨卡")
        ):
            written, end = written[:-1], end - 1
        if lead in ("几", "数", "好几") and written[0] not in "十百千万亿":
            return None
        if (pair := _NEIGHBOURS.fullmatch(written)) and self.text[end : end + 1] != "折":
            return self._neighbours(match, pair, end)
        if _DIGITS_ONLY.fullmatch(written):
            if len(written) == 2 and self.text[end : end + 1] == "折":
                tenths = _CN_DIGIT[written[0]] + _CN_DIGIT[written[1]] / 10
                return _Number(match.start(), end, tenths, tenths, False, False, False)
            return None
        value = parse_numeral(written + scale)
        if value is None or (written[0] == "零" and len(written) == 1):
            return None
        start = match.start()
        scaled = written[-1] in "万亿" or bool(scale) or (lead is not None)
        if _SCALE_ONLY.fullmatch(written) and not self._scale_counts(match, written, lead, more):
            return None
        return _Number(start, end, value, value, scaled, False, more or lead is not None)

    def _scale_counts(self, match: re.Match[str], written: str, lead: str | None, more: bool) -> bool:
        """Whether a scale word without a digit (万, 百万, 千亿) is a figure here; 十 always is."""
        if lead or more or written[0] == "十":
            return True
        if len(written) > 1 and written[-1] in "万亿":
            return True
        before = self.text[max(0, match.start() - 2) : match.start()]
        return before.endswith(("近", "超", "逾", "过", "破", "约", "达", "上")) or self.text[
            match.end() : match.end() + 1
        ] in ("元",)

    def _neighbours(self, match: re.Match[str], pair: re.Match[str], end: int) -> _Number | None:
        low, high = _CN_DIGIT[pair["low"]], _CN_DIGIT[pair["high"]]
        if high - low != 1 and (low, high) != (3, 5):
            return None
        if pair["low"] == "一" and not pair["scale"]:
            return None
        base = parse_numeral(pair["base"]) or 0.0 if pair["base"] else 0.0
        size = (parse_numeral("一" + pair["scale"]) or 1.0) if pair["scale"] else 1.0
        return _Number(match.start(), end, base + low * size, base + high * size, bool(pair["scale"]), False, False)

    # -- figures --------------------------------------------------------------------------------------------------

    def _ordinary(self, numbers: list[_Number]) -> list[Figure]:
        figures: list[Figure] = []
        position = 0
        while position < len(numbers):
            taken = self._cell(numbers, position) or self._range(numbers, position) or self._single(numbers, position)
            figure, used = taken
            if figure is not None:
                self._append(figures, figure)
            position += used
        return figures

    def _cell(self, numbers: list[_Number], position: int) -> tuple[Figure, int] | None:
        """Give the figure of a bare number, or a range of two, whose unit a bracket or a table head gives."""
        number = last = numbers[position]
        cell = self.cells.get(number.start)
        if cell is None:
            return None
        if number.end != cell.end:
            last = numbers[position + 1] if position + 1 < len(numbers) else number
        if last.end != cell.end or last.high < number.low:
            return None
        start, unit = self._sign_start(number), cell.unit
        low = _scaled(self._signed(number, number.low), unit.factor)
        high = low if last is number else _scaled(last.high, unit.factor)
        if low > high:
            return None
        change = _heading_change(self.text, cell.label, unit.kind, low)
        modifier: Modifier = "exact" if last is number else "range"
        core = (number.start, cell.end)
        figure = Figure(
            start, cell.end, core, unit.kind, low, high, unit.unit, unit.counter, modifier, change, cell.label
        )
        return figure, 1 if last is number else 2

    def _append(self, figures: list[Figure], figure: Figure) -> None:
        """Add the figure; what a list governs (不低于1亿元、2亿元; 分别约为…) passes from its neighbour."""
        if (
            figures
            and figure.modifier == "exact"
            and figures[-1].modifier != "exact"
            and figures[-1].kind == figure.kind
        ):
            last = figures[-1]
            between = self.text[last.end : figure.start]
            if _LIST.fullmatch(between) and last.modifier in ("at_least", "at_most", "about") and self._governs(last):
                low, high = _bounds(last.modifier, figure.low, figure.high)
                figure = structs.replace(figure, modifier=last.modifier, low=low, high=high)
                self.governed.add(figure.start)
        figures.append(figure)

    def _governs(self, figure: Figure) -> bool:
        """Whether a modifier before the first of a list is said of all (分别不低于A、B)."""
        return figure.start in self.governed or "分别" in self.text[max(0, figure.start - 6) : figure.start]

    def _range(self, numbers: list[_Number], position: int) -> tuple[Figure | None, int] | None:  # noqa: PLR0911 - a cascade of rules, read from the top
        if position + 1 >= len(numbers):
            return None
        left, right = numbers[position], numbers[position + 1]
        if right.start - left.end > 12:
            return None
        left_unit, left_end = self._unit(left)
        separator = _RANGE.match(self.text, left_end) or self._between(right, left_end)
        if separator is None:
            return None
        sign = 1 if self.text[separator.end() : separator.end() + 1] in ("-", "−") else 0
        if separator.end() + sign != right.start:
            return None
        right_unit, right_end = self._unit(right)
        if left_unit is not None and right_unit is None and left_unit.unit == "%":
            right_unit, right_end = left_unit, right.end
        if right_unit is None and not (right.scaled or left.scaled):
            return None
        if left_unit is not None and (right_unit is None or left_unit.kind != right_unit.kind):
            return None
        if self.text[max(0, left.start - 1) : left.start] in ("由", "从") and separator.group().strip() in ("到", "至"):
            return None
        low = self._signed(left, left.low)
        high = -right.high if sign else right.high
        if left_unit is None and right.scaled and not left.scaled and left.low < right.high:
            low *= right.high / _mantissa(self.text[right.start : right.end])
        if low > high:
            return None
        merged = _Number(left.start, right.end, low, high, left.scaled or right.scaled, right.arabic, False)
        return self._finish(merged, right_unit, right_end, ranged=True), 2

    def _between(self, right: _Number, end: int) -> re.Match[str] | None:
        """Give the 和 of a range that 之间 closes (在5%和8%之间)."""
        separator = _AND.match(self.text, end)
        if separator is None:
            return None
        _, right_end = self._unit(right)
        return separator if self.text.startswith(("之间", "间"), right_end) else None

    def _single(self, numbers: list[_Number], position: int) -> tuple[Figure | None, int]:
        number = numbers[position]
        unit, end = self._unit(number)
        if unit is None:
            number, unit = self._implied(numbers, position)
        if unit is None and not number.scaled and prefix_before(self.text, self._sign_start(number)) is None:
            return None, 1
        return self._finish(number, unit, end if end > number.end else number.end), 1

    def _implied(self, numbers: list[_Number], position: int) -> tuple[_Number, Unit | None]:
        """Give a bare number in a list (0.78、0.83、0.89元) the unit, and the scale, of the one that closes it."""
        number = numbers[position]
        if not number.arabic or number.scaled:
            return number, None
        last = number
        for other in numbers[position + 1 : position + 12]:
            if not _LIST.fullmatch(self.text[last.end : other.start]) or not other.arabic:
                return number, None
            unit, _ = self._unit(other)
            if unit is not None or other.scaled:
                if unit is None or (unit.kind == "count" and unit.place == "noun"):
                    return number, None
                if other.scaled:
                    size = other.high / _mantissa(self.text[other.start : other.end])
                    number = structs.replace(number, low=number.low * size, high=number.high * size, scaled=True)
                return number, unit
            last = other
        return number, None

    def _unit(self, number: _Number) -> tuple[Unit | None, int]:
        text, end = self.text, number.end
        if (
            number.low >= 13
            and not number.arabic
            and not number.scaled
            and number.low < 20
            and text[end : end + 1] == "大"
        ):
            return None, end
        unit = unit_at(text, end)
        if unit is None and text[end : end + 1] in (" ", "　") and number.arabic:
            unit = unit_at(text, end + 1)
            end += 1 if unit is not None else 0
        if unit is not None and unit.surface == "个" and text[end + 1 : end + 2] in ("多", "余", "半"):
            longer = unit_at(text, end)
            inner = unit_at(text[:end] + "个" + text[end + 2 : end + 8], end)
            if inner is not None and longer is not None and inner.kind == "duration":
                return inner, end + len(inner.surface) + 1
        if unit is not None:
            return unit, end + len(unit.surface)
        if (special := self._special_unit(number, end)) is not None:
            return special, end + len(special.surface)
        return None, number.end

    def _special_unit(self, number: _Number, end: int) -> Unit | None:  # noqa: PLR0911 - a cascade of rules, read from the top
        text = self.text
        follower = text[end : end + 1]
        small = (
            number.low == int(number.low) and 2 <= number.low <= 10 and number.low == number.high and not number.scaled
        )
        if follower == "大" and small and not number.arabic and not _NOT_GREAT.match(text, end):
            return Unit("大", "count", "count", 1.0, "suffix")
        if follower == "级" and (number.scaled or text[number.start - 1 : number.start] in set("省市县乡村区")):
            return Unit("级", "count", "count", 1.0, "suffix")
        if text.startswith("元级", end) and number.scaled:
            return Unit("元", "money", "CNY", 1.0, "suffix")
        if (
            follower == "度"
            and text[end + 1 : end + 2] not in set("电假过量")
            and _WARM.search(text, max(0, number.start - 14), number.start)
        ):
            fahrenheit = "华氏" in text[max(0, number.start - 6) : number.start]
            return Unit("度", "physical", "°F" if fahrenheit else "°C", 1.0, "suffix")
        if follower == "点" and number.arabic and (number.low >= 100 or "." in text[number.start : number.end]):
            return Unit("点", "count", "count", 1.0, "suffix")
        whole = not number.scaled and number.low == int(number.low) and 2 <= number.low <= 40
        if whole and (noun := noun_at(text, end)) is not None:
            return noun
        if not number.arabic and small and text.startswith("连板", end):
            return Unit("连板", "count", "count", 1.0, "suffix")
        if not number.arabic and small and text.startswith(("涨停", "跌停"), end):
            return Unit("", "count", "count", 1.0, "suffix")
        return None

    def _sign_start(self, number: _Number) -> int:
        before = self.text[number.start - 1 : number.start]
        return number.start - 1 if before and before in "-−+±负" else number.start

    def _signed(self, number: _Number, value: float) -> float:
        before = self.text[number.start - 1 : number.start]
        return -value if before in ("-", "−", "负") and self._is_sign(number.start - 1) else value

    def _is_sign(self, position: int) -> bool:
        """Whether the dash at ``position`` is a minus: nothing countable or Latin stands right before it."""
        if self.text[position] == "负":
            return True
        before = self.text[position - 1 : position]
        return not before or not (before.isdigit() or (before.isascii() and before.isalpha()) or before in "-—–−")

    def _finish(self, number: _Number, unit: Unit | None, end: int, *, ranged: bool = False) -> Figure | None:
        text, start = self.text, number.start
        low, high = number.low, number.high
        if not ranged:
            signed = self._signed(number, low)
            if signed != low or (low and text[start - 1 : start] in ("+",) and self._is_sign(start - 1)):
                low, high = (signed, signed) if signed != low else (low, high)
                start -= 1
            elif low == 0 and text[start - 1 : start] == "-" and self._is_sign(start - 1):
                start -= 1
            elif text[start - 1 : start] == "±":
                low, high, start, ranged = -low, low, start - 1, True
        elif low < 0 or (text[start - 1 : start] == "-" and self._is_sign(start - 1)):
            start -= 1
        return self._measure(number, unit, start, end, low, high, ranged)

    def _measure(
        self, number: _Number, unit: Unit | None, start: int, end: int, low: float, high: float, ranged: bool
    ) -> Figure | None:
        text = self.text
        prefix = prefix_before(text, start)
        if prefix is not None and (unit is None or (unit.kind == "money" and unit.unit in ("CNY", prefix.unit))):
            start -= len(prefix.surface)
            if unit is None or unit.unit == "CNY":
                unit = replace(prefix, place="suffix") if unit is None or unit.surface in ("元", "万") else unit
        if number.arabic and prefix is None and self._in_word(number, unit, end):
            return None
        if unit is None:
            unit, counted = self._guess(number, start, end)
        else:
            counted = unit.unit == "count"
        if unit is not None and unit.unit == "CNY" and text.startswith("人民币", end):
            end += 3
        if (
            unit is not None
            and unit.kind == "physical"
            and unit.unit in ("°C", "°F")
            and text[start - 2 : start] == "零下"
        ):
            low, high, start = -high, -low, start - 2
        within = self.text[number.end : end]
        if unit is not None and unit.kind == "duration" and within[:2] in ("个多", "个余"):
            number = structs.replace(number, more=True)  # 6个多月
        elif unit is not None and unit.kind == "duration" and within.startswith("个半"):
            low, high = low + 0.5, high + 0.5
        figure = self._compose(number, unit, start, end, low, high, counted)
        if figure is None or not self._counts(figure, number, unit):
            return None
        return self._modified(figure, number, ranged)

    def _in_word(self, number: _Number, unit: Unit | None, end: int) -> bool:
        """Whether Latin letters make the number part of a name (5G, H7N9, EPS0.74元 is none)."""
        text = self.text
        before, after = text[number.start - 1 : number.start], text[end : end + 1]
        latin_before = before.isascii() and before.isalpha()
        if latin_before and (unit is None or unit.kind in ("count", "duration", "physical")):
            return True
        return (
            after.isascii()
            and after.isalpha()
            and (unit is None or (unit.place == "suffix" and unit.surface[-1].isascii()))
        )

    def _compose(
        self, number: _Number, unit: Unit | None, start: int, end: int, low: float, high: float, counted: bool
    ) -> Figure | None:
        text = self.text
        if unit is None:
            return Figure(start, end, (number.start, end), "count", low, high, "count", None)
        factor = 1.0 if unit.surface == "折" and low > 10 else unit.factor  # 75折 is 75 %, 7.5折 too
        low, high = _scaled(low, factor), _scaled(high, factor)
        if unit.surface == "成" and (tenth := _AND_TENTHS.match(text, end)) is not None:
            low, high, end = low + _CN_DIGIT[tenth.group()], high + _CN_DIGIT[tenth.group()], end + 1  # 三成五
        elif (more := self._and_a_half(unit, end)) is not None:
            low, high, end = low + factor / 2, high + factor / 2, more
        elif unit.surface in ("元", "块", "块钱") and (small := _SMALL_MONEY.match(text, end)) is not None:
            coins = (parse_numeral(small["jiao"]) or 0) / 10 + (parse_numeral(small["fen"] or "零") or 0) / 100
            low, high, end = _scaled(low + coins, 1.0), _scaled(high + coins, 1.0), small.end()
        core = (number.start, end)
        if rate := self._rate(unit, end):
            denominator, end = rate
            return Figure(start, end, (number.start, end), "rate", low, high, f"{_numerator(unit)}/{denominator}", None)
        if unit.kind == "money" and (per := _PER.search(text, max(0, start - 6), start)):
            return Figure(per.start(), end, core, "rate", low, high, f"{unit.unit}/{_denominator(per['per'])}", None)
        if text[end : end + 1] == "级" and number.scaled and unit.surface == "元":
            return Figure(start, end + 1, core, "money", low, high, unit.unit, None, "about")
        counter = (unit.surface or None) if counted else None
        if counter == "级" and number.scaled:
            return Figure(start, end, core, "count", low, high, "count", None, "about")
        if counted and counter and text[end : end + 1] in "（(" and (closing := _ALTERNATIVE.match(text, end)):
            counter, end = counter + closing.group(), closing.end()
        return Figure(start, end, core, unit.kind, low, high, unit.unit, counter)

    def _and_a_half(self, unit: Unit, end: int) -> int | None:
        """Give the end of 三年半, 两米半; 两年半导体 is none."""
        if not self.text.startswith("半", end) or unit.kind not in ("duration", "physical", "percent", "multiple"):
            return None
        return None if self.text[end + 1 : end + 2] in set("年天月个数导成径夜") else end + 1

    def _rate(self, unit: Unit, end: int) -> tuple[str, int] | None:
        slash = _RATE_END.match(self.text, end)
        if slash is None:
            return None
        other = unit_at(self.text, slash.end())
        surface = other.surface if other is not None else ""
        if (
            not surface
            and slash.group().strip() == "/"
            and self.text[slash.end() : slash.end() + 1] in _BARE_DENOMINATORS
        ):
            surface = self.text[slash.end()]
        if not surface:
            return None
        return _denominator(surface), slash.end() + len(surface)

    def _guess(self, number: _Number, start: int, end: int) -> tuple[Unit | None, bool]:
        """Guess what a scaled number without a unit is: money, shares, people, or a count of what follows."""
        text = self.text
        left = max(text.rfind(mark, max(0, start - 40), start) for mark in "，。；：、\n（(！? ")
        before = text[max(left + 1, start - 24, 0) : start]
        follower = text[end : end + 1]
        words = load_words()
        if text.startswith("级", end):
            return Unit("级", "count", "count", 1.0, "suffix"), True
        for noun, counter in words["counted_nouns"].items():
            if noun in before:
                return (Unit(counter, "count", "count", 1.0, "suffix"), True) if counter else (None, True)
        if not follower or not _NOUN_FOLLOWS.match(text, end):
            return Unit("", "money", "CNY", 1.0, "suffix"), False
        tail = text[end : end + 6]
        if any(noun in before or tail.startswith(noun) for noun in words["money_nouns"]):
            return Unit("", "money", "CNY", 1.0, "suffix"), False
        return None, True

    # -- what does not count --------------------------------------------------------------------------------------

    def _counts(self, figure: Figure, number: _Number, unit: Unit | None) -> bool:  # noqa: PLR0911 - a cascade of rules, read from the top
        text = self.text
        before = text[max(0, figure.start - 12) : figure.start]
        written = text[number.start : number.end]
        if figure.kind == "duration":
            return self._duration_counts(figure, number, before)
        if written == "一" and figure.kind == "count":
            return bool(_EACH.search(before))
        if (
            figure.kind == "count"
            and not number.arabic
            and _IN_QUOTES.search(before)
            and text[figure.end : figure.end + 1] in ("”", "’")
        ):
            return False
        if unit is not None and unit.surface == "大" and text[figure.end : figure.end + 1] in ("”", "’"):
            return False
        if unit is not None and unit.surface == "期" and not number.arabic and written != "两" and before[-1:] != "分":
            return False
        if figure.kind == "count" and unit is not None and unit.place == "noun":
            return before[-1:] not in set("第的半") and (not number.arabic or number.low <= 40)
        if unit is not None and unit.surface == "点" and self._is_hour(figure, number, before):
            return False
        if figure.kind == "money" and _DENOMINATION.search(before[-6:]) and not number.scaled:
            return False
        if unit is not None and unit.surface in ("角", "方", "里") and not number.arabic and before[-1:] != "元":
            return False
        if unit is not None and unit.surface == "成" and written == "一":
            return bool(_TENTH_BEFORE.search(before)) and text[figure.end : figure.end + 1] not in ("不", "一")
        if unit is not None and unit.surface in ("折", "口", "手", "道", "门", "个点") and written == "一":
            return False
        return not (
            figure.kind == "count" and _DENOMINATOR.search(before) and unit is not None and unit.surface == "股"
        )

    def _is_hour(self, figure: Figure, number: _Number, before: str) -> bool:
        """Whether 9点 is a time of day: a small whole number that no word of rise, fall or level leads up to."""
        if number.scaled or not number.low == int(number.low) <= 24 or _POINTS_BEFORE.search(before):
            return False
        follower = self.text[figure.end : figure.end + 1]
        return not follower or follower in set("分半整许左前后之以至到-—，。、；：, \n")

    def _duration_counts(self, figure: Figure, number: _Number, before: str) -> bool:  # noqa: PLR0911 - a cascade of rules, read from the top
        text = self.text
        written = text[number.start : number.end]
        after = text[figure.end : figure.end + 2]
        within = after.startswith(("内", "以内", "之内"))
        if figure.unit == "year" and number.arabic and len(written) == 2 and written[0] == "0":
            return False
        if figure.unit == "day" and text[figure.end - 1] == "日" and text[number.end : number.end + 1] == "日":
            run = _RUN_OF_DAYS.search(before) is not None and not number.arabic
            return run or (within and not before.endswith(("近", "最近", "月")))
        if before.endswith("每"):
            return written != "一"
        if _SPAN_OF_TIME.search(before) and not (within and before.endswith(("未来", "未来的", "在未来"))):
            return bool(_ENDURES.search(before))
        if after.startswith("以来"):
            return False
        if after.startswith(("前", "之前", "以前", "之久前")) and not after.startswith("前后"):
            return False
        if written == "一" and not _LASTING.search(before):
            return figure.unit not in ("year", "day", "month", "week", "second", "minute", "hour", "quarter") or text[
                figure.end : figure.end + 1
            ] in ("多", "余")
        return True

    # -- modifiers ------------------------------------------------------------------------------------------------

    def _modified(self, figure: Figure, number: _Number, ranged: bool) -> Figure:
        before_words, after_words = _modifiers()
        start, end, modifier = figure.start, figure.end, figure.modifier
        if number.more:
            modifier = "over"
        elif number.low != number.high or ranged:
            modifier = "range"
        if self.text[end - 1 : end] != "级":
            for length in (4, 3, 2, 1):
                word = self.text[end : end + length]
                if word in after_words and self._closes(word, figure, end + length):
                    modifier, end = after_words[word], end + length
                    break
        start, modifier = self._prefixed(figure, start, modifier, before_words)
        if figure.kind == "duration":
            for lead in ("连续", "持续"):
                if lead == "连续" and self.text.startswith(lead, start - 2):
                    start -= 2
        if modifier == "exact":
            modifier = self._distant(figure, start)
        low, high = _bounds(modifier, figure.low, figure.high)
        return structs.replace(figure, start=start, end=end, modifier=modifier, low=low, high=high)

    def _closes(self, word: str, figure: Figure, end: int) -> bool:
        follower = self.text[end : end + 1]
        if word == "内":
            return figure.kind == "duration" and follower not in set("外部需地")
        if word in ("多", "余"):
            kinds = ("duration", "multiple", "physical", "money")
            tenths = self.text[figure.end - 1] == "成"
            return (figure.kind in kinds or tenths) and follower not in set("个次数样方元额款下")
        if word in ("许", "附近", "之上", "之下"):
            return word == "附近" and figure.kind == "money"
        return True

    def _prefixed(
        self, figure: Figure, start: int, modifier: Modifier, words: dict[str, Modifier]
    ) -> tuple[int, Modifier]:
        for turn in range(2):
            for length in (6, 5, 4, 3, 2, 1):
                word = self.text[max(0, start - length) : start]
                if len(word) == length and word in words and self._opens(word, start - length, figure):
                    found = words[word]
                    start -= length
                    if (turn == 0 and modifier in ("exact", "over")) or (
                        turn and found in ("at_most", "at_least", "under", "over")
                    ):
                        modifier = found if modifier != "over" or found != "about" else modifier
                    break
            else:
                break
        return start, modifier

    def _opens(self, word: str, position: int, figure: Figure) -> bool:
        before = self.text[position - 1 : position]
        if word == "近":
            return before not in set("最附临接将逼亲相靠邻远")
        if word in ("过", "破"):
            return (
                figure.kind in ("money", "count", "percent")
                and before not in set("通不经超突跌跨曾难度太透越")
                and (self.text[position + 1] in "百千万亿半" or word == "破")
            )
        if word in ("约", "超"):
            return before not in set("合节预制签条契解违公高履爽特")
        if word in ("站上", "迈上", "跨越"):
            return figure.kind in ("money", "count", "physical")
        if word == "超越":
            return figure.kind != "duration"
        return True

    def _distant(self, figure: Figure, start: int) -> Modifier:
        """Give a modifier that stands apart from its number (约占…的10%; 不超过总股本的2%; 约为3亿元)."""
        clause = max(self.text.rfind(mark, max(0, start - 48), start) for mark in "，。；：\n！")
        before = self.text[max(clause + 1, start - 48, 0) : start]
        if _ABOUT_BEFORE.search(before):
            return "about"
        match = _BOUND_LINKED.search(before)
        if match is None and figure.kind == "percent":
            match = _BOUND_BEFORE.search(before)
        if match is not None:
            return _modifiers()[0][match["word"]]
        return "exact"

    # -- fractions, halves, doublings, ranks ----------------------------------------------------------------------

    def _special(self) -> Iterator[Figure]:
        for match in _SPECIAL.finditer(self.text):
            if self.mask[match.start()] and not match["exchange"]:
                continue
            figure = self._special_figure(match)
            if figure is not None:
                yield figure

    def _special_figure(self, match: re.Match[str]) -> Figure | None:  # noqa: PLR0911 - a cascade of rules, read from the top
        if match["fraction"] or match["slash"]:
            return self._fraction(match)
        if match["half"]:
            return self._half(match)
        if match["zero"]:
            return Figure(*match.span("zero"), match.span("zero"), "count", 0.0, 0.0, "count")
        if match["exchange"]:
            value = float(re.split("[:：]", match["exchange"])[1])
            return Figure(*match.span("exchange"), match.span("exchange"), "rate", value, value, None)
        if match["double"]:
            return self._double(match)
        if match["places"]:
            low = 10.0 ** (_CN_DIGIT[match["places_n"]] - 1)
            return Figure(*match.span("places"), match.span("places"), "percent", low, None, "%", None, "at_least")
        if match["ordinal"]:
            count = parse_numeral(match["run"])
            unit = unit_at(self.text, match.start("run_unit"))
            name = unit.unit if unit is not None else "quarter"
            return Figure(*match.span(), match.span(), "duration", count, count, name)
        if match["far"]:
            return Figure(*match.span("far"), match.span("far"), "rank", 1.0, 1.0, None)
        if match["first"]:
            return Figure(*match.span("first"), match.span("first"), "rank", 1.0, 1.0, None)
        return self._rank(match)

    def _fraction(self, match: re.Match[str]) -> Figure | None:
        if match["slash"]:
            top, bottom = (float(part) for part in match["slash"].split("/"))
            if top >= bottom:
                return None
        else:
            named = {"百": 100.0, "千": 1000.0, "万": 10000.0}.get(match["den"])
            bottom = named or parse_numeral(match["den"]) or 0.0
            read = parse_numeral(match["num"])
            if not bottom or read is None:
                return None
            top = read
        value = top / bottom * 100
        value = round(value, 4) if value >= 0.01 else float(f"{value:.15g}")
        bare = Figure(*match.span(), match.span(), "percent", value, value, "%")
        return self._modified(bare, _Number(match.start(), match.end(), value, value, False, False, False), False)

    def _half(self, match: re.Match[str]) -> Figure | None:
        start, end = match.span("half")
        word = match["half"]
        if word == "一半" and self.text[end : end + 1] in set("天年路身"):
            return None
        modifier: Modifier = (
            "over" if word.startswith(("过半", "超半")) else "near" if word.startswith("近") else "exact"
        )
        bare = Figure(start, end, (start, end), "percent", 50.0, 50.0, "%", None, modifier)
        figure = self._modified(bare, _Number(start, end, 50.0, 50.0, False, False, False), False)
        low, high = _bounds(figure.modifier, 50.0, 50.0)
        return structs.replace(figure, low=low, high=high)

    def _double(self, match: re.Match[str]) -> Figure:
        times = parse_numeral(match["times"]) if match["times"] else None
        if match["double"].endswith("番"):
            value = 2.0 ** (times or 1.0)
        else:
            value = 2.0 if not times else times + 1.0 if times > 1 else 2.0
        start, end = match.span("double")
        bare = Figure(start, end, (start, end), "multiple", value, value, "x", None, "exact", "increase")
        return self._modified(bare, _Number(start, end, value, value, False, False, False), False)

    def _rank(self, match: re.Match[str]) -> Figure | None:  # noqa: PLR0911 - a cascade of rules, read from the top
        text, start, end = self.text, match.start(), match.end()
        value = parse_numeral(match["rank"])
        if value is None or self.mask[match.start("rank")]:
            return None
        before, after = text[max(0, start - 16) : start], text[end : end + 8]
        if after.startswith("大") and not after.startswith(("大会", "大道", "大街", "大厅")):
            return Figure(start, end, (start, end), "rank", value, value, None)
        if after.startswith(("中标候选", "顺位", "大股东")):
            return Figure(start, end, (start, end), "rank", value, value, None)
        if after.startswith("家") and _THIRD_TO.match(after):
            return Figure(start, end, (start, end), "rank", value, value, None)
        closes = not after or after[0] in "，。、；,.）)!！ \n”位名的和" or after.startswith(("，", "位"))
        if closes and _RANK_LIST.search(before):
            return Figure(start, end, (start, end), "rank", value, value, None)
        if closes and (_RANK_PLACE.search(before) or _RANK_STRONG.search(before)):
            return Figure(start, end, (start, end), "rank", value, value, None)
        return None


_SMALL_MONEY: Final = re.compile(r"(?P<jiao>\d|[一二两三四五六七八九])[角毛](?:(?P<fen>\d|[一二三四五六七八九])分)?")
_NOT_GREAT: Final = re.compile(r"大(?:[于小幅型量涨跌地陆学概多会家使]|股指|指数|精神|报告|以来|代表|召开|期间|强国)")
_WARM: Final = re.compile(r"[温热冷氏][^，。；]{0,12}$")
_PER: Final = re.compile(
    r"每(?P<per>股|吨|磅|人|户|亩|桶|公斤|斤|克|平方米|平米|千瓦时|度|辆|台|套|头|只|件|份|手|张|盎司|立方米|小时|天|月|年|次|公里|位|名|单|笔)(?:股份)?$"
)
_ALTERNATIVE: Final = re.compile(r"[（(][套辆台份件家户处座部个]{1,2}[)）]")
_BARE_DENOMINATORS: Final = frozenset("月日天年人户头度晚夜")
_NOUN_FOLLOWS: Final = re.compile(r"[一-鿿](?<![的之与和及或至到，大左，同较比以占将已并])(?!关)")
_EACH: Final = re.compile(r"(?:每|平均)[^，。；]{0,9}(?:就有|有|生产|下线|售出|卖出|诞生)$")
_POINTS_BEFORE: Final = re.compile(
    r"(?:[涨跌升降挫报收达破守站失]|下行|上行|反弹|回落|波动|点位|指数)[了至到约近逾超为于在上]{0,2}$"
)
_DENOMINATION: Final = re.compile(r"(?:面值|面额)$")
_DENOMINATOR: Final = re.compile(r"每$")
_SPAN_OF_TIME: Final = re.compile(
    r"(?:最近|近|未来|过去|今后|往后|接下来|此前|之前|(?<![提超])前|这|那|头|上|个|第|最后|下|同|某|新|当|另|各|历|逐|整|全|任意|以往|几|数)的?$"
)
_IN_QUOTES: Final = re.compile(r"[“‘][^”’]{1,3}$")
_ENDURES: Final = re.compile(r"(?:持续|长达|历时|为期|经过|时隔|已有|已|了|达)近$")
_LASTING: Final = re.compile(
    r"(?:经过|经|提前|推迟|延后|延长|延期|延迟|为期|不到|不足|近|逾|超|超过|满|缩短|历时|时隔|长达|短短|仅|只|用|用时|连续|持续|间隔|达|约|至少|不超过|限期|有效期|期限为|期限|停牌|增加|减少|冻结)$"
)
_ABOUT_BEFORE: Final = re.compile(
    r"(?:约占[^，。；\d]{0,24}|(?<![合节预制签条契解违公])约(?:为|合|有|需|达|盈利|亏损|增长|下降|持有|投入|增加|减少|上涨|下跌|实现|相当于))$"
)
_BOUND_BEFORE: Final = re.compile(
    r"(?P<word>不得超过|不得低于|不得少于|不超过|不高于|不低于|不少于|不足|超过|不超|至少|最多|至多)(?:其|公司|了)?[^，。；：、\d]{1,28}(?:的)?$"
)
_BOUND_LINKED: Final = re.compile(
    r"(?P<word>至少|最少|起码|最多|至多|顶多|超过|突破|超出|低于|高于|少于|不足)(?:有|是|为|达到?|需要?|要|了)$"
)
_AND_TENTHS: Final = re.compile(r"[一二三四五六七八九](?![一二三四五六七八九十百千万亿成个家项年名位])")
_TENTH_BEFORE: Final = re.compile(r"(?:近|约|超|过|逾|足|到|达|至|[涨跌升降增减]|[下上]降|提高|增长|占|为|有|了)$")
_RUN_OF_DAYS: Final = re.compile(r"连[涨跌升降阳阴]了?$")
_CHANGE_HEAD: Final = re.compile(r"同比|环比|增速|增长|增幅|涨幅|涨跌|增减|变动")
_THIRD_TO: Final = re.compile(r"家(?:在|获|实现|登陆|上市|通过|拿到|成为)")


def _heading_change(text: str, label: Span | None, kind: ClaimKind, value: float) -> Change | None:
    """Give the direction that the sign has under a head that names a change (同比（%）-3.2)."""
    if label is None or kind not in ("percent", "points") or not _CHANGE_HEAD.search(text, *label):
        return None
    return "decrease" if value < 0 else "increase" if value else None


def _bounds(modifier: Modifier, low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """Open the end that the modifier leaves open."""
    if modifier in ("over", "at_least"):
        return (low if low is not None else high), None
    if modifier in ("under", "at_most"):
        return None, (high if high is not None else low)
    return low, high


def _scaled(value: float, factor: float) -> float:
    return float(f"{value * factor:.15g}")


def _mantissa(written: str) -> float:
    """Give the number before the scale word (5 of 5亿), to carry the scale over to its list or range."""
    match = re.match(_ARABIC, written)
    if match is not None:
        return float(match.group().replace(",", "")) or 1.0
    head = re.match(r"[零一二三四五六七八九两十百]+(?=[千万亿])", written)
    return (parse_numeral(head.group()) or 1.0) if head is not None else 1.0


def _numerator(unit: Unit) -> str:
    return unit.surface if unit.unit == "count" else unit.unit


def _denominator(surface: str) -> str:
    if surface == "度":
        return "kWh"
    if surface == "月":
        return "month"
    if surface in ("晚", "夜"):
        return "night"
    unit = unit_at(surface, 0)
    if unit is None or unit.unit == "count" or len(unit.surface) != len(surface):
        return surface
    return unit.unit


__all__ = ["Figure", "find_figures", "fold", "plain_text"]
