"""The main frame: a reporting clause with its subject and cue, and the content behind it."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from typing import Final

from finnlp_zh.stages.quotes.candidates import Candidate, Frames
from finnlp_zh.stages.quotes.heads import HeadEvidence
from finnlp_zh.stages.quotes.passage import ASIDE, OPENING, TERM, TITLE, CueHit
from finnlp_zh.stages.quotes.speakers import Actor, Source
from finnlp_zh.types import QuoteKind, Span

_NOT_OPENING: Final = re.compile(
    r"[的者了过着、）)》”』」]|出(?!口|台|现|于|售|资|货|海)|对(?!于|此次|本次|公司|华|美|中)|感谢|衷心|诚挚|热烈|崇高|深切|由衷|欢迎|祝贺|关切|遗憾|哀悼|慰问|赞赏|满意|歉意|敬意"
    r"|(?:支持|同意|理解)(?:$|[。，])"
)
_CLAUSE_ONLY: Final = (
    "称",
    "认为",
    "预计",
    "直言",
    "坦言",
)  # 称对此不知情: 对 opens a clause, where 表示对…感谢 has none
_AFTER_NOUN: Final = re.compile(
    r"证券|编号|全文|原文|内容|摘要|不|[等后前时上下会及和与]|中(?![国方信美石铁海科欧])|期间|之[前后日]|日(?!本)"
)
_NOUN_PHRASE: Final = re.compile(r"的[^，。的]{1,4}$")
_NOUN_ALWAYS: Final = re.compile(
    r"(?:意见|各方面|听取|采纳|都有|没有|有过|工作|防控|作出|做出|给予|任何|风险|下达|发表|评级|财务|全球|文明|改革创新|政策|法律|有关|监管)$"
)
_PROVOKED: Final = re.compile("(?:引起|引发|引来|招致|遭到?|受到|面对|面临)[^，。；]{0,8}$")
"""Before a word of criticism that is a noun: 引起投资者质疑."""
_NO_DEMAND: Final = re.compile(r"记者|后(?![续者市期面])|[的者等了过着及、）)》”』」]|[^，。；]{1,4}(?:[，。；\n]|$)")
_ADDRESSEE: Final = re.compile(
    r"(?:广大|各位|相关|有关)?(?:大家|投资者|公众|消费者|市民|旅客|用户|股民|居民|社会公众)(?:注意|，|：)?"
)
_COMPARED: Final = re.compile(
    r"(?:超出|超过|低于|高于|符合|好于|不及|上调|下调|维持|大幅|略超|超|最新|逊于|强于|弱于|达到|给出|对)$|(?:的|市场|一致|盈利|业绩|此前|先前|之前|年初)$"
)
_NOUN_BEFORE: Final = re.compile(
    r"(?:的|该|此|其|这[一项份]?|两份|提出了?|作出了?|做出了?|给出了?|发布了?|发出了?|收到|接到|根据|按照|按|依据|依|参考|相关|有关|具体|各项|监管|市场|一致|强烈|明确|政策|盈利|业绩|增长|通胀|整体|基本|年度|合理|严格)$"
)
_ADDED: Final = re.compile(r"同时|此外|另外|另|并|还")
_PERIODIC: Final = re.compile(r"年.*报")
_BY_RULE: Final = re.compile(r"[^，]{0,6}(?:根据|依据|按照|依照|按|依|据|违反|符合|遵守|超过|未达)")
_RECEIVED: Final = re.compile(r"(?:收到|接到)[^，。]*$")
_SPEAKERLESS: Final = frozenset(("介绍", "统计", "显示", "认为", "称", "指出", "表示", "披露"))
_REACTIONS: Final = frozenset(("否认", "回应", "澄清", "谴责", "批评", "抗议", "反对"))
"""Verbs of which the words themselves follow behind a verb of saying: 对此表示谴责，称…"""
_FORESEES: Final = frozenset(("预计", "预测", "预期", "估计"))
_WIRE: Final = re.compile(rf"[^，。：\n]{{2,12}}讯[\s{ASIDE}]+")
_PLAIN: Final = frozenset(("表示", "称", "认为", "指出", "强调", "透露", "坦言", "直言", "显示"))
_UNREPORTED: Final = re.compile(
    r"^(?:如果|若|只要|是否|谁|没有人|应|可以|需|须|不得|我|我们|本报|这|那|据此)|记者|我们|通常|一般|可|被|均可|统|简$"
)
_CHAINED: Final = frozenset(("指出", "强调", "透露", "重申"))
_CHAIN_LEAD: Final = re.compile(r"[，；](?:并且?|同时|还|也|亦|又|且)*$")
_RATES: Final = frozenset(("重申", "给予", "主张", "提出"))  # before a mere term: 重申“买入”
_MEETINGS: Final = ("会议", "全会", "座谈会")
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


class ClauseFrames(Frames):
    """Reads the reporting clause around each cue."""

    def candidates(self, taken: set[Span | None], evidence: HeadEvidence) -> list[Candidate]:
        """Give the quotes that the cues open, but for the cues in ``taken`` and those that lead to another cue."""
        hits = self.passage.cues
        found = []
        for number, hit in enumerate(hits):
            leads_on = number + 1 < len(hits) and hits[number + 1].start == hit.end
            if leads_on or (hit.start, hit.end) in taken:
                continue
            candidate = self._forward(hit) or self._learned(hit, evidence)
            if candidate is not None:
                found.append(candidate)
        return found

    def _learned(self, hit: CueHit, evidence: HeadEvidence) -> Candidate | None:
        """A report that the rules left and of which the heads are sure; the speaker is the nearest in its clause."""
        opened = self._opening(hit) if evidence.known and not self._is_other_word(hit) else None
        if opened is None or opened == hit.end:
            return None
        clause = self.passage.clause_start(hit.start, self.passage.sentence(hit.start)[0])
        actors = self.finder.actors(clause, hit.start)
        source = Source(actors[-1] if actors else None, None, clause, 0.7, "heads")
        candidate = self._candidate(hit, opened, source) if actors else None
        sure = candidate is not None and evidence.reports((hit.start, hit.end), candidate.content)
        return candidate if sure else None

    def _forward(self, hit: CueHit) -> Candidate | None:
        opened = None if self._is_other_word(hit) else self._opening(hit)
        sentence_start, sentence_end = self.passage.sentence(hit.start)
        if opened is None or (hit.end >= sentence_end and not self.text.startswith("\n", hit.end)):
            return None
        verb = self._verb_before(hit)
        source = self.finder.subject(verb.start if verb is not None else hit.start, sentence_start)
        clause = self.passage.clause_start(hit.start, sentence_start)
        if hit.entry.cue == "公告" and not self._is_signed(hit, source, clause):
            return self._unsigned_filing(hit, opened, clause)
        if source is None or (source.actor is None and source.document is None):
            source = self._hearsay(hit, clause) or source or self._guessed(hit, opened, sentence_start)
            source = source or self._speakerless(hit, clause) or self._unread(hit, opened, clause)
        elif source.actor is None:
            source = self._signed(source, sentence_start)
        if source is None or not self._fits(hit, opened, clause, source):
            return None
        return self._candidate(hit, opened, source)

    def _verb_before(self, hit: CueHit) -> CueHit | None:
        """Give the reporting verb that ends where the cue starts: 辩解|说, 分析|称."""
        number = bisect_left(self.passage.cues, hit.start, key=lambda other: other.start) - 1
        before = self.passage.cues[number] if number >= 0 else None
        joined = before is not None and before.end == hit.start and before.entry.force == "claim"
        return before if joined else None

    def _is_signed(self, hit: CueHit, source: Source | None, clause: int) -> bool:
        """Tell whether an announcement has its company: in its clause, or before it (…，同时公告，…)."""
        if source is None or source.actor is None:
            return False
        return source.score >= 0.9 or self.masked.startswith(("同时", "并", "也", "还"), clause)

    def _fits(self, hit: CueHit, opened: int, clause: int, source: Source) -> bool:
        """Tell whether the subject that was found is one that the cue can have."""
        afar = source.score < 0.9 and (source.actor is None or source.actor.guess is None)
        if afar and hit.entry.cue in _IN_CLAUSE and (source.actor is not None or source.document is not None):
            return False
        if source.actor is None and "记者" in self.masked[clause : hit.start]:
            return False
        if hit.entry.subject == "near":
            if source.actor is None and not self._may_lack_speaker(hit, source):
                return False
            if source.actor is not None and afar and hit.entry.force != "demand" and hit.entry.cue != "公告":
                return False
        return not (opened == hit.end and self._is_no_report(hit, opened, source))

    def _signed(self, source: Source, floor: int) -> Source:
        """乌克兰国家通讯社14日报道称: give a report the name before it, where the record does not know that name."""
        assert source.document is not None
        if self.text[slice(*source.document)] != "报道":
            return source
        actor = self.guesser.guessed(source.document[0], floor)
        return replace(source, actor=actor, document=None) if actor is not None else source

    def _hearsay(self, hit: CueHit, clause: int) -> Source | None:
        """分析认为 · 有传言称: someone says so, and the text does not tell who."""
        if hit.entry.cue in ("认为", "称", "指出", "说") and _HEARSAY.fullmatch(self.masked, clause, hit.start):
            return Source(None, None, clause, 0.86, "hearsay")
        return None

    def _unsigned_filing(self, hit: CueHit, opened: int, clause: int) -> Candidate | None:
        """3月5日晚间发布公告，…: an announcement whose company the sentence leaves out."""
        wire = _WIRE.match(self.masked, clause, hit.start)
        clause = wire.end() if wire else clause
        before = self.masked[clause : hit.start]
        verb = re.search("(?:发布|披露)[^，]{0,16}$", before) is not None
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
        if opened and hit.entry.force == "demand" and _ADDED.match(self.masked, sentence[0]):
            return Source(None, None, sentence[0], 0.6)
        if opened and hit.entry.cue in _FORESEES:
            return Source(None, None, sentence[0], 0.55)
        if clause == hit.start and hit.entry.cue in _PLAIN and self.masked[clause - 1 : clause] == "，":
            return Source(None, None, clause, 0.6)  # 否认存在变通，称…
        return None

    def _guessed(self, hit: CueHit, opened: int, floor: int) -> Source | None:
        """A strong cue before a comma or a quotation whose speaker the record does not name."""
        foresees = hit.entry.cue in _FORESEES
        strong = hit.entry.subject == "free" or hit.entry.cue in ("公告", "公布")
        if not foresees and (hit.entry.force not in ("claim", "factual") or not strong or hit.entry.cue in _WEAK):
            return None
        if opened == hit.end and self.text[opened : opened + 1] not in tuple(OPENING):
            return None
        actor = self.guesser.guessed(hit.start, floor, strict=foresees)
        return Source(actor, None, self.passage.clause_start(hit.start, floor), 0.86) if actor else None

    def _unread(self, hit: CueHit, opened: int, clause: int) -> Source | None:
        """A plain verb of saying before a comma reports, even where its subject is not understood."""
        before = self.masked[clause : hit.start]
        if hit.entry.cue not in _PLAIN or opened == hit.end or len(before) < 2 or _UNREPORTED.search(before):
            return None
        actors = [actor for actor in self.finder.actors(clause, hit.start) if not self.finder.is_place(actor)]
        # 企查查股权穿透显示: figures are theirs whom the clause names first, words theirs who stand nearest.
        chosen = (actors[0] if hit.entry.cue == "显示" else actors[-1]) if actors else None
        return Source(chosen, None, clause, 0.7, "unread")

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

    def _may_lack_speaker(self, hit: CueHit, source: Source) -> bool:
        if hit.entry.cue in _SPEAKERLESS or source.score <= 0.6 or self.masked.endswith(_MEETINGS, 0, hit.start):
            return True
        if source.document is not None and hit.entry.force in ("claim", "demand", "factual"):
            return hit.entry.cue != "公告"
        return False

    def _is_other_word(self, hit: CueHit) -> bool:
        """Tell whether the cue's characters are part of another word, a noun here, or denied."""
        entry = hit.entry
        before, after = self.masked[hit.start - 1 : hit.start], self.masked[hit.end : hit.end + 1]
        window = self.masked[max(0, hit.start - 12) : hit.start]
        return (
            (before in entry.blocked_before and not self.finder.ends_actor(hit.start) and not self._verb_before(hit))
            or after in entry.blocked_after
            or after == "的"
            or self.is_negated(hit.start)
            or (entry.force == "forecast" and _COMPARED.search(window) is not None)
            or (entry.noun and self._is_noun(hit, before, after, window))
            or self._has_frame_of_its_own(hit, after, window)
        )

    def _is_noun(self, hit: CueHit, before: str, after: str, window: str) -> bool:
        if hit.entry.cue in ("质疑", "批评") and _PROVOKED.search(window):
            return True
        if _NOUN_ALWAYS.search(window) or before == TERM or (before == "的" and hit.entry.cue != "公告"):
            return True
        if after in "，,：:":
            return False
        in_phrase = _NOUN_PHRASE.search(window) is not None and not self.finder.ends_actor(hit.start)
        return in_phrase or _NOUN_BEFORE.search(window) is not None

    def _has_frame_of_its_own(self, hit: CueHit, after: str, window: str) -> bool:
        cue = hit.entry.cue
        return (
            (cue == "要求" and after in "，,：:" and not self._demands(hit, window))  # see PhraseFrames: 提出要求
            or (cue == "披露" and window.endswith(("补充", "及时", "充分", "应", "应当")))
            or cue in ("获悉", "了解到")
            or (cue == "规定" and not self._rules(hit))
            or (cue == "要求" and self.masked[hit.start - 1] == TITLE and not self._rules(hit))
            or (cue == "通知" and _RECEIVED.search(self.masked, max(0, hit.start - 60), hit.start) is not None)
        )

    def _rules(self, hit: CueHit) -> bool:
        """Tell 《条例》规定，… from 根据《条例》规定，…, which tells what happened by it."""
        clause = self.passage.clause_start(hit.start, self.passage.sentence(hit.start)[0])
        stated = self.masked[hit.start - 1] == TITLE or self.finder.ends_actor(hit.start)
        return stated and _BY_RULE.match(self.masked, clause) is None

    def _demands(self, hit: CueHit, window: str) -> bool:
        return self.finder.ends_actor(hit.start) or window.endswith(_MEETINGS)

    def _opening(self, hit: CueHit) -> int | None:
        """Give where the content after the cue starts, or None where nothing that can be content follows."""
        end = hit.end + self.masked.startswith("道", hit.end)
        after = self.text[end : end + 1]
        if not after:
            return None
        if after in "，,：:":
            return self._after_mark(hit, end, after)
        if after in OPENING and self.masked[end] != TERM:
            return end
        if (hit.entry.object != "any" and not self._is_chained(hit)) or self.masked[end] in "。；;、\n！？ 　）)”」…—":
            return None
        return self._after_verb(hit, end)

    def _is_chained(self, hit: CueHit) -> bool:
        """Tell whether a second verb of the same speaker follows a clause and has its object at once: …，指出该所…"""
        if hit.entry.cue == "提出" and self.masked[hit.start - 2 : hit.start] == f"{TITLE}，":
            return True  # 印发《意见》，提出…
        return (
            hit.entry.cue in _CHAINED and _CHAIN_LEAD.search(self.masked, max(0, hit.start - 8), hit.start) is not None
        )

    def _after_mark(self, hit: CueHit, end: int, mark: str) -> int | None:
        if self.masked.startswith("获悉", end + 1):
            return None
        if hit.entry.cue in _REACTIONS and self.masked.startswith(("称", "表示", "指出", "强调", "认为"), end + 1):
            return None
        if hit.entry.cue == "通知" and self.masked.startswith("告知", end + 1):
            return None
        start = self.reader.skip(end)
        if mark in "：:" and self.text.startswith("\n", start):
            start = self.reader.skip(start + 1)
        return start if start < len(self.text) else None

    def _after_verb(self, hit: CueHit, end: int) -> int | None:
        if hit.entry.force == "demand":
            start = self._past_addressee(end)
            told = self.masked[start - 1] in "，："
            return None if not told and _NO_DEMAND.match(self.masked, end) else start
        noun = hit.entry.noun and _AFTER_NOUN.match(self.masked, end) is not None
        towards = self.masked.startswith("对", end) and hit.entry.cue.endswith(_CLAUSE_ONLY)
        return None if noun or (not towards and _NOT_OPENING.match(self.masked, end)) else end

    def _past_addressee(self, at: int) -> int:
        addressee = _ADDRESSEE.match(self.masked, at)
        return addressee.end() if addressee else at

    def _candidate(self, hit: CueHit, start: int, source: Source) -> Candidate | None:
        listed = self.reader.list_after(hit.end, start)
        if listed is not None:
            content: list[Span] = listed
            kind: QuoteKind = "indirect"
        else:
            kind, content = self.reader.read(start, source.start)
        if not content or (kind == "direct" and hit.entry.cue in _RATES and content[0][1] - content[0][0] <= 4):
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
        if hit.entry.cue == "提出" and document is None and self.masked.endswith(f"{TITLE}，", 0, hit.start):
            titles = self.finder.documents(max(self.passage.sentence(hit.start)[0], hit.start - 160), hit.start)
            document = self.finder.document_span(titles[-1]) if titles else None
        return Candidate(
            kind=kind,
            content=content,
            cue=(hit.start, hit.end - hit.entry.cue.endswith("理由是")),
            actor=source.actor,
            document=document,
            start=source.start,
            score=source.score,
            rule=source.rule,
            force=hit.entry.force,
        )

    def _issuer_in(self, content: Span) -> Actor | None:
        """2019年年报显示，大烨智能的主营业务为…: a periodic report is the company's that it speaks of first."""
        actors = self.finder.actors(content[0], min(content[0] + 40, content[1]))
        if not actors or actors[0].start != content[0] or actors[0].entity is None:
            return None
        return actors[0] if self.passage.entities[actors[0].entity].type == "ORG" else None
