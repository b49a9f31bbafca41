"""The rules that find quotes: reporting frames around cues, quotation marks and headline colons."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from finnlp_zh.stages.quotes.passage import ASIDE, TERM, TITLE, CueHit, Passage
from finnlp_zh.stages.quotes.speakers import Actor, Source, SpeakerFinder
from finnlp_zh.types import QuoteKind, Span

_OPEN: Final = "“「『"
_CLOSE: Final = "”」』"
_TRAILING: Final = " 　\t\n。；;，,、!！"
_LEADING: Final = " 　\t，,：:"
_NEGATED: Final = re.compile(
    r"(?:未|没有|没|不|拒绝|无法|尚未|并未|不愿|不予|难以|无人|从未|未能|不会|不能|不敢|不便|避免|暂无|未曾)(?:就此|对此|对外|公开|明确|直接|立即|正式|具体|进一步|再|再次|予以|作出|做出|透露|披露)?$"
)
_NEWSPAPER: Final = re.compile(r"(?:记者|本报|本刊|笔者|小编|编者|本网)[^，。]{0,6}$")
_PAPER_AGAIN: Final = re.compile(
    r"(?:记者|据悉|据了解|值得|截至|此前|[（(【*#]|来源|作者|责任编辑|编辑|相关阅读|点击|更多)"
)
_NOT_OPENING: Final = re.compile(
    r"[的者了过着、）)》”』」]|出(?!口|台|现|于|售|资|货|海)|对(?!于|此次|本次|公司|华|美|中)|感谢|欢迎|祝贺|关切|遗憾|哀悼|慰问|赞赏|满意|歉意|敬意"
    r"|(?:支持|同意|理解)(?:$|[。，])"
)
_AFTER_NOUN: Final = re.compile(
    r"证券|编号|全文|原文|内容|摘要|不|[等后前时上下会及和与]|中(?![国方信美石铁海科欧])|期间|之[前后日]|日(?!本)"
)
_NOUN_PHRASE: Final = re.compile(r"的[^，。的]{1,4}$")
_NOUN_ALWAYS: Final = re.compile(
    r"(?:意见|各方面|听取|采纳|都有|没有|有过|工作|防控|作出|做出|下达|发表|评级|财务|全球|文明|改革创新|政策|法律|有关|监管)$"
)
_NO_DEMAND: Final = re.compile(r"记者|[的者等了过着及、）)》”』」]|[^，。；]{1,4}(?:[，。；\n]|$)")
_ADDRESSEE: Final = re.compile(
    r"(?:广大|各位|相关|有关)?(?:大家|投资者|公众|消费者|市民|旅客|用户|股民|居民|社会公众)(?:注意|，|：)?"
)
_COMPARED: Final = re.compile(
    r"(?:超出|超过|低于|高于|符合|好于|不及|上调|下调|维持|大幅|略超|超|逊于|强于|弱于|达到|给出|对)$|(?:的|市场|一致|盈利|业绩|此前|先前|之前|年初)$"
)
_NOUN_BEFORE: Final = re.compile(
    r"(?:的|该|此|其|这[一项份]?|两份|提出了?|作出了?|做出了?|给出了?|发布了?|发出了?|收到|接到|根据|按照|按|依据|依|参考|相关|有关|具体|各项|监管|市场|一致|强烈|明确|政策|盈利|业绩|增长|通胀|整体|基本|年度|合理|严格)$"
)
_ACCORDING: Final = re.compile(r"(?:另据|又据|再据|据|根据)")
_ACCORDING_VERB: Final = re.compile(
    r"(?P<verb>透露|报道|介绍|测算|统计|估算|了解|消息|披露|公布|显示|公告|预计|预测|分析|通报|发布|推算|估计|反映|确认|证实|称|表示|指出|推出|提供|刊发|援引|指|公开|获悉)"
)
_VOICE_OF_PAPER: Final = re.compile(r"(?:本报|本刊|记者|本网|笔者|小编|APP|快讯)")
_UNOWNED: Final = frozenset(("据悉", "据称", "据了解", "据获悉", "据此", "据报"))
_BASES: Final = re.compile(
    r"(?:规定|要求|安排|情况|约定|行情|计划|原则|需要|精神|条例|办法|法|经验|标准|政策|程序|比例|价格|授权|调研|计算|假设|准则|指引|细则|章程|通则|惯例|判断|需求)$"
)
_PERIODIC: Final = re.compile(r"年.*报")
_RECEIVED: Final = re.compile(r"(?:收到|接到)[^，。]*$")
_VIEW: Final = re.compile(r"看来|来看")
_LEARNT: Final = re.compile(r"获悉|了解到|获知")
_TOLD: Final = re.compile(
    rf"(?:告诉记者(?:说|称)?|告诉[^，。；：“”\n的]{{2,14}}(?=[，：,:])|告诉[{TITLE}]{{3,}}记者|指示其[^，。；：“”\n的]{{1,8}}(?=[，：,:]))"
)
_PROPOSED: Final = re.compile(
    r"提出了?[^，。；]{0,8}(要求|建议|倡议|意见)(?:[，：](?:主要)?包括|：|，(?=要|继续|坚持|加强|必须|严格|坚决|尽快|落实|确保|建议|希望))"
)
_CITED: Final = re.compile(
    r"(援引|引述|引用)[^，。；：“”\n]{2,50}(?:的话|的说法|的分析)[^，。；：“”\n]{0,8}(?:说|称|指出|指|表示|报道)?(?=[，：,:])"
)
_WIRED: Final = re.compile(r"消息(?=[，,])")
_AGENCY: Final = re.compile(
    r"路透|彭博|法新|美联社|共同社|韩联社|塔斯社|道琼斯|华尔街日报|金融时报|日经|新华社|CNBC|彭博社"
)
_RELEASED: Final = re.compile(r"(?:发布|披露|公布|发表|公示)(了?[^，。；：“”\n]{1,60})[，：]")
_FIGURES: Final = re.compile(r"\d|公司|拟|将")
_MEDIA: Final = re.compile(r"网|报$|社$|日报|晚报|时报|周刊|财经|新闻|电视|广播|快讯|资本邦|媒体|杂志|通讯|界面|澎湃")
_COLON: Final = re.compile(r"[：:]")
_HEADLINE_ENDS: Final = re.compile(r"\s{2,}|　|\s*(?:原标题|来源|作者)[：:]")
_HEADLINE_SPACE: Final = re.compile(r"(?<![A-Za-z0-9.,])[ 　\t]|[ 　\t](?![A-Za-z0-9])")
_HEADLINE_LEAD: Final = re.compile(r"(?:【[^】]{0,20}】|[^：:，。\s]{0,8}[！!|｜丨]\s*|[^：:，。！；“”]{0,40})")
_TOPIC: Final = re.compile(r"(?:独家|正式|紧急|再度|最新)?(回应|谈|评|解读|详解|驳斥)[^，。：:]{0,20}")
_LABEL: Final = re.compile(r"单位$|来源|作者|记者|编辑|责编|图片|图|文|摄影|供图|原标题|摘要|导读")
_FILING_TITLE: Final = re.compile(
    r"(?:公告|通知|意见|制度|办法|报告书?|说明书|函|名单|章程|提示性?公告)(?:[（(][^）)]*[）)])?$"
)
_LIST_ITEM: Final = re.compile(
    r"\s*(?:[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[）).、．]|[①-⑩]|[一二三四五六七八九十]是|第[一二三四五六七八九十][，、]|其[一二三四五六])"
)
_TERM_BEFORE: Final = re.compile(r"(?:简称|下称|称为|名为|俗称|即|叫做?|被称作|号称|、|的|[a-zA-Z0-9《》（(])$")


@dataclass(slots=True)
class Candidate:
    """A quote as a rule sees it, before heads and entities have their say."""

    kind: QuoteKind
    content: list[Span]
    cue: Span | None
    actor: Actor | None
    document: Span | None
    start: int  # where the reporting clause begins
    score: float
    rule: str
    force: str = "claim"
    continuation: list[Span] = field(default_factory=list)
    carried: bool = False

    @property
    def end(self) -> int:
        return self.content[-1][1]


class QuoteRules:
    """Applies every frame to one passage; `candidates` gives what they find, in text order."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.text = passage.text
        self.masked = passage.masked
        self.finder = SpeakerFinder(passage)
        self.found: list[Candidate] = []

    def candidates(self) -> list[Candidate]:
        """Give the quotes that the rules find, ordered by where their reporting clauses begin."""
        framed = [
            *self._headlines(), *self._after_quotation(), *self._views(), *self._learnt(), *self._told(),
            *self._proposed(), *self._cited(), *self._wired(), *self._released(),
        ]  # fmt: skip
        taken = {candidate.cue for candidate in framed}
        hits = self.passage.cues
        for number, hit in enumerate(hits):
            if (hit.start, hit.end) in taken or (number + 1 < len(hits) and hits[number + 1].start == hit.end):
                continue
            candidate = self._forward(hit)
            if candidate is not None:
                framed.append(candidate)
        openings = {candidate.content[0][0] for candidate in framed}
        framed += [candidate for candidate in self._according() if candidate.content[0][0] not in openings]
        for candidate in sorted(framed, key=lambda candidate: (_cue_start(candidate), candidate.start)):
            self._admit(candidate)
        self.found.sort(key=lambda candidate: (candidate.start, candidate.content[0]))
        self._carry()
        for number, candidate in enumerate(self.found):
            following = self.found[number + 1].start if number + 1 < len(self.found) else len(self.text)
            candidate.continuation = self._continuation(candidate, following)
        return self.found

    def _continuation(self, candidate: Candidate, following: int) -> list[Span]:
        """Give the sentences after the quote in its paragraph that carry the same speech on."""
        spoken = candidate.actor is not None or candidate.document is not None
        if not spoken or candidate.kind == "direct" or candidate.rule == "headline":
            return []
        _, paragraph_end = self.passage.paragraph(candidate.end)
        number = self.passage.sentence_number(candidate.end) + 1
        spans = []
        for start, end in self.passage.sentences[number : number + 12]:
            if end > min(paragraph_end, following) or _PAPER_AGAIN.match(self.masked, start):
                break
            spans.append((start, end))
        return spans

    # --- the frame speaker, cue, content -------------------------------------------------------------------------

    def _forward(self, hit: CueHit) -> Candidate | None:
        if self._is_other_word(hit):
            return None
        opened = self._opening(hit)
        if opened is None:
            return None
        sentence_start, sentence_end = self.passage.sentence(hit.start)
        if hit.end >= sentence_end and self.text[hit.end : hit.end + 1] != "\n":
            return None
        source = self.finder.subject(hit.start, sentence_start)
        clause = self.passage.clause_start(hit.start, sentence_start)
        if source is not None and source.score < 0.9 and hit.entry.cue in _IN_CLAUSE:
            return None
        if hit.entry.cue == "公告" and (source is None or source.actor is None or source.score < 0.9):
            return self._unsigned_filing(hit, opened, clause)
        if source is None or (source.actor is None and source.document is None):
            source = self._hearsay(hit, clause) or source or self._guessed(hit, opened, sentence_start)
            source = source or self._speakerless(hit, clause)
        if source is None:
            return None
        if source.actor is None and source.document is not None:
            source = self._signed(source, sentence_start)
        if hit.entry.subject == "near" and source.actor is None and not self._may_lack_speaker(hit, source, clause):
            return None
        if (
            hit.entry.subject == "near"
            and source.actor is not None
            and source.score < 0.9
            and hit.entry.force != "demand"
        ):
            return None
        if opened == hit.end and self._is_no_report(hit, opened, source):
            return None
        if "记者" in self.masked[clause : hit.start] and source.actor is None:
            return None
        return self._candidate(hit, opened, source)

    def _signed(self, source: Source, floor: int) -> Source:
        """乌克兰国家通讯社14日报道称: give a report the name before it, where the record does not know that name."""
        assert source.document is not None
        if self.text[slice(*source.document)] != "报道":
            return source
        actor = self.finder.guessed(source.document[0], floor)
        return replace(source, actor=actor, document=None) if actor is not None else source

    def _hearsay(self, hit: CueHit, clause: int) -> Source | None:
        """分析认为 · 有传言称: someone says so, and the text does not tell who."""
        if hit.entry.cue in ("认为", "称", "指出", "说") and _HEARSAY.fullmatch(self.masked, clause, hit.start):
            return Source(None, None, clause, 0.86, "hearsay")
        return None

    def _unsigned_filing(self, hit: CueHit, opened: int, clause: int) -> Candidate | None:
        """3月5日晚间发布公告，…: an announcement whose company the sentence leaves out."""
        before = self.masked[clause : hit.start]
        verb = before.endswith(("发布", "披露"))
        dated = re.search(r"日|晚|午", before) is not None and self.finder.is_adverbial(clause, hit.start)
        if opened == hit.end or not (verb or dated) or not self.finder.is_gap(clause, hit.start):
            guessed = self._guessed(hit, opened, clause)
            return self._candidate(hit, opened, guessed) if guessed else None
        return self._candidate(hit, opened, Source(None, None, clause, 0.8))

    def _speakerless(self, hit: CueHit, clause: int) -> Source | None:
        """A cue without a subject: 据介绍, 分析认为; or at a sentence's start, where the speaker is carried."""
        before = self.masked[clause : hit.start]
        if re.fullmatch(r"(?:另|又)?据(?:初步|不完全)?", before) and hit.entry.cue not in ("获悉", "称"):
            return Source(None, None, clause, 0.8)
        sentence = self.passage.sentence(hit.start)
        opened = self.finder.is_gap(sentence[0], hit.start)
        if opened and hit.entry.force != "factual" and hit.entry.subject == "free":
            return Source(None, None, sentence[0], 0.6)
        if opened and hit.entry.cue in ("预计", "预测", "预期", "估计"):
            return Source(None, None, sentence[0], 0.55)
        return None

    def _guessed(self, hit: CueHit, opened: int, floor: int) -> Source | None:
        """A strong cue before a comma or a quotation whose speaker the record does not name."""
        strong = hit.entry.subject == "free" or hit.entry.cue in ("公告", "公布")
        if hit.entry.force not in ("claim", "factual") or not strong or hit.entry.cue in _WEAK:
            return None
        if opened == hit.end and self.text[opened : opened + 1] not in tuple(_OPEN):
            return None
        actor = self.finder.guessed(hit.start, floor)
        return Source(actor, None, self.passage.clause_start(hit.start, floor), 0.86) if actor else None

    def _is_no_report(self, hit: CueHit, opened: int, source: Source) -> bool:
        """Tell a verb with a mere object (披露减持计划) or a noun (为停火提议) from one with a clause."""
        if hit.entry.cue == "披露":
            return self._names_document(opened) or self.passage.sentence(opened)[1] - opened < 12
        if hit.entry.noun and hit.entry.force in ("demand", "forecast") and source.actor is not None:
            gap = self.masked[source.actor.end : hit.start]
            return gap.startswith(("为", "关于", "对", "因", "和", "与")) and not self.finder.is_adverbial(
                source.actor.end, hit.start
            )
        return False

    def _names_document(self, start: int) -> bool:
        """Tell whether a clause goes on with the document's name: 披露2019年年报显示."""
        end = start
        while end < len(self.masked) and end < start + 40 and self.masked[end] not in "，。；：\n":
            end += 1
        return bool(self.finder.documents(start, end))

    def _may_lack_speaker(self, hit: CueHit, source: Source, clause: int) -> bool:
        if hit.entry.cue in _SPEAKERLESS or source.score <= 0.6:
            return True
        if source.document is not None and hit.entry.force in ("claim", "demand", "factual"):
            return hit.entry.cue != "公告"
        return False

    def _is_other_word(self, hit: CueHit) -> bool:
        before, after = self.masked[hit.start - 1 : hit.start], self.masked[hit.end : hit.end + 1]
        if before in hit.entry.blocked_before and not self.finder.ends_actor(hit.start):
            return True
        if after in hit.entry.blocked_after or after == "的":
            return True
        window = self.masked[max(0, hit.start - 12) : hit.start]
        if _NEGATED.search(window):
            return True
        if hit.entry.force == "forecast" and _COMPARED.search(window):
            return True
        if hit.entry.cue == "要求" and after in "，,：:":
            return True
        if hit.entry.noun and (_NOUN_ALWAYS.search(window) or (before == "的" and hit.entry.cue != "公告")):
            return True
        if (
            hit.entry.noun
            and after not in "，,：:"
            and _NOUN_PHRASE.search(window)
            and not self.finder.ends_actor(hit.start)
        ):
            return True
        if hit.entry.noun and before == TERM:
            return True
        if hit.entry.cue == "披露" and window.endswith(("补充", "及时", "充分", "应", "应当")):
            return True
        if hit.entry.cue in ("获悉", "了解到") or (
            hit.entry.cue == "通知" and _RECEIVED.search(self.masked, max(0, hit.start - 60), hit.start)
        ):
            return True
        return hit.entry.noun and _NOUN_BEFORE.search(window) is not None and after not in "，,：:"

    def _opening(self, hit: CueHit) -> int | None:
        """Give where the content after the cue starts, or None where nothing that can be content follows."""
        end = hit.end
        if self.masked.startswith("道", end):
            end += 1
        after = self.text[end : end + 1]
        if after and after in "，,：:":
            if self.masked.startswith("获悉", end + 1):
                return None
            if hit.entry.cue in ("否认", "回应", "澄清") and self.masked.startswith(
                ("称", "表示", "指出", "强调"), end + 1
            ):
                return None
            start = self._skip(end)
            if after in "：:" and self.text[start : start + 1] == "\n":
                start = self._skip(start + 1)
            return start if start < len(self.text) else None
        if after and after in _OPEN and self.masked[end] != TERM:
            return end
        if hit.entry.object == "any" and after and after not in "。；;、\n！？ 　）)”」…—":
            if hit.entry.force == "demand":
                return self._past_addressee(end) if not _NO_DEMAND.match(self.masked, end) else None
            if hit.entry.noun and _AFTER_NOUN.match(self.masked, end):
                return None
            return None if _NOT_OPENING.match(self.masked, end) else end
        return None

    def _past_addressee(self, at: int) -> int:
        addressee = _ADDRESSEE.match(self.masked, at)
        return addressee.end() if addressee else at

    def _skip(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in _LEADING:
            at += 1
        return at

    def _candidate(self, hit: CueHit, start: int, source: Source) -> Candidate | None:
        listed = self._list_after(hit.end, start)
        if listed is not None:
            content: list[Span] = listed
            kind: QuoteKind = "indirect"
        else:
            kind, content = self._content(start, source)
        if not content:
            return None
        if hit.entry.cue in ("提问", "发问", "追问"):
            asked = self.text.rfind("？", content[0][0], self.passage.paragraph(start)[1])
            content = [(content[0][0], asked + 1)] if asked >= 0 else content
        if (
            source.actor is None
            and source.document is not None
            and _PERIODIC.search(self.text[slice(*source.document)])
        ):
            source = replace(source, actor=self._issuer_in(content[0]))
        document = source.document
        if hit.entry.cue == "公告" and self.masked.endswith("的", source.start, hit.start):
            document = (hit.start, hit.end)
        return Candidate(
            kind, content, (hit.start, hit.end), source.actor, document, source.start, source.score, source.rule, hit.entry.force
        )  # fmt: skip

    def _issuer_in(self, content: Span) -> Actor | None:
        """2019年年报显示，大烨智能的主营业务为…: a periodic report is the company's that it speaks of first."""
        actors = self.finder.actors(content[0], min(content[0] + 40, content[1]))
        if not actors or actors[0].start != content[0] or actors[0].entity is None:
            return None
        return actors[0] if self.passage.entities[actors[0].entity].type == "ORG" else None

    # --- content -------------------------------------------------------------------------------------------------

    def _content(self, start: int, source: Source) -> tuple[QuoteKind, list[Span]]:
        """Give kind and spans of the content that starts at ``start``: a quotation, or the rest of the sentence."""
        if start < len(self.text) and self.text[start] in _OPEN:
            close = self.passage.pairs.get(start, start)
            if self._is_whole_quotation(start, close):
                span = self._trim(start + 1, close, keep_marks=True)
                return "direct", [span] if span else []
        end = self._sentence_end(start)
        end = self._subordinate_end(start, end, source)
        span = self._trim(start, end)
        if span is None:
            return "indirect", []
        return self._kind(span), [span]

    def _is_whole_quotation(self, start: int, close: int) -> bool:
        """Tell whether a quotation stands for the whole content, rather than opening a sentence that runs on."""
        if close <= start + 2:
            return False
        after = self.text[close + 1 : close + 2] if close < len(self.text) and self.text[close] in _CLOSE else "\n"
        if after in ("", "\n", "。", "；", "，", "！", "？", "”", " ", "　", "）", ",", ";"):
            return True
        inner = self.text[close - 1]
        return inner in "。！？…"

    def _sentence_end(self, start: int) -> int:
        end = self.passage.sentence(start)[1]
        if end <= start:
            end = self.passage.paragraph(start)[1]
        headline_end = self._headline_end(start, end)
        if headline_end is not None:
            return headline_end
        if self.text[end - 1 : end] == "：":
            return self._lines_end(end)
        # “A。B。” begun within the sentence is finished beyond it.
        opened = max((self.text.rfind(mark, start, end) for mark in _OPEN), default=-1)
        close = self.passage.pairs.get(opened, -1)
        if close >= end and close < len(self.text) and self.text[close] in _CLOSE and close - end < 400:
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

    def _list_after(self, cue_end: int, start: int) -> list[Span] | None:
        """Give the lines of a list that the cue and a colon at the line's end open."""
        if "\n" not in self.text[cue_end:start]:
            return None
        items: list[Span] = []
        while start < len(self.text):
            mark = _LIST_ITEM.match(self.text, start)
            if mark is None:
                break
            end = self.passage.sentence(mark.end())[1]
            span = self._trim(mark.end(), max(end, mark.end()))
            if span:
                items.append(span)
            start = self._skip(self.passage.paragraph(start)[1] + 1)
        return items or None

    def _subordinate_end(self, start: int, end: int, source: Source) -> int:
        """在X表示将卸任后，…: the content ends with the clause that 在 … 后 holds together."""
        lead = self.masked[max(0, source.start) : start]
        comma = min((at for at in (self.masked.find(mark, start, end) for mark in "，,") if at >= 0), default=-1)
        if comma < 0 or not lead.startswith(("在", "自", "随着")):
            return end
        for suffix in ("之后", "之际", "以来", "后", "时"):
            if self.masked.endswith(suffix, start, comma):
                return comma - len(suffix)
        return end

    def _trim(self, start: int, end: int, *, keep_marks: bool = False) -> Span | None:
        while start < end and self.text[start] in _LEADING:
            start += 1
        while end > start and self.text[end - 1] in _TRAILING:
            end -= 1
        if not keep_marks and end > start and self.text[end - 1] in _CLOSE:
            opened = self.passage.closers.get(end - 1, -1)
            if opened < start or opened < 0:
                end -= 1
            while end > start and self.text[end - 1] in _TRAILING:
                end -= 1
        return (start, end) if end > start else None

    def _kind(self, span: Span) -> QuoteKind:
        start, end = span
        for mark in _OPEN[:2]:
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
        if before.endswith(("做出", "作出", "属于", "处于")):
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

    # --- frames with a shape of their own --------------------------------------------------------------------------

    def _according(self) -> list[Candidate]:
        """据《晚报》了解，… · 据俄军方公布的最新消息，… · 根据华西能源2017年年报，…"""
        found = []
        for match in _ACCORDING.finditer(self.masked):
            start = match.start()
            if not self.finder.is_adverbial(self.passage.clause_start(start, max(0, start - 42)), start):
                continue
            end = self._phrase_end(match.end())
            phrase = self.masked[match.end() : end]
            if end < 0 or not phrase or _VOICE_OF_PAPER.search(phrase) or _BASES.search(phrase):
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
            kind, content = self._content(self._skip(end), source)
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
        for word in ("消息", "了解"):
            if phrase.endswith(word) and len(phrase) > 2:
                return match.end() + len(phrase) - 2, match.end() + len(phrase)
        released = re.search(r"(?:公布|发布)的[^，]{0,12}(?:数据|统计|信息|情况)$", phrase)
        if released is not None:
            return match.end() + released.start(), match.end() + released.start() + 2
        documents = self.finder.documents(match.end(), match.end() + len(phrase))
        if documents and documents[-1].end >= match.end() + len(phrase) - 2:
            return match.start() + (1 if match.group()[0] in "另又再" else 0), match.end()
        return None

    def _according_source(self, start: int, end: int) -> Source:
        actors = self.finder.actors(start, end)
        documents = self.finder.documents(start, end)
        issuers = [actor for actor in actors if not self.finder.is_place(actor)]
        issuers = [self.finder.whole_subject(issuers[0], issuers)] if issuers else []
        chosen = issuers[0] if issuers else (actors[-1] if actors and "官方" in self.masked[start:end] else None)
        document = self.finder.document_span(documents[-1]) if documents else None
        if document is not None and not actors and end - start <= 10 and "的" not in self.masked[start:end]:
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
            kind, content = self._content(self._skip(match.end()), source)
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
            kind, content = self._content(self._skip(match.end()), source)
            if content:
                cue = (match.start(), match.end())
                found.append(Candidate(kind, content, cue, actor, document, start, 0.9, "learnt", "factual"))
        return found

    def _proposed(self) -> list[Candidate]:
        """与会单位提出了具体建议，包括…: what is asked for after the noun."""
        found = []
        for match in _PROPOSED.finditer(self.masked):
            source = self.finder.subject(match.start(), self.passage.sentence(match.start())[0])
            if source is None:
                source = Source(None, None, self.passage.clause_start(match.start(), 0), 0.85)
            kind, content = self._content(match.end(), source)
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
            source = Source(self.finder.whole_subject(actors[0], actors), None, match.start(), 0.9)
            kind, content = self._content(self._skip(match.end()), source)
            if content:
                found.append(Candidate(kind, content, match.span(1), source.actor, None, match.start(), 0.9, "cited"))
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
            kind, content = self._content(self._skip(match.end()), source)
            if content:
                found.append(
                    Candidate(kind, content, match.span(), source.actor, None, source.start, 0.9, "wired", "factual")
                )
        return found

    def _told(self) -> list[Candidate]:
        """一名高管告诉路透社，… · 总统指示其助手，…"""
        found = []
        for match in _TOLD.finditer(self.masked):
            source = self.finder.subject(match.start(), self.passage.sentence(match.start())[0])
            if (
                source is None
                or source.actor is None
                or _NEGATED.search(self.masked[max(0, match.start() - 8) : match.start()])
            ):
                continue
            kind, content = self._content(self._skip(match.end()), source)
            if content:
                length = 4 if match.group().startswith("告诉记者") else 2
                cue = (match.start(), match.start() + length)
                found.append(Candidate(kind, content, cue, source.actor, source.document, source.start, 0.93, "told"))
        return found

    def _released(self) -> list[Candidate]:
        """苏宁易购发布业绩快报，公司2017年营收为…: what a company's report tells after it."""
        found = []
        for match in _RELEASED.finditer(self.masked):
            if self.masked.endswith("公告", match.start(), match.end(1)) or match.group(1).startswith("的"):
                continue
            documents = [hit for hit in self.finder.documents(match.start(), match.end(1)) if hit.end >= match.end(1)]
            if not documents or _NEGATED.search(self.masked[max(0, match.start() - 8) : match.start()]):
                continue
            document = self.finder.document_span(documents[-1])
            if documents[-1].entry is not None and documents[-1].entry.kind not in ("filing", "report", "data"):
                continue
            source = self.finder.subject(match.start(), self.passage.sentence(match.start())[0])
            if source is None or source.actor is None or source.score < 0.9 or self._is_paper(source.actor):
                continue
            start = self._skip(match.end())
            if (
                not _FIGURES.search(self.text, start, self.passage.sentence(start)[1])
                or start >= self.passage.sentence(match.start())[1]
            ):
                continue
            source = replace(source, document=document)
            kind, content = self._content(start, source)
            if content:
                cue = (match.start(), match.start() + 2)
                found.append(
                    Candidate(kind, content, cue, source.actor, document, source.start, 0.86, "released", "factual")
                )
        return found

    def _is_paper(self, actor: Actor) -> bool:
        if actor.entity is None:
            return actor.entry is not None and actor.entry.head.endswith("媒")
        return bool(_MEDIA.search(self.passage.entities[actor.entity].name))

    def _after_quotation(self) -> list[Candidate]:
        """“…。”周道许向记者表示。 · “…，”他说，“…。”"""
        found: list[Candidate] = []
        used = -1
        for opened, close in sorted(self.passage.pairs.items()):
            if opened <= used or self.text[opened] not in _OPEN or close >= len(self.text) or close - opened < 5:
                continue
            if self.text[close] not in _CLOSE:
                continue
            candidate = self._attributed_after(opened, close)
            if candidate is not None:
                used = candidate.end
                found.append(candidate)
        return found

    def _attributed_after(self, opened: int, close: int) -> Candidate | None:
        before = self.text[opened - 1 : opened]
        if before and before not in "\n。！？ 　；，”":
            return None
        inner = self.text[close - 1]
        start = close + 1
        if self.text[start : start + 1] in ("，", ","):
            start += 1
        elif inner not in "。！？，…,～":
            return None
        end = self._attribution_end(start)
        if end is None or end - start > 60:
            return None
        hit = self._last_cue(start, end)
        if hit is None or _NEGATED.search(self.masked[max(start, hit.start - 8) : hit.start]):
            return None
        source = self.finder.subject(hit.start, start)
        if source is None:
            return None
        content = [span for span in [self._trim(opened + 1, close, keep_marks=True)] if span]
        following = self._skip(end)
        if self.text[end : end + 1] in ("，", "：", ":", ",") and self.text[following : following + 1] in tuple(_OPEN):
            rest = self._trim(following + 1, self.passage.pairs.get(following, following), keep_marks=True)
            content += [rest] if rest else []
        elif self.text[end : end + 1] in ("，", ",", "：", ":"):
            return None
        if not content:
            return None
        return Candidate(
            "direct", content, (hit.start, hit.end), source.actor, source.document, opened, 0.97, "after", hit.entry.force
        )  # fmt: skip

    def _attribution_end(self, start: int) -> int | None:
        """Give where a reporting clause after a quotation ends: at the first mark after its cue."""
        for at in range(start, min(start + 70, len(self.text))):
            if self.masked[at] in "。\n！；“":
                return at
            if self.masked[at] in "，：:," and self._last_cue(start, at) is not None:
                return at
        return len(self.text) if len(self.text) - start < 70 else None

    def _last_cue(self, start: int, end: int) -> CueHit | None:
        hits = self.passage.cues
        low = bisect_left(hits, start, key=lambda hit: hit.start)
        last = None
        for hit in hits[low:]:
            if hit.end > end:
                break
            if hit.end == end or (hit.end == end - 1 and self.masked[hit.end] == "道"):
                last = hit
        return last

    # --- headlines -------------------------------------------------------------------------------------------------

    def _headlines(self) -> list[Candidate]:
        """摩通：升目标价至17港元 · 外媒记者：…: a headline that gives a source's words after its name and a colon."""
        found = []
        for match in _COLON.finditer(self.masked):
            at = match.start()
            start, end = self.passage.paragraph(at)
            start, end = self._headline_bounds(at, start, end)
            speaker = self._headline_speaker(start, at)
            if speaker is None:
                continue
            actor, cue = speaker
            content_start = self._skip(at + 1)
            content = self._trim(content_start, end)
            if content is None or content[1] - content[0] < 4 or _FILING_TITLE.search(self.text[slice(*content)]):
                continue
            if self.text[content_start] in _OPEN and self.passage.pairs.get(content_start) == content[1] - 1:
                kind: QuoteKind = "direct"
                content = (content[0] + 1, content[1] - 1)
            else:
                kind = self._kind(content)
            found.append(Candidate(kind, [content], cue, actor, None, start, 0.9, "headline"))
        return found

    def _headline_bounds(self, at: int, start: int, end: int) -> Span:
        """Cut the headline that holds ``at`` out of its line: 摩通：… 原标题：摩通：…    来源：格隆汇."""
        label = self.text.rfind("原标题", start, at)
        if label >= 0:
            start = self._skip(label + 3)
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
        if at - start > 60 or not self._is_headline(start):
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

    def _is_headline(self, start: int) -> bool:
        """Tell whether the line is a headline: the article's first, or labelled as one, or short and unfinished."""
        if self.text.endswith(("原标题：", "原标题:"), 0, start):
            return True
        line_start, line_end = self.passage.paragraph(start)
        line = self.text[line_start:line_end].rstrip()
        return len(line) <= 80 and not line.endswith(("。", "；", "”", "）", ")", "：", "，")) and "。" not in line

    def _headline_end(self, start: int, end: int) -> int | None:
        """In a headline the content of 俄称… 乌称… ends where the next headline starts."""
        line_start, _ = self.passage.paragraph(start)
        if not self._is_headline(line_start):
            return None
        for mark in _HEADLINE_SPACE.finditer(self.text, start, end):
            return mark.start()
        return end

    # --- how quotes of one sentence stand to each other ----------------------------------------------------------

    def _admit(self, new: Candidate) -> None:
        """Add a candidate: nested in a quote around it, or ending the quote before it, or not at all."""
        for old in reversed(self.found[-4:]):
            if old.cue == new.cue:
                return
            if not (old.content[0][0] <= new.start < old.end or old.content[0][0] <= _cue_start(new) < old.end):
                continue
            if old.kind == "direct":
                return
            if old.rule == "headline" and not old.content[0][0] <= _cue_start(new) < old.end:
                continue
            relation = self._relation(old, new)
            if relation == "none":
                return
            if relation == "break":
                cut = self._trim(old.content[0][0], new.start)
                if cut is None:
                    return
                old.content = [cut]
                old.kind = self._kind(cut)
        self.found.append(new)

    def _relation(self, old: Candidate, new: Candidate) -> str:
        same = self._same_speaker(old, new)
        inside = new.actor is not None and new.actor.start >= old.content[0][0]
        explicit = new.score >= 0.85 and (inside or new.document is not None or new.rule != "cue")
        explicit = explicit or (inside and new.score >= 0.7 and not same)
        if not explicit:
            short = old.content[0][0] + 9 > _cue_start(new) or (
                old.cue is not None and self._cue_text(old) == self._cue_text(new)
            )
            if (
                new.force == "demand"
                and short
                and new.actor is not None
                and self.passage.is_clause_start(_cue_start(new))
            ):
                new.start = _cue_start(new)
                return "break"
            return "none"
        if new.rule == "according" and (new.actor is None or new.actor.kind != "name"):
            return "none"
        mark = self.text[new.start - 1 : new.start]
        lead = self.masked[new.start : new.start + 3]
        first = self._opens_with(old.content[0][0], new.start)
        if lead.startswith(_CONTRAST) and not first:
            return "break"
        if new.document is not None and new.actor is None and self._is_press(new) and not first:
            new.actor = old.actor
            return "break"
        if same and new.force == "forecast":
            return "none"
        if first:
            return "none" if same and new.document is None else "nest"
        if mark in ("；", ";"):
            return "break" if not self._has_child_before(old, new) else "nest"
        if same and new.force != "factual":
            return "break"
        if same and new.document is not None and old.document is not None:
            return "break"
        return "nest"

    def _opens_with(self, start: int, inner: int) -> bool:
        """Tell whether the content that starts at ``start`` opens with the reporting clause at ``inner``."""
        if self.finder.is_adverbial(start, inner):
            return True
        lead = self.masked[start : start + 1]
        return (
            lead in ("在", "据", "针")
            and self.masked.count("，", start, inner) <= 1
            and self.finder.is_gap(start, inner)
        )

    def _is_press(self, candidate: Candidate) -> bool:
        return candidate.document is not None and self.text[slice(*candidate.document)] in (
            "报道",
            "文章",
            "该报道",
            "消息",
        )

    def _cue_text(self, candidate: Candidate) -> str:
        return self.text[slice(*candidate.cue)] if candidate.cue is not None else ""

    def _has_child_before(self, old: Candidate, new: Candidate) -> bool:
        return any(
            other is not old and other.start >= old.content[0][0] and other.start < new.start and other.rule == "cue"
            and other.actor is not None and other.start < old.content[0][0] + 20
            for other in self.found[-4:]
        )  # fmt: skip

    def _same_speaker(self, old: Candidate, new: Candidate) -> bool:
        if old.actor is None or new.actor is None:
            return old.actor is new.actor and old.document is not None and new.document is not None
        if new.actor.entry is not None and new.actor.entry.means in ("company", "lender", "person", "any"):
            return True
        if new.actor.guess or old.actor.guess:
            return self.text[slice(*old.actor.span)] == self.text[slice(*new.actor.span)]
        if old.actor.entity is not None or new.actor.entity is not None:
            return old.actor.entity == new.actor.entity
        return self.text[slice(*old.actor.span)] == self.text[slice(*new.actor.span)]

    def _carry(self) -> None:
        """Give a quote without a subject the speaker of the quote before it, or drop it where there is none."""
        kept: list[Candidate] = []
        for candidate in self.found:
            if candidate.score <= 0.6:
                before = kept[-1] if kept else None
                if before is None or before.actor is None or not self._goes_on(before, candidate):
                    continue
                candidate.actor = before.actor
                candidate.carried = True
            kept.append(candidate)
        self.found = kept

    def _goes_on(self, before: Candidate, candidate: Candidate) -> bool:
        same_paragraph = "\n" not in self.text[before.end : candidate.start].strip("。”」 ")
        if candidate.force != "forecast":
            return same_paragraph
        company = before.actor is not None and before.actor.entity is not None
        return same_paragraph and not company


_SPEAKERLESS: Final = frozenset(("介绍", "统计", "显示", "认为", "称", "指出", "表示", "披露"))
_IN_CLAUSE: Final = frozenset(("显示", "表明", "反映"))
_HEARSAY: Final = re.compile(
    r"(?:另|也|还|又)?(?:有|市场|业内|网络|外界|坊间)?(?:上周|近日|日前|最新)?(?:有)?(?:分析|观点|评论|意见|舆论|猜测|传言|传闻|说法|声音|网传|消息)(?:普遍|还|也|则)?"
)
_WEAK: Final = frozenset(
    (
        "显示",
        "分析",
        "判断",
        "介绍",
        "评价",
        "评论",
        "总结",
        "归纳",
        "概括",
        "表明",
        "反映",
        "提出",
        "描述",
        "列举",
        "论述",
        "明确",
    )
)
_CONTRAST: Final = ("但", "而", "不过", "然而", "同时", "此外", "另外", "另据", "另", "对此")
_NOUNISH: Final = re.compile(
    r"(?:期|税|路|方案|计划|工程|战略|时代|行动|协议|银行|资金|政策|板块|经济|概念|化|品|性|者|条|率|法|体|器|业)$"
)
_PREDICATE: Final = re.compile(r"不|很|非常|极|必须|不得|没有|无法|将|会|应|已|正在|而且|像|太|最|更|且|完全")


def _cue_start(candidate: Candidate) -> int:
    return candidate.cue[0] if candidate.cue is not None else candidate.start
