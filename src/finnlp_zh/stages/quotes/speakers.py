"""Finds who speaks: the subject of a reporting clause, named or not, and the document that it speaks through."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from finnlp_zh.resources import places
from finnlp_zh.resources.cues import SpeakerEntry, gap_words
from finnlp_zh.stages.quotes.passage import ASIDE, TERM, TITLE, DocumentHit, Passage, between
from finnlp_zh.types import PEOPLE, EntityType, Span

ActorKind = Literal["name", "nominal", "pronoun"]

_DATE: Final = (
    r"(?:(?:20|19)?\d{2}年)?\d{1,2}月(?:\d{1,2}[日号]|[初末中底]|份)?|(?:20|19)\d{2}年(?:底|初)?|\d{1,2}[日号]"
    r"|[今昨前当同次近即明][天日晚]|(?:上|本|这)?(?:周|星期|礼拜)[一二三四五六日天末]"
)
_MARKS_BETWEEN: Final = (
    rf"{TERM}[^{TERM}，。]{{1,24}}{TERM}|一边[^，。]{{1,8}}一边|\d{{1,2}}(?=[、.．](?!\d))"
    rf"|[{ASIDE}{TITLE}①-⑳\s、·*（）()”」》]+"
)
_ABOUT: Final = re.compile(r"(?:关于|有关|针对|对)[^，]*$")
_SENDING: Final = re.compile(r"(?:下发|发去|发出|发来|出具|送达)")
_RECEIVING: Final = re.compile(r"(?:收到|接到|取得)了?")
_ISSUING: Final = re.compile(r"(?:发布|披露|发表|发出|刊发|刊登|公布|出具|提交)了?[^，]{0,20}$")
_PERIOD: Final = re.compile(
    r"(?:(?:19|20)\d{2}年?(?:度)?)?(?:第?[一二三四1-4]季度?|上半年|前三季度|半年度?)?(?:业绩|专项|研究|问询函)?$"
)
_POSITION_GAP: Final = re.compile(
    rf"[{ASIDE}]*[^，。的在对向是有被把将与和从了为因由经发召举签援引述调维购售就已曾此约谈问查罚判诉告裁买卖投月日]{{0,16}}"
)
# 保荐机构|东湖证券: a noun that tells what the name behind it is.
_APPOSED: Final = re.compile(
    r"[^，。的在对向是有被把将与和从了为因由经发召举签援引述调维购售批称说]{1,14}(?:人|方|商|机构|公司|企业|股东|巨头|龙头)"
)
_PHRASE: Final = re.compile(
    r"(?:在|于|就(?!已|是|会|要|将|像|此|有|在)|针对|对于|对|向|与|同|和|跟|据|通过|接受|面对|关于|从|因|因为|为|由于|结合|随着|出席|参加|做客|代表|当着|受邀|回应|致函|致信|致电|去信|去电|召开|举行|主持|作为|援引|引述)"
    r"|(?:发布|披露|发出|公布|刊登|刊发|发表)(?:了|关于[^，]*|[^，]{1,40}的|[^，的]{1,12}(?<![中上时]))?$"
)
_BARS_SUBJECT: Final = re.compile(
    r"(?:向|对|针对|给|被|把|从|关于|就|对于|比|按照|经|由|受|与会|告诉|采访|回应|答复|回复|致函|致信|致电|去信|去电|持有|收到|接到|在|将|为|以及其|收购|增持|减持|旗下|自|至|往|于|让|使|促|遭|遭到|据称|依照|通过|围绕|包括|支持|反对)$"
)
# 中证网讯, 新华社电, 本报记者: the paper that writes, not one that is quoted.
_OWN_PAPER: Final = re.compile(
    r"(?:APP|客户端)?(?:[\u4e00-\u9fff]{2,4}\d{1,2}月\d{1,2}日)?(?:讯|快讯|专电|电[，（　 \ufff0])"
    r"|[”》]?(?:实习|见习)?记者"
)
_DATELINE: Final = re.compile(r"(?:网|社|报|财经|新闻|证券)讯$")
_BARS_PHRASE: Final = re.compile(r"(?:在(?!华)|于|向|对|通过|与|被|遭)[^，的]{0,6}$")
_MODIFIER: Final = re.compile(
    r"(?:多名|多位|多家|数位|数家|数名|一些|部分|某些|某家|某|该|上述|前述|这位|这家|这名|那位|有关|相关|业内|业界|行业|受访|在华|来华|在场|与会|参会|权威|资深|知名|著名|匿名|内部|外部"
    r"|主流|本地|当地|国内|海外|境外|外资|国际|市场|行业内|主要|业务|其他|其它|另一|另外|最大|第一大|首席|特邀|专业|独立|知情|公司|企业|银行|券商|机构|集团|工厂|门店|媒体|政府|官方|金融|财经|证券|基金|保险|信托|地产|房地产"
    r"|租赁|宏观|策略|投资|研究|分析|监管|产业|能源|汽车|半导体|医药|电商|物流|供应链|法律|学术|工商|技术|交易|大|小|老|新|多|两|几|众|各|双方|三方|外|新闻|农业|贸易|采购|部门|项目|团队|管理|供应商|司局|司|研发|销售|财务|风控|合规|反欺诈|运营|品牌|航空|教育|科技|环保|外交|经贸|医疗|养老|食品|客服|人力资源)+$"
)
# 一位|货代人士: what stands between the count and the head belongs to the phrase.
_COUNTED: Final = re.compile(
    r"(?:[一两二三四五六七八九十]|\d{1,2})(?:名|位)([^，。的在对从向与和有是]{1,8})$|^有(?!关)([^，。的在对从向与和有是]{1,8})$"
)
_OF_BODY: Final = re.compile(r"某[^，。；：“”\n的]{1,12}的$")
_NO_ACTOR: Final = frozenset({"LOC", "POLICY"})
_OPENS: Final = frozenset("“「『")
_SIDE: Final = re.compile(r"(?:官方|方面|政府|当局|军方|等国)")
_ANSWER: Final = re.compile(r"[ \t　]*[^，。；？：:\n]{1,20}[：:](?![^\n]{0,200}[？?]\n)")
_TEAMS: Final = frozenset({"团队", "研究团队"})
_SWALLOWS: Final = frozenset(
    {
        "媒体",
        "军方",
        "官方",
        "工商界人士",
        "当局",
        "警方",
        "检方",
        "外长",
        "贸易代表",
        "机构",
        "投行",
        "企业",
        "民众",
        "人士",
        "商会",
        "消费者",
        "投资者",
        "媒体人士",
        "财经媒体",
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone who may speak: a named mention (``entity`` is its place in the record) or an unnamed one."""

    start: int
    end: int
    kind: ActorKind
    entity: int | None = None
    entry: SpeakerEntry | None = None
    guess: EntityType | None = None  # the type of a name that the record does not know

    @property
    def span(self) -> Span:
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Source:
    """What a reporting clause names: the speaker, the document, where the clause begins, how sure the rule is."""

    actor: Actor | None
    document: Span | None
    start: int
    score: float
    rule: str = "cue"


# A subject is carried over no more characters than this: no reader carries it further, and the search stays linear.
_CARRY: Final = 300
_TITLES_BACK: Final = 12  # documents before 该通知书 among which its title is looked for


class SpeakerFinder:
    """Looks the speakers of one passage up."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.names = passage.names
        self.name_starts = [name.start for name in self.names]
        self._speaker_starts = [hit.start for hit in passage.speakers]
        self._document_starts = [hit.start for hit in passage.documents]
        self._titles = sorted(passage.doc.titles)
        self.units = _units()

    def actors(self, start: int, end: int) -> list[Actor]:
        """Give everyone named or unnamed within ``[start, end)``, in text order, without overlaps."""
        names = [
            Actor(name.start, name.end, "name", entity=name.entity)
            for name in between(self.names, start, end)
            if self.passage.entities[name.entity].type != "POLICY"
            and self.passage.entities[name.entity].role != "journalist"
            and not _OWN_PAPER.match(self.passage.masked, name.end)
            and not _DATELINE.search(self.passage.text[name.start : name.end])
            and self.passage.masked[name.start] != ASIDE
        ]
        low = bisect_left(self._speaker_starts, start)
        high = bisect_right(self._speaker_starts, end)
        unnamed = [
            actor
            for hit in self.passage.speakers[low:high]
            if hit.end <= end and (actor := self._unnamed(hit.start, hit.end, hit.entry, start)) is not None
        ]
        return sorted(self._merge(names, unnamed), key=lambda actor: actor.start)

    def _merge(self, names: list[Actor], unnamed: list[Actor]) -> list[Actor]:
        kept = list(names)
        unnamed.sort(key=lambda actor: actor.start - actor.end)  # the longest first
        for number, actor in enumerate(unnamed):
            if any(longer.start < actor.end and actor.start < longer.end for longer in unnamed[:number]):
                continue
            clashing = [name for name in names if name.start < actor.end and actor.start < name.end]
            if not clashing:
                kept.append(actor)
            elif all(self._swallowed(name, actor) for name in clashing):
                kept = [name for name in kept if name not in clashing]
                kept.append(actor)
        return kept

    def _swallowed(self, name: Actor, actor: Actor) -> bool:
        """Tell whether a place is only a part of the unnamed speaker: 美媒, 美国媒体, 俄方."""
        if name.entity is None or actor.entry is None or self.passage.entities[name.entity].type != "LOC":
            return False
        in_head = name.start >= actor.end - len(actor.entry.head)
        return name.end < actor.end and (in_head or actor.entry.head in _SWALLOWS or actor.entry.means == "side")

    def _unnamed(self, start: int, end: int, entry: SpeakerEntry, floor: int) -> Actor | None:
        if entry.means == "self" and not self.answers(start):
            return None
        if entry.kind == "pronoun":
            following = self.passage.masked[end : end + 1]
            blocked = entry.head in ("其", "他") and following in (
                "中",
                "他",
                "余",
                "实",
                "次",
                "它",
                "所",
                "国",
                "人",
                "们",
            )
            before = self.passage.masked[start - 1 : start]
            return (
                None
                if blocked or before in ("尤", "极", "与", "吉", "及", "土")
                else Actor(start, end, "pronoun", entry=entry)
            )
        if entry.means == "office" and self._follows_person(start):
            return None
        begin = self._nominal_start(start, entry, floor)
        if entry.head in _TEAMS and self._follows_body(begin):
            return None  # 中金公司宏观团队: the house speaks
        return Actor(begin, end, "nominal", entry=entry)

    def answers(self, at: int) -> bool:
        """Tell whether ``at`` stands in an interview's answer, in the line that its speaker opens: 王凯：…"""
        line, _ = self.passage.paragraph(at)
        return _ANSWER.match(self.passage.masked, line) is not None

    def _follows_body(self, start: int) -> bool:
        """Tell whether an organisation's name ends at ``start``."""
        number = bisect_left(self.name_starts, start) - 1
        return (
            number >= 0
            and self.names[number].end == start
            and self.passage.entities[self.names[number].entity].type == "ORG"
        )

    def _follows_person(self, start: int) -> bool:
        """Tell whether a name stands before the title: 习近平总书记 is named, 总书记 is not."""
        number = bisect_left(self.name_starts, start) - 1
        if number < 0 or self.names[number].end != start:
            return False
        return self.passage.entities[self.names[number].entity].type in PEOPLE

    def _nominal_start(self, start: int, entry: SpeakerEntry, floor: int) -> int:
        """Give where the unnamed speaker's phrase starts: its modifiers belong to it, a name before it does not."""
        floor = max(floor, start - 24)
        floor = max(floor, self.passage.clause_start(start, floor))
        if entry.means in ("company", "lender", "office", "side"):
            return start
        takes_place = entry.head in _SWALLOWS
        number = bisect_left(self.name_starts, start) - 1
        while number >= 0 and self.names[number].end > floor:
            name = self.names[number]
            if not (takes_place and self.passage.entities[name.entity].type == "LOC"):
                floor = max(floor, min(name.end, start))
            number -= 1
        begin = self._place_start(start, floor) if takes_place else start  # 加拿大|媒体 before 大媒体
        begin = self._modified_start(begin, floor)
        if takes_place:
            begin = self._modified_start(self._place_start(begin, floor), floor)
        body = _OF_BODY.search(self.passage.masked[floor:begin])
        return floor + body.start() if body else begin

    def _modified_start(self, start: int, floor: int) -> int:
        modifier = _MODIFIER.search(self.passage.masked[floor:start])
        begin = floor + modifier.start() if modifier else start
        counted = _COUNTED.search(self.passage.masked[floor:begin])
        return floor + counted.start(counted.lastindex or 0) if counted else begin

    def _place_start(self, end: int, floor: int) -> int:
        """Give where a place that ends at ``end`` starts (``end`` where there is none)."""
        for start in range(max(floor, end - 5), end):
            if self.passage.masked[start:end] in _places():
                return start
        return end

    def ends_actor(self, at: int) -> bool:
        """Tell whether a name or an unnamed speaker ends at ``at``."""
        number = bisect_left(self.name_starts, at) - 1
        if number >= 0 and self.names[number].end == at:
            return True
        low = bisect_left(self._speaker_starts, at - 8)
        return any(hit.end == at for hit in self.passage.speakers[low : bisect_left(self._speaker_starts, at)])

    def documents(self, start: int, end: int) -> list[DocumentHit]:
        """Give the document nouns within ``[start, end)``."""
        low = bisect_left(self._document_starts, start)
        high = bisect_right(self._document_starts, end)
        return [hit for hit in self.passage.documents[low:high] if hit.end <= end]

    def subject(self, cue_start: int, floor: int) -> Source | None:
        """Give who or what reports with the cue at ``cue_start``, looking back to ``floor`` in the same sentence.

        The nearest actor counts that only adverbs, dates and adverbial phrases part from the cue.
        """
        start = self.passage.clause_start(cue_start, floor)
        source = self._in_clause(cue_start, start)
        if source is not None or not self.is_gap(start, cue_start):
            return source
        return self._in_earlier_clause(start, floor)

    def _in_clause(self, cue_start: int, start: int) -> Source | None:
        actors = self.actors(start, cue_start)
        documents = self.documents(start, cue_start)
        for actor in reversed(actors):
            if self._is_subject(actor, start, cue_start):
                inside = [hit for hit in documents if hit.start >= actor.end]
                if inside and self.is_gap(inside[-1].end, cue_start):
                    return self._documentary(inside[-1], actors, start)
                within = [
                    hit for hit in inside if self.passage.masked[hit.end : hit.end + 1] in ("中", "里", "上", "内")
                ]
                document = self.document_span(within[-1]) if within else None
                return Source(actor, document, start, 0.95)
            if any(hit.start >= actor.end and self.is_gap(hit.end, cue_start) for hit in documents):
                break
        for hit in reversed(documents):
            if self.is_gap(hit.end, cue_start):
                return self._documentary(hit, actors, start)
        return None

    def _is_subject(self, actor: Actor, start: int, cue_start: int) -> bool:
        if self.is_barred(actor, start) and not self._is_enclosed(actor, cue_start):
            return False
        if self.is_gap(actor.end, cue_start):
            return True
        # 深交所下发问询函时曾指出: what comes between is a clause of time, if the actor stands first.
        gap = self.units.sub("", self.passage.masked[max(actor.end, cue_start - 12) : cue_start])
        return cue_start - actor.end <= 40 and gap.endswith("时") and self.is_adverbial(start, actor.start)

    def _is_enclosed(self, actor: Actor, cue_start: int) -> bool:
        """在X表示将卸任后，…: the preposition belongs to the clause, not to the name."""
        before = actor.start - 1
        if self.passage.masked[before : actor.start] != "在" or not self.passage.is_clause_start(before):
            return False
        comma = self.passage.masked.find("，", cue_start, cue_start + 60)
        return comma > 0 and self.passage.masked.endswith(("后", "之际", "时"), cue_start, comma)

    def _documentary(self, hit: DocumentHit, actors: list[Actor], start: int) -> Source:
        """A document speaks: its issuer is whom the clause names first."""
        issuers = [
            actor
            for actor in actors
            if actor.end <= hit.end
            and not self.is_place(actor)
            and not _ABOUT.search(self.passage.masked[start : actor.start])
        ]
        near = [actor for actor in issuers if self.is_gap(actor.end, hit.start) and not self.is_barred(actor, start)]
        issuer = near[-1] if near else issuers[0] if issuers else None
        if issuer is not None:
            issuer = self.whole_subject(issuer, issuers)
        document = self.document_span(hit)
        if issuer is not None and hit.entry is not None and hit.entry.kind == "press":
            document = None
        if issuer is None and _ISSUING.search(self.passage.masked[start : hit.start]):
            earlier = self._in_earlier_clause(start, self.passage.sentence(start)[0])
            if earlier is not None:
                return Source(earlier.actor, document or earlier.document, earlier.start, 0.8)
        title = self._title_before(hit) if issuer is None else None
        if title is not None:
            return Source(self.title_actor(title), self.document_span(title), start, 0.9)
        return Source(issuer, document, start, 0.9)

    def _title_before(self, hit: DocumentHit) -> DocumentHit | None:
        """Give the title itself, or the one before that 该通知书 takes up."""
        if hit.entry is None:
            return hit
        if self.passage.masked[hit.start - 1 : hit.start] != "该":
            return None
        number = bisect_left(self._document_starts, hit.start)
        near = reversed(self.passage.documents[max(0, number - _TITLES_BACK) : number])
        return next((one for one in near if one.entry is None and self._calls_itself(one, hit.entry.noun)), None)

    def _calls_itself(self, title: DocumentHit, noun: str) -> bool:
        return self.passage.text[title.start : title.end].strip("《》").endswith(noun)

    def _in_earlier_clause(self, end: int, floor: int) -> Source | None:
        document: Span | None = None
        floor = max(floor, end - _CARRY)
        while end > floor and self.passage.text[end - 1 : end] not in _OPENS:
            end -= 1
            if end in self.passage.closers:
                end = max(floor, self.passage.closers[end])  # 维持“增持”，并称…: what was quoted is no subject
            start = self.passage.clause_start(end, floor)
            actors = self.actors(start, end)
            documents = self.documents(start, end)
            sent = documents and _SENDING.search(self.passage.masked, start, end)
            if documents and (sent or self.passage.masked[start : start + 1] in ("在", "从")):
                document = self.document_span(documents[-1])
            received = documents and _RECEIVING.search(self.passage.masked, start, end)
            senders = [actor for actor in actors if received and actor.start == received.end()]
            if senders:
                return Source(
                    self.whole_subject(senders[0], actors), document, start, 0.75
                )  # 收到某局送达的《通知书》，确认…
            for actor in actors:
                apposed = actor.kind == "name" and _APPOSED.fullmatch(self.passage.masked, start, actor.start)
                if not (apposed or self.is_gap(start, actor.start)) or self.is_barred(actor, start):
                    continue
                subject = self.whole_subject(actor, actors)
                if not self.is_place(subject):
                    return Source(subject, document, start, 0.75)
            end = start
        return None

    def whole_subject(self, actor: Actor, actors: list[Actor]) -> Actor:
        """Follow 高盛 | 首席经济学家 | 哈祖斯 from the body to the person in whom the subject ends."""
        for other in actors:
            if other.start < actor.end or self.is_place(other):
                continue
            if not _POSITION_GAP.fullmatch(self.passage.masked[actor.end : other.start]):
                break
            actor = other
        return actor

    def is_place(self, actor: Actor) -> bool:
        """Tell whether the actor is a place that does not speak as a state (美国 rather than 美国官方)."""
        if actor.entity is None or self.passage.entities[actor.entity].type != "LOC":
            return False
        return _SIDE.match(self.passage.masked, actor.end) is None

    def is_barred(self, actor: Actor, start: int) -> bool:
        """Tell whether a preposition makes the actor an addressee or a place rather than the subject."""
        before = self.passage.masked[max(start, actor.start - 8) : actor.start]
        if actor.kind == "nominal" and _BARS_PHRASE.search(before):
            return True
        return _BARS_SUBJECT.search(before.rstrip("“「" + TERM)[-3:]) is not None

    def is_gap(self, start: int, end: int) -> bool:
        """Tell whether only adverbs, dates and adverbial phrases stand within ``[start, end)``."""
        if start >= end:
            return True
        if end - start > 70:
            return False
        gap = self._without_titles(start, end)
        at = 0
        while at < len(gap) and _PHRASE.match(gap, at) is None:
            unit = self.units.match(gap, at)
            if unit is None:
                return False
            at = unit.end()
        return True

    def is_adverbial(self, start: int, end: int) -> bool:
        """Tell whether nothing but adverbs, dates and conjunctions stands within ``[start, end)``."""
        return start >= end or (end - start <= 40 and not self.units.sub("", self.passage.masked[start:end]))

    def _without_titles(self, start: int, end: int) -> str:
        gap = self.passage.masked[start:end]
        for title_start, title_end in self._titles[bisect_left(self._titles, (start, start)) :]:
            if title_end > end:
                break
            gap = gap.replace(self.passage.text[title_start:title_end], "", 1)
        return gap

    def title_actor(self, hit: DocumentHit) -> Actor | None:
        """Give the 《》 title as an actor, a mention of the record or a new one."""
        if hit.entry is not None:
            return None
        for name in between(self.names, hit.start, hit.end):
            if (name.start, name.end) == (hit.start, hit.end):
                return Actor(name.start, name.end, "name", entity=name.entity)
        return Actor(hit.start, hit.end, "name", guess="POLICY")

    def document_span(self, hit: DocumentHit) -> Span | None:
        """Give the document's span with the period that it covers; plain data are no document."""
        if hit.entry is None:
            return hit.start, hit.end
        if hit.entry.kind == "data":
            low = bisect_left(self._document_starts, hit.start) - 1
            before = self.passage.documents[low] if low >= 0 else None
            if before is None or before.end != hit.start:
                return None
            hit = before  # 2018年三季报 | 数据
            if hit.entry is None or hit.entry.kind == "data":
                return None
        prefix = _PERIOD.search(self.passage.masked[max(0, hit.start - 16) : hit.start])
        return (hit.start - len(prefix.group()) if prefix else hit.start), hit.end


@cache
def _units() -> re.Pattern[str]:
    """Match one thing that may stand between a speaker and the cue: a mark, a date or a word of the lexicon."""
    words = sorted(gap_words(), key=len, reverse=True)
    return re.compile("|".join([_MARKS_BETWEEN, _DATE, *map(re.escape, words)]))


@cache
def _places() -> frozenset[str]:
    return frozenset(places.load())
