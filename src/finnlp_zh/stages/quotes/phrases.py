"""Frames with words of their own: 据…测算, 在…看来, 记者从…获悉, 告诉…, 援引…的话, 提出…要求, 发布…."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from finnlp_zh.stages.quotes.candidates import Candidate, Frames
from finnlp_zh.stages.quotes.passage import OPENING, TITLE
from finnlp_zh.stages.quotes.speakers import Actor, Source
from finnlp_zh.types import QuoteKind, Span

_ACCORDING: Final = re.compile(r"(?:另据|又据|再据|据|根据)")
_VOICE_OF_PAPER: Final = re.compile(r"(?:本报|本刊|记者|本网|笔者|小编|APP|快讯)")
_BASES: Final = re.compile(
    r"(?:规定|要求|安排|情况|约定|行情|计划|原则|需要|精神|条例|办法|法|经验|标准|政策|程序|比例|价格|授权|调研|计算|假设|准则|指引|细则|章程|通则|惯例|判断|需求)$"
)
_VIEW: Final = re.compile(r"看来|来看")
_LEARNT: Final = re.compile(r"获悉|了解到|获知")
_TOLD: Final = re.compile(
    rf"(?:告诉记者(?:说|称)?|告诉[^，。；：“”\n的]{{2,14}}(?=[，：,:])|告诉[{TITLE}]{{3,}}记者|指示其[^，。；：“”\n的]{{1,8}}(?=[，：,:]))"
)
_PROPOSED: Final = re.compile(
    r"提出了?[^，。；]{0,8}(要求|建议|倡议|意见)(?:[，：](?:主要)?包括|：|，(?=要|继续|坚持|加强|必须|严格|坚决|尽快|落实|确保|建议|希望))"
)
_CITED: Final = re.compile(
    r"(援引|引述|引用)[^，。；：“”\n]{2,50}(?:的话|的说法|的分析|的观点|的消息|的表述)[^，。；：“”\n]{0,8}(?:说|称|指出|指|表示|报道)?(?=[，：,:])"
)
# 甲援引乙的话说: the last verb is that of the cited; before 报道 it is that of the one who cites.
_SAID: Final = re.compile(r"(?:话|说法|分析|观点|消息|表述)(说|称|指出|表示)$")
# 甲援引乙称: what the one cites begins with the other's own reporting clause.
_CITED_CLAUSE: Final = re.compile(
    r"(援引|引述|引用)(?=[^，。；：“”\n的]{2,40}?(?:表示|认为|指出|透露|警告|预计|称|指|说)(?![名为引数标导的]))"
)
_WIRED: Final = re.compile(r"消息(?=[，,])")
_AGENCY: Final = re.compile(
    r"路透|彭博|法新|美联社|共同社|韩联社|塔斯社|道琼斯|华尔街日报|金融时报|日经|新华社|CNBC|彭博社"
)
_STATED: Final = re.compile(r"(发布|公布|通报|披露)：(?![“「\n])")
_RELEASED: Final = re.compile(r"(?:发布|披露|公布|发表|公示)(了?[^，。；：“”\n]{1,60})[，：]")
_GOES_ON: Final = re.compile(
    "(?:同时|并|也|还)?(?:公告|表示|称|宣布|认为|指出|要求|提示|提醒|建议|警告|承诺|强调|提出|披露|显示|明确)"
)
_CLAUSE_END: Final = re.compile(r"[，：。；\n]")
_SITES: Final = ("网站", "官网", "公众号", "官微", "官方微博", "客户端")
_REASON: Final = re.compile(r"以([^。；：\n以]{4,60}?)作?为理?由")
# What makes a reason a statement of its own rather than a noun: 以资金紧张、无法按期付款为由, but not 以安全为由.
_STATEMENT: Final = re.compile(
    r"，|不|未|无|没|过[大高低多少快]|已|需|应|尚|存在|涉嫌|缺乏|违反|威胁|损害|影响|导致|正在|可能"
)
_DENIED: Final = re.compile(
    r"(否认|驳斥|澄清)了?[^，。；：“”\n]{0,8}?(?:关于|有关)([^，。；：“”\n]{4,40})的(?:传闻|传言|说法|消息|报道|猜测|指控|质疑)"
)
_SHOWN: Final = re.compile(
    r"(?:(?:发布|公布|披露|公示|发表|提供|编制)的|的|最新)([^，。；：“”\n的]{2,16}?)则?(显示|表明)[，：]"
)
_FIGURES: Final = re.compile(r"\d|公司|拟|将")
_MEDIA: Final = re.compile(r"网|报$|社$|日报|晚报|时报|周刊|财经|新闻|电视|广播|快讯|资本邦|媒体|杂志|通讯|界面|澎湃")


class PhraseFrames(Frames):
    """The frames that a fixed phrase opens."""

    def candidates(self) -> list[Candidate]:
        """Give the quotes of every phrase but ``据``, which yields to a cue in its own phrase (`according`)."""
        return [
            *self._views(),
            *self._learnt(),
            *self._told(),
            *self._proposed(),
            *self._cited(),
            *self._cited_clauses(),
            *self._reasons(),
            *self._denied(),
            *self._shown(),
            *self._wired(),
            *self._released(),
            *self._stated(),
        ]

    def according(self) -> list[Candidate]:
        """据《晚报》了解，… · 据俄军方公布的最新消息，… · 根据华西能源2017年年报，…"""
        found = []
        for match in _ACCORDING.finditer(self.masked):
            start = match.start()
            if not self.finder.is_adverbial(self.passage.clause_start(start, max(0, start - 42)), start):
                continue
            end = self._phrase_end(match.end())
            phrase = self.masked[match.end() : end]
            if (
                end < 0
                or not phrase
                or _VOICE_OF_PAPER.search(phrase)
                or _BASES.search(self.text[match.end() : end].rstrip("》”）) "))
            ):
                continue
            cue = self._according_cue(match, phrase)
            if cue is None:
                continue
            source = self._according_source(match.end(), end)
            if (
                source.actor is None
                and (source.document is None or phrase.endswith("数据"))
                and not phrase.endswith("消息")
            ):
                continue
            kind, content = self.reader.read(self.reader.skip(end), source.start)
            if content:
                found.append(
                    Candidate(kind, content, cue, source.actor, source.document, start, 0.88, "according", "factual")
                )
        return found

    def _phrase_end(self, start: int) -> int:
        """Give where the phrase that ``据`` opens ends, at a comma or a colon; -1 where it does not."""
        for at in range(start, min(start + 90, len(self.masked))):
            if self.masked[at] in "，,：:":
                return at
            if self.masked[at] in "。；;\n！？“”「」":
                return -1
        return -1

    def _according_cue(self, match: re.Match[str], phrase: str) -> Span | None:
        if phrase.endswith(_SITES) and self.finder.actors(match.end(), match.end() + len(phrase)):
            return match.end() - 1, match.end()
        for word in ("消息", "了解"):
            if phrase.endswith(word) and len(phrase) > 2:
                return match.end() + len(phrase) - 2, match.end() + len(phrase)
        released = re.search(r"(?:公布|发布)的[^，]{0,12}(?:数据|统计|信息|情况)$", phrase)
        if released is not None:
            return match.end() + released.start(), match.end() + released.start() + 2
        documents = self.finder.documents(match.end(), match.end() + len(phrase))
        named = len(match.group()) < 3 and self._names_body(match.end(), match.end() + len(phrase))
        if named or (documents and documents[-1].end >= match.end() + len(phrase) - 2):
            return match.start() + (1 if match.group()[0] in "另又再" else 0), match.end()
        return None

    def _names_body(self, start: int, end: int) -> bool:
        """Tell whether ``[start, end)`` is the name of an organisation and nothing else: 据中国物流协会，…"""
        actors = self.finder.actors(start, end)
        if not actors or (actors[0].start, actors[0].end) != (start, end) or actors[0].entity is None:
            return False
        return self.passage.entities[actors[0].entity].type in ("ORG", "REGULATOR")

    def _according_source(self, start: int, end: int) -> Source:
        actors = self.finder.actors(start, end)
        documents = self.finder.documents(start, end)
        issuers = [actor for actor in actors if not self.finder.is_place(actor)]
        issuers = [self.finder.whole_subject(issuers[0], issuers)] if issuers else []
        chosen = issuers[0] if issuers else (actors[-1] if actors and "官方" in self.masked[start:end] else None)
        document = self.finder.document_span(documents[-1]) if documents else None
        if (
            document is not None
            and not actors
            and end - start <= 10
            and not re.search("的|最新|上述|该|此|本次", self.masked[start:end])
        ):
            document = (start, document[1])  # 根据融资协议: the whole phrase names it
        title = self.finder.title_actor(documents[-1]) if documents and chosen is None else None
        return Source(chosen or title, document, start, 0.88)

    def _views(self) -> list[Candidate]:
        """在他看来，… · 从公告来看，…"""
        found = []
        for match in _VIEW.finditer(self.masked):
            start = self.passage.clause_start(match.start(), self.passage.sentence(match.start())[0])
            lead = re.search(r"在|从", self.masked[start : match.start()])
            if lead is None:
                continue
            inner = start + lead.end()
            actors = self.finder.actors(inner, match.start())
            documents = self.finder.documents(inner, match.start())
            if match.group() == "看来" and not actors:
                continue
            if match.group() == "来看" and not (documents and documents[-1].end == match.start()):
                continue
            document = self.finder.document_span(documents[-1]) if match.group() == "来看" else None
            if match.group() == "来看" and document is None:
                continue
            source = Source(actors[-1] if actors else None, document, start + lead.start(), 0.95)
            kind, content = self.reader.read(self.reader.skip(match.end()), source.start)
            if content:
                cue = (match.start(), match.end())
                found.append(Candidate(kind, content, cue, source.actor, document, source.start, 0.95, "view"))
        return found

    def _learnt(self) -> list[Candidate]:
        """记者从工信部获悉，… · 接到控股股东的通知，获悉…"""
        found = []
        for match in _LEARNT.finditer(self.masked):
            start = self.passage.clause_start(match.start(), self.passage.sentence(match.start())[0])
            clause = self.masked[start : match.start()]
            inner = clause.rfind("从")
            document: Span | None = None
            if inner >= 0:
                actors = self.finder.actors(start + inner + 1, match.start())
                actor = actors[-1] if actors else None
            elif match.start() == start or self.masked[start : match.start()] in ("并", "公司"):
                received = self.passage.clause_start(max(start - 1, 0), self.passage.sentence(match.start())[0])
                before = self.masked[received : start - 1]
                notice = re.search(
                    r"(?:接到|收到|接|获)[^，]*?((?:通知|函告|告知函|来函|函件|通知书|告知书)[》”]?)$", before
                )
                if notice is None and not before.endswith(TITLE):
                    continue
                actors = self.finder.actors(received, start)
                actor = actors[-1] if actors else None
                document = (received + notice.start(1), received + notice.end(1)) if notice else None
            else:
                continue
            if actor is None:
                continue
            source = Source(actor, document, start, 0.9)
            kind, content = self.reader.read(self.reader.skip(match.end()), source.start)
            if content:
                cue = (match.start(), match.end())
                found.append(Candidate(kind, content, cue, actor, document, start, 0.9, "learnt", "factual"))
        return found

    def _told(self) -> list[Candidate]:
        """一名高管告诉路透社，… · 总统指示其助手，…"""
        found = []
        for match in _TOLD.finditer(self.masked):
            source = self.finder.subject(match.start(), self.passage.sentence(match.start())[0])
            if source is None or source.actor is None or self.is_negated(match.start()):
                continue
            kind, content = self.reader.read(self.reader.skip(match.end()), source.start)
            if content:
                length = 4 if match.group().startswith("告诉记者") else 2
                cue = (match.start(), match.start() + length)
                found.append(Candidate(kind, content, cue, source.actor, source.document, source.start, 0.93, "told"))
        return found

    def _proposed(self) -> list[Candidate]:
        """与会单位提出了具体建议，包括…: what is asked for after the noun."""
        found = []
        for match in _PROPOSED.finditer(self.masked):
            source = self.finder.subject(match.start(), self.passage.sentence(match.start())[0])
            if source is None:
                source = Source(None, None, self.passage.clause_start(match.start(), 0), 0.85)
            kind, content = self.reader.read(match.end(), source.start)
            if content:
                found.append(
                    Candidate(
                        kind, content, match.span(1), source.actor, None, source.start, 0.86, "proposed", "demand"
                    )
                )
        return found

    def _cited(self) -> list[Candidate]:
        """路透社援引分析师艾夫斯的话报道说，…: the words are those of whom the report cites."""
        found = []
        for match in _CITED.finditer(self.masked):
            actors = self.finder.actors(match.end(1), match.end())
            if not actors:
                continue
            clause = self.passage.clause_start(match.start(), self.passage.sentence(match.start())[0])
            source = Source(self.finder.whole_subject(actors[0], actors), None, clause, 0.9)
            kind, content = self.reader.read(self.reader.skip(match.end()), source.start)
            if not content:
                continue
            said = _SAID.search(self.masked, match.end(1), match.end())
            citing = self.finder.subject(match.start(), self.passage.sentence(match.start())[0]) if said else None
            if said is not None and citing is not None:
                found.append(Candidate(kind, list(content), said.span(1), source.actor, None, clause, 0.9, "cited"))
                source = citing
            found.append(Candidate(kind, content, match.span(1), source.actor, None, clause, 0.9, "cited"))
        return found

    def _cited_clauses(self) -> list[Candidate]:
        """报道引述股东表示，…: the words of the one who cites hold the reporting clause of the cited."""
        found = []
        for match in _CITED_CLAUSE.finditer(self.masked):
            mark = _CLAUSE_END.search(self.masked, match.end(), match.end() + 80)
            clause_end = mark.start() if mark is not None else match.end()
            cited = self.finder.actors(match.end(), clause_end)
            start = self.passage.sentence(match.start())[0]
            source = self.finder.subject(match.start(), start) if cited else None
            if source is None or _CITED.match(self.masked, match.start()):
                continue
            content = self.reader.rest(match.end(), source.start)
            if content is not None:
                kind = self.reader.kind(content)
                found.append(
                    Candidate(kind, [content], match.span(1), source.actor, source.document, source.start, 0.9, "cited")
                )
        return found

    def _reasons(self) -> list[Candidate]:
        """李岩以“折价过高”为由反对: a reason in someone's own words, or a whole statement."""
        found = []
        for match in _REASON.finditer(self.text):
            start, end = match.span(1)
            cue = (match.end() - 2, match.end())
            quoted = self.text[start] in OPENING and self.passage.pairs.get(start) == end - 1
            if not quoted and _STATEMENT.search(self.text, start, end) is None:
                continue
            floor = max(self.passage.sentence(match.start())[0], match.start() - 80)
            source = self.finder.subject(match.start(), floor)
            if source is None or source.actor is None or self.finder.is_place(source.actor):
                continue
            content = (start + 1, end - 1) if quoted else (start, end)
            kind: QuoteKind = "direct" if quoted else self.reader.kind(content)
            found.append(Candidate(kind, [content], cue, source.actor, None, source.start, 0.88, "reason"))
        return found

    def _denied(self) -> list[Candidate]:
        """该高管否认了市场上关于公司裁员的传闻: what is denied stands before the noun."""
        found = []
        for match in _DENIED.finditer(self.masked):
            content = match.span(2)
            source = self.finder.subject(match.start(), self.passage.sentence(match.start())[0])
            if source is None or source.actor is None:
                continue
            kind = self.reader.kind(content)
            cue = match.span(1)
            found.append(Candidate(kind, [content], cue, source.actor, None, source.start, 0.88, "denied", "denial"))
        return found

    def _shown(self) -> list[Candidate]:
        """海关总署公布的进出口数据表显示，… · 某研究院的调研则显示，…: whatever its noun, the text is its issuer's."""
        found = []
        for match in _SHOWN.finditer(self.masked):
            clause = self.passage.clause_start(match.start(), self.passage.sentence(match.start())[0])
            actors = [one for one in self.finder.actors(clause, match.start()) if not self.finder.is_place(one)]
            known = any(hit.end == match.end(1) for hit in self.finder.documents(*match.span(1)))
            if not actors or known:
                continue
            subject = self.finder.whole_subject(actors[0], actors)
            if not self.finder.is_gap(subject.end, match.start()) or not self.finder.is_gap(clause, actors[0].start):
                continue
            kind, content = self.reader.read(self.reader.skip(match.end()), clause)
            if content:
                document = match.span(1)
                found.append(
                    Candidate(kind, content, match.span(2), subject, document, clause, 0.88, "shown", "factual")
                )
        return found

    def _wired(self) -> list[Candidate]:
        """路透社8月1日消息，…: another medium's report, not the paper's own dateline."""
        found = []
        for match in _WIRED.finditer(self.masked):
            source = self.finder.subject(match.start(), self.passage.sentence(match.start())[0])
            if source is None or source.actor is None or source.actor.entity is None or source.score < 0.9:
                continue
            if not _AGENCY.search(self.passage.entities[source.actor.entity].name):
                continue
            kind, content = self.reader.read(self.reader.skip(match.end()), source.start)
            if content:
                found.append(
                    Candidate(kind, content, match.span(), source.actor, None, source.start, 0.9, "wired", "factual")
                )
        return found

    def _released(self) -> list[Candidate]:
        """苏宁易购发布业绩快报，公司2017年营收为…: what a company's report tells after it."""
        found = []
        for match in _RELEASED.finditer(self.masked):
            if self.masked.endswith("公告", match.start(), match.end(1)) or match.group(1).startswith("的"):
                continue
            documents = [hit for hit in self.finder.documents(match.start(), match.end(1)) if hit.end >= match.end(1)]
            if not documents or self.is_negated(match.start()):
                continue
            document = self.finder.document_span(documents[-1])
            if documents[-1].entry is not None and documents[-1].entry.kind not in ("filing", "report", "data"):
                continue
            source = self.finder.subject(match.start(), self.passage.sentence(match.start())[0])
            if source is None or source.actor is None or source.score < 0.9 or self._is_paper(source.actor):
                continue
            start = self.reader.skip(match.end())
            if (
                not _FIGURES.search(self.text, start, self.passage.sentence(start)[1])
                or start >= self.passage.sentence(match.start())[1]
            ):
                continue
            if _GOES_ON.match(self.masked, start):
                continue
            source = replace(source, document=document)
            kind, content = self.reader.read(start, source.start)
            if content:
                cue = (match.start(), match.start() + 2)
                found.append(
                    Candidate(kind, content, cue, source.actor, document, source.start, 0.86, "released", "factual")
                )
        return found

    def _stated(self) -> list[Candidate]:
        """国家统计局今天发布：…: the verb itself before a colon, in a sentence that names its subject."""
        found = []
        for match in _STATED.finditer(self.masked):
            source = self.finder.subject(match.start(), self.passage.sentence(match.start())[0])
            if source is None or source.actor is None or source.score < 0.9 or self._is_paper(source.actor):
                continue
            kind, content = self.reader.read(match.end(), source.start)
            if content:
                found.append(
                    Candidate(
                        kind,
                        content,
                        match.span(1),
                        source.actor,
                        source.document,
                        source.start,
                        0.9,
                        "stated",
                        "factual",
                    )
                )
        return found

    def _is_paper(self, actor: Actor) -> bool:
        if actor.entity is None:
            return actor.entry is not None and actor.entry.head.endswith("媒")
        return bool(_MEDIA.search(self.passage.entities[actor.entity].name))
