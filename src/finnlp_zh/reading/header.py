"""Finds an article's title, byline, dateline and day of publication."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from finnlp_zh.types import Span

_LONGEST_TITLE: Final = 80
_HEAD: Final = 8
"""Paragraphs from the top in which a header is looked for."""

_NAME: Final = (
    r"(?![\u4e00-\u9fff]{2,8}(?:报道|电)(?![\u4e00-\u9fff]))"  # 北京报道 is no name
    r"(?:[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,4}·[\u4e00-\u9fff]{1,6})"
)
_NAMES: Final = rf"{_NAME}(?:[ \u3000、，,/]+(?!记者|编辑|实习|摄影|通讯员|见习){_NAME})*"
_PAPER: Final = r"[\u4e00-\u9fffA-Za-z]{0,10}?"
_ROLE: Final = (
    r"(?:(?:特约|见习|实习|本报|本刊|驻[\u4e00-\u9fff]{2,4}|首席|资深){0,3}记者"
    r"|通讯员|编译|撰稿人|特约撰稿|作者|采写|撰文|文)"
)
_CREDIT: Final = rf"{_PAPER}{_ROLE}[ \u3000：:/丨|]+{_NAMES}"
_PLACE: Final = r"[\u4e00-\u9fff]{2,8}"

# A whole line that names who wrote it: 中经记者 石健 北京报道 / 中经实习记者 许璐 记者 李晖 / 文/张三 编辑/李四.
_BYLINE: Final = re.compile(
    rf"(?P<byline>{_CREDIT}"
    rf"(?:[ \u3000，,/丨|]+(?:{_PAPER}(?:{_ROLE}|编辑|责编|摄影|实习生)[ \u3000：:/丨|]+{_NAMES}))*)"
    rf"(?:[ \u3000]+(?P<dateline>(?:发自)?{_PLACE}(?:{_PLACE})?(?:、{_PLACE})*(?:报道|电|综合报道)))?[ \u3000]*"
)
_DATELINE: Final = re.compile(rf"(?:发自)?{_PLACE}(?:、{_PLACE})*(?:综合)?报道|(?:发自|文发){_PLACE}")
# At the head of the text: 新华社北京1月3日电（记者 张三） / 央视网消息（新闻联播）： / 中证网讯（记者 罗晗）.
_AGENCY: Final = re.compile(
    r"(?P<dateline>【?(?:据)?[\u4e00-\u9fffA-Za-z]{2,10}(?:[\u4e00-\u9fff]{0,6})?[ ]?"
    r"(?:(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日)?[ ]?(?:电|讯|消息|快讯|丨|获悉)】?)"
    r"(?=[ \u3000：:，,（(丨|]|[\u4e00-\u9fff\d])"
)
_AGENCY_END: Final = re.compile(r"(?:讯|电|消息|快讯|丨)】?$")
_CREDIT_IN_BRACKETS: Final = re.compile(
    rf"[（(](?P<byline>{_PAPER}{_ROLE}[ \u3000：:/]?[ \u3000]*{_NAMES})[^（）()]{{0,20}}[)）]"
)
_CREDIT_AT_START: Final = re.compile(
    rf"(?P<byline>(?:本报|本刊|[\u4e00-\u9fff]{{2}}|[\u4e00-\u9fff]{{2,6}}报|[\u4e00-\u9fff]{{2,4}}网)?(?:见习|实习)?"
    rf"记者[ \u3000]+{_NAMES})(?=[ \u3000\n])"
)
_CREDIT_AT_END: Final = re.compile(
    rf"(?:[（(](?P<a>(?:{_PAPER}{_ROLE}[ \u3000：:/]*)?{_NAMES})[)）]"
    r"|(?:^|[ \u3000])(?P<b>(?:作者|采写|撰文|文)[：:/][^。，]{2,30}))\s*$"
)
_SOURCE_LINE: Final = re.compile(
    r"^(?:来源|文章来源|稿源|信息来源|图片来源|原标题|责任编辑|编辑|作者|记者|发布时间|时间|日期)[：:]"
)
_ORIGINAL_TITLE: Final = re.compile(r"^原标题[：:]\s*(?P<title>[^\n]{4,120}?)(?:[ \u3000]{2,}来源[：:].*)?$")

_FULL_DATE: Final = re.compile(
    r"(?P<y>(?:19|20)\d{2})(?:\s?年\s?|[-/.])(?P<m>0?[1-9]|1[0-2])(?:\s?月\s?|[-/.])(?P<d>3[01]|[12]\d|0?[1-9])(?!\d)"
)
_COMPACT_DATE: Final = re.compile(
    r"(?<!\d)(?P<y>20[0-3]\d)[-_/]?(?P<m>0[1-9]|1[0-2])[-_/]?(?P<d>0[1-9]|[12]\d|3[01])(?!\d)"
)
_MONTH_DAY: Final = re.compile(r"(?<![\d年])(?P<m>1[0-2]|[1-9])月(?P<d>3[01]|[12]\d|[1-9])日")
_DATE_LINE: Final = re.compile(
    r"^(?:发布(?:时间|日期)[：:]|时间[：:]|日期[：:]|更新(?:时间|于)[：:]?)?"
    r"\s*(?:19|20)\d{2}\s?[年\-/.]\s?\d{1,2}\s?[月\-/.]\s?\d{1,2}日?"
    r"(?:\s*(?:星期|周)[一二三四五六日天])?(?:\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?(?:[ \u3000|丨]+.{0,40})?$"
)


@dataclass(slots=True)
class Header:
    """What stands at an article's head: spans as (paragraph, start, end), and how many paragraphs are header alone."""

    title: tuple[int, int, int] | None = None
    byline: list[tuple[int, int, int]] = field(default_factory=list)
    dateline: tuple[int, int, int] | None = None
    published: str | None = None
    lines: int = 0


def is_byline(text: str) -> bool:
    """Tell whether a line does nothing but name who wrote the article, perhaps with the place."""
    return len(text) <= 60 and _BYLINE.fullmatch(text) is not None


def is_dateline(text: str) -> bool:
    """Tell whether a line does nothing but say from where is reported."""
    return len(text) <= 20 and _DATELINE.fullmatch(text) is not None


def is_date_line(text: str) -> bool:
    """Tell whether a line gives the day of publication and little else."""
    return len(text) <= 80 and _DATE_LINE.match(text) is not None


def is_agency_lead(text: str) -> bool:
    """Tell whether a paragraph opens as an agency's report does: 新华社北京1月3日电（记者 …）."""
    match = _AGENCY.match(text[:80])
    return match is not None and _AGENCY_END.search(match.group("dateline")) is not None


def is_titular(text: str) -> bool:
    """Tell whether a line can be a headline: short, and no sentence."""
    if not 4 <= len(text) <= _LONGEST_TITLE or is_byline(text) or is_dateline(text) or is_date_line(text):
        return False
    bare = text.rstrip("”’」』》）) ")
    if bare.endswith(("。", "；", "，", "、", "：")) or _SOURCE_LINE.match(text):
        return False
    return sum("\u4e00" <= char <= "\u9fff" for char in text) >= 3


def find_header(
    paragraphs: Sequence[str], *, published: str | None = None, names: Sequence[str] = (), url: str | None = None
) -> Header:
    """Find the header of an article given as its paragraphs.

    ``published`` and ``url`` come from the file's own fields, ``names`` are its file name and the like. The day is the
    first found of: the field, a date line, the URL, a name, and a leading 1月7日 whose year the text tells.
    """
    header = Header()
    place = 0
    if len(paragraphs) > 1 and is_titular(paragraphs[0]):
        header.title = (0, 0, len(paragraphs[0]))
        place = 1
    elif paragraphs and (original := _ORIGINAL_TITLE.match(paragraphs[0])):
        header.title = (0, *original.span("title"))
        place = 1
    while place < min(len(paragraphs), _HEAD) and (
        _take_line(paragraphs[place], place, header) or _is_second_headline(paragraphs, place)
    ):
        place += 1
    header.lines = place
    for index in range(place, min(place + 2, len(paragraphs))):
        _read_lead(paragraphs[index], index, header)
    if not header.byline and paragraphs:
        _read_end(paragraphs[-1], len(paragraphs) - 1, header)
    header.published = (
        to_day(published)
        or _dated_line(paragraphs)
        or _day_in(url)
        or _day_in_names(names)
        or _implied_day(paragraphs, place)
    )
    return header


def _is_second_headline(paragraphs: Sequence[str], place: int) -> bool:
    """Tell whether a line stands between the headline and the byline."""
    if not 0 < place < min(3, len(paragraphs) - 1) or not is_titular(paragraphs[place]):
        return False
    return is_byline(paragraphs[place + 1]) or is_dateline(paragraphs[place + 1])


def _take_line(text: str, index: int, header: Header) -> bool:
    """Read a line that belongs to the header alone; gives whether it was one."""
    if len(text) <= 60 and (match := _BYLINE.fullmatch(text)):
        header.byline.append((index, *match.span("byline")))
        if match.group("dateline"):
            header.dateline = (index, *match.span("dateline"))
        return True
    if is_dateline(text):
        header.dateline = (index, 0, len(text))
        return True
    if is_date_line(text):
        return True
    original = _ORIGINAL_TITLE.match(text)
    if original and header.title is None:
        header.title = (index, *original.span("title"))
    return bool(original) or (len(text) <= 60 and _SOURCE_LINE.match(text) is not None)


def _read_lead(text: str, index: int, header: Header) -> None:
    """Read an agency's line and a credit in brackets at the start of the text."""
    head = text[:80]
    start = len(head) - len(head.lstrip("“【[ \u3000"))
    agency = _AGENCY.match(head, max(0, start - 1) if head[:1] == "【" else start)
    if agency and header.dateline is None and _AGENCY_END.search(agency.group("dateline")):
        header.dateline = (index, *_without_brackets(head, agency.span("dateline")))
    if not header.byline:
        credit = _CREDIT_IN_BRACKETS.search(head)
        if (credit and credit.start() <= 30) or (credit := _CREDIT_AT_START.match(head)):
            header.byline.append((index, *credit.span("byline")))


def _without_brackets(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start] in "【 ":
        start += 1
    while end > start and text[end - 1] in "】丨| ":
        end -= 1
    return start, end


def _read_end(text: str, index: int, header: Header) -> None:
    tail = text[-60:]
    if match := _CREDIT_AT_END.search(tail):
        group = "a" if match.group("a") else "b"
        offset = len(text) - len(tail)
        start, end = match.span(group)
        if group == "b" or re.search(r"记者|作者|文/", tail[start:end]) or offset + start > 20:
            header.byline.append((index, offset + start, offset + end))


def to_day(value: str | None) -> str | None:
    """Give the ISO day that a date field holds, ``None`` where it holds none."""
    if not value:
        return None
    match = _FULL_DATE.search(value) or _COMPACT_DATE.search(value)
    return _iso(match) if match else None


def _dated_line(paragraphs: Sequence[str]) -> str | None:
    head = paragraphs[:_HEAD]
    for text in head:
        if is_date_line(text):
            return to_day(text)
    # The title of a daily digest holds its day: 财经早餐2024年8月5日星期一.
    if head and is_titular(head[0]) and (match := re.search(r"\d{4}年\d{1,2}月\d{1,2}日(?=星期|周|$)", head[0])):
        return to_day(match.group())
    for text in paragraphs[-2:]:
        if len(text) <= 20 and is_date_line(text):
            return to_day(text)
    return None


def _day_in(text: str | None) -> str | None:
    match = _COMPACT_DATE.search(text) if text else None
    return _iso(match) if match else None


def _day_in_names(names: Sequence[str]) -> str | None:
    for name in names:
        match = _FULL_DATE.search(name) or _COMPACT_DATE.search(name)
        if match and (day := _iso(match)):
            return day
    return None


def _implied_day(paragraphs: Sequence[str], start: int) -> str | None:
    """Give the day of a leading 1月7日 where a full date shortly before it stands in the text as well."""
    lead = next((text for text in paragraphs[start : start + 1]), "")[:60]
    leading = _MONTH_DAY.search(lead)
    if leading is None or _FULL_DATE.search(lead, 0, leading.start()):
        return None
    text = "\n".join(paragraphs)[:20_000]
    months = (int(leading.group("m")), int(leading.group("d")))
    for full in _FULL_DATE.finditer(text):
        day, other = _date(int(full["y"]), *months), _date(int(full["y"]), int(full["m"]), int(full["d"]))
        if day and other and 0 <= (day - other).days <= 7:
            return day.isoformat()
    return None


def _iso(match: re.Match[str]) -> str | None:
    day = _date(int(match["y"]), int(match["m"]), int(match["d"]))
    return day.isoformat() if day else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
