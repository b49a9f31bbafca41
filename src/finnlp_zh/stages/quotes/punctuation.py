"""Frames that punctuation makes: an attribution after a quotation, and a headline's colon."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from finnlp_zh.resources.cues import cue_lexicon
from finnlp_zh.stages.quotes.candidates import Candidate, Frames
from finnlp_zh.stages.quotes.passage import ASIDE, CLOSING, OPENING, CueHit
from finnlp_zh.stages.quotes.speakers import Actor, Source
from finnlp_zh.types import PEOPLE, QuoteKind, Span

_COLON: Final = re.compile(r"[：:]")
_HEADLINE_ENDS: Final = re.compile(r"\s{2,}|　|\s*(?:原标题|来源|作者)[：:]")
_HEADLINE_LEAD: Final = re.compile(r"(?:【[^】]{0,20}】|[^：:，。\s]{0,8}[！!|｜丨]\s*|[^：:，。！；“”]{0,40})")
# The line's start and a bullet, or the end of a sentence, and up to 40 characters without a mark before the colon.
_LINE_COLON: Final = re.compile(
    r"(?:^(?:[ \t　]*(?:[-•·●▪]|\d{1,2}[、.．]))?[ \t　]*|(?<=。))([^，。；：:\n“”]{2,40})[：:](?=[^\n]{8})",
    re.MULTILINE,
)
_HOUSE: Final = re.compile(
    r"证券|银行|瑞信|美林|德银|巴克莱|法巴|星展|富瑞|麦格理|伯恩斯坦|建银|交银|海通|国泰|招商|杰富瑞|资本|研究|摩根|高盛|花旗|瑞银|汇丰|野村|中金|大和|里昂|基金|固收|宏观|评级|联储|统计"
)
_TOPIC: Final = re.compile(r"(?:独家|正式|紧急|再度|最新)?(回应|谈|评|解读|详解|驳斥)[^，。：:]{0,20}")
_UTTERED: Final = ("笑道", "叹道", "叹息道", "感叹道", "感慨道", "无奈道", "坦率道", "直白道")
_MEDIA: Final = re.compile(r"网|报|社$|时报|周刊|财经|新闻|电视|广播|杂志|媒体|界面|澎湃|客户端|频道")
_ANSWERED: Final = re.compile(r"(?:^|[？?。][ 　]*)[ \t　]*(答)[：:]", re.MULTILINE)
_INTERVIEW: Final = re.compile(r"答记者问|专访了?|采访了?(?!时|中|过程|对象)|对话|访(?=[^问谈华客])")
# What a person does before a colon and a quotation: 无奈地摇头, 想了想, 的回答是.
_MANNER: Final = re.compile(r"的?([^，。；：“”\n的]{2,10})")
_RAISED: Final = re.compile(r"说起|谈起|提起|谈及|谈到|聊起|聊到|讲起|回忆起|想起")
_LABEL: Final = re.compile(r"单位$|来源|作者|记者|编辑|责编|图片|图|文|摄影|供图|原标题|摘要|导读")
_FILING_TITLE: Final = re.compile(
    r"(?:公告|通知|意见|制度|办法|报告书?|说明书|函|名单|章程|提示性?公告)(?:[（(][^）)]*[）)])?$"
)


class PunctuationFrames(Frames):
    """Quotations with their source behind them, and headlines with it before the colon."""

    def candidates(self) -> list[Candidate]:
        """Give the quotes of both frames."""
        return [
            *self._headlines(),
            *self._lines(),
            *self._answers(),
            *self._after_quotation(),
            *self._before_quotation(),
        ]

    def _after_quotation(self) -> list[Candidate]:
        """“…。”周道许向记者表示。 · “…，”他说，“…。”"""
        found: list[Candidate] = []
        used = -1
        for opened, close in sorted(self.passage.pairs.items()):
            if opened <= used or self.text[opened] not in OPENING or close >= len(self.text) or close - opened < 5:
                continue
            if self.text[close] not in CLOSING:
                continue
            candidate = self._attributed_after(opened, close) or self._raised(opened, close)
            if candidate is not None:
                used = candidate.end
                found.append(candidate)
        return found

    def _before_quotation(self) -> list[Candidate]:
        """他想了想：“…。” · 王凯的回答是：“…。”: a person, any verb, a colon and a whole quotation."""
        found = []
        for opened, close in self.passage.pairs.items():
            colon = opened - 1
            if self.text[opened] not in OPENING or self.text[colon : colon + 1] not in (":", "：") or colon <= 0:
                continue
            if close - opened < 6 or self.text[close - 1] not in "。！？…":
                continue
            start = self.passage.clause_start(colon, max(self.passage.sentence(colon)[0], colon - 40))
            people = [actor for actor in self.finder.actors(start, colon) if self._is_person(actor)]
            verb = _MANNER.fullmatch(self.masked, people[-1].end, colon) if people else None
            content = self.reader.trim(opened + 1, close, keep_marks=True)
            cues = [hit for hit in self._cues_within(start, colon) if people and hit.start >= people[-1].end]
            if verb is None or content is None or (cues and cues[-1].end == colon):
                continue
            if not self.is_negated(verb.start(1), people[-1].end):
                actor, cue = people[-1], (cues[-1].start, cues[-1].end) if cues else verb.span(1)
                found.append(Candidate("direct", [content], cue, actor, None, start, 0.72, "colon"))
        return found

    def _is_person(self, actor: Actor) -> bool:
        if actor.entity is not None:
            return self.passage.entities[actor.entity].type in PEOPLE
        return actor.entry is not None and actor.entry.type in PEOPLE

    def _answers(self) -> list[Candidate]:
        """答：…: the answer of whom the article interviews, up to the end of its first sentence."""
        found: list[Candidate] = []
        for match in _ANSWERED.finditer(self.masked):
            actor = self._interviewed
            start = self.reader.skip(match.end())
            kind, content = self.reader.read(start, match.start(1)) if start < len(self.text) else ("indirect", [])
            if content and content[0][1] - content[0][0] >= 8:
                found.append(Candidate(kind, content, match.span(1), actor, None, match.start(1), 0.86, "answer"))
        return found

    @cached_property
    def _interviewed(self) -> Actor | None:
        """Whom the article questions: the subject of 答记者问, or whom 专访, 采访 or 对话 names."""
        for match in _INTERVIEW.finditer(self.masked):
            line, end = self.passage.paragraph(match.start())
            if match.group().startswith("答"):
                source = self.finder.subject(match.start(), line)
                if source is not None and source.actor is not None:
                    return source.actor
                continue
            people = self.finder.actors(match.end(), min(end, match.end() + 60))
            subject = self.finder.whole_subject(people[0], people) if people else None
            if subject is not None and self._is_person(subject):
                return subject
        return None

    def _raised(self, opened: int, close: int) -> Candidate | None:
        """“…。”说起那场台风，王凯…: the words come first, then what they were about."""
        start = close + 1
        end = min(self.passage.sentence(start)[1], start + 70) if start < len(self.text) else start
        verb = _RAISED.search(self.masked, start, end) if self.text[close - 1] in "。！？…" else None
        if verb is None or self.passage.sentence(start)[0] > start:
            return None
        source = self.finder.subject(verb.start(), start) if verb.start() > start else None
        behind = [actor for actor in self.finder.actors(verb.end(), end) if self._is_person(actor)]
        actor = source.actor if source is not None else None
        if actor is None and behind:
            actor = self.finder.whole_subject(behind[0], behind)
        content = self.reader.trim(opened + 1, close, keep_marks=True)
        if actor is None or content is None or not self._is_person(actor):
            return None
        return Candidate("direct", [content], verb.span(), actor, None, opened, 0.86, "after")

    def _attributed_after(self, opened: int, close: int) -> Candidate | None:
        start = self._attribution_start(opened, close)
        end = self._attribution_end(start) if start is not None else None
        if start is None or end is None or end - start > 60:
            return None
        hit = self._last_cue(start, end)
        source = self._source(hit, start) if hit is not None else None
        if hit is None or source is None or self.is_negated(hit.start, start):
            return None
        leads_on = self._leads_on(end)
        if leads_on and not self._opens_sentence(opened):
            return None
        content = self._parts(opened, close, end)
        if not content:
            return None
        return Candidate(
            kind="direct",
            content=content,
            cue=(hit.start, hit.end),
            actor=source.actor,
            document=source.document,
            start=opened,
            score=0.97,
            rule="after",
            force=hit.entry.force,
            leads_on=leads_on,
        )

    def _leads_on(self, end: int) -> bool:
        """Tell whether unquoted words follow the attribution: “…。”他表示，…; its cue then opens a quote of its own."""
        if self.text[end : end + 1] not in ("，", "：", ":", ","):
            return False
        following = self.reader.skip(end)
        return self.text[following : following + 1] not in tuple(OPENING)

    def _opens_sentence(self, opened: int) -> bool:
        """Tell whether a quotation is a sentence of its own, rather than the words of a cue before it."""
        before = self.text[opened - 1 : opened]
        return not before or before in "\n。！？ 　”"

    def _source(self, hit: CueHit, start: int) -> Source | None:
        source = self.finder.subject(hit.start, start)
        if source is not None:
            return source
        actor = self.guesser.guessed(hit.start, start)
        return Source(actor, None, start, 0.86) if actor is not None else None

    def _attribution_start(self, opened: int, close: int) -> int | None:
        """Give where an attribution of the quotation could start; None where a term is quoted within a sentence."""
        before = self.text[opened - 1 : opened]
        if before and before not in "\n。！？ 　；，”":
            return None
        start = close + 1
        if self.text[start : start + 1] in ("，", ","):
            return start + 1
        return start if self.text[close - 1] in "。！？，…,～" else None

    def _parts(self, opened: int, close: int, end: int) -> list[Span]:
        """Give the quotation and the one that goes on after the attribution."""
        spans = [self.reader.trim(opened + 1, close, keep_marks=True)]
        if self.text[end : end + 1] in ("，", "：", ":", ",") and not self._leads_on(end):
            following = self.reader.skip(end)
            spans.append(self.reader.trim(following + 1, self.passage.pairs.get(following, following), keep_marks=True))
        return [span for span in spans if span is not None]

    def _attribution_end(self, start: int) -> int | None:
        """Give where a reporting clause after a quotation ends: at the first mark after its cue."""
        for at in range(start, min(start + 70, len(self.text))):
            if self.masked[at] in "。\n！；“":
                return at
            if self.masked[at] in "，：:," and self._last_cue(start, at) is not None:
                return at
        return len(self.text) if len(self.text) - start < 70 else None

    def _cues_within(self, start: int, end: int) -> Iterator[CueHit]:
        hits = self.passage.cues
        for hit in hits[bisect_left(hits, start, key=lambda hit: hit.start) :]:
            if hit.end > end:
                return
            yield hit

    def _last_cue(self, start: int, end: int) -> CueHit | None:
        last = None
        for hit in self._cues_within(start, end):
            if hit.end == end or (hit.end == end - 1 and self.masked[hit.end] == "道"):
                last = hit
        if last is None and self.masked.endswith(_UTTERED, start, end):
            last = CueHit(end - 1, end, cue_lexicon()["说"])  # 苦笑道: the manner is no part of the cue
        return last

    def _headlines(self) -> list[Candidate]:
        """摩通：升目标价至17港元 · 外媒记者：…: a headline that gives a source's words after its name and a colon."""
        found = []
        for match in _COLON.finditer(self.masked):
            at = match.start()
            start, end = self._headline_bounds(at, *self.passage.paragraph(at))
            speaker = self._headline_speaker(start, at)
            if speaker is None:
                continue
            actor, cue = speaker
            content_start = self.reader.skip(at + 1)
            content = self.reader.trim(content_start, end)
            if self._is_question(content_start, actor):
                continue
            if content is None or content[1] - content[0] < 4 or _FILING_TITLE.search(self.text[slice(*content)]):
                continue
            if self.text[content_start] in OPENING and self.passage.pairs.get(content_start) == content[1] - 1:
                kind: QuoteKind = "direct"
                content = (content[0] + 1, content[1] - 1)
            else:
                kind = self.reader.kind(content)
            found.append(Candidate(kind, [content], cue, actor, None, start, 0.9, "headline"))
        return found

    def _is_question(self, start: int, actor: Actor) -> bool:
        """某日报：您怎么看？: an interviewer asks."""
        asked = self.text[start : self.passage.paragraph(start)[1]].rstrip().endswith(("？", "?"))
        name = self.passage.entities[actor.entity].name if actor.entity is not None else ""
        return asked and _MEDIA.search(name) is not None

    def _lines(self) -> list[Candidate]:
        """- 欧洲央行管委内格尔：通胀偏高。: a digest's line in the words of a person, a state body or a house."""
        found = []
        for match in _LINE_COLON.finditer(self.masked):
            start, at = match.start(1), match.end() - 1
            if self.reader.is_headline(start):
                continue
            actors = self.finder.actors(start, at)
            if not actors or actors[-1].end != at or not self._speaks_in_lines(actors[-1]):
                continue
            if self.text[start - 1 : start] == "。" and actors[-1].start != start:
                continue  # within a line, nothing but the name may stand before the colon
            kind, content = self.reader.read(self.reader.skip(at + 1), start)
            if content and content[0][1] - content[0][0] >= 8:
                found.append(Candidate(kind, content, (at, at + 1), actors[-1], None, start, 0.86, "line"))
        return found

    def _speaks_in_lines(self, actor: Actor) -> bool:
        if actor.entity is None:
            return False
        entity = self.passage.entities[actor.entity]
        if entity.type in ("PERSON", "OFFICIAL", "REGULATOR"):
            return entity.role != "journalist"
        return entity.type == "ORG" and _HOUSE.search(entity.name) is not None

    def _headline_bounds(self, at: int, start: int, end: int) -> Span:
        """Cut the headline that holds ``at`` out of its line: 摩通：… 原标题：摩通：…    来源：格隆汇."""
        end = min(end, at + 300)
        label = self.text.rfind("原标题", max(start, at - 80), at)
        if label >= 0:
            start = self.reader.skip(label + 3)
        for mark in _HEADLINE_ENDS.finditer(self.text, at, end):
            end = mark.start()
            break
        headline = self._first_line
        if headline and label >= 0 and self.text.startswith(headline, start) and start + len(headline) < end:
            end = start + len(headline)
        return start, end

    @cached_property
    def _first_line(self) -> str:
        line = self.text[: self.text.find("\n")] if "\n" in self.text else ""
        return line if 6 <= len(line) <= 60 else ""

    def _headline_speaker(self, start: int, at: int) -> tuple[Actor, Span] | None:
        """Give who speaks before the colon at ``at``, and the cue: the colon, or the verb of 茅台回应涨价：…"""
        if at - start > 60 or not self.reader.is_headline(start):
            return None
        for actor in reversed(self.finder.actors(start, at)):
            before = self.masked[start : actor.start]
            topic = _TOPIC.fullmatch(self.masked, actor.end, at)
            if topic is None and self.masked[actor.end : at].strip(ASIDE + " "):
                continue
            unfit = actor.kind == "pronoun" or (actor.entry is not None and actor.entry.head == "单位")
            if unfit or self.finder.is_place(actor) or _LABEL.search(before) or not _HEADLINE_LEAD.fullmatch(before):
                return None
            return actor, topic.span(1) if topic is not None else (at, at + 1)
        return None
