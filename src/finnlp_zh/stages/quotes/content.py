"""Reads what a reporting clause opens: where the content ends, and whether it stands in quotation marks."""

from __future__ import annotations

import re
from typing import Final

from finnlp_zh.stages.quotes.passage import ASIDE, CLOSING, OPENING, Passage
from finnlp_zh.types import QuoteKind, Span

_LONGEST: Final = 2000  # characters of one sentence; beyond it, the text has lost its full stops
_TRAILING: Final = " 　\t\n。；;，,、"
_LEADING: Final = " 　\t，,：:"
_HEADLINE_SPACE: Final = re.compile(r"(?<![A-Za-z0-9.,])[ 　\t]|[ 　\t](?![A-Za-z0-9])")
_LIST_ITEM: Final = re.compile(
    r"\s*(?:[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[）).、．]|[①-⑩]|[一二三四五六七八九十]是|第[一二三四五六七八九十][，、]|其[一二三四五六]|首先|其次|再次|再者|最后)"
)
_TERM_BEFORE: Final = re.compile(r"(?:简称|下称|称为|名为|俗称|即|叫做?|被称作|号称|、|的|[a-zA-Z0-9《》（(])$")
_NOUNISH: Final = re.compile(
    r"(?:期|税|路|方案|计划|工程|战略|时代|行动|协议|银行|资金|政策|板块|经济|概念|化|品|性|者|条|率|法|体|器|业)$"
)
# How a predicate or a clause in the speaker's own words begins; a name or a slogan rarely does.
_OPENS_CLAUSE: Final = re.compile(
    r"把|被|朝着|向(?!导)|像|从|让|使得|比(?!亚|特)|没(?!落)|无法|只(?!读)|还|都|就(?!业)|仍|正在|要(?!素)|能(?!源|耗)|别|宁可|毫无|令|我|你|他们|这|那|有点|有些"
)
_NAMED: Final = re.compile(r"(?:公司|集团|中心|基金|项目|机制|体系|平台|大会|论坛|峰会|学院|协会|[)）])$")
_PREDICATE: Final = re.compile(r"不|很|非常|极|必须|不得|没有|无法|将|会|应|已|正在|而且|像|太|最|更|且|完全")


class ContentReader:
    """Cuts contents out of one passage."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.text = passage.text
        self.masked = passage.masked

    def read(self, start: int, lead: int) -> tuple[QuoteKind, list[Span]]:
        """Give kind and spans of the content that starts at ``start``: a quotation, or the rest of the sentence.

        ``lead`` is where the clause that reports it begins.
        """
        if start < len(self.text) and self.text[start] in OPENING:
            close = self.passage.pairs.get(start, start)
            if self._is_whole_quotation(start, close):
                span = self.trim(start + 1, close, keep_marks=True)
                return "direct", [span] if span else []
        span = self.rest(start, lead)
        if span is None:
            return "indirect", []
        return self.kind(span), [span]

    def _is_whole_quotation(self, start: int, close: int) -> bool:
        """Tell whether a quotation stands for the whole content, rather than opening a sentence that runs on."""
        if close <= start + 2:
            return False
        after = self.text[close + 1 : close + 2] if close < len(self.text) and self.text[close] in CLOSING else "\n"
        if after in ("", "\n", "。", "；", "，", "！", "？", "”", " ", "　", "）", ",", ";"):
            return True
        inner = self.text[close - 1]
        return inner in "。！？…"

    def rest(self, start: int, lead: int) -> Span | None:
        """Give the rest of the sentence from ``start``, quotation marks and all; ``lead`` as in `read`."""
        return self.trim(start, self._subordinate_end(start, self._sentence_end(start), lead))

    def _sentence_end(self, start: int) -> int:
        end = self.passage.sentence(start)[1]
        if end <= start:
            end = self.passage.paragraph(start)[1]
        end = min(end, start + _LONGEST)
        headline_end = self._headline_end(start, end)
        if headline_end is not None:
            return headline_end
        if self.text[end - 1 : end] == "：":
            return self._lines_end(end)
        # “A。B。” begun within the sentence is finished beyond it.
        opened = max((self.text.rfind(mark, start, end) for mark in OPENING), default=-1)
        close = self.passage.pairs.get(opened, -1)
        if close >= end and close < len(self.text) and self.text[close] in CLOSING and close - end < 400:
            end = close + 1
        return self._listing_end(start, end)

    def _lines_end(self, end: int) -> int:
        """Follow the lines that a colon at its line's end opens, as long as each is a pair of name and value."""
        while end < len(self.text):
            start, stop = self.passage.paragraph(end + 1)
            if start >= stop or not re.match(r"[^，。：]{2,12}：\S", self.text[start:stop]):
                break
            end = stop
        return end

    def _listing_end(self, start: int, end: int) -> int:
        """Follow a list that a colon opens (以下事项：1、…。2、…。 or 一是…。二是…。) over the sentences after it."""
        colon = max(self.text.find("：", start, end), self.text.find(":", start, end))
        first = colon + 1 if colon >= 0 else start
        if not _LIST_ITEM.match(self.text, first):
            return end
        number = self.passage.sentence_number(start) + 1
        while number < len(self.passage.sentences):
            item_start, item_end = self.passage.sentences[number]
            if item_start < end or not _LIST_ITEM.match(self.text, item_start):
                break
            end = item_end
            number += 1
        return end

    def list_after(self, cue_end: int, start: int) -> list[Span] | None:
        """Give the lines of a list that the cue and a colon at the line's end open."""
        if "\n" not in self.text[cue_end:start]:
            return None
        items: list[Span] = []
        while start < len(self.text):
            mark = _LIST_ITEM.match(self.text, start)
            if mark is None:
                break
            end = self.passage.sentence(mark.end())[1]
            span = self.trim(mark.end(), max(end, mark.end()))
            if span:
                items.append(span)
            start = self.skip(self.passage.paragraph(start)[1] + 1)
        return items or None

    def _subordinate_end(self, start: int, end: int, lead_start: int) -> int:
        """在X表示将卸任后，…: the content ends with the clause that 在 … 后 holds together."""
        lead = self.masked[lead_start:start]
        comma = min((at for at in (self.masked.find(mark, start, end) for mark in "，,") if at >= 0), default=-1)
        if comma < 0 or not lead.startswith(("在", "自", "随着")):
            return end
        for suffix in ("之后", "之际", "以来", "后", "时"):
            if self.masked.endswith(suffix, start, comma):
                return comma - len(suffix)
        return end

    def trim(self, start: int, end: int, *, keep_marks: bool = False) -> Span | None:
        while start < end and self.text[start] in _LEADING:
            start += 1
        while end > start and self.text[end - 1] in _TRAILING:
            end -= 1
        if not keep_marks and end > start and self.text[end - 1] in CLOSING:
            opened = self.passage.closers.get(end - 1, -1)
            if opened < start or opened < 0:
                end -= 1
            while end > start and self.text[end - 1] in _TRAILING:
                end -= 1
        return (start, end) if end > start else None

    def kind(self, span: Span) -> QuoteKind:
        start, end = span
        for mark in OPENING[:2]:
            at = self.text.find(mark, start, end)
            while at >= 0:
                close = min(self.passage.pairs.get(at, at), end)
                if self._is_quoted_speech(at, close, start):
                    return "mixed"
                at = self.text.find(mark, close + 1, end)
        return "indirect"

    def _is_quoted_speech(self, at: int, close: int, start: int) -> bool:
        """Tell words that the speaker used from a term or a name in quotation marks."""
        inner = self.text[at + 1 : close]
        if _TERM_BEFORE.search(self.masked[max(start, at - 6) : at]) or self.masked[at] == ASIDE:
            return len(inner) >= 12 and any(mark in inner for mark in "，。")
        if any(mark in inner for mark in "，。；！？"):
            return True
        if self.text.startswith(("、", "和“", "与“", "及“", "或“"), close + 1):
            return False
        after = self.text[close + 1 : close + 2]
        closes = after in ("，", "。", "", "；", "\n", "地") or close + 1 >= len(self.text)
        before = self.text[max(start, at - 2) : at]
        own = closes and not _NOUNISH.search(inner) and self._is_own_clause(inner, before)
        if own or before.endswith(("做出", "作出", "属于", "处于")):
            return True
        if (
            before.endswith(
                ("于", "是", "为", "会", "将", "很", "很", "其", "地", "法", "备好", "做出", "仍", "在", "以来", "已")
            )
            and before[-1:] not in "为"
        ):
            return (
                closes or _PREDICATE.search(inner) is not None or (before[-1:] == "于" and not _NOUNISH.search(inner))
            )
        return closes and _PREDICATE.search(inner) is not None

    def _is_own_clause(self, inner: str, before: str) -> bool:
        """Tell a clause in the speaker's own words from a phrase that the sentence needs as a noun or a name."""
        if _NAMED.search(inner):
            return False
        if before.endswith(("，", "但", "却", "，而")):
            return len(inner) >= 5
        return len(inner) >= 9 or (len(inner) >= 5 and ("、" in inner or _OPENS_CLAUSE.match(inner) is not None))

    def skip(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in _LEADING:
            at += 1
        return at

    def is_headline(self, start: int) -> bool:
        """Tell whether the line is a headline: the article's first, or labelled as one, or short and unfinished."""
        if self.text.endswith(("原标题：", "原标题:"), 0, start):
            return True
        line_start, line_end = self.passage.paragraph(start)
        if line_end - line_start > 90:
            return False
        line = self.text[line_start:line_end].rstrip()
        return len(line) <= 80 and not line.endswith(("。", "；", "）", ")", "：", "，")) and "。" not in line

    def _headline_end(self, start: int, end: int) -> int | None:
        """In a headline the content of 俄称… 乌称… ends where the next headline starts."""
        line_start, _ = self.passage.paragraph(start)
        if not self.is_headline(line_start):
            return None
        for mark in _HEADLINE_SPACE.finditer(self.text, start, end):
            return mark.start()
        return end
