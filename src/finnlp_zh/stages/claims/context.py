"""Reads what stands around a figure: what is measured, whose it is, whether it is a change, how sure, who says so."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from finnlp_zh.stages.claims.figures import Figure, load_words
from finnlp_zh.stages.claims.periods import Days, TimeExpression, allotted, is_starting_point
from finnlp_zh.stages.claims.ranking import Candidate
from finnlp_zh.types import Basis, Change, Claim, Modality, Period, Span

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
    metric_verbs: re.Pattern[str]
    subjects: re.Pattern[str]
    heads: re.Pattern[str]
    pure: frozenset[str]
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
            r"逼近|接近|突破|超过|低于|高于|占比为|报收|收报|报价?|一度|大幅|小幅|普遍|平均|又|再|其中|则|也|还|只|仅|是|为|达|有|共|约|超|至|到|了|的|在|均|各|已|将|或|可|约?占|被|由|从|近|逾|以|按|涨|跌|升|降|增|减|合|折合|折合人民币|折算成人民币|仍|每年|可|能|或将|很可能|[：:、—-])$"
        ),
        change_strip=re.compile(
            rf"(?:(?:同比|环比|按年|按月|(?<!占)[较比](?![例重率亚利])[^，。；\n]{{1,14}}?|与[^，。；\n]{{1,14}}?相比)(?:大幅|小幅|分别|普遍|均|则|约|累计)?)?(?:已|将|大幅|小幅)?(?:{level}|{change})(?:了|幅度?|至|到|为|达到?|约|近|超过?|逾|均|分别)?$"
        ),
        verbs=re.compile(_alternatives(word for word in words["verbs"] if len(word) > 1) + "|(?<![^，。；：])(?:将|拟|已|共|可)"),
        metric_verb_end=re.compile(rf"(?:累计|合计|本次|共|净|拟|计划|已|实际)?(?P<verb>{_alternatives(words['metric_verbs'])})(?:了|其)?$"),
        metric_verbs=re.compile(_alternatives(words["metric_verbs"])),
        subjects=re.compile(_alternatives(words["subjects"])),
        heads=re.compile(_alternatives(words["heads"])),
        pure=frozenset(words["pure_verbs"]),
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
        types: Mapping[str, str],
        speakers: frozenset[Span],
        bulletin: bool,
        written: date | None,
    ) -> None:
        self.text = text
        self.types = types
        self.speakers = speakers
        self.bulletin = bulletin
        self.written = written
        self.sentences = sorted(sentences)
        self.mentions = sorted(mentions)
        self.times = list(times)
        self.figures = list(figures)
        self._sentence_starts = [start for start, _ in self.sentences]
        self._time_starts = [time.start for time in self.times]
        self._mention_starts = [start for start, _, _ in self.mentions]
        opening = self.sentences[0] if self.sentences else (0, 0)
        self.leads = frozenset(text[start:end] for start, end, _ in self.mentions if start < opening[1])

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


def clause_start(article: Article, sentence: Span, index: int) -> int:
    """Give where the stretch before figure ``index`` begins: after the last mark, or after the figure before it."""
    figure = article.figures[index]
    floor = sentence[0]
    if index and article.figures[index - 1].end > floor:
        floor = article.figures[index - 1].end
    return _after_marks(article.text, floor, figure.start)


def _after_marks(text: str, floor: int, end: int) -> int:
    """Give the place after the last mark; a short quoted name (“小巨人”) parts nothing."""
    start, closing = floor, -1
    for match in _BOUNDARY.finditer(text, floor, end):
        if match.start() < closing:
            continue
        if match.group() in "“‘":
            closing = text.find("”" if match.group() == "“" else "’", match.end(), min(end, match.end() + 11)) + 1
            if closing:
                continue
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

_SHARE_OF: Final = re.compile(
    r"占(?:到|了|其|比)?(?P<whole>[^，。；：\d]{2,30}?)(?:的)?(?:比例|比重|份额)?(?:的|为|达到?|是|约|超过?|近|逾|高达|仅|[：:])*$"
)
_ATTRIBUTE: Final = re.compile(r"归(?:属|母)?(?:于|属)?[^的，。；]{0,14}的$")
_AFTER_OF: Final = re.compile(r"的(?=[一-鿿])")
_NP_STOP: Final = re.compile(
    r"(?:的|被|将|已|均|都|也|还|并|且|而|以|由|从|对|向|与其|为|是|在|于|到|至|中(?![国央小标外药型转医高长等间东原])|内(?![容资部蒙外存])|来自|用于|使用|进行|实现|"
    r"提供|支持|参加|参与|出席|开展|推动|推进|启动|建设|投入|落地|获得|取得|完成|增长|下降|上涨|下跌|增加|减少|提高|提升|入选|入驻|认为|表示|预计|同比|环比|占|超|达|较|比(?!例)|"
    r"设立|成立|发布|公布|上市|减持|增持|质押|解除|收购|购买|转让|出售|签署|签订|组成|构成|分别|共同|合计|累计|左右|以上|以下|不等|受到|受益|有望|需|告诉|指出|称|说|获|拟|一直|驻|通过|要|应|可|能(?!源|力|效|耗)|出台|下线|投放|销往|运往|"
    r"来华|来|去|下场|上路|行驶|覆盖|惠及|办理|批准|补助|之后|之前|后(?![端期勤])|前(?![十五三二海]))"
)
_HELD: Final = re.compile(
    r"(?:的)?(?P<held>股权及股东贷款|流通股股份|股东贷款|股权|股份|权益|份额|投票权|表决权|股本|财产份额|控股权|合伙份额|A股股份|H股股份)"
)
_NOUN_AFTER_VERB: Final = re.compile(
    r"(?:额|量|率|额度|总额|金额|收入|价格|价|均价|规模|比例|数量|面积|成本|总值|净额|资金|费用|资产|利润|收益|能力|余额|数|股份|活动|人次|项目|期限|时间|产品|企业|人数)"
)


@dataclass(slots=True)
class Scene:
    """What the candidate finders share about one figure."""

    article: Article
    sentence: Span
    index: int
    figure: Figure
    start: int
    change: Change | None
    modality: Modality
    previous_metric: Span | None
    previous_subject: Span | None
    previous_kind: str
    earlier: Sequence[Claim]


def metric_candidates(scene: Scene) -> list[Candidate]:
    """Give the spans that may name what the figure measures, each with its features."""
    figure, text = scene.figure, scene.article.text
    found: dict[Span | None, Candidate] = {}

    def propose(span: Span | None, source: str, *features: str) -> None:
        if span is None and source != "null":
            return
        candidate = found.setdefault(span, Candidate(span))
        candidate.features += [source, f"{source}&{figure.kind}", *features]
        if span is not None:
            candidate.features.append(f"{source}&{_headed(text, span)}")

    share = _share(text, scene.start, figure)
    propose(share, "share")
    held = _HELD.match(text, figure.end) if figure.kind == "percent" else None
    if held is not None:
        propose(held.span("held"), "held")
    stages = _stretch(scene, scene.start, figure.start)
    empty = "left-empty" if stages[-1][0] >= stages[-1][1] else "left-full"
    flags = ("share-there" if share else "", "held-there" if held else "")
    for span, source in _backward(scene, stages[-1]):
        propose(span, source, *_shape(scene, span), *flags)
    for depth, stage in enumerate(reversed(stages[:-1])):
        for span, source in _backward(scene, stage):
            if source in ("final", "head"):
                propose(span, f"early-{source}", f"early-{source}:{min(depth, 2)}", *_shape(scene, span), *flags)
    if (label := _label(scene)) is not None:
        for span, source in _backward(scene, label):
            propose(span, f"label-{source}", f"label-{source}&{empty}", *_shape(scene, span))
    forward = False
    for span, source in _forward(scene):
        forward = True
        of = "of" if text.startswith("的", figure.end) else "bare"
        propose(span, source, f"{source}&{empty}", f"{source}&{of}&{figure.kind}", *_shape(scene, span), *flags)
    same = "same-kind" if scene.previous_kind == figure.kind else "other-kind"
    apart = "listed" if _listed(scene) else "apart"
    if scene.previous_metric is not None:
        propose(scene.previous_metric, "inherit", f"inherit&{empty}", f"inherit&{bool(scene.change)}&{empty}", f"inherit&{same}&{empty}",
                f"inherit&{apart}&{same}")
    for span, source in _parallel_metrics(scene):
        propose(span, source, f"{source}&{empty}", f"{source}&{apart}")
    if empty == "left-empty":
        for span, source in _previous_clause(scene):
            propose(span, source, f"{source}&{bool(scene.change)}", *_shape(scene, span))
    propose(None, "null", f"null&{empty}", f"null&forward:{forward}", f"null&inherit:{scene.previous_metric is not None}&{empty}")
    return list(found.values())


_BEFORE_COLON: Final = re.compile(r"[：:][ ]?$")
_ITEM: Final = re.compile(r"[^、和及与]+")


def _headed(text: str, span: Span) -> str:
    """Tell whether the span ends with, or is, a word that commonly names what is measured."""
    heads = _patterns().heads
    for length in (8, 7, 6, 5, 4, 3, 2):
        if length <= span[1] - span[0] and heads.fullmatch(text, span[1] - length, span[1]):
            return "head" if length < span[1] - span[0] else "head-alone"
    return "plain"


def _label(scene: Scene) -> Span | None:
    """Give the words before a colon that leads up to the figure (收盘价：5元)."""
    text = scene.article.text
    colon = _BEFORE_COLON.search(text, max(0, scene.start - 2), scene.start)
    if colon is None:
        return None
    start = scene.sentence[0] if scene.sentence[0] < colon.start() else text.rfind("\n", 0, colon.start()) + 1
    stages = _stretch(scene, _after_marks(text, start, colon.start()), colon.start())
    return stages[-1]


def run_of(scene: Scene) -> tuple[int, int]:
    """Give the first and last figure of the list that the figure stands in."""
    figures, text = scene.article.figures, scene.article.text
    first = last = scene.index
    while first > 0 and _LISTED.fullmatch(text, figures[first - 1].end, figures[first].start):
        first -= 1
    while last + 1 < len(figures) and _LISTED.fullmatch(text, figures[last].end, figures[last + 1].start):
        last += 1
    return first, last


_LISTED: Final = re.compile(r"[ ]?[、和及与,，][ ]?")


def _parallel_metrics(scene: Scene) -> Iterator[tuple[Span, str]]:
    """Give what the place in a list tells: its own item of a listed metric, or the metric at the same place before."""
    first, last = run_of(scene)
    count, text = last - first + 1, scene.article.text
    if count < 2:
        return
    before = scene.earlier[first - count : first] if first >= count else []
    if len(before) == count and before[0].span[0] >= scene.sentence[0]:
        metric = before[scene.index - first].metric
        if metric is not None:
            yield metric, "parallel"
    if scene.index > first and (metric := scene.earlier[-1].metric if scene.earlier else None) is not None:
        yield metric, "list-inherit"
    start = clause_start(scene.article, scene.sentence, first)
    stage = _stretch(scene, start, scene.article.figures[first].start)[-1]
    edge = start
    for time in scene.article.times_in(*stage):
        edge = max(edge, time.end)
    items = list(_ITEM.finditer(text, edge, stage[1]))
    if len(items) == count:
        item = items[scene.index - first]
        right = item.end()
        if scene.index == first:
            for span, source in _backward(scene, (item.start(), right)):
                if source == "final":
                    yield span, "item"
        elif (span := _trim(text, item.start(), right)) is not None:
            yield span, "item"


def _previous_clause(scene: Scene) -> Iterator[tuple[Span, str]]:
    """Give the metric heads of the clause before one that holds nothing but a verb and the figure (产量再创新高，达…)."""
    text, patterns = scene.article.text, _patterns()
    right = scene.start - 1
    for rank in range(2):
        left = max((text.rfind(mark, scene.sentence[0], max(right, 0)) for mark in "，；：。"), default=-1)
        left = max(left + 1, scene.sentence[0])
        if left >= right:
            return
        last = None
        for match in patterns.heads.finditer(text, left, right):
            last = match
        if last is not None:
            for span, source in _backward(scene, (left, last.end())):
                if source in ("final", "head"):
                    yield span, f"clause{rank}-{source}"
        right = left - 1


def _listed(scene: Scene) -> bool:
    """Whether only a list mark parts the figure from the one before it."""
    if scene.index == 0:
        return False
    between = scene.article.text[scene.article.figures[scene.index - 1].end : scene.figure.start]
    return bool(re.fullmatch(r"[ ]?[、和及与至到,]?[ ]?", between))


def _shape(scene: Scene, span: Span) -> list[str]:
    text = scene.article.text
    length = span[1] - span[0]
    bucket = "1" if length == 1 else "2" if length == 2 else "3-4" if length <= 4 else "5-8" if length <= 8 else "9-14" if length <= 14 else "15+"
    before = text[span[0] - 1 : span[0]] if span[0] > scene.start else "^"
    return [f"length:{bucket}", f"last:{text[span[1] - 1]}", f"end:{text[max(span[0], span[1] - 2) : span[1]]}", f"before:{before}",
            f"first:{text[span[0]]}", f"length:{bucket}&{scene.figure.kind}"]


def _share(text: str, start: int, figure: Figure) -> Span | None:
    """Give the whole of which the figure is a share: B in 占B的x%."""
    if figure.kind not in ("percent", "points", "multiple"):
        return None
    match = _SHARE_OF.search(text, max(start, figure.start - 36), figure.start)
    if match is None or text[match.start() - 1 : match.start()] in set("侵抢霸独"):
        return None
    left, right = match.span("whole")
    return None if text[left:right].startswith(("比", "用")) else _trim(text, left, right)


def _trim(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start] in " 　、，的：:\t":
        start += 1
    while end > start and text[end - 1] in " 　、，的：:\t":
        end -= 1
    return (start, end) if start < end else None


def _stretch(scene: Scene, start: int, end: int) -> list[Span]:
    """Give the words before the figure, then without each link word and verb of change that leads up to it."""
    text, patterns = scene.article.text, _patterns()
    stages: list[Span] = []
    for _ in range(8):
        stretch = text[start:end].rstrip(_BLANK)
        end = start + len(stretch)
        stages.append((start, end))
        trailing = next((time for time in scene.article.times_in(start, end) if time.end >= end - 1), None)
        if trailing is not None and trailing.start > start:
            end = trailing.start
            continue
        match = None
        if not stretch.endswith(_METRIC_TAILS):
            match = patterns.change_strip.search(stretch)
            if match is None or not match.group():
                match = patterns.bridge_end.search(stretch)
        if match is None or match.start() == match.end():
            break
        if match.start() < (inner := _tail_start(stretch, match)):
            end = start + inner
            continue
        verb = patterns.metric_verb_end.search(stretch)
        if verb is not None and verb.start("verb") <= match.start():
            break
        end = start + match.start()
    return stages


def _tail_start(stretch: str, match: re.Match[str]) -> int:
    """Give where the match may begin at the earliest: a word such as 涨幅 in it names the metric and stays."""
    for tail in _METRIC_TAILS:
        found = stretch.rfind(tail, match.start())
        if found >= 0 and found + len(tail) < len(stretch):
            return found + len(tail)
    return match.start()


_METRIC_TAILS: Final = (
    "涨幅", "跌幅", "增幅", "降幅", "升幅", "增速", "增长率", "负增长", "减持", "增持", "降息", "加息", "减排", "增资", "出口", "进口", "占比", "募资",
)  # fmt: skip


def _backward(scene: Scene, stretch: Span) -> Iterator[tuple[Span, str]]:
    """Give the noun phrases that end where the stretch ends, from the longest to the shortest cut."""
    text, patterns = scene.article.text, _patterns()
    start, end = stretch
    if end <= start:
        return
    whole = _skip(text, start, end)
    edge = start
    for time in scene.article.times_in(start, end):
        edge = max(edge, time.end)
    timed = _skip(text, edge, end)
    for _, right, _ in scene.article.mentions_in(start, end):
        if right < end:
            edge = max(edge, right)
    named = _skip(text, edge, end)
    for match in patterns.verbs.finditer(text, edge, end):
        if match.end() < end and (match.group() in patterns.pure or _NOUN_AFTER_VERB.match(text, match.end(), end) is None):
            edge = match.end()
    verbal = _skip(text, edge, end)
    for match in patterns.subjects.finditer(text, edge, end):
        if match.start() == verbal and match.end() < end:
            edge = match.end()
            break
    for match in _AFTER_OF.finditer(text, edge, end):
        if not _ATTRIBUTE.search(text[edge : match.end()]) and "占" not in text[edge : match.start()]:
            edge = match.end()
    final = _skip(text, edge, end)
    for left, source in ((final, "final"), (verbal, "verbal"), (named, "named"), (timed, "timed"), (whole, "whole")):
        if left < end:
            yield (left, end), source
    verb = patterns.metric_verb_end.search(text[start:end])
    if verb is not None:
        yield (start + verb.start("verb"), start + verb.end("verb")), "verb"
    joint = max(text.rfind(mark, final, end) for mark in "、和及")
    if final < joint < end - 1:
        yield (joint + 1, end), "joint"
    head = next((match for match in patterns.heads.finditer(text, max(start, end - 10), end) if match.end() == end), None)
    if head is not None:
        yield head.span(), "head"


def _skip(text: str, edge: int, end: int) -> int:
    while edge < end and text[edge] in "的其了共为将已又也还约均，、 　":
        edge += 1
    return edge


def _forward(scene: Scene) -> Iterator[tuple[Span, str]]:
    """Give the noun phrases right after the figure (4000家工业企业; 69%的受访者; 5家最大的公司; 8亿元并购)."""
    article, text, figure, patterns = scene.article, scene.article.text, scene.figure, _patterns()
    start, limit = figure.end, scene.sentence[1]
    following = article.figures[scene.index + 1] if scene.index + 1 < len(article.figures) else None
    if following is not None and following.start - start <= 1:
        start, following = (start, None) if following.modifier == "about" else (following.end, None)
    elif following is not None and _LISTED.fullmatch(text, start, following.start):
        _, last = run_of(scene)
        start, following = article.figures[last].end, None
        if last + 1 < len(article.figures):
            following = article.figures[last + 1]
    if following is not None:
        limit = min(limit, following.start)
    if text.startswith(("的", "之"), start):
        start += 1
    if start >= limit:
        return
    verb = patterns.metric_verbs.match(text, start, limit)
    if verb is not None:
        yield verb.span(), "forward-verb"
    quoted = text.startswith("“", start)
    if _RIGHT_END.match(text, start) and not quoted:
        return
    stop = None if quoted else _RIGHT_END.search(text, start, limit)
    end = stop.start() if stop is not None else limit
    if quoted or text[end : end + 1] == "“":
        end = _quoted(text, start if quoted else end, limit)
    for time in article.times_in(start, end):
        end = min(end, time.start)
    if (far := _far_head(scene, start, limit)) is not None:
        yield far, "forward-far"
    if _NP_STOP.match(text, start) and not _NOUN_STARTS.match(text, start):
        return
    cuts = [match.start() for match in _NP_STOP.finditer(text, start + 1, end) if match.start() - start >= 1][:3]
    cuts += [match.start() for match in patterns.verbs.finditer(text, start + 2, end)][:2]
    for order, cut in enumerate(sorted({*cuts, end})[:4]):
        if (span := _trim(text, start, cut)) is not None:
            yield span, "forward" if order == 0 else "forward-long" if cut == end else "forward-longer"
    if text[end : end + 1] in "（(" and (closing := _PARENTHESIS.match(text, end)) is not None:
        yield (start, closing.end()), "forward-bracket"
        tail = _RIGHT_END.search(text, closing.end(), limit)
        if tail is not None and tail.start() > closing.end():
            yield (start, tail.start()), "forward-bracket-tail"


_PARENTHESIS: Final = re.compile(r"[（(][^（）()\n]{1,14}[)）]")
_NOUN_STARTS: Final = re.compile(r"被|超长|超大|超高|受访|受益|在华|在建|在册|在校|在线|可再生|可持|以色列|中小|中国|来华|上市|出口企业|用户|需求|投资|交易|说|成立")


def _far_head(scene: Scene, start: int, limit: int) -> Span | None:
    """Give the noun that a longer attribute leads up to (20个可复制、可推广的典型应用示范)."""
    text = scene.article.text
    stop = re.compile(r"[，。；：！？\n]").search(text, start, limit)
    end = min(stop.start() if stop is not None else limit, start + 40)
    cut = text.find("的", start, end)
    listed = text.find("等", start, end)
    if cut < 0 and listed > 0:
        cut = listed
    if cut <= start or cut + 1 >= end:
        return None
    again = text.find("的", cut + 1, end)
    if 0 < again < end - 1 and again - cut < 12:
        cut = again
    for match in _NP_STOP.finditer(text, cut + 2, end):
        end = match.start()
        break
    return _trim(text, cut + 1, end)


def _quoted(text: str, position: int, limit: int) -> int:
    """Give the end of a phrase that a quoted name is part of (专精特新“小巨人”企业)."""
    close = text.find("”", position, limit)
    if close < 0:
        return position
    stop = _RIGHT_END.search(text, close + 1, limit)
    return stop.start() if stop is not None else limit


# -- subject ----------------------------------------------------------------------------------------------------------

_SUBJECT_STRIP: Final = re.compile(
    r"^(?:其中|同时|此外|另外|目前|据悉|当前|由于|因|但|而|并|且|又|对|向|在|从|由|将|与|和|及|使|以|为|当|若|如果|全年|今年|去年|期间|期内|累计|合计|共|分别|预计|只有|通过|根据|按照|值得一提的是|数据显示|公告显示|近期|随着|比|较|，|、| |　)+"
)
_FOLLOWERS: Final = (
    "持有", "实现", "拟", "计划", "公告", "表示", "称", "晚间", "发布", "等", "的", "、", "和", "及", "（", "(", "，", "：", ":", "与", "在", "将", "已", "于", "为", "是",
    "共", "方面", "以", "对", "向", "股价", "所持", "其", "今年", "公布", "宣布", "累计", "总", "通过", "收到", "今日", "获", "拥有", "预计", "净",
)  # fmt: skip


def subject_candidates(scene: Scene, metric: Span | None) -> list[Candidate]:
    """Give the spans that may name whose figure it is, each with its features."""
    article, text, figure = scene.article, scene.article.text, scene.figure
    found: dict[Span | None, Candidate] = {}

    def propose(span: Span | None, *sources: str) -> None:
        candidate = found.get(span)
        if candidate is None:
            candidate = found[span] = Candidate(span, _place(scene, span, metric) if span is not None else [])
        for source in sources:
            candidate.features += [source, f"{source}&{figure.kind}"]

    first = scene.sentence[0]
    mentions = [mention for mention in article.mentions_in(first, figure.start)][-10:]
    for rank, (left, right, name) in enumerate(reversed(mentions)):
        kind = article.types.get(name, "ORG")
        propose((left, right), "mention", f"mention:{kind}", f"mention-rank:{min(rank, 4)}")
        if rank < 3 and (wide := _extended(scene, left, right)) is not None:
            propose(wide, "extended", f"extended-rank:{rank}")
        if rank < 4 and (joined := _joined(scene, left, right)) is not None:
            propose(joined, "joined")
    for rank, match in enumerate(reversed(list(_patterns().subjects.finditer(text, max(first, figure.start - 90), figure.start))[-5:])):
        if not any(left <= match.start() and match.end() <= right for left, right, _ in mentions):
            propose(match.span(), "word", f"word:{match.group()}", f"word-rank:{rank}")
    for rank, (left, right) in enumerate(_clauses(scene)):
        for span, source in _phrases(scene, left, right, metric):
            propose(span, source, f"{source}-{rank}")
    if figure.kind == "percent" and (owner := _owner(scene)) is not None:
        held = metric is not None and metric[0] >= figure.end
        propose(owner, "owner", f"owner&held:{held}", f"owner&{text[metric[0] : metric[1]][-2:] if held and metric else ''}")
    if scene.previous_subject is not None:
        close = metric is None or metric[0] < scene.start or metric[0] > figure.end
        propose(scene.previous_subject, "inherit", f"inherit&bare:{close}", "inherit&listed" if _listed(scene) else "inherit&apart",
                f"inherit&change:{bool(scene.change)}&bare:{close}")
    first_index, last_index = run_of(scene)
    count = last_index - first_index + 1
    if count > 1 and first_index >= count and len(scene.earlier) >= first_index:
        parallel = scene.earlier[first_index - count + scene.index - first_index]
        if parallel.span[0] >= first and parallel.subject is not None and parallel.subject.span is not None:
            propose(parallel.subject.span, "parallel")
    if (aligned := _aligned(scene)) is not None:
        propose(aligned, "aligned")
    propose(None)
    found[None].features += ["null", f"null&{figure.kind}", f"null&mentions:{min(len(mentions), 3)}", f"null&previous:{scene.previous_subject is not None}",
                             f"null&tv:{article.bulletin}", f"null&first:{scene.previous_kind == ''}"]
    return list(found.values())


def _clauses(scene: Scene) -> list[Span]:
    """Give the figure's own clause and the two before it, the nearest first."""
    text = scene.article.text
    spans: list[Span] = []
    right = scene.figure.start
    for _ in range(3):
        left = max((text.rfind(mark, scene.sentence[0], right) for mark in "，；：。（(、"), default=-1)
        while left > 0 and text[left] == "、" and scene.article.figures[scene.index - 1].end != left:
            left = max((text.rfind(mark, scene.sentence[0], left) for mark in "，；：。（(、"), default=-1)
        begin = max(left + 1, scene.sentence[0])
        if begin < right:
            spans.append((begin, right))
        if left < scene.sentence[0]:
            break
        right = left
    return spans


def _phrases(scene: Scene, start: int, right: int, metric: Span | None) -> Iterator[tuple[Span, str]]:
    """Give the noun phrases that open a clause: up to its first verb, up to the metric, up to 的."""
    text = scene.article.text
    left = start
    for time in scene.article.times_in(start, right):
        if time.start - left <= 2:
            left = time.end
    strip = _SUBJECT_STRIP.match(text[left:right])
    if strip is not None:
        left += strip.end()
    edge = metric[0] if metric is not None and left < metric[0] < right else right
    verb = _patterns().verbs.search(text, left, edge)
    stop = verb.start() if verb is not None else edge
    if (span := _fit(text, left, stop)) is not None:
        yield span, "phrase-verb" if verb is not None else "phrase-edge"
    for figure in scene.article.figures[max(0, scene.index - 3) : scene.index]:
        if left <= figure.start < edge:
            return
    if edge != stop and (span := _fit(text, left, edge)) is not None:
        yield span, "phrase-metric"
    for match in _AFTER_OF.finditer(text, left, edge):
        if (span := _fit(text, left, match.start())) is not None:
            yield span, "phrase-of"
        break


def _fit(text: str, left: int, right: int) -> Span | None:
    span = _trim(text, left, right)
    return span if span is not None and 2 <= span[1] - span[0] <= 24 else None


def _owner(scene: Scene) -> Span | None:
    """Give Y in Y的x%股权: the name right before the figure."""
    text, end, first = scene.article.text, scene.figure.start, scene.sentence[0]
    while end > first and text[end - 1] in "的 　":
        end -= 1
    if text[end - 1 : end] in "）)" and end > first:
        opening = max(text.rfind("（", first, end), text.rfind("(", first, end))
        end = opening if opening > first else end
    for left, right, _ in scene.article.mentions_in(max(first, end - 60), end):
        if right == end:
            return left, right
    return None


def _extended(scene: Scene, left: int, right: int) -> Span | None:
    """Take in the noun that a name only qualifies (美国 + 网络安全保险市场)."""
    text = scene.article.text
    limit = min(scene.figure.start, right + 16)
    verb = _patterns().verbs.search(text, right, limit)
    stop = verb.start() if verb is not None else limit
    mark = re.compile(r"[，、的（(。；：]|晚间|公告|称|表示|于|在|对|与|和").search(text, right, stop)
    stop = mark.start() if mark is not None else stop
    if stop - right < 2 or scene.article.times_in(right, stop):
        return None
    return left, stop


def _joined(scene: Scene, left: int, right: int) -> Span | None:
    """Give names that stand side by side (江苏拓邦、江苏汉唐; A及B) as one subject."""
    text = scene.article.text
    begin = left
    for start, end, _ in reversed(scene.article.mentions_in(scene.sentence[0], left)):
        if text[end:begin] in ("、", "和", "及", "与"):
            begin = start
        elif end <= begin:
            break
    return (begin, right) if begin < left else None


def _aligned(scene: Scene) -> Span | None:
    """Give the part of an enumeration that the figure belongs to (A、B、C，占比分别为x、y、z)."""
    figures, text, index = scene.article.figures, scene.article.text, scene.index
    first, last = run_of(scene)
    count = last - first + 1
    if count < 2:
        return None
    head = text[scene.sentence[0] : figures[first].start]
    if "分别" not in head:
        return None
    listed = list(re.finditer(r"(?:[^，。；：、\d]{1,24}、)*[^，。；：、\d]{1,24}(?:、|和|及|与)[^，。；：、\d]{1,24}", head))
    for match in reversed(listed):
        items = [item for item in re.finditer(r"[^、和及与，]+", match.group())]
        if len(items) != count:
            items = [item for item in re.finditer(r"[^、，]+", match.group())]
        if len(items) == count:
            item = items[index - first]
            begin, end = scene.sentence[0] + match.start() + item.start(), scene.sentence[0] + match.start() + item.end()
            if index == first:
                for mark in ("为", "对", "是", "包括"):
                    cut = text.rfind(mark, begin, end)
                    if cut >= 0 and cut + 1 < end:
                        begin = max(begin, cut + 1)
            if index == last and (verb := _patterns().verbs.search(text, begin, end)) is not None and verb.start() > begin:
                end = verb.start()
            return _trim(text, begin, end)
    return None


def _place(scene: Scene, span: Span, metric: Span | None) -> list[str]:
    """Give the features of where a candidate stands."""
    text, figure = scene.article.text, scene.figure
    between = text[span[1] : figure.start]
    commas = sum(between.count(mark) for mark in "，；：。")
    figures = sum(1 for other in scene.article.figures[max(0, scene.index - 6) : scene.index] if other.start >= span[1])
    before = text[span[0] - 1 : span[0]] if span[0] > scene.sentence[0] else "^"
    follower = next((word for word in _FOLLOWERS if text.startswith(word, span[1])), "~")
    inside = metric is not None and metric[0] < span[1] and span[0] < metric[1]
    adjacent = metric is not None and 0 <= metric[0] - span[1] <= 2
    mentions = sum(1 for other in scene.article.mentions_in(span[1], figure.start))
    length = span[1] - span[0]
    return [
        f"commas:{min(commas, 4)}", f"figures:{min(figures, 4)}", f"commas:{min(commas, 3)}&figures:{min(figures, 3)}", f"before:{before}", f"after:{follower}",
        f"inside:{inside}", f"adjacent:{adjacent}", f"mentions:{min(mentions, 4)}", f"opens:{span[0] == scene.sentence[0]}",
        f"same:{span == scene.previous_subject}", f"length:{2 if length <= 2 else 4 if length <= 4 else 8 if length <= 8 else 12 if length <= 12 else 20}",
        f"speaks:{span in scene.article.speakers}", f"after:{follower}&commas:{min(commas, 2)}", f"kind:{figure.kind}&commas:{min(commas, 3)}",
        f"title:{text[span[0] : span[1]] in scene.article.leads}",
    ]  # fmt: skip


# -- period -----------------------------------------------------------------------------------------------------------


def period_candidates(scene: Scene) -> list[Candidate]:
    """Give the time expressions that may govern the figure, each with its features: of its sentence, or carried over."""
    article, text, figure = scene.article, scene.article.text, scene.figure
    found: list[Candidate] = []
    run = run_of(scene)
    times = article.times_in(scene.sentence[0], figure.start)
    usable = [time for time in times if not time.reference]
    for rank, position in enumerate(range(len(times) - 1, max(-1, len(times) - 6), -1)):
        time = times[position]
        chosen, days = time, time.days
        dealt = False
        if time in usable:
            chosen, days = allotted(usable, usable.index(time), run, scene.index, text)
            dealt = (chosen, days) != (time, time.days)
        candidate = _timed(chosen, days)
        candidate.features += ["here", f"here:{min(rank, 3)}", f"dealt:{dealt}", *_governs(scene, time)]
        nearer = [other for other in times[position + 1 :] if not other.reference and not other.announces]
        candidate.features += [f"nearer:{min(len(nearer), 2)}", f"nearer:{bool(nearer)}&{time.kind}"]
        found.append(candidate)
    stop = text.find("。", figure.end, scene.sentence[1])
    for time in article.times_in(figure.end, stop if stop > 0 else scene.sentence[1])[:1]:
        candidate = _timed(time, time.days)
        close = bool(re.fullmatch(r"[（(]?", text[figure.end : time.start]))
        candidate.features += ["after", f"after:{close}", f"after&{time.kind}", f"after&{bool(usable)}"]
        found.append(candidate)
    if scene.earlier:
        found += _carried(scene, bool(usable))
    nothing = Candidate(None)
    nothing.features += ["null", f"null&{figure.kind}", f"null&{figure.counter}", f"null&here:{len(usable) > 0}", f"null&{figure.kind}&here:{len(usable) > 0}",
                         f"null&bulletin:{article.bulletin}", f"null&carried:{bool(scene.earlier) and scene.earlier[-1].period is not None}", f"null&modality:{scene.modality}",
                         f"null&{figure.kind}&bulletin:{article.bulletin}"]
    found.append(nothing)
    return found


def _timed(time: TimeExpression, days: Days | None) -> Candidate:
    span = (time.start, time.end)
    return Candidate(span, days=(days[0].isoformat(), days[1].isoformat()) if days is not None else None)


def _governs(scene: Scene, time: TimeExpression) -> list[str]:
    article, text, figure = scene.article, scene.article.text, scene.figure
    between = text[time.end : figure.start]
    figures = sum(1 for other in article.figures[max(0, scene.index - 8) : scene.index] if other.start >= time.end)
    marks = sum(between.count(mark) for mark in "，；：（")
    follower = text[time.end : time.end + 1]
    before = text[time.start - 1 : time.start] if time.start > scene.sentence[0] else "^"
    place = "end" if follower in "，,：:" else "of" if follower == "的" else "in"
    lead = text[time.start] if text[time.start] in "截自从到至于在" else "-"
    own = marks == 0 and figures == 0
    return [
        f"kind:{time.kind}", f"kind:{time.kind}&bulletin:{article.bulletin}", f"reference:{time.reference}", f"announces:{time.announces}&{time.kind}",
        f"announces:{time.announces}&reference:{time.reference}", f"figures:{min(figures, 4)}", f"marks:{min(marks, 4)}", f"marks:{min(marks, 4)}&{time.kind}", f"before:{before}", f"lead:{lead}",
        f"place:{place}&{time.kind}", f"measure:{figure.kind}", f"measure:{figure.kind}&{time.kind}", f"counter:{figure.counter}", f"start:{is_starting_point(time, text)}&figures:{min(figures, 1)}",
        f"semicolon:{'；' in between}", f"days:{time.days is not None}", f"modality:{scene.modality}&{time.kind}", f"own:{own}&{time.kind}", f"own:{own}&{place}",
        f"held:{_HELD.match(text, figure.end) is not None}&{time.kind}", f"change:{scene.change}&{time.kind}", f"colon:{'：' in between or ':' in between}",
    ]  # fmt: skip


def _carried(scene: Scene, here: bool) -> list[Candidate]:
    """Give the period of the claim before, and of its place in a parallel list, as candidates."""
    text, figure, previous = scene.article.text, scene.figure, scene.earlier[-1]
    between = text[previous.span[1] : figure.start]
    line = "line" if "\n" not in between else "lines"
    stops = min(sum(between.count(mark) for mark in "。！？\n") + (1 if "　　" in between else 0), 3)
    found: list[Candidate] = []
    first, last = run_of(scene)
    count = last - first + 1
    if count > 1 and first >= count and len(scene.earlier) >= first:
        twin = scene.earlier[scene.index - count]
        if twin.span[0] >= scene.sentence[0] and twin.period is not None and twin.period.span is not None:
            candidate = Candidate(twin.period.span, days=_iso(twin.period))
            candidate.features += ["twin", f"twin&here:{here}"]
            found.append(candidate)
    last_timed = next((claim for claim in reversed(scene.earlier[-4:]) if claim.period is not None and claim.period.span is not None), None)
    if last_timed is None or last_timed.period is None:
        return found
    period = last_timed.period
    candidate = Candidate(period.span, days=_iso(period))
    opening = text[scene.sentence[0] : scene.sentence[0] + 2]
    word = opening if opening in ("其中", "此外", "同时", "另外", "截至", "公司", "对此", "据悉", "本次") else "other"
    kind = "now" if period.span is not None and text[period.span[0] : period.span[1]] in ("目前", "当前", "如今") else "day" if period.start == period.end else "span"
    gap = "close" if last_timed is previous else "gap"
    paragraph = text.count("\n", 0, figure.start) > 4
    candidate.features += [
        "carried", f"carried&{line}&{stops}", f"carried&{line}&{stops}&{kind}", f"carried&here:{here}", f"carried&{word}&{stops}", f"carried&{gap}", f"carried&{kind}",
        f"carried&{figure.kind}&{stops > 0}", f"carried&bulletin:{scene.article.bulletin}&{stops}", f"carried&modality:{scene.modality == last_timed.modality}&{stops > 0}",
        f"carried&same:{last_timed.kind == figure.kind}&{stops > 0}", f"carried&{paragraph}&{stops}", f"carried&counter:{figure.counter}",
    ]  # fmt: skip
    found.append(candidate)
    return found


def _iso(period: Period) -> tuple[str, str] | None:
    return (period.start, period.end) if period.start is not None and period.end is not None else None


# -- modality ---------------------------------------------------------------------------------------------------------

_DONE: Final = re.compile(r"已经?|完成|实施完毕|累计|实现|录得|截至|曾|此前|上次|报告显示|年报|同比|达到?了|了$")
_WILL: Final = re.compile(r"(?<![即])将|届时|完成后|之后|后，|如|若|倘若|一旦|每年")


def modality_candidates(scene: Scene) -> list[Candidate]:
    """Give the four modalities, each with the cues before the figure, how near they are, and what went before."""
    article, text, figure, patterns = scene.article, scene.article.text, scene.figure, _patterns()
    first, figures = scene.sentence[0], scene.article.figures
    facts: list[str] = ["any"]
    clause = max((text.rfind(mark, first, figure.start) for mark in "，；：。"), default=-1) + 1
    clause = max(clause, first)
    for name, pattern in (("forecast", patterns.forecast), ("target", patterns.target), ("estimate", patterns.estimate)):
        last = None
        for match in pattern.finditer(text, first, figure.start):
            last = match
        if last is None:
            facts.append(f"no-{name}")
            continue
        between = text[last.end() : figure.start]
        marks = min(sum(between.count(mark) for mark in "，；：。"), 3)
        crossed = min(sum(1 for other in figures[max(0, scene.index - 5) : scene.index] if other.start >= last.end()), 2)
        facts += [f"{name}:{marks}", f"{name}:{marks}&{crossed}", f"{name}={last.group()}", f"{name}={last.group()}:{min(marks, 1)}", f"{name}&{figure.kind}",
                  f"{name}&done:{_DONE.search(between) is not None}&{min(marks, 1)}"]
        after = _after_cue(patterns, text, figure)
        facts.append(f"{name}&after:{after}")
    facts.append(f"after:{_after_cue(patterns, text, figure)}")
    own = text[clause : figure.start]
    facts += [f"will:{_WILL.search(own) is not None}", f"done:{_DONE.search(own) is not None}", f"kind:{figure.kind}", f"modifier:{figure.modifier}", f"counter:{figure.counter}"]
    before = scene.earlier[-1] if scene.earlier else None
    if before is not None and before.span[0] >= first:
        listed = _listed(scene)
        facts += [f"previous:{before.modality}", f"previous:{before.modality}&listed:{listed}", f"previous:{before.modality}&change:{scene.change is not None}",
                  f"previous:{before.modality}&done:{_DONE.search(own) is not None}"]
    elif before is not None and "\n" not in text[before.span[1] : figure.start]:
        facts.append(f"last:{before.modality}")
    opening = text[first : first + 3]
    facts.append(f"opening:{opening}" if opening in ("预计", "计划", "力争", "目前", "截至", "下一步", "未来", "拟", "到20") else "opening:other")
    facts += [f"ahead:{_looks_ahead(scene)}", f"held:{_HELD.match(text, figure.end) is not None}", f"title:{first == 0}"]
    return [Candidate(None, [f"{label}|{fact}" for fact in facts], label=label) for label in ("actual", "estimate", "forecast", "target")]


def _after_cue(patterns: _Patterns, text: str, figure: Figure) -> str:
    """Give the cue right after the figure (3%的目标; 10亿元的预测)."""
    for name, pattern in (("forecast", patterns.forecast), ("target", patterns.target), ("estimate", patterns.estimate)):
        if (match := pattern.search(text, figure.end, figure.end + 8)) is not None and not re.search(r"[，。；]", text[figure.end : match.start()]):
            return name
    return "none"


def _looks_ahead(scene: Scene) -> str:
    """Tell whether the nearest time in the sentence lies after the day of writing."""
    times = [time for time in scene.article.times_in(scene.sentence[0], scene.figure.start) if not time.reference and time.days is not None]
    if not times or scene.article.written is None or times[-1].days is None:
        return "unknown"
    return "ahead" if times[-1].days[0] > scene.article.written else "past" if times[-1].days[1] <= scene.article.written else "now"
