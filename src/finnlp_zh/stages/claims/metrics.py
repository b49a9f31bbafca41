"""Proposes the spans that may name what a figure measures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from finnlp_zh.stages.claims.context import (
    AFTER_OF,
    BLANK,
    HELD,
    LISTED,
    Scene,
    after_marks,
    clause_start,
    is_listed,
    patterns,
    run_of,
    trim,
)
from finnlp_zh.stages.claims.figures import Figure
from finnlp_zh.stages.claims.ranking import Bundle, Candidate
from finnlp_zh.types import Span

_RIGHT_END: Final = re.compile(r"[，。；：！？!?;,\n（）()　、“”《》【】丨|0-9]|[ ]")
_SHARE_OF: Final = re.compile(
    r"占(?:到|了|其|比)?(?P<whole>[^，。；：\d]{2,30}?)(?:的)?(?:比例|比重|份额)?(?:的|为|达到?|是|约|超过?|近|逾|高达|仅|[：:])*$"
)
_ATTRIBUTE: Final = re.compile(r"归(?:属|母)?(?:于|属)?[^的，。；]{0,14}的$")
_NP_STOP: Final = re.compile(
    r"(?:的|被|将|已|均|都|也|还|并|且|而|以|由|从|对|向|与其|为|是|在|于|到|至|中(?![国央小标外药型转医高长等间东原])|内(?![容资部蒙外存])|来自|用于|使用|进行|实现|"
    r"提供|支持|参加|参与|出席|开展|推动|推进|启动|建设|投入|落地|获得|取得|完成|增长|下降|上涨|下跌|增加|减少|提高|提升|入选|入驻|认为|表示|预计|同比|环比|占|超|达|较|比(?!例)|"
    r"设立|成立|发布|公布|上市|减持|增持|质押|解除|收购|购买|转让|出售|签署|签订|组成|构成|分别|共同|合计|累计|左右|以上|以下|不等|受到|受益|有望|需|告诉|指出|称|说|获|拟|一直|驻|通过|要|应|可|能(?!源|力|效|耗)|出台|下线|投放|销往|运往|"
    r"来华|来|去|下场|上路|行驶|覆盖|惠及|办理|批准|补助|之后|之前|后(?![端期勤])|前(?![十五三二海]))"
)
_NOUN_AFTER_VERB: Final = re.compile(
    r"(?:额|量|率|额度|总额|金额|收入|价格|价|均价|规模|比例|数量|面积|成本|总值|净额|资金|费用|资产|利润|收益|能力|余额|数|股份|活动|人次|项目|期限|时间|产品|企业|人数)"
)
_BEFORE_COLON: Final = re.compile(r"[：:][ ]?$")
_ITEM: Final = re.compile(r"[^、和及与]+")
_METRIC_TAILS: Final = (
    "涨幅",
    "跌幅",
    "增幅",
    "降幅",
    "升幅",
    "增速",
    "增长率",
    "负增长",
    "减持",
    "增持",
    "降息",
    "加息",
    "减排",
    "增资",
    "出口",
    "进口",
    "占比",
    "募资",
)
_PARENTHESIS: Final = re.compile(r"[（(][^（）()\n]{1,14}[)）]")
_NOUN_STARTS: Final = re.compile(
    r"被|超长|超大|超高|受访|受益|在华|在建|在册|在校|在线|可再生|可持|以色列|中小|中国|来华|上市|出口企业|用户|需求|投资|交易|说|成立"
)


def metric_candidates(scene: Scene) -> list[Candidate]:  # noqa: PLR0912 - a cascade of rules, read from the top
    """Give the spans that may name what the figure measures, each with its features."""
    figure, text = scene.figure, scene.article.text
    found: dict[Span | None, Candidate] = {}
    headed: dict[Span | None, str] = {}

    def propose(span: Span | None, source: str, *features: str) -> None:
        if span is None and source != "null":
            return
        candidate = found.get(span)
        if candidate is None:
            candidate = found[span] = _shaped(scene, span) if span is not None else Candidate(None)
            headed[span] = _headed(text, span) if span is not None else ""
        candidate.bundles.append(_found(source, figure.kind, headed[span], features))

    share = _share(text, scene.start, figure)
    propose(share, "share")
    if share is not None and text.startswith("公司", share[0]) and share[1] - share[0] > 4:
        propose((share[0] + 2, share[1]), "share-part")
    held = HELD.match(text, figure.end) if figure.kind == "percent" else None
    if held is not None:
        propose(held.span("held"), "held")
    stages = _stretch(scene, scene.start, figure.start)
    empty = "left-empty" if stages[-1][0] >= stages[-1][1] else "left-full"
    flags = ("share-there" if share else "", "held-there" if held else "")
    for span, source in _backward(scene, stages[-1]):
        propose(span, source, *flags)
    for depth, stage in enumerate(reversed(stages[:-1])):
        for span, source in _backward(scene, stage):
            if source in ("final", "head"):
                propose(span, f"early-{source}", f"early-{source}:{min(depth, 2)}", *flags)
    for stage, name in _beyond(scene, stages[-1]):
        for span, source in _backward(scene, stage):
            if source in ("final", "head", "owned"):
                propose(span, f"{name}-{source}", *flags)
    for depth, stage in enumerate(reversed(stages)):
        propose(scene.article.phrase_before(stage[1], stage[0]), "chunk", f"chunk:{min(depth, 2)}", *flags)
    propose(scene.article.phrase_after(figure.end), "chunk-forward", f"chunk-forward&{empty}")
    if (label := _label(scene)) is not None:
        for span, source in _backward(scene, label):
            propose(span, f"label-{source}", f"label-{source}&{empty}")
    forward = False
    for span, source in _forward(scene):
        forward = True
        of = "of" if text.startswith("的", figure.end) else "bare"
        propose(span, source, f"{source}&{empty}", f"{source}&{of}&{figure.kind}", *flags)
    placed = [*_parallel_metrics(scene)]
    dealt = any(source == "item" for _, source in placed)  # each figure of the list has a metric of its own
    same = "same-kind" if scene.previous_kind == figure.kind else "other-kind"
    apart = "listed" if is_listed(scene) else "apart"
    if scene.previous_metric is not None:
        propose(
            scene.previous_metric,
            "inherit",
            f"inherit&{empty}",
            f"inherit&{bool(scene.change)}&{empty}",
            f"inherit&{same}&{empty}",
            f"inherit&{apart}&{same}",
            f"inherit&dealt:{dealt}",
        )
    for span, source in placed:
        propose(span, source, f"{source}&{empty}", f"{source}&{apart}", f"{source}&dealt:{dealt}")
    if empty == "left-empty":
        for span, source in _previous_clause(scene):
            propose(span, source, f"{source}&{bool(scene.change)}")
    propose(
        None,
        "null",
        f"null&{empty}",
        f"null&forward:{forward}",
        f"null&inherit:{scene.previous_metric is not None}&{empty}",
    )
    return list(found.values())


@cache
def _found(source: str, kind: str, headed: str, features: tuple[str, ...]) -> Bundle:
    """Give the features of one way in which a span was found."""
    return source, f"{source}&{kind}", *filter(None, features), *([f"{source}&{headed}"] if headed else [])


def _headed(text: str, span: Span) -> str:
    """Tell whether the span ends with, or is, a word that commonly names what is measured."""
    heads, (start, end) = patterns().head_words, span
    for length in range(min(8, end - start), 1, -1):
        if text[end - length : end] in heads:
            return "head" if length < end - start else "head-alone"
    return "plain"


def _label(scene: Scene) -> Span | None:
    """Give the words before a colon that leads up to the figure (收盘价：5元)."""
    text = scene.article.text
    colon = _BEFORE_COLON.search(text, max(0, scene.start - 2), scene.start)
    if colon is None:
        return None
    start = scene.sentence[0] if scene.sentence[0] < colon.start() else text.rfind("\n", 0, colon.start()) + 1
    stages = _stretch(scene, after_marks(text, start, colon.start()), colon.start())
    return stages[-1]


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
        elif (trimmed := trim(text, item.start(), right)) is not None:
            yield trimmed, "item"


def _previous_clause(scene: Scene) -> Iterator[tuple[Span, str]]:
    """Give the metric heads of the clause before one that holds nothing but a verb and the figure (产量再创新高，…)."""
    text, words = scene.article.text, patterns()
    right = scene.start - 1
    for rank in range(2):
        left = max((text.rfind(mark, scene.sentence[0], max(right, 0)) for mark in "，；：。"), default=-1)
        left = max(left + 1, scene.sentence[0])
        if left >= right:
            return
        last = None
        for match in words.heads.finditer(text, left, right):
            last = match
        if last is not None:
            for span, source in _backward(scene, (left, last.end())):
                if source in ("final", "head"):
                    yield span, f"clause{rank}-{source}"
        right = left - 1


_LENGTHS: Final = ((1, "1"), (2, "2"), (4, "3-4"), (8, "5-8"), (14, "9-14"))


def _shaped(scene: Scene, span: Span) -> Candidate:
    """Give the span with the features of itself: length, edges, words."""
    text, (start, end) = scene.article.text, span
    facts = [
        f"last:{text[end - 1]}",
        f"end:{text[max(start, end - 2) : end]}",
        f"before:{text[start - 1 : start] if start > scene.start else '^'}",
        f"first:{text[start]}",
    ]
    bundles = [scene.article.word_features(span), _sized(min(end - start, 15), scene.figure.kind)]
    return Candidate(span, facts, bundles)


@cache
def _sized(length: int, kind: str) -> Bundle:
    bucket = next((name for longest, name in _LENGTHS if length <= longest), "15+")
    return f"length:{bucket}", f"length:{bucket}&{kind}"


def _share(text: str, start: int, figure: Figure) -> Span | None:
    """Give the whole of which the figure is a share: B in 占B的x%."""
    if figure.kind not in ("percent", "points", "multiple"):
        return None
    match = _SHARE_OF.search(text, max(start, figure.start - 36), figure.start)
    if match is None or text[match.start() - 1 : match.start()] in set("侵抢霸独"):
        return None
    left, right = match.span("whole")
    return None if text[left:right].startswith(("比", "用")) else trim(text, left, right)


def _stretch(scene: Scene, start: int, end: int) -> list[Span]:
    """Give the words before the figure, then without each link word and verb of change that leads up to it."""
    text, words = scene.article.text, patterns()
    stages: list[Span] = []
    for _ in range(8):
        stretch = text[start:end].rstrip(BLANK)
        end = start + len(stretch)
        stages.append((start, end))
        trailing = next((time for time in scene.article.times_in(start, end) if time.end >= end - 1), None)
        if trailing is not None and trailing.start > start:
            end = trailing.start
            continue
        match = None
        if not stretch.endswith(_METRIC_TAILS):
            match = words.change_strip.search(stretch)
            if match is None or not match.group():
                match = words.bridge_end.search(stretch)
        if match is None or match.start() == match.end():
            break
        if match.start() < (inner := _tail_start(stretch, match)):
            end = start + inner
            continue
        verb = words.metric_verb_end.search(stretch)
        if verb is not None and verb.start("verb") <= match.start():
            break
        end = start + match.start()
    return stages


# What may stand between the words that name a figure and the figure: 出险率 | 是燃油车的 | 两倍,
# 成本 | 已经低到 | 几百元, 使用期限 | 自通过之日起 | 12个月, 到货进度 | 较原计划延迟 | 45天.
_BETWEEN: Final = (
    ("times", re.compile(r"(?:是|为|达到?|相当于|约为|高达)[^，。；：\d]{1,18}的$")),
    ("since", re.compile(r"(?:自|从)[^，。；：]{2,30}起(?:的|至)?$")),
    ("degree", re.compile(r"(?:已|已经|就|便|只|仅|才|更|甚至)?(?:[高低多少大小快慢涨跌升降缩拖]到|差|剩|要)$")),
    ("against", re.compile(r"(?:较|比)[^，。；：\d]{1,12}(?:延迟|推迟|提前|缩短|延长|提早|下跌|上涨|溢价|折价)$")),
)


def _beyond(scene: Scene, stretch: Span) -> Iterator[tuple[Span, str]]:
    """Give what stands before a comparison, a starting point or a verb with an object of its own, and which it was."""
    text, (start, end) = scene.article.text, stretch
    if end <= start:
        return
    for name, pattern in _BETWEEN:
        match = pattern.search(text, start, end)
        if match is not None and match.start() - start >= 2:
            yield _stretch(scene, start, match.start())[-1], name
    verb = patterns().metric_verb_end.search(text[start:end])
    if verb is not None and verb.start() >= 2:
        yield _stretch(scene, start, start + verb.start())[-1], "verbal"


def _tail_start(stretch: str, match: re.Match[str]) -> int:
    """Give where the match may begin at the earliest: a word such as 涨幅 in it names the metric and stays."""
    for tail in _METRIC_TAILS:
        found = stretch.rfind(tail, match.start())
        if found >= 0 and found + len(tail) < len(stretch):
            return found + len(tail)
    return match.start()


def _backward(scene: Scene, stretch: Span) -> Iterator[tuple[Span, str]]:  # noqa: PLR0912 - a cascade of rules, read from the top
    """Give the noun phrases that end where the stretch ends, from the longest to the shortest cut."""
    text, words = scene.article.text, patterns()
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
    for match in words.verbs.finditer(text, edge, end):
        if match.end() < end and (
            match.group() in words.pure or _NOUN_AFTER_VERB.match(text, match.end(), end) is None
        ):
            edge = match.end()
    verbal = _skip(text, edge, end)
    for match in words.subjects.finditer(text, edge, end):
        if match.start() == verbal and match.end() < end:
            edge = match.end()
            break
    for match in AFTER_OF.finditer(text, edge, end):
        if not _ATTRIBUTE.search(text[edge : match.end()]) and "占" not in text[edge : match.start()]:
            edge = match.end()
    final = _skip(text, edge, end)
    owner = next(
        (match.end() for match in reversed(list(words.tails.finditer(text, final, end))) if match.end() < end - 1), None
    )
    if owner is not None:
        yield (_skip(text, owner, end), end), "owned"
    for left, source in ((final, "final"), (verbal, "verbal"), (named, "named"), (timed, "timed"), (whole, "whole")):
        if left < end:
            yield (left, end), source
    verb = words.metric_verb_end.search(text[start:end])
    if verb is not None:
        yield (start + verb.start("verb"), start + verb.end("verb")), "verb"
    joint = max(text.rfind(mark, final, end) for mark in "、和及")
    if final < joint < end - 1:
        yield (joint + 1, end), "joint"
    head = next((match for match in words.heads.finditer(text, max(start, end - 10), end) if match.end() == end), None)
    if head is not None:
        yield head.span(), "head"


def _skip(text: str, edge: int, end: int) -> int:
    if text.startswith("其中", edge):
        edge += 2
    while edge < end and text[edge] in "的其了共为将已又也还约均，、 　":
        edge += 1
    return edge


def _forward(scene: Scene) -> Iterator[tuple[Span, str]]:  # noqa: PLR0912 - a cascade of rules, read from the top
    """Give the noun phrases right after the figure (4000家工业企业; 69%的受访者; 5家最大的公司; 8亿元并购)."""
    article, text, figure, words = scene.article, scene.article.text, scene.figure, patterns()
    start, limit = figure.end, scene.sentence[1]
    following = article.figures[scene.index + 1] if scene.index + 1 < len(article.figures) else None
    if following is not None and following.start - start <= 1:
        start, following = (start, None) if following.modifier == "about" else (following.end, None)
    elif following is not None and LISTED.fullmatch(text, start, following.start):
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
    verb = words.metric_verbs.match(text, start, limit)
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
    cuts += [match.start() for match in words.verbs.finditer(text, start + 2, end)][:2]
    for order, cut in enumerate(sorted({*cuts, end})[:4]):
        if (span := trim(text, start, cut)) is not None:
            yield span, "forward" if order == 0 else "forward-long" if cut == end else "forward-longer"
    if text[end : end + 1] in "（(" and (closing := _PARENTHESIS.match(text, end)) is not None:
        yield (start, closing.end()), "forward-bracket"
        tail = _RIGHT_END.search(text, closing.end(), limit)
        if tail is not None and tail.start() > closing.end():
            yield (start, tail.start()), "forward-bracket-tail"


_STOP: Final = re.compile(r"[，。；：！？\n]")


def _far_head(scene: Scene, start: int, limit: int) -> Span | None:
    """Give the noun that a longer attribute leads up to (20个可复制、可推广的典型应用示范)."""
    text = scene.article.text
    stop = _STOP.search(text, start, limit)
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
    return trim(text, cut + 1, end)


def _quoted(text: str, position: int, limit: int) -> int:
    """Give the end of a phrase that a quoted name is part of (专精特新“小巨人”企业)."""
    close = text.find("”", position, limit)
    if close < 0:
        return position
    stop = _RIGHT_END.search(text, close + 1, limit)
    return stop.start() if stop is not None else limit
