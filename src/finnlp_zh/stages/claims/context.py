"""Reads what stands around a figure: what is measured, whose it is, whether it is a change, how sure, who says so."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from finnlp_zh.stages.claims.figures import Figure, load_words
from finnlp_zh.stages.claims.periods import TimeExpression
from finnlp_zh.types import Basis, Change, Modality, Span

_BOUNDARY: Final = re.compile(r"[，。；：！？!?;,\n（）()　“”‘’【】丨|]|(?<=[^\x00-\x7f])[ ]+|[ ]+(?=[^\x00-\x7f])")
_RIGHT_END: Final = re.compile(r"[，。；：！？!?;,\n（）()　、“”《》【】丨|0-9]|[ ]")
_BLANK: Final = " 　\t"


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The word lists of ``claims.json`` as patterns that look at the end or the beginning of a stretch of text."""

    change_end: re.Pattern[str]
    increase: frozenset[str]
    level_end: re.Pattern[str]
    bridge_end: re.Pattern[str]
    change_strip: re.Pattern[str]
    verbs: re.Pattern[str]
    metric_verb_end: re.Pattern[str]
    subjects: re.Pattern[str]
    forecast: re.Pattern[str]
    target: re.Pattern[str]
    estimate: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    words = load_words()
    change = _alternatives([*words["increase"], *words["decrease"]])
    level = _alternatives(words["no_change"])
    link = r"(?:了|幅度?|比例|数量|规模|为|达到?|高达|超过?|均|已|约|近|逾|分别|各|最多|累计|至少|不超过|合计|共|大约|也|则|仅|[：: ])"
    return _Patterns(
        change_end=re.compile(rf"(?P<change>{change})(?P<tail>{link}{{0,3}})$"),
        increase=frozenset(words["increase"]),
        level_end=re.compile(rf"(?:{level})(?:了|约|近|超)?$"),
        bridge_end=re.compile(
            r"(?:约为|分别约?为|分别约?达到?|达到了?|高达|仅为|只有|共计|总计|合计|累计|分别|大约|保持在|维持在|稳定在|控制在|位于|处于|预计|不低于|不超过|"
            r"逼近|接近|突破|超过|低于|高于|占比为|报收|收报|报价?|一度|大幅|小幅|普遍|平均|又|再|其中|则|也|还|只|仅|是|为|达|有|共|约|超|至|到|了|的|在|均|各|已|将|或|可|约?占|被|由|从|近|逾|以|按|涨|跌|升|降|增|减|[：:、—-])$"
        ),
        change_strip=re.compile(
            rf"(?:(?:同比|环比|同期|按年|按月|较|比|与)[^，。；\n]{{0,16}}?)?(?:{level}|{change})(?:了|幅度?|至|到|为|达到?|约|近|超过?|逾|均|分别)?$"
        ),
        verbs=re.compile(_alternatives(word for word in words["verbs"] if len(word) > 1) + "|(?<![^，。；：])(?:将|拟|已|共|可)"),
        metric_verb_end=re.compile(rf"(?:累计|合计|本次|共|净|拟|计划|已|实际)?(?P<verb>{_alternatives(words['metric_verbs'])})(?:了|其)?$"),
        subjects=re.compile(_alternatives(words["subjects"])),
        forecast=re.compile(_alternatives(words["forecast"])),
        target=re.compile(_alternatives(words["target"])),
        estimate=re.compile(_alternatives(words["estimate"])),
    )


class Article:
    """One article as the context rules see it, with its spans indexed by place."""

    def __init__(
        self,
        text: str,
        sentences: Sequence[Span],
        mentions: Sequence[tuple[int, int, str]],
        times: Sequence[TimeExpression],
        figures: Sequence[Figure],
    ) -> None:
        self.text = text
        self.sentences = sorted(sentences)
        self.mentions = sorted(mentions)
        self.times = list(times)
        self.figures = list(figures)
        self._sentence_starts = [start for start, _ in self.sentences]
        self._time_starts = [time.start for time in self.times]
        self._mention_starts = [start for start, _, _ in self.mentions]

    def sentence_of(self, position: int) -> Span:
        """Give the sentence that holds ``position``; the line, where the splitter left it out."""
        index = bisect_right(self._sentence_starts, position) - 1
        if index >= 0 and position < self.sentences[index][1]:
            return self.sentences[index]
        start = self.text.rfind("\n", 0, position) + 1
        end = self.text.find("\n", position)
        return start, len(self.text) if end < 0 else end

    def times_in(self, start: int, end: int) -> list[TimeExpression]:
        """Give the time expressions that begin and end inside the span."""
        first, last = bisect_left(self._time_starts, start), bisect_left(self._time_starts, end)
        return [time for time in self.times[first:last] if time.end <= end]

    def mentions_in(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """Give the mentions (start, end, entity) that begin and end inside the span."""
        first, last = bisect_left(self._mention_starts, start), bisect_left(self._mention_starts, end)
        return [mention for mention in self.mentions[first:last] if mention[1] <= end]


@dataclass(slots=True)
class Reading:
    """What was read around one figure; ``inherited`` tells that the metric comes from an earlier figure."""

    metric: Span | None = None
    subject: Span | None = None
    change: Change | None = None
    basis: Basis | None = None
    inherited: bool = False


def clause_start(article: Article, sentence: Span, index: int) -> int:
    """Give where the stretch before figure ``index`` begins: after the last mark, or after the figure before it."""
    figure = article.figures[index]
    floor = sentence[0]
    if index and article.figures[index - 1].end > floor:
        floor = article.figures[index - 1].end
    start = floor
    for match in _BOUNDARY.finditer(article.text, floor, figure.start):
        start = match.end()
    return start


def change_of(text: str, start: int, figure: Figure) -> Change | None:
    """Give the direction where the figure itself is the change, from the words right before it."""
    if figure.change is not None:
        return figure.change
    if figure.kind in ("duration", "rank"):
        return None
    patterns = _patterns()
    left = text[max(start, figure.start - 40) : figure.start].rstrip(_BLANK)
    if patterns.level_end.search(left):
        return "increase" if left.endswith(("涨幅扩大至", "增幅扩大至")) else None
    match = patterns.change_end.search(left)
    if match is None:
        return _change_over(patterns, left, figure)
    if match["change"] in ("少", "减", "增", "升", "跌", "降", "涨", "翻") and not _bare_verb(left, match):
        return None
    return "increase" if match["change"] in patterns.increase else "decrease"


def _bare_verb(left: str, match: re.Match[str]) -> bool:
    """Whether a one-character verb of change is a verb here, not the end of another word (至少, 最少, 不少)."""
    before = left[max(0, match.start() - 1) : match.start()]
    return before not in set("至最不多缺年")


_OVER: Final = re.compile(r"(?P<verb>减持|增持|减少|增加|预减|预增)(?P<object>[^，。；为达占至到由从]{1,22})$")


def _change_over(patterns: _Patterns, left: str, figure: Figure) -> Change | None:
    """Give the direction of a verb whose object stands between it and the figure (减持公司股份3万股)."""
    match = _OVER.search(left)
    if match is None or figure.kind in ("rate",):
        return None
    if match["verb"] in ("增持", "减持") and re.search(r"计划|价格|均价|持有|后|前", match["object"]):
        return None
    if match["verb"] == "增持" and "比例" in match["object"]:
        return None
    return "increase" if match["verb"] in patterns.increase else "decrease"


def basis_of(text: str, start: int, figure: Figure, change: Change | None, monthly: bool) -> Basis | None:
    """Give what a change is measured against: the year before (同比), the quarter or month before (环比)."""
    if change is None and figure.kind not in ("percent", "points"):
        return None
    left = text[max(start, figure.start - 40) : figure.start]
    if re.search(r"同比|按年|[比较](?:上年|去年|上一年|前一年)|比同期|[比较](?:上|去)年同期|年增长|年均", left):
        return "yoy"
    if re.search(r"[比较](?:上月|上个月)|按月", left):
        return "mom"
    if re.search(r"[比较](?:上季|上个季|上一季)|按季", left):
        return "qoq"
    if "环比" in left:
        return "mom" if monthly else "qoq"
    return None


# -- metric -----------------------------------------------------------------------------------------------------------

_SHARE_OF: Final = re.compile(r"占(?:到|了|其|比)?(?P<whole>[^，。；：\d]{2,30}?)(?:的)?(?:比例|比重|份额)?(?:的|为|达到?|是|约|超过?|近|逾|高达|仅|[：:])*$")
_ATTRIBUTE: Final = re.compile(r"归(?:属|母)?(?:于|属)?[^的，。；]{0,14}的$")
_AFTER_OF: Final = re.compile(r"的(?=[一-鿿])")
_FORWARD_OF: Final = re.compile(r"(?:的|之)?(?=[一-鿿A-Za-z“])")
_NP_STOP: Final = re.compile(
    r"(?:的|被|将|已|均|都|也|还|并|且|而|以|由|从|对|向|与其|为|是|在|于|到|至|中(?![国央小标外药型转医高长等间东原])|内(?![容资部蒙外存])|来自|用于|使用|进行|实现|"
    r"提供|支持|参加|参与|出席|开展|推动|推进|启动|建设|投入|落地|获得|取得|完成|增长|下降|上涨|下跌|增加|减少|提高|提升|入选|入驻|认为|表示|预计|同比|环比|占|超|达|较|比(?!例)|"
    r"设立|成立|发布|公布|上市|减持|增持|质押|解除|收购|购买|转让|出售|签署|签订|组成|构成|分别|共同|合计|累计|左右|以上|以下|不等|受到|受|有望|需|要|应|可|能(?!源|力|效|耗)|出台|下线|投放|销往|运往|来华|来|去|下场|上路|行驶|覆盖|惠及|办理|完成|批准|补助|之后|之前|后(?![端期勤])|前(?![十五三二海]))"
)
_PARENTHESIS: Final = re.compile(r"[（(][^（）()\n]{0,12}[)）]")
_HELD: Final = re.compile(r"(?:的)?(?:股权及股东贷款|流通股股份|股东贷款|股权|股份|权益|份额|投票权|表决权|股本|财产份额|控股权|合伙份额|A股股份|H股股份)")


def metric_of(article: Article, sentence: Span, index: int) -> tuple[Span | None, bool]:
    """Give the span of what figure ``index`` measures, and whether nothing beside the figure names it."""
    figure, text = article.figures[index], article.text
    start = clause_start(article, sentence, index)
    if figure.kind == "percent":
        if (span := _share(text, start, figure)) is not None:
            return span, False
        if held := _HELD.match(text, figure.end):
            return _trim(text, held.start() + (1 if held.group().startswith("的") else 0), held.end()), False
    if figure.kind in ("count", "rank", "multiple", "physical") or (figure.kind == "percent" and text.startswith("的", figure.end)):
        forward = _forward(article, sentence, index)
        if forward is not None and (figure.kind != "physical" or _empty_left(article, start, figure)):
            return forward, False
    backward = _backward(article, start, figure)
    if backward is not None:
        return backward, False
    forward = _forward(article, sentence, index)
    if forward is not None and not change_of(text, start, figure):
        return forward, False
    return None, True


def _empty_left(article: Article, start: int, figure: Figure) -> bool:
    return _backward(article, start, figure) is None


def _share(text: str, start: int, figure: Figure) -> Span | None:
    """Give the whole of which the figure is a share: B in 占B的x%."""
    match = _SHARE_OF.search(text, max(start, figure.start - 36), figure.start)
    if match is None or text[match.start() - 1 : match.start()] in set("侵抢霸独"):
        return None
    left, right = match.span("whole")
    if text[left:right].startswith(("比", "用")):
        return None
    return _trim(text, left, right)


def _trim(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start] in " 　、，的：:\t":
        start += 1
    while end > start and text[end - 1] in " 　、，的：:\t":
        end -= 1
    return (start, end) if start < end else None


def _backward(article: Article, start: int, figure: Figure) -> Span | None:
    """Give the noun phrase that ends before the figure, its link words, verbs and owner stripped."""
    text, patterns = article.text, _patterns()
    end = figure.start
    while True:
        stretch = text[start:end].rstrip(_BLANK)
        end = start + len(stretch)
        match = patterns.change_strip.search(stretch)
        if match is None or not match.group():
            match = patterns.bridge_end.search(stretch)
        if match is None or match.start() == match.end():
            break
        if (verb := patterns.metric_verb_end.search(stretch)) is not None and verb.start("verb") <= match.start():
            break
        if _keeps(stretch, match):
            break
        end = start + match.start()
    if end <= start:
        return None
    left = _left_edge(article, start, end)
    if left >= end:
        verb = patterns.metric_verb_end.search(text[start:end])
        return (start + verb.start("verb"), start + verb.end("verb")) if verb is not None else None
    return _trim(text, left, end)


def _keeps(stretch: str, match: re.Match[str]) -> bool:
    """Whether the match is the tail of a word that names a metric (涨幅, 增速, 减值, 占比)."""
    return stretch.endswith(("涨幅", "跌幅", "增幅", "降幅", "升幅", "增速", "增长率", "负增长", "减持", "增持", "降息", "加息", "减排", "增资", "出口", "进口"))


def _left_edge(article: Article, start: int, end: int) -> int:
    """Give where the metric begins: after the last time, name, verb or 的 before its head."""
    text, patterns = article.text, _patterns()
    edge = start
    for time in article.times_in(start, end):
        edge = max(edge, time.end)
    for _, right, _ in article.mentions_in(start, end):
        if right < end:
            edge = max(edge, right)
    for match in patterns.verbs.finditer(text, edge, end):
        if match.end() < end and not _inside_noun(text, match, end):
            edge = match.end()
    for match in patterns.subjects.finditer(text, edge, end):
        if match.start() == edge and match.end() < end:
            edge = match.end()
            break
    for match in _AFTER_OF.finditer(text, edge, end):
        if not _ATTRIBUTE.search(text[edge : match.end()]) and "占" not in text[edge : match.start()]:
            edge = match.end()
    while edge < end and text[edge] in "的其了共为将已又也还的，、 　":
        edge += 1
    return edge


_NOUN_AFTER_VERB: Final = re.compile(r"(?:额|量|率|额度|总额|金额|收入|价格|价|均价|规模|比例|数量|面积|成本|总值|总额|净额|资金|费用|资产|利润|收益|能力|余额|数|股份|活动|人次|项目|期限|时间|产品|企业|人数)")


def _inside_noun(text: str, match: re.Match[str], end: int) -> bool:
    """Whether the verb is the first part of a noun (销售收入, 投资规模, 募集资金, 发行价格)."""
    return _NOUN_AFTER_VERB.match(text, match.end(), end) is not None


def _forward(article: Article, sentence: Span, index: int) -> Span | None:
    """Give the noun phrase right after the figure (4000家工业企业; 69%的受访者)."""
    text, figure = article.text, article.figures[index]
    start = figure.end
    if text.startswith(("的", "之"), start):
        start += 1
    limit = sentence[1]
    if index + 1 < len(article.figures):
        limit = min(limit, article.figures[index + 1].start)
    if start >= limit or _RIGHT_END.match(text, start) or (_NP_STOP.match(text, start) and not text.startswith("中国", start)):
        return None
    stop = _RIGHT_END.search(text, start, limit)
    end = stop.start() if stop is not None else limit
    if text[end : end + 1] in "“" and stop is not None:
        end = _quoted(text, end, limit)
    for match in _NP_STOP.finditer(text, start + 1, end):
        if match.start() - start >= 2 or match.group() in ("的", "被", "将"):
            end = match.start()
            break
    for time in article.times_in(start, end):
        end = min(end, time.start)
    return _trim(text, start, end)


def _quoted(text: str, position: int, limit: int) -> int:
    """Give the end of a phrase that a quoted name is part of (专精特新“小巨人”企业)."""
    close = text.find("”", position, limit)
    if close < 0:
        return position
    stop = _RIGHT_END.search(text, close + 1, limit)
    return stop.start() if stop is not None else limit


# -- subject ----------------------------------------------------------------------------------------------------------

_SUBJECT_STRIP: Final = re.compile(
    r"^(?:其中|同时|此外|另外|目前|据悉|当前|由于|因|但|而|并|且|又|对|向|在|从|由|将|与|和|及|使|以|为|当|若|如果|全年|今年|去年|期间|期内|累计|合计|共|分别|预计|只有|通过|根据|按照|值得一提的是|数据显示|公告显示|，|、| )+"
)


def subject_of(article: Article, sentence: Span, index: int, metric: Span | None) -> Span | None:
    """Give the span of whose figure it is: the name or noun phrase before the metric, or before its verb."""
    text, figure = article.text, article.figures[index]
    start = clause_start(article, sentence, index)
    if figure.kind == "percent" and metric is not None and metric[0] >= figure.end and text[metric[0] : metric[1]].endswith(
        ("股权", "股份", "权益", "贷款")
    ):
        owner = _owner(article, sentence, figure)
        if owner is not None:
            return owner
    edge = metric[0] if metric is not None and start <= metric[0] < figure.start else figure.start
    return _holder(article, start, edge)


def _owner(article: Article, sentence: Span, figure: Figure) -> Span | None:
    """Give Y in Y的x%股权: the name right before the figure."""
    text = article.text
    end = figure.start
    while end > sentence[0] and text[end - 1] in "的 　":
        end -= 1
    if text[end - 1 : end] in "）)":
        opening = max(text.rfind("（", sentence[0], end), text.rfind("(", sentence[0], end))
        if opening > 0:
            end = opening
    for start, right, _ in article.mentions_in(max(sentence[0], end - 60), end):
        if right == end:
            return start, right
    return None


def _holder(article: Article, start: int, edge: int) -> Span | None:
    """Give the last name, else the last stock subject word, else the noun phrase, between clause start and metric."""
    text, patterns = article.text, _patterns()
    mentions = article.mentions_in(start, edge)
    if mentions:
        left, right, _ = mentions[-1]
        return _extended(article, left, right, edge)
    best: Span | None = None
    for match in patterns.subjects.finditer(text, start, edge):
        best = match.span()
    if best is not None:
        return best
    left = start
    for time in article.times_in(start, edge):
        left = max(left, time.end)
    phrase = text[left:edge]
    if (strip := _SUBJECT_STRIP.match(phrase)) is not None:
        left += strip.end()
    verb = patterns.verbs.search(text, left, edge)
    right = verb.start() if verb is not None else edge
    trimmed = _trim(text, left, right)
    if trimmed is None or not 2 <= trimmed[1] - trimmed[0] <= 20:
        return None
    return trimmed


def _extended(article: Article, left: int, right: int, edge: int) -> Span:
    """Take in the noun that a name only qualifies (美国 + 网络安全保险市场)."""
    text, patterns = article.text, _patterns()
    verb = patterns.verbs.search(text, right, edge)
    stop = verb.start() if verb is not None else right
    tail = text[right:stop]
    if tail and len(tail) <= 14 and not re.search(r"[，、的（(]|晚间|发布|公告|称|表示|于|在|对|将|拟|与|和", tail) and not article.times_in(right, stop):
        trimmed = _trim(text, left, stop)
        return trimmed if trimmed is not None else (left, right)
    return left, right


# -- modality ---------------------------------------------------------------------------------------------------------

def modality_of(article: Article, sentence: Span, index: int) -> Modality:
    """Give how sure the figure is, from the nearest cue before it in its sentence."""
    text, figure = article.text, article.figures[index]
    patterns = _patterns()
    left = text[sentence[0] : figure.start]
    found: list[tuple[int, Modality]] = []
    for name, pattern in (("forecast", patterns.forecast), ("target", patterns.target), ("estimate", patterns.estimate)):
        last = None
        for match in pattern.finditer(left):
            last = match
        if last is not None:
            found.append((last.start(), name))  # type: ignore[arg-type]
    if not found:
        return "actual"
    return max(found)[1]
