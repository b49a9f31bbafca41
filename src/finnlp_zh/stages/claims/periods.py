"""Finds time expressions, resolves them to ISO days, and tells which one governs a figure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from finnlp_zh.stages.claims.numerals import parse_numeral

Days = tuple[date, date]


class TimeExpression(msgspec.Struct, frozen=True):
    """A time expression: where it stands and the days it covers, ``None`` where nothing tells the year.

    ``day`` marks a single calendar day; ``reference`` one that only serves as a yardstick (比上年, 较年初) or dates an
    announcement (``announces``). ``kind`` names the pattern that found it.
    """

    start: int
    end: int
    days: Days | None
    day: bool = False
    reference: bool = False
    announces: bool = False
    kind: str = ""


_N: Final = r"(?:\d{1,4}|[一二两三四五六七八九十]{1,3})"
_YEAR: Final = (
    r"(?:(?<!\d)(?P<y_@>(?:19|20)\d\d|[一二][零九][零一二三四五六七八九]{2}"
    r"|(?<![.近逾超满约])[012]\d(?=年(?:\d{1,2}月|第?[一二三四][ ]?季|[上下]半年|前三季|Q[1-4])))"
    r"(?:[ ]?年(?:度)?[ ]?|(?=[ ]?(?:Q[1-4]|H[12]|[上下]半年|半年|前[一二三123]|第?[一二三四]季|中报|年报)))"
    r"|(?P<r_@>今年|去年|前年|明年|后年|上年|本年度|本年|当年|同年|次年|全年)(?:的|全年)?)"
)
_LEAD: Final = r"(?:(?P<lead_@>截至|截止到|截止至|截止|自|从|到|至|于|在|单)[ ]?)?"
_TAIL: Final = r"(?P<tail_@>年末|年底|年中|末|底|初|期间|全年|年度|年)?(?P<since_@>以来|至今|来|起)?"
_SEP: Final = r"[ ]?(?:至|到|-|—|–)[ ]?"
_D: Final = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"  # the number of a month or a day
_MONTH: Final = r"(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})[ ]?月(?!球|台|饼|薪|活)(?:份)?"
_TILL: Final = r"(?:止|期间|之间)?"
_FEASTS: Final = {  # name: month and day
    "元旦": (1, 1),
    "情人节": (2, 14),
    "女生节": (3, 7),
    "妇女节": (3, 8),
    "植树节": (3, 12),
    "愚人节": (4, 1),
    "五一劳动节": (5, 1),
    "劳动节": (5, 1),
    "青年节": (5, 4),
    "儿童节": (6, 1),
    "建军节": (8, 1),
    "教师节": (9, 10),
    "国庆节": (10, 1),
    "万圣节": (10, 31),
    "双十一": (11, 11),
    "双11": (11, 11),
    "光棍节": (11, 11),
    "双十二": (12, 12),
    "双12": (12, 12),
    "平安夜": (12, 24),
    "圣诞节": (12, 25),
}
_SHOPPING: Final = r"(?:假期|期间|黄金周|长假)"


def _pattern(tag: str, *parts: str) -> str:
    """Put the parts of one kind of expression together; ``@`` in group names becomes its tag."""
    return f"(?P<{tag}>" + "".join(parts).replace("@", tag).replace("_D_", _D) + ")"


# One alternative a kind of expression, the longest first where they begin alike.
# What any expression begins with: where nothing of it stands, no alternative is tried.
_FIRST: Final = r"今去前明后上当同次近未往春元端目眼迄昨下头首QH情女妇植愚劳青儿双圣周星礼"
_FIRST_TWO: Final = (
    "本[报期年月季周星礼个公世]|年[初内报度]|期[末内]|报告|全年|半年|中[报期]|开年|最近|过去|现在|如今|国庆|这[个周星礼]|大[前后年]|"
    "万圣|光棍|平安|建军|教师"
)
_FIRST_NUMBER: Final = (
    r"[\d零一二三四五六七八九十两]{1,4}[ ]?[年月日号季个天世至到—–与和QH上下半前第一二三四中份-]|\d{4}[/.]"
    r"|[“‘][十五]|十[一二三四五六]五|五一"
)
_PATTERNS: Final = re.compile(
    rf"(?=[{_FIRST}]|{_FIRST_TWO}|{_FIRST_NUMBER}"
    rf"|[截自从到至于在单](?:[{_FIRST}\d零一二三四五六七八九十两“‘ 止截自从到至于在单公第]|{_FIRST_TWO}))(?:"
    + "|".join(
        (
            _pattern(
                "dates",
                r"(?:自|从|于|在)?(?P<d1y>(?:19|20)\d\d|(?<!\d)[012]\d(?=年))[ ]?年[ ]?",
                r"(?P<d1m>_D_)[ ]?月[ ]?(?P<d1d>_D_)[ ]?[日号]?",
                _SEP,
                r"(?:(?P<d2y>(?:19|20)\d\d|[012]\d(?=年))[ ]?年[ ]?)?(?:(?P<d2m>_D_)[ ]?月[ ]?)?(?P<d2d>_D_)[ ]?[日号]",
                _TILL,
            ),
            _pattern(
                "mdays",
                r"(?:自|从|于|在)?(?P<e1m>_D_)月(?P<e1d>_D_)[日号]?",
                _SEP,
                r"(?:(?P<e2m>_D_)月)?(?P<e2d>_D_)[日号]",
                _TILL,
            ),
            _pattern(
                "report",
                r"(?:20\d\d年)?年?初至(?:本)?报告期末|(?P<rep_end>本?报告期末|期末)|报告期内?|本期|期内|本报告期|当期",
            ),
            _pattern("same", r"(?:上年|去年|上一年度?|前一年|上年度)同期|最近一个会计年度|最近一期|最近一年"),
            _pattern(
                "years",
                r"(?:自|从|在)?(?P<y1>(?:19|20)\d\d|[一二][零九][零一二三四五六七八九]{2})[ ]?年?",
                r"[ ]?(?:至|到|-|—|–|与|和(?=[^，。]{4,8}间))[ ]?",
                r"(?:(?P<y2>(?:19|20)?\d\d|[一二][零九][零一二三四五六七八九]{2})[ ]?年(?:度)?(?:期间|之间|间)?",
                r"|(?<=到|至|-)(?P<y3>20[0-4]\d)(?![\d年.月/-]))",
            ),
            _pattern(
                "months",
                _LEAD,
                f"(?:{_YEAR})?",
                r"(?:(?P<m1>\d{1,2})[ ]?月?(?:份)?|(?P<m1c>[一二三四五六七八九十]{1,2})月(?:份)?)",
                r"(?:[ ]?(?:至|到|-|—|–)[ ]?|(?P<m_and>和|与)(?=_D_月(?:份)?之?间))",
                r"(?:(?P<my2>(?:19|20)\d\d)[ ]?年[ ]?)?",
                r"(?P<m2>\d{1,2}|(?<=[月份年][至到和与—–-])[一二三四五六七八九十]{1,2})[ ]?月",
                r"(?:份)?(?!_D_[日号])(?:期间|之?间)?",
            ),
            _pattern(
                "fullday",
                _LEAD,
                f"(?:{_YEAR})?",
                r"(?P<fm>_D_)[ ]?月[ ]?(?P<fd>_D_)[ ]?(?:[日号]|(?<=十[一二三四五六七八九])(?!年|月))",
                r"(?P<fd_tail>收盘|收市|以来|至今|止)?",
            ),
            _pattern(
                "isoday",
                r"(?P<iy>(?:19|20)\d\d)[-/.](?P<im>\d{1,2})[-/.](?P<id>\d{1,2})(?!\d)",
                r"(?:[ ]?[-至到—][ ]?(?P<jy>(?:19|20)\d\d)[-/.](?P<jm>\d{1,2})[-/.](?P<jd>\d{1,2})(?!\d))?",
            ),
            _pattern(
                "quarter",
                _LEAD,
                f"(?:{_YEAR})?",
                r"单?(?:(?P<qfirst>前[一二两三123])|第?(?P<q>[一二三四1-4]))个?[ ]?季(?:度)?",
                r"(?P<qtail>末|底|初|报)?(?:以来)?",
            ),
            _pattern("letter", f"(?:{_YEAR})?", r"(?:Q(?P<Q>[1-4])|(?P<H>H[12]))(?![A-Za-z0-9])"),
            _pattern(
                "half",
                _LEAD,
                f"(?:{_YEAR})?",
                r"(?P<hname>上半年|下半年|前半年|后半年|半年报|半年度|半年(?=报|度|业绩)|中报|中期(?=业绩)|年报|年度报告)(?P<htail>末|底)?",
            ),
            _pattern("firstm", _LEAD, f"(?:{_YEAR})?", rf"[前头首](?P<fn>{_N})个?月"),
            _pattern(
                "month",
                _LEAD,
                f"(?:{_YEAR})?",
                _MONTH,
                r"(?P<mtail>末|底|初(?![一二三四五六七八九十])|上旬|中旬|下旬)?(?P<m_since>以来|至今)?",
            ),
            _pattern(
                "plan",
                r"(?:自|从)?[“‘]?十(?P<plan_n>[一二三四五六])五[”’]?(?:规划)?",
                r"(?P<plan_tail>期间|时期|以来|末|期末|前四年|前三年)?",
            ),
            _pattern(
                "past",
                rf"(?P<past_lead>近|最近|过去|未来|今后|往后|上|前|后)[ ]?的?(?P<past_n>{_N})[ ]?(?:个)?",
                r"(?P<past_u>年|个月|月|周|天|日|个交易日|交易日|季度)(?:内|间|来)?",
            ),
            _pattern("ago", r"(?P<ago_n>[一二两三四五六七八九十]|\d{1,2})(?P<ago_u>年|天)(?P<ago_t>前|后)"),
            _pattern(
                "holiday",
                r"(?:(?P<y_sp>(?:19|20)\d\d)年)?(?P<sp_name>",
                rf"春节{_SHOPPING}|国庆(?:中秋)?{_SHOPPING}|[“]?五一[”]?{_SHOPPING}|元旦{_SHOPPING}|端午{_SHOPPING}",
                r"|大年初(?P<sp1>[一二三四五六七])(?:到|至)初(?P<sp2>[一二三四五六七]))",
            ),
            _pattern(
                "festival", f"(?:{_YEAR})?", rf"(?P<feast>{'|'.join(_FEASTS)})(?:(?<=元旦)节)?(?:当天|当日|期间)?"
            ),
            _pattern("nth", _LEAD, _YEAR, rf"的?第(?P<nth_n>{_N})(?P<nth_u>个?月|周)"),
            _pattern("whole", _LEAD, _YEAR, _TAIL),
            _pattern(
                "decade", r"(?:(?P<century>\d{2}|十九|二十|上|本)世纪)?(?P<tens>[1-9]0|[二三四五六七八九]十|零零)年代"
            ),
            _pattern(
                "short", r"(?<![\d.一二三四五六七八九十百])(?P<yy>0\d|零[一二三四五六七八九])[ ]?年(?!期|内|间|以上)"
            ),
            _pattern(
                "now",
                r"截至目前|截至当前|截至今日|截至今天|截至发稿|截止目前|截止当前|目前|眼下|如今|当前|现在|迄今|至今",
            ),
            _pattern("ytd", r"今年以来|年初以来|开年以来|年内|年初至今|今年年内"),
            _pattern(
                "today",
                r"(?:截至)?(?:今日(?!头条)|今天|今晨|今早|今晚|今夜|昨日|昨天|昨晚|昨夜|明早|明晚|大前天|前日|前天|当日|当天|明天|明日|大后天|后天|",
                r"(?P<today_month>上个?月|本月|当月|下个?月)(?P<today_day>_D_)[日号]|",
                r"(?:上上|下下|上|下|本|这)个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])?|",
                r"(?<![每第上下本这个隔逢至到])(?:周|星期|礼拜)(?P<weekday_alone>[一二三四五六日])(?![至到、和—-])|",
                r"(?:上上|下下|上|下|本)个?月|当月|",
                r"本季度|上个?季度|下个?季度)(?P<today_date>[（(]\d{1,2}月\d{1,2}日[)）])?(?:收盘|收市)?",
            ),
            _pattern(
                "close",
                r"截至收盘|截至(?:北京时间)?(?:今日|当日)?(?:午间|下午)?收[盘市]|",
                r"截[至止]本?公告(?:披露|出具)?(?:之)?日期?|于本?公告日期?|本公告日",
            ),
            _pattern("bareday", r"(?:截至|于|自)?(?P<bd>\d{1,2})日(?!元|圆|均|内|常|本)"),
        )
    )
    + ")"
)

_YARDSTICK: Final = re.compile(r"(?:(?<!占)比|较|与|同比|相比|对比|超越|高于|低于|相对|相较|较之|(?<!共)同)(?:于)?$")
_ANNOUNCES: Final = re.compile(
    r"(?:[日号]?(?:当地时间)?(?:晚间?|早间|午间|下午|上午|盘后|中午|凌晨|电|讯|丨|消息|\d{1,2}[:：]\d\d)?[^，。；\n]{0,34}?"
    r"(?:公告|公布|发布|披露|宣布|获悉|消息|讯|电|丨|收到|表示|称|报道|召开|举行|签署|订立|签订|报送|接到|推出|确认|介绍|强调|指出|说|接到|开盘|发出|回应|回复|通报))"
)
# 2020年第二次会议 numbers a meeting, 根据目前行情 describes the market: neither dates a figure.
_NUMBERED: Final = re.compile(r"代|期|第[一二三四五六七八九十\d]+[次期届批号]")
_ATTRIBUTIVE: Final = re.compile(r"(?:根据|按照?|美国|与|较|对|从|以|的|结合|鉴于|按)$")
_QUARTERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}


def month_end(year: int, month: int) -> date:
    """Give the last day of a month."""
    return (date(year + month // 12, month % 12 + 1, 1)) - timedelta(days=1)


def months(year: int, first: int, last: int) -> Days | None:
    """Give the days from the first to the last of two months of a year."""
    if not (1 <= first <= 12 and 1 <= last <= 12) or first > last:
        return None
    return date(year, first, 1), month_end(year, last)


_STEPS: Final = {"大前天": -3, "前天": -2, "前日": -2, "昨": -1, "明": 1, "大后天": 3, "后天": 2}


def _week(monday: date, day: str | None) -> Days:
    """Give the days of a week, of its weekend (末), or one of its days."""
    if day is None:
        return monday, monday + timedelta(days=6)
    if day == "末":
        return monday + timedelta(days=5), monday + timedelta(days=6)
    moment = monday + timedelta(days="一二三四五六日".find(day) if day != "天" else 6)
    return moment, moment


def _day(year: int, month: int, day: int) -> Days | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found, found


def _shift(moment: date, years: int) -> date:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)


def add_months(moment: date, count: int) -> date:
    """Give the same day ``count`` months on, or the month's last day."""
    month = moment.month - 1 + count
    year, month = moment.year + month // 12, month % 12 + 1
    return date(year, month, min(moment.day, month_end(year, month).day))


@cache
def _holidays() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads(
        files("finnlp_zh.resources").joinpath("holidays.json").read_text("utf-8")
    )
    return loaded


def find_periods(text: str, published: str | None = None) -> tuple[list[TimeExpression], date | None]:
    """Give the time expressions of ``text`` (folded by `plain_text`) and the day of writing they are resolved against.

    Without ``published`` the newest date that the article implies is taken for that day.

    >>> [str(day) for day in find_periods("2025年前三季度，营收增长。")[0][0].days]
    ['2025-01-01', '2025-09-30']
    """
    matches = list(_PATTERNS.finditer(text))
    anchor = date.fromisoformat(published[:10]) if published else _imply_anchor(text, matches)
    first = re.search(r"(?<!\d)20[0-3]\d(?=[ ]?年|-\d\d年)", text) if anchor is None else None
    resolver = _Resolver(text, anchor, int(first.group()) if first is not None else None, published is not None)
    return [expression for match in matches if (expression := resolver.resolve(match)) is not None], anchor


def _count(written: str) -> int:
    return int(parse_numeral(written) or 0)


def _four_digits(year: str) -> int:
    """Give the year that four digits, or the last two (20年三季度), write."""
    return _count(year) + (2000 if len(year) == 2 else 0)


def _imply_anchor(text: str, matches: list[re.Match[str]]) -> date | None:
    """Guess the day of writing: the first day-and-month that follows the newest period the article looks back on."""
    newest: date | None = None
    full: date | None = None
    for match in matches:
        if match["fullday"] and match["y_fullday"]:
            days = _day(_four_digits(match["y_fullday"]), _count(match["fm"]), _count(match["fd"]))
            before = text[max(0, match.start() - 12) : match.start()]
            if (
                days
                and not re.search(r"(?:有效期|到期|届满|期限|兑付|至|将于|将在|不晚于)$", before)
                and (full is None or days[0] > full)
            ):
                full = days[0]
        elif match["dates"]:
            days = _day(
                _four_digits(match["d2y"] or match["d1y"]), _count(match["d2m"] or match["d1m"]), _count(match["d2d"])
            )
            if days and (full is None or days[0] > full):
                full = days[0]
        else:
            end = _looks_back(text, match)
            if end is not None and (newest is None or end > newest):
                newest = end
    headers = [match for match in matches if match["fullday"] and not match["y_fullday"] and not match["r_fullday"]]
    dated = (
        match
        for match in headers
        if re.match(r"[ ]?(?:丨|讯|电|消息|晚|早|午|上午|下午|公告|发布)", text[match.end() : match.end() + 4])
    )
    header = next(dated, headers[0] if headers else None)
    base = max((day for day in (newest, full) if day is not None), default=None)
    if base is None:
        loose = re.findall(r"(?<![\d至到])20[12]\d(?!\d)", text)
        if not loose:
            return None
        base = date(int(max(loose)), 1, 1)
    if header is None:
        return full if full is not None and (newest is None or full >= newest) else None
    for year in (base.year, base.year + 1):
        days = _day(year, _count(header["fm"]), _count(header["fd"]))
        if days is not None and days[0] >= base - timedelta(days=3):
            return days[0]
    return None


def _year_of(match: re.Match[str]) -> str | None:
    for kind in ("quarter", "letter", "half", "firstm", "month", "whole", "months"):
        if match[f"y_{kind}"]:
            return match[f"y_{kind}"]
    return None


def _looks_back(text: str, match: re.Match[str]) -> date | None:  # noqa: PLR0911 - a cascade of rules, read from the top
    """Give the last day of a period that names its year, its first day where it is said to lie ahead."""
    year = _year_of(match)
    if not year:
        return None
    number = _four_digits(year)
    before, after = text[max(0, match.start() - 8) : match.start()], text[match.end() : match.end() + 8]
    ahead = re.search(
        r"预计|预增|预减|预亏|预盈|将|目标|到$|至$|未来|计划|有望|力争|规划|展望|第$", before + after
    ) or match.group().startswith(("到", "至"))
    if match["whole"]:
        yearly = re.match(r"(?:年度)?(?:业绩|年报|年度|报告|财报)", after) or "度" in match.group()
        if ahead and not yearly:
            return date(number, 1, 1) if "预计" in before + after else None
        if match["tail_whole"] in ("初",) or re.match(r"第[一二三\d]", after):
            return date(number, 1, 1)
        return (
            date(number, 12, 31)
            if yearly or re.search(r"实现|为|净利|营收|收入|同比|亏损|盈利|利润", text[match.end() : match.end() + 16])
            else date(number, 1, 1)
        )
    if match["quarter"] or match["letter"]:
        quarter = _QUARTERS.get((match["qfirst"] or match["q"] or match["Q"] or "1")[-1], 3)
        return date(number, quarter * 3 - 2, 1) if ahead else month_end(number, min(12, quarter * 3))
    if match["months"]:
        return month_end(int(match["my2"] or number), max(1, min(12, _count(match["m2"]))))
    if match["half"]:
        return month_end(
            number, 12 if match["hname"] == "年报" or match["hname"] in ("下半年", "后半年", "年度报告") else 6
        )
    if match["month"]:
        value = int(parse_numeral(match["m"]) or 0)
        return date(number, value, 1) if 1 <= value <= 12 else None
    return date(number, 1, 1)


class _Resolver:
    """Resolves matches in text order: a year once named carries over to what follows."""

    def __init__(self, text: str, anchor: date | None, default: int | None, dated: bool) -> None:
        self.text = text
        self.anchor = anchor
        self.dated = dated  # 目前 means nothing exact where the day of writing is only inferred
        self.year = default
        self.last: Days | None = None
        self.report: Days | None = None

    def resolve(self, match: re.Match[str]) -> TimeExpression | None:
        name = match.lastgroup or ""  # the group around the whole alternative closes last
        start, end = match.span()
        before, after = self.text[max(0, start - 6) : start], self.text[end : end + 40]
        if self._is_no_time(name, match, before, after):
            return None
        reference = bool(_YARDSTICK.search(before)) or self._compares(name, match, after)
        year = self.year
        try:
            days = getattr(self, f"_{name}")(match)
        except (OverflowError, ValueError):  # 过去5000年 begins before the calendar does
            days = None
        if reference:
            self.year = year
        if days is not None and not reference and name not in ("now", "today", "close", "bareday"):
            self.last = days
        day = name in ("fullday", "isoday", "bareday", "today", "close") and (days is None or days[0] == days[1])
        announces = name in ("fullday", "isoday", "bareday", "today") and self._announces(match, after)
        return TimeExpression(start, end, days, day, reference, announces, name)

    def _is_no_time(self, name: str, match: re.Match[str], before: str, after: str) -> bool:  # noqa: PLR0911 - a cascade of rules, read from the top
        if name == "bareday":
            return (
                before[-1:].isdigit()
                or (before[-1:] in "第.,:：-月" and bool(before))
                or not 1 <= int(match["bd"]) <= 31
            )
        if name == "month":
            value = parse_numeral(match["m"])
            lunar = after[:1] == "初" and after[1:2] in set("一二三四五六七八九十")
            return (
                value is None
                or not 1 <= value <= 12
                or before[-1:].isdigit()
                or before.endswith(("个", "第", "农历"))
                or lunar
            )
        if name == "whole":
            return (match["y_whole"] is not None and "年" not in match.group()) or bool(_NUMBERED.match(after))
        if name == "quarter":
            return before.endswith("第") and not match["q"]
        if name == "ago":
            return bool(before) and (before[-1].isdigit() or before[-1] in "一二三四五六七八九十第近")
        if name == "now":
            return match.group() in ("目前", "当前", "现在") and bool(_ATTRIBUTIVE.search(before))
        return False

    def _compares(self, name: str, match: re.Match[str], after: str) -> bool:
        if name == "same":
            return not re.match(r"[^，。；]{0,8}(?:为|是|亏损|盈利|净)", after) and not match.group().startswith("最近")
        return after.startswith(("相比", "同期", "持平")) or (name == "whole" and match["tail_whole"] == "初")

    def _announces(self, match: re.Match[str], after: str) -> bool:
        if match["fullday"] and (match["lead_fullday"] in ("截至", "截止", "截止到", "自", "从") or match["fd_tail"]):
            return False
        if match.group().startswith("截至"):
            return False
        if after.startswith("起") or (
            self.text[match.start() - 1 : match.start()] in ("(", "（") and after[:1] in ")）"
        ):
            return True
        clause = re.split(r"[，。；\n]", after, maxsplit=1)[0]
        return bool(_ANNOUNCES.match(clause)) or bool(
            re.match(r"[，,]?[^，。；\n]{1,14}(?:公告|发布|公布|披露|宣布|收到|称)", after)
        )

    # -- years --------------------------------------------------------------------------------------------------------

    def _explicit(self, written: str) -> int:
        self.year = _four_digits(written)
        return self.year

    def _relative(self, name: str) -> int | None:
        if name in ("当年", "同年", "次年"):
            return None if self.year is None else self.year + (name == "次年")
        if name == "全年":
            if self.year is not None:
                return self.year
            return None if self.anchor is None else self.anchor.year - (self.anchor.month <= 2)
        if self.anchor is None:
            return None
        step = {"去年": -1, "前年": -2, "上年": -1, "明年": 1, "后年": 2}.get(name, 0)
        return self.anchor.year + step

    def _named_year(self, year: str | None, relative: str | None) -> int | None:
        if year:
            return self._explicit(year)
        return self._relative(relative) if relative else None

    def _past_year(self, build: Callable[[int], Days | None], slack: int = 0) -> Days | None:
        """Give the latest such days that are over by the day of writing, else those of the year last named."""
        if self.anchor is None:
            return build(self.year) if self.year is not None else None
        for year in (self.anchor.year, self.anchor.year - 1):
            days = build(year)
            if days is not None and days[1] <= self.anchor + timedelta(days=slack):
                return days
        return build(self.anchor.year)

    def _of(
        self, year: str | None, relative: str | None, build: Callable[[int], Days | None], slack: int = 0
    ) -> Days | None:
        if year or relative:
            named = self._named_year(year, relative)
            return build(named) if named is not None else None
        return self._past_year(build, slack)

    # -- kinds --------------------------------------------------------------------------------------------------------

    def _dates(self, match: re.Match[str]) -> Days | None:
        self.year = _four_digits(match["d2y"] or match["d1y"])
        first = _day(_four_digits(match["d1y"]), _count(match["d1m"]), _count(match["d1d"]))
        last = _day(self.year, _count(match["d2m"] or match["d1m"]), _count(match["d2d"]))
        return (first[0], last[1]) if first and last and first[0] <= last[1] else None

    def _mdays(self, match: re.Match[str]) -> Days | None:
        def build(year: int) -> Days | None:
            first = _day(year, _count(match["e1m"]), _count(match["e1d"]))
            last = _day(year, _count(match["e2m"] or match["e1m"]), _count(match["e2d"]))
            return (first[0], last[1]) if first and last and first[0] <= last[1] else None

        return self._past_year(build, slack=60)

    def _years(self, match: re.Match[str]) -> Days | None:
        first, written = _count(match["y1"]), match["y2"] or match["y3"]
        last = _count(written) if len(written) == 4 else first // 100 * 100 + int(written)
        return (date(first, 1, 1), date(last, 12, 31)) if first <= last else None

    def _months(self, match: re.Match[str]) -> Days | None:
        first, last = _count(match["m1"] or match["m1c"]), _count(match["m2"])
        later = int(match["my2"]) if match["my2"] else None

        def build(year: int) -> Days | None:
            end = later if later is not None else year + (first > last)
            opening, closing = months(year, first, first), months(end, last, last)
            return (opening[0], closing[1]) if opening and closing and opening[0] <= closing[1] else None

        days = self._of(match["y_months"], match["r_months"], build)
        if later is not None and days is not None:
            self.year = later
        return days

    def _fullday(self, match: re.Match[str]) -> Days | None:
        month, day = _count(match["fm"]), _count(match["fd"])
        days = self._of(match["y_fullday"], match["r_fullday"], lambda year: _day(year, month, day), slack=150)
        if (
            days is not None
            and match["lead_fullday"] in ("自", "从")
            and match["fd_tail"] in ("以来", "至今")
            and self.anchor
        ):
            return days[0], max(self.anchor, days[0])
        return days

    def _isoday(self, match: re.Match[str]) -> Days | None:
        self.year = int(match["iy"])
        first = _day(self.year, int(match["im"]), int(match["id"]))
        if match["jy"] is None or first is None:
            return first
        last = _day(int(match["jy"]), int(match["jm"]), int(match["jd"]))
        return (first[0], last[1]) if last is not None and first[0] <= last[1] else None

    def _letter(self, match: re.Match[str]) -> Days | None:
        first, last = int(match["Q"] or 1) * 3 - 2, int(match["Q"] or 2) * 3
        if match["H"]:
            first, last = (1, 6) if match["H"] == "H1" else (7, 12)
        return self._of(match["y_letter"], match["r_letter"], lambda year: months(year, first, last))

    def _quarter(self, match: re.Match[str]) -> Days | None:
        if match["qfirst"]:
            first, last = 1, _QUARTERS.get(match["qfirst"][-1], 2) * 3
        else:
            quarter = _QUARTERS[match["q"]]
            first, last = quarter * 3 - 2, quarter * 3
            if match["qtail"] == "报":
                first = 1
        days = self._of(match["y_quarter"], match["r_quarter"], lambda number: months(number, first, last))
        if days is not None and self._is_report(match):
            self.report = (date(days[0].year, 1, 1), days[1])
        return self._closing(days, match["qtail"], match["lead_quarter"])

    def _is_report(self, match: re.Match[str]) -> bool:
        return "报" in match.group() or self.text[match.end() : match.end() + 4].startswith(("报告", "业绩", "财报"))

    def _closing(self, days: Days | None, tail: str | None, lead: str | None) -> Days | None:
        if days is not None and (tail in ("末", "底", "年末", "年底") or lead in ("截至", "截止", "截止到", "截止至")):
            return days[1], days[1]
        return days

    def _half(self, match: re.Match[str]) -> Days | None:
        name = match["hname"]
        first, last = {"下半年": (7, 12), "后半年": (7, 12), "年报": (1, 12), "年度报告": (1, 12)}.get(name, (1, 6))
        days = self._of(match["y_half"], match["r_half"], lambda year: months(year, first, last))
        if days is not None and not name.endswith("半年"):
            self.report = days
        return self._closing(days, match["htail"], match["lead_half"])

    def _firstm(self, match: re.Match[str]) -> Days | None:
        last = int(parse_numeral(match["fn"]) or 0)
        return self._of(match["y_firstm"], match["r_firstm"], lambda year: months(year, 1, last))

    def _month(self, match: re.Match[str]) -> Days | None:
        number = int(parse_numeral(match["m"]) or 0)
        days = self._of(match["y_month"], match["r_month"], lambda year: months(year, number, number), slack=31)
        if days is None:
            return None
        start, end = days
        if match["mtail"] in ("上旬", "初"):
            return start, start + timedelta(days=9)
        if match["mtail"] == "中旬":
            return start + timedelta(days=10), start + timedelta(days=19)
        if match["mtail"] == "下旬":
            return start + timedelta(days=20), end
        if match["m_since"] and self.anchor:
            return start, max(self.anchor, start)
        return self._closing(days, match["mtail"], match["lead_month"])

    def _plan(self, match: re.Match[str]) -> Days | None:
        first = 2001 + 5 * (_QUARTERS.get(match["plan_n"], {"五": 5, "六": 6}.get(match["plan_n"], 1)) - 0)
        start, end = date(first, 1, 1), date(first + 4, 12, 31)
        tail = match["plan_tail"]
        if tail == "以来":
            return (start, self.anchor) if self.anchor and self.anchor >= start else None
        if tail in ("末", "期末"):
            return end, end
        if tail in ("前四年", "前三年"):
            return start, date(first + (3 if tail == "前四年" else 2), 12, 31)
        return start, end

    def _past(self, match: re.Match[str]) -> Days | None:
        if self.anchor is None:
            return None
        count, unit = int(parse_numeral(match["past_n"]) or 1), match["past_u"]
        ahead = match["past_lead"] in ("未来", "今后", "往后", "后")
        sign = 1 if ahead else -1
        if unit == "年" and 1900 <= count < 2100:
            return months(count, 1, 12)  # 刚刚过去的2024年 names a year, and counts none
        if unit == "年":
            edge = _shift(self.anchor, sign * count)
        elif unit in ("个月", "月"):
            edge = add_months(self.anchor, sign * count)
        elif unit == "季度":
            edge = add_months(self.anchor, sign * 3 * count)
        else:
            edge = self.anchor + timedelta(days=sign * count * (7 if unit == "周" else 1))
        return (self.anchor, edge - timedelta(days=1)) if ahead else (edge + timedelta(days=1), self.anchor)

    def _ago(self, match: re.Match[str]) -> Days | None:
        if self.anchor is None:
            return None
        count = _count(match["ago_n"])
        if match["ago_u"] == "天":
            moment = self.anchor + timedelta(days=count if match["ago_t"] == "后" else -count)
            return moment, moment
        return months(self.anchor.year + (count if match["ago_t"] == "后" else -count), 1, 12)

    def _holiday(self, match: re.Match[str]) -> Days | None:  # noqa: PLR0911 - a cascade of rules, read from the top
        year = int(match["y_sp"]) if match["y_sp"] else self.anchor.year if self.anchor else self.year
        if year is None:
            return None
        name = match["sp_name"]
        if name.startswith(("春节", "大年")):
            written = _holidays()["spring"].get(str(year))
            if written is None:
                return None
            first = date.fromisoformat(f"{year}-{written}")
            if match["sp1"]:
                low, high = (int(parse_numeral(match[group]) or 1) - 1 for group in ("sp1", "sp2"))
                return first + timedelta(days=low), first + timedelta(days=high)
            return (
                (first - timedelta(days=1), first + timedelta(days=6))
                if year >= 2025
                else (first, first + timedelta(days=7 if year == 2024 else 6))
            )
        if "国庆" in name:
            return date(year, 10, 1), date(year, 10, 8 if "中秋" in name else 7)
        if "五一" in name:
            return date(year, 5, 1), date(year, 5, 5)
        if "元旦" in name:
            return date(year, 1, 1), date(year, 1, 3)
        written = _holidays()["dragon_boat"].get(str(year))
        if written is None:
            return None
        opening = date.fromisoformat(f"{year}-{written}")
        return opening, opening + timedelta(days=2)

    def _nth(self, match: re.Match[str]) -> Days | None:
        year, number = self._named_year(match["y_nth"], match["r_nth"]), _count(match["nth_n"])
        if year is None:
            return None
        if match["nth_u"] != "周":
            return months(year, number, number)
        monday = date.fromisocalendar(year, number, 1)
        return monday, monday + timedelta(days=6)

    def _festival(self, match: re.Match[str]) -> Days | None:
        """Give the day of a festival; around it news looks ahead as well as back."""
        month, day = _FEASTS[match["feast"]]
        return self._of(match["y_festival"], match["r_festival"], lambda year: _day(year, month, day), slack=150)

    def _whole(self, match: re.Match[str]) -> Days | None:
        year = self._named_year(match["y_whole"], match["r_whole"])
        if year is None:
            return None
        tail, lead = match["tail_whole"], match["lead_whole"]
        start, end = date(year, 1, 1), date(year, 12, 31)
        if match["since_whole"] in ("以来", "至今") and self.anchor and self.anchor >= start:
            return start, self.anchor
        if self.text[match.end() : match.end() + 3].startswith(("业绩", "财报", "年报")) or "度" in match.group():
            self.report = (start, end)
        if tail in ("初",):
            return start, start
        if tail == "年中":
            return date(year, 6, 30), date(year, 6, 30)
        return self._closing((start, end), tail, lead)

    def _today_of(self) -> Days | None:
        return (self.anchor, self.anchor) if self.anchor else None

    def _now(self, match: re.Match[str]) -> Days | None:
        return self._today_of() if self.dated else None

    def _ytd(self, match: re.Match[str]) -> Days | None:
        return (date(self.anchor.year, 1, 1), self.anchor) if self.anchor else None

    def _today(self, match: re.Match[str]) -> Days | None:  # noqa: PLR0911 - a cascade of rules, read from the top
        anchor, word = self.anchor, match.group()
        if anchor is None:
            return None
        step = word.count("下") - word.count("上")
        if match["weekday_alone"]:  # the latest that is not ahead: news tells what was
            back = (anchor.weekday() - "一二三四五六日".find(match["weekday_alone"])) % 7
            return anchor - timedelta(days=back), anchor - timedelta(days=back)
        if re.search(r"周|星期|礼拜", word):
            monday = anchor + timedelta(days=7 * step - anchor.weekday())
            return _week(monday, match["weekday"])
        if "季度" in word:
            first = add_months(date(anchor.year, (anchor.month - 1) // 3 * 3 + 1, 1), 3 * step)
            return first, month_end(first.year, first.month + 2)
        if "月" in word and not match["today_date"]:
            first = add_months(anchor.replace(day=1), step)
            if match["today_day"]:
                return _day(first.year, first.month, _count(match["today_day"]))
            return first, month_end(first.year, first.month)
        moment = anchor + timedelta(days=next((days for name, days in _STEPS.items() if name in word), 0))
        return moment, moment

    def _decade(self, match: re.Match[str]) -> Days | None:
        written = match["century"]
        century = {"上": 20, "本": 21, None: 20}.get(written) or _count(written)
        tens = match["tens"]
        first = (century - 1) * 100 + (0 if tens == "零零" else _count(tens))
        return date(first, 1, 1), date(first + 9, 12, 31)

    def _short(self, match: re.Match[str]) -> Days | None:
        self.year = 2000 + _count(match["yy"][-1])
        return months(self.year, 1, 12)

    def _close(self, match: re.Match[str]) -> Days | None:
        return self._today_of()

    def _report(self, match: re.Match[str]) -> Days | None:
        days = self.report or self.last
        if match.group().startswith("20"):
            self._explicit(match.group()[:4])
        if days is None:
            return None
        if match["rep_end"]:
            return days[1], days[1]
        if "初至" in match.group():
            return date(days[1].year, 1, 1), days[1]
        return days

    def _same(self, match: re.Match[str]) -> Days | None:
        word = match.group()
        if word == "最近一个会计年度":
            year = self.anchor.year - (2 if self.anchor.month <= 4 else 1) if self.anchor else None
            return months(year, 1, 12) if year else None
        if word.startswith("最近"):
            return None
        return (_shift(self.last[0], -1), _shift(self.last[1], -1)) if self.last else None

    def _bareday(self, match: re.Match[str]) -> Days | None:
        number = int(match["bd"])
        base = self.anchor
        if base is None:
            return None
        days = _day(base.year, base.month, number)
        if days is not None and days[0] > base + timedelta(days=10):
            earlier = add_months(base.replace(day=1), -1)
            days = _day(earlier.year, earlier.month, number) or days
        return days


def allotted(
    listed: Sequence[TimeExpression], position: int, run: tuple[int, int], index: int, text: str
) -> tuple[TimeExpression, Days | None]:
    """Give the expression at ``position``, or the one of its list that falls to figure ``index`` of the list ``run``.

    Two years before two figures are dealt out one to one (2016年、2017年，分别为A和B), and so are the years of a range.
    """
    time = listed[position]
    count, place = run[1] - run[0] + 1, index - run[0]
    if count > 1:
        together = _listed_before(listed, position, text)
        if len(together) == count:
            return together[place], together[place].days
        if time.days is not None and time.days[1].year - time.days[0].year + 1 == count and _whole_years(time.days):
            year = time.days[0].year + place
            return time, (date(year, 1, 1), date(year, 12, 31))
    return time, time.days


def is_starting_point(time: TimeExpression, text: str) -> bool:
    """Whether the expression is where a change starts (从2020年的48%提升至…), and so governs one figure alone."""
    return text[time.start : time.start + 1] in "从由" or text[time.start - 1 : time.start] in ("从", "由")


def _listed_before(listed: Sequence[TimeExpression], position: int, text: str) -> list[TimeExpression]:
    together = [listed[position]]
    while position and text[listed[position - 1].end : listed[position].start] in ("、", "和", "及", "与", "，", ","):
        position -= 1
        together.insert(0, listed[position])
    return together


def _whole_years(days: Days) -> bool:
    return (days[0].month, days[0].day, days[1].month, days[1].day) == (1, 1, 12, 31)
