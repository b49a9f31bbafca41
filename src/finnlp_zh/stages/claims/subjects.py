"""Proposes the spans that may name whose figure it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple, cast

from finnlp_zh.stages.claims.context import AFTER_OF, HELD, Scene, is_listed, patterns, run_of, trim
from finnlp_zh.stages.claims.ranking import Bundle, Candidate
from finnlp_zh.types import Span

_SUBJECT_STRIP: Final = re.compile(
    r"^(?:其中|同时|此外|另外|目前|据悉|当前|由于|因|但|而|并|且|又|对|向|在|从|由|将|与|和|及|使|以|为|当|若|如果|"
    r"全年|今年|去年|期间|期内|累计|合计|共|分别|预计|只有|通过|根据|按照|值得一提的是|数据显示|公告显示|近期|随着|"
    r"比|较|，|、| |　)+"
)
_IS_NAMED: Final = re.compile(
    r"(?:主营业务|主要产品|产品|业务|原料|对象|主体)(?:主要)?(?:为|是|包括)(?P<named>[^，。；：]{2,30})[，；][^，。；]{0,12}$"
)


def subject_candidates(scene: Scene, metric: Span | None) -> list[Candidate]:  # noqa: PLR0912 - a cascade of rules, read from the top
    """Give the spans that may name whose figure it is, each with its features."""
    article, text, figure = scene.article, scene.article.text, scene.figure
    found: dict[Span | None, Candidate] = {}

    def propose(span: Span | None, *sources: str) -> None:
        candidate = found.get(span)
        if candidate is None:
            candidate = found[span] = placed(scene, span, metric) if span is not None else Candidate(None)
        candidate.bundles.append(_found(figure.kind, sources))

    def propose_chunk(span: Span | None, source: str) -> None:
        if span is not None and 2 <= span[1] - span[0] <= 24:
            propose(span, source)

    first = scene.sentence[0]
    mentions = [mention for mention in article.mentions_in(first, figure.start) if not _is_held(scene, mention)][-10:]
    for rank, (left, right, name) in enumerate(reversed(mentions)):
        kind = article.types.get(name, "ORG")
        propose((left, right), "mention", f"mention:{kind}", f"mention-rank:{min(rank, 4)}")
        if rank < 3 and (wide := _extended(scene, left, right, metric)) is not None:
            propose(wide, "extended", f"extended-rank:{rank}")
        if rank < 4 and (joined := _joined(scene, left, right)) is not None:
            propose(joined, "joined")
    for rank, match in enumerate(
        reversed(list(patterns().subjects.finditer(text, max(first, figure.start - 90), figure.start))[-5:])
    ):
        if not any(left <= match.start() and match.end() <= right for left, right, _ in mentions):
            propose(match.span(), "word", f"word:{match.group()}", f"word-rank:{rank}")
    before_metric = metric[0] if metric is not None and scene.start <= metric[0] < figure.start else figure.start
    propose_chunk(article.phrase_before(before_metric, first), "chunk-metric")
    for rank, word in enumerate(reversed(article.words_in(max(first, figure.start - 60), before_metric))):
        if word.pos == "VERB" and rank < 24:
            propose_chunk(article.phrase_before(word.start, first), "chunk-verb")
    for rank, (left, right) in enumerate(_clauses(scene)):
        for span, source in _phrases(scene, left, right, metric):
            propose(span, source, f"{source}-{rank}")
    if figure.kind == "percent" and (owner := _owner(scene)) is not None:
        held = metric is not None and metric[0] >= figure.end
        propose(owner, "owner", f"owner&held:{held}")
        measured = f"owner&{text[metric[0] : metric[1]][-2:] if held and metric else ''}"
        found[owner].facts += [measured, f"{measured}&{figure.kind}"]
    if scene.previous_subject is not None:
        close = metric is None or metric[0] < scene.start or metric[0] > figure.end
        propose(
            scene.previous_subject,
            "inherit",
            f"inherit&bare:{close}",
            "inherit&listed" if is_listed(scene) else "inherit&apart",
            f"inherit&change:{bool(scene.change)}&bare:{close}",
        )
    first_index, last_index = run_of(scene)
    count = last_index - first_index + 1
    if count > 1 and first_index >= count and len(scene.earlier) >= first_index:
        parallel = scene.earlier[first_index - count + scene.index - first_index]
        if parallel.span[0] >= first and parallel.subject is not None and parallel.subject.span is not None:
            propose(parallel.subject.span, "parallel")
    if (named := _named_before(scene)) is not None:
        propose(named, "named-before")
    if (aligned := _aligned(scene)) is not None:
        propose(aligned, "aligned")
    propose(None)
    found[None].facts += [
        "null",
        f"null&{figure.kind}",
        f"null&mentions:{min(len(mentions), 3)}",
        f"null&previous:{scene.previous_subject is not None}",
        f"null&tv:{article.bulletin}",
        f"null&first:{scene.previous_kind == ''}",
    ]
    return list(found.values())


@cache
def _found(kind: str, sources: tuple[str, ...]) -> Bundle:
    """Give the features of one way in which a span was found."""
    return tuple(feature for source in sources for feature in (source, f"{source}&{kind}"))


def _clauses(scene: Scene) -> list[Span]:
    """Give the figure's own clause and the two before it, the nearest first."""
    article, text = scene.article, scene.article.text
    spans: list[Span] = []
    right = scene.figure.start
    for _ in range(3):
        left = article.cut_before(scene.sentence[0], right)
        while left > 0 and text[left] == "、" and scene.article.figures[scene.index - 1].end != left:
            left = article.cut_before(scene.sentence[0], left)
        begin = max(left + 1, scene.sentence[0])
        if begin < right:
            spans.append((begin, right))
        if left < scene.sentence[0]:
            break
        right = left
    return spans


def _phrases(scene: Scene, start: int, right: int, metric: Span | None) -> Iterator[tuple[Span, str]]:  # noqa: PLR0912 - a cascade of rules, read from the top
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
    verb = patterns().verbs.search(text, left, edge)
    stop = verb.start() if verb is not None else edge
    for time in scene.article.times_in(left + 1, stop):
        stop = min(stop, time.start)
    if (span := _fit(text, left, stop)) is not None:
        yield span, "phrase-verb" if verb is not None else "phrase-edge"
    for figure in scene.article.figures[max(0, scene.index - 3) : scene.index]:
        if left <= figure.start < edge:
            return
    if edge != stop and (span := _fit(text, left, edge)) is not None:
        yield span, "phrase-metric"
    for match in AFTER_OF.finditer(text, left, edge):
        if (span := _fit(text, left, match.start())) is not None:
            yield span, "phrase-of"
        break
    limit = min(right, scene.figure.start)
    tails = [match.end() for match in patterns().tails.finditer(text, left, limit) if match.end() < limit]
    for order, end in enumerate(tails[:3]):
        if (span := _fit(text, left, end)) is not None:
            yield span, f"phrase-tail{order}"
    if tails and tails[-1] not in tails[:3] and (span := _fit(text, left, tails[-1])) is not None:
        yield span, "phrase-tail-last"


def _fit(text: str, left: int, right: int) -> Span | None:
    span = trim(text, left, right)
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


# X in 占X总股本, 持有X股份 is what is held, and so is a party that only acts in concert with the holder before it.
_HOLDS: Final = re.compile(r"(?:占|持有|增持|减持|收购|购买|认购|转让|质押)(?:了|的|其)?$")
_HELD_AFTER: Final = re.compile(
    r"(?:的)?(?:公司)?(?:已发行|无限售|有限售|目前|现有)?(?:条件|流通)*(?:总股本|总股份|股份|股本|股权|流通股|股票|A股|H股)"
)


def _is_held(scene: Scene, mention: tuple[int, int, str]) -> bool:
    text, (start, end, _) = scene.article.text, mention
    before = text[max(start - 5, 0) : start]
    if before.endswith("一致行动人"):
        return True
    if scene.figure.kind == "percent" and HELD.match(text, scene.figure.end) is not None:
        return False
    return _HOLDS.search(before) is not None and _HELD_AFTER.match(text, end) is not None


_PARTS: Final = re.compile(r"[，、的（(。；：称于在对与和]|晚间|公告|表示")


def _extended(scene: Scene, left: int, right: int, metric: Span | None) -> Span | None:
    """Take in the noun that a name only qualifies (美国 + 网络安全保险市场)."""
    text = scene.article.text
    limit = min(scene.figure.start, right + 16)
    if metric is not None and right < metric[0] < limit:
        limit = metric[0]
    verb = patterns().verbs.search(text, right, limit)
    stop = verb.start() if verb is not None else limit
    mark = _PARTS.search(text, right, stop)
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


def _named_before(scene: Scene) -> Span | None:
    """Give X in 主营业务为X，占比为…: what the clause before names."""
    match = _IS_NAMED.search(scene.article.text, scene.sentence[0], scene.figure.start)
    return match.span("named") if match is not None else None


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
    listed = list(
        re.finditer(r"(?:[^，。；：、\d]{1,24}、)*[^，。；：、\d]{1,24}(?:、|和|及|与)[^，。；：、\d]{1,24}", head)
    )
    for match in reversed(listed):
        items = list(re.finditer(r"[^、和及与，]+", match.group()))
        if len(items) != count:
            items = list(re.finditer(r"[^、，]+", match.group()))
        if len(items) == count:
            item = items[index - first]
            begin, end = (
                scene.sentence[0] + match.start() + item.start(),
                scene.sentence[0] + match.start() + item.end(),
            )
            if index == first:
                for mark in ("为", "对", "是", "包括"):
                    cut = text.rfind(mark, begin, end)
                    if cut >= 0 and cut + 1 < end:
                        begin = max(begin, cut + 1)
            if (
                index == last
                and (verb := patterns().verbs.search(text, begin, end)) is not None
                and verb.start() > begin
            ):
                end = verb.start()
            return trim(text, begin, end)
    return None


def placed(scene: Scene, span: Span, metric: Span | None) -> Candidate:
    """Give a span with the features of where it stands."""
    article, figure, (start, end) = scene.article, scene.figure, span
    own = _own(scene, span)
    commas = min(article.marks_in(end, figure.start), 4)
    figures = min(article.figures_from(end, scene.index, 6), 4)
    mentions = min(article.count_mentions(end, figure.start), 4)
    inside = metric is not None and metric[0] < end and start < metric[1]
    adjacent = metric is not None and 0 <= metric[0] - end <= 2
    verb, gap = article.verb_after(end, min(figure.start, end + 12))
    bundles = [
        *own.bundles,
        _standing(commas, figures, mentions, inside, adjacent, span == scene.previous_subject, figure.kind),
        _leading(verb, gap, not commas),
        _followed(own.after, own.clause_first, own.opens, min(commas, 2), min(figures, 2)),
    ]
    return Candidate(span, own.facts.copy(), bundles)


@cache
def _standing(commas: int, figures: int, mentions: int, inside: bool, adjacent: bool, same: bool, kind: str) -> Bundle:
    """Give the features of what lies between a span and the figure, and of the metric beside it."""
    few_figures = min(figures, 2)
    return (
        f"commas:{commas}",
        f"figures:{figures}",
        f"commas:{min(commas, 3)}&figures:{min(figures, 3)}",
        f"inside:{inside}",
        f"adjacent:{adjacent}",
        f"mentions:{mentions}",
        f"same:{same}",
        f"kind:{kind}&commas:{min(commas, 3)}",
        f"adjacent:{adjacent}&{not commas}&figures:{few_figures}",
        f"inside:{inside}&figures:{few_figures}",
    )


@cache
def _leading(verb: str, gap: str, in_clause: bool) -> Bundle:
    return f"verb:{verb}&{gap}", f"verb:{gap}&{in_clause}"


@cache
def _followed(after: str, clause_first: str, opens: bool, commas: int, figures: int) -> Bundle:
    return f"{after}&commas:{commas}", f"{clause_first}&commas:{commas}", f"first&figures:{figures}&{opens}"


class _Own(NamedTuple):
    """The features of a candidate that hold for every figure, and those that others are made from."""

    facts: list[str]
    bundles: list[Bundle]
    after: str
    clause_first: str
    opens: bool


def _own(scene: Scene, span: Span) -> _Own:
    article, (start, end), first = scene.article, span, scene.sentence[0]
    key = (start, end, first)
    if (known := article.own_features.get(key)) is not None:
        return cast(_Own, known)
    text = article.text
    before = text[start - 1 : start] if start > first else "^"
    followed = patterns().followers.match(text, end)
    after = f"after:{followed.group() if followed is not None else '~'}"
    opens = start == first
    looks = _looks(min(end - start, 20), after, opens, span in article.speakers, text[start:end] in article.leads)
    facts = [f"before:{before}", f"before2:{text[max(start - 2, first) : start]}"]
    clause_first = f"clause-first:{before in '^，。；：'}"
    own = article.own_features[key] = _Own(facts, [article.word_features(span), looks], after, clause_first, opens)
    return own


@cache
def _looks(length: int, after: str, opens: bool, speaks: bool, title: bool) -> Bundle:
    """Give the features of a span itself and of the word after it."""
    longest = 2 if length <= 2 else 4 if length <= 4 else 8 if length <= 8 else 12 if length <= 12 else 20
    return after, f"opens:{opens}", f"length:{longest}", f"speaks:{speaks}", f"title:{title}"
