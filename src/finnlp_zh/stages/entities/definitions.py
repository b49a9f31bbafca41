"""Where the article itself says that something is a name: definitions, stock codes, sources, announcements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from finnlp_zh.resources import boundaries
from finnlp_zh.stages.entities.candidates import Candidate, Definition
from finnlp_zh.stages.entities.gazetteer import Hit, Scan

MARKS: Final = ("S*ST", "*ST", "ST", "*")
"""What an exchange puts before the short name of a company in trouble."""
_OPEN: Final = '[“"「『‘]?'
_CLOSE: Final = '[”"」』’]?'
_ALIAS: Final = r"[\u4e00-\u9fffA-Za-z0-9*&·《》\-]{2,20}?"
_DEFINITION: Final = re.compile(
    rf"[（(]\s*(?:(?:以下|下文)?(?:简称|统称|合称)|下称|以下称|又称|英文简称|证券简称|股票简称)\s*(?:为|：|:|,|，)?\s*"
    rf"{_OPEN}\s*({_ALIAS})\s*{_CLOSE}\s*(?:[，,、或/](?:以下|下称|简称)?{_OPEN}({_ALIAS}){_CLOSE})?\s*[）)]"
)
_QUOTED: Final = re.compile(r"[（(]\s*[“「『\"]([\u4e00-\u9fffA-Za-z0-9*&·\-. ]{2,24})[”」』\"]\s*[）)]")
"""A short name in quotation marks in brackets, without 以下简称."""
_ORIGINAL: Final = re.compile(r"[（(]\s*([A-Z][A-Za-z.'’\-]*(?:[ ,&]{1,2}[A-Za-z.'’\-]+){0,6})\s*[）)]")
"""A foreign name in its own letters behind its Chinese form."""
_RENAMED: Final = re.compile(
    "(?:的?(?:证券简称|股票简称|公司名称|名称|中文名称|简称|公司简称))?(?:已|正式|将|拟)?(?:更名|改名|易名|改组更名|变更|重组更名)为[“「『]?"
)
_HEADED: Final = re.compile(
    r"(?:证券简称|股票简称)[：:]\s*((?:\*?ST)?[\u4e00-\u9fffA-Za-z]{2,8})[^\n]{0,40}\n\s*(?:[^\n]{0,20}\n\s*)?"
)
"""The head of an announcement: short name and, on the next line, the full one."""
_CODE: Final = (
    r"(?:行情\s*)?(?:证券代码[：:]\s*|股票代码[：:]\s*)?(?:"
    r"\d{6}(?:[.．\-]?\s?(?:SH|SZ|BJ|SS|OC|NQ|sh|sz|OF))?|\d{4,5}(?:[.．\-]\s?(?:HK|hk))?|HK[.：:]?\s?\d{4,5}"
    r"|[A-Z]{1,5}[.．](?:US|N|O|OQ|NYSE|HK)|(?:NYSE|NASDAQ|Nasdaq|纽交所|纳斯达克|港交所|美股|港股|HKEX|SH|SZ)[：:.]?\s?[A-Z0-9]{1,6}"
    r"|-?\d+\.\d+\s?,\s?[+-]?\d+\.\d+\s?,\s?[+-]?\d+\.\d+%)"
)
_CODED: Final = re.compile(rf"[（(]\s*{_CODE}(?:\s*[,，;；/、]\s*(?:诊股|买入|增持|股吧|{_CODE}))*\s*[）)]")
CODE_AFTER: Final = re.compile(
    r"[（(]\s*(?:行情\s*|证券代码[：:]\s*|股票代码[：:]\s*)?([A-Za-z0-9.．：:\-]{2,14}|(?:港股|美股|纽交所|纳斯达克)[：:]?[A-Z0-9.]+)\s*[)）,，;；、]"
)
_BRACKETED: Final = re.compile(rf"[（(]\s*({_ALIAS})\s*(?:[,，]\s*{_CODE})?\s*[）)]")
_SHARE_CLASS: Final = re.compile("-(?:SW|WR|UW|W|S|B|U|P)$")
_SHORT_NAME: Final = re.compile(r"[\u4e00-\u9fffA-Za-z0-9*·&\-]+$")
_LABELLED: Final = re.compile(r"(?:证券简称|股票简称|股票名称)[：:]\s*((?:\*?ST)?[\u4e00-\u9fffA-Za-z]{2,8})")
_SOURCE: Final = re.compile(
    r"(?:文章来源|图片来源|信息来源|消息来源|来源|转自|稿源)[：:]\s*[“《]?"
    r"([\u4e00-\u9fffA-Za-z0-9·]{2,14}?)(?=[”》\s　）)。，,;；|]|作者|$)"
)
_WIRE: Final = re.compile(
    r"(?:^|[\n】。（(　]|(?<=[，,])|\s)([\u4e00-\u9fffA-Za-z0-9·]{2,10}?)"
    r"(?:APP|客户端)?(?:讯|消息|(?<=[日社])电)(?=[ ，,：:（(　\u3000]|\s|\d|$)"
)
_BYLINED: Final = re.compile(
    r"(?:^|[\n】（(　\s])([\u4e00-\u9fffA-Za-z0-9·]{2,10}?)"
    r"(?=(?:实习|见习|特约|首席)?记者[ \u3000：:]|(?:实习|见习)?记者[\u4e00-\u9fff]{2,4}(?:[ \n　）)]|\d+月))"
)
_DATED_WIRE: Final = re.compile(
    r"(?:^|[\n】])([\u4e00-\u9fffA-Za-z0-9·]{2,8}?)\d{1,2}(?:日|月\d{1,2}日)(?:讯|电|消息|丨)"
)
_FLASH: Final = re.compile(r"(?:^|[\n】])([\u4e00-\u9fff]{2,6})(?:AI)?快讯(?=[，,：: 　])")
_WITHIN: Final = re.compile(r"[\u4e00-\u9fff]{0,8}?(?:股份有限公司|有限责任公司|有限公司|集团|证券|研究中心|研究院)")
_ANNOUNCED: Final = re.compile(
    r"(?:^|[\n。；　】”])(?:\d{1,4}年)?(?:\d{1,2}月\d{1,2}日)?(?:晚间?|早间|盘后)?[，,]?"
    r"((?:\*?ST)?[\u4e00-\u9fffA-Za-z0-9]{2,6}?)(?:\d+月\d+日)?(?:今日|昨日|日前|近日)?(?:晚间?|早间|盘后)?"
    r"(?:发布|披露)?(?:风险提示|业绩|澄清|复牌|停牌|减持|增持|回购)?(?:公告称|公告，|公告显示|发布公告|公布，|公布公告|披露公告)"
)
_CLOCK: Final = re.compile(r"(?<!界)网站$|\d+[日月年时]|快$|独家$|最新$|重磅$|今日$")


@cache
def _not_names() -> frozenset[str]:
    return frozenset(form for form, kind in boundaries.load() if kind == "unnamed")


def find_codes(scan: Scan) -> Iterator[Candidate]:
    """Give the names that a stock code or a quotation in brackets follows."""
    text = scan.text
    known = {hit.end: hit for hit in scan.hits}
    for match in _CODED.finditer(text):
        start = _name_before(scan, match.start(), known)
        if start is not None:
            yield Candidate(start, match.start(), "ORG", 0.94, "code")
            rest = _WITHIN.match(text, match.end())
            if rest is not None and "," in match[0] and scan.cut_before(rest.end() - 1) <= match.end():
                yield Candidate(start, rest.end(), "ORG", 0.97, "code+rest")
    for match in _LABELLED.finditer(text):
        yield Candidate(match.start(1), match.end(1), "ORG", 0.95, "code")


def _name_before(scan: Scan, end: int, known: dict[int, Hit]) -> int | None:
    text = scan.text
    share = _SHARE_CLASS.search(text, max(0, end - 3), end)
    hit = known.get(share.start() if share else end)
    if hit is not None:
        return _with_mark(text, hit.start)
    edge = max(scan.cut_before(end), end - 24)
    run = _SHORT_NAME.search(text, edge, end)
    if run is None:
        return None
    start = run.start()
    for soft in scan.soft:
        if start <= soft.start and soft.end <= end - 2 and end - start > 4:
            start = soft.end
    if end - start > 8 and not text[start:end].endswith(("公司", "集团", "银行")):
        return None
    if end - start < 2 or text[start:end] in _not_names():
        return None
    return _with_mark(text, start)


def _with_mark(text: str, start: int) -> int:
    for mark in MARKS:
        if text.endswith(mark, 0, start):
            return start - len(mark)
    return start


def find_cited(scan: Scan) -> Iterator[Candidate]:
    """Give media that lines of source and wire openings name, and companies that announce."""
    text = scan.text
    places = {place.end: place.start for place in scan.places}
    known = {(hit.start, hit.end) for hit in scan.hits}
    for pattern, score in ((_SOURCE, 0.93), (_FLASH, 0.93), (_WIRE, 0.88), (_DATED_WIRE, 0.93), (_BYLINED, 0.85)):
        for match in pattern.finditer(text):
            name = match[1]
            if name in _not_names() or _CLOCK.search(name) or name.startswith(("本报", "原", "据", "综合", "来自")):
                continue
            if scan.cut_before(match.end(1)) > match.start(1):
                continue
            end = match.end(1)
            place = places.get(end)
            if place is not None and place - match.start(1) >= 3 and (match.start(1), end) not in known:
                end = place
            yield Candidate(match.start(1), end, "ORG", score, "source")
    for match in _ANNOUNCED.finditer(text):
        named = match[1] not in _not_names() and not match[1].endswith(("报告", "业绩", "方面", "方", "快"))
        if named and scan.noun_cut_before(match.end(1)) <= match.start(1):
            yield Candidate(match.start(1), match.end(1), "ORG", 0.8, "announcement")


def find_definitions(scan: Scan, found: list[Candidate]) -> Iterator[tuple[Candidate, Definition | None]]:
    """Give the aliases that brackets define, each with the definition where its full name was found."""
    text = scan.text
    ends: dict[int, Candidate] = {}
    for candidate in found:
        known = ends.get(candidate.end)
        if candidate.label != "TITLE" and (known is None or candidate.start < known.start):
            ends[candidate.end] = candidate
    for match in _DEFINITION.finditer(text):
        full = _antecedent(text, match.start(), ends)
        for group in (1, 2):
            if match[group] and match[group] not in _not_names():
                yield _define(match.span(group), match[group], full)
    yield from _define_bare(text, ends)
    yield from _define_anew(text, ends, found)
    for match in _BRACKETED.finditer(text):
        full = _antecedent(text, match.start(), ends)
        if full and match[1] not in _not_names() and _abbreviates(match[1], text[full.start : full.end], full.rule):
            yield _define(match.span(1), match[1], full)


def _define_bare(text: str, ends: dict[int, Candidate]) -> Iterator[tuple[Candidate, Definition | None]]:
    """Give the short names in quotation marks and the foreign originals that stand in brackets behind a name."""
    for match in (*_QUOTED.finditer(text), *_ORIGINAL.finditer(text)):
        full = _antecedent(text, match.start(), ends)
        if full is None or full.label not in ("ORG", "REGULATOR") or match[1] in _not_names():
            continue
        if match.re is _QUOTED or (" " in match[1] and full.end - full.start >= 4):
            yield _define(match.span(1), match[1], full)


def _define_anew(
    text: str, ends: dict[int, Candidate], found: list[Candidate]
) -> Iterator[tuple[Candidate, Definition]]:
    """Give the new names of bodies that are renamed, and the full name below an announcement's short name."""
    starts = {candidate.start: candidate for candidate in sorted(found) if candidate.label == "ORG"}
    for match in _RENAMED.finditer(text):
        old, new = ends.get(match.start()), starts.get(match.end())
        if old and new and old.label == "ORG":
            yield new, Definition((old.start, old.end), (new.start, new.end), short=False)
    for match in _HEADED.finditer(text):
        full = starts.get(match.end())
        if full and text.endswith("公司", 0, full.end):
            yield full, Definition(match.span(1), (full.start, full.end), short=False)


def _antecedent(text: str, end: int, ends: dict[int, Candidate]) -> Candidate | None:
    """Give the candidate before a bracket, over one bracket with a code or a foreign name between them."""
    while end and text[end - 1] in " 　":
        end -= 1
    if end in ends:
        return ends[end]
    if end and text[end - 1] in "）)":
        start = max(text.rfind("（", 0, end), text.rfind("(", 0, end))
        if start > 0 and end - start < 60:
            return ends.get(start)
    return None


def _define(span: tuple[int, int], alias: str, full: Candidate | None) -> tuple[Candidate, Definition | None]:
    label = full.label if full else ("POLICY" if alias.startswith("《") else "ORG")
    if label == "LOC" and alias.endswith(("公司", "集团")):
        label = "ORG"
    candidate = Candidate(*span, label, 0.96 if full else 0.8, "definition")
    return candidate, Definition((full.start, full.end), span) if full else None


def _abbreviates(alias: str, full: str, rule: str) -> bool:
    """Tell whether a bare bracket after a name may hold its short form."""
    if not 2 <= len(alias) <= 10 or alias == full or alias.isdigit():
        return False
    if alias.isascii():
        return not any(character.isdigit() for character in alias) and (alias.isupper() or rule == "legal")
    characters = iter(full)
    return len(alias) < len(full) and all(character in characters for character in alias)
