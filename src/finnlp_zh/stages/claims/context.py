"""Reads what stands around a figure: its clause, its place in a list, whether it is a change and against what."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

import msgspec

from finnlp_zh.resources.claim_words import load_words
from finnlp_zh.stages.claims.figures import Figure
from finnlp_zh.stages.claims.periods import TimeExpression
from finnlp_zh.types import Basis, Change, Claim, Modality, Span, Token

_BOUNDARY: Final = re.compile(r"[，。；：！？!?;,\n（）()　“”‘’【】丨|]|(?<=[^\x00-\x7f])[ ]+|[ ]+(?=[^\x00-\x7f])")
BLANK: Final = " 　\t"
LISTED: Final = re.compile(r"[ ]?[、和及与,，][ ]?")
AFTER_OF: Final = re.compile(r"的(?=[一-鿿])")
HELD: Final = re.compile(
    r"(?:的)?(?P<held>股权及股东贷款|流通股股份|股东贷款|股权|股份|权益|份额|投票权|表决权|股本|财产份额|控股权|合伙份额|A股股份|H股股份)"
)


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _tails(words: Iterable[str], goes_on: Mapping[str, str]) -> str:
    """Give the words that may end an owner's name, but not where they begin another word (国 of 国产化率)."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(
        f"{re.escape(word)}(?![{goes_on[word]}])" if word in goes_on else re.escape(word) for word in ordered
    )


@dataclass(frozen=True, slots=True)
class Patterns:
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
    head_words: frozenset[str]
    tails: re.Pattern[str]
    followers: re.Pattern[str]
    pure: frozenset[str]
    forecast: re.Pattern[str]
    target: re.Pattern[str]
    estimate: re.Pattern[str]


@cache
def patterns() -> Patterns:
    words = load_words()
    change = _alternatives([*words["increase"], *words["decrease"]])
    level = _alternatives(words["no_change"])
    link = (
        r"(?:了|幅度?|比例|数量|规模|为|达到?|高达|超过?|均|已|约|近|逾|分别|各|最多|累计|至少|不超过|合计|共|大约|也|则|仅|"
        r"[：: ])"
    )
    return Patterns(
        change_end=re.compile(rf"(?P<change>{change})(?P<tail>{link}{{0,3}})$"),
        increase=frozenset(words["increase"]),
        level_end=re.compile(rf"(?:{level})(?:了|约|近|超)?$"),
        bridge_end=re.compile(
            r"(?:约为|分别约?为|分别约?达到?|达到了?|高达|仅为|只有|共计|总计|合计|累计|分别|大约|保持在|维持在|稳定在|控制在|位于|处于|预计|不低于|不超过|"
            r"逼近|接近|突破|超过|低于|高于|占比为|报收|收报|报价?|一度|大幅|小幅|普遍|平均|又|再|其中|则|也|还|只|仅|是|为|达|有|共|约|超|至|到|了|的|在|均|各|已|将|或|可|约占|占|被|由|从|近|逾|以|按|涨|跌|升|降|增|减|合|折合|折合人民币|折算成人民币|仍|每年|可|能|或将|很可能|：|:|、|—|-)$"
        ),
        change_strip=re.compile(
            rf"(?:(?:同比|环比|按年|按月|(?<!占)[较比](?![例重率亚利])[^，。；\n]{{1,14}}?|与[^，。；\n]{{1,14}}?相比)(?:大幅|小幅|分别|普遍|均|则|约|累计)?)?(?:已|将|大幅|小幅)?(?:{level}|{change})(?:了|幅度?|至|到|为|达到?|约|近|超过?|逾|均|分别)?$"
        ),
        verbs=re.compile(
            # Every alternative begins with a letter of its own, so that the search can skip to these.
            _alternatives(word for word in words["verbs"] if len(word) > 1)
            + "".join(f"|{verb}(?<![^，。；：].)" for verb in "将拟已共可")
        ),
        metric_verb_end=re.compile(
            rf"(?:累计|合计|本次|共|净|拟|计划|已|实际)?(?P<verb>{_alternatives(words['metric_verbs'])})(?:了|其)?$"
        ),
        metric_verbs=re.compile(_alternatives(words["metric_verbs"])),
        subjects=re.compile(_alternatives(words["subjects"])),
        heads=re.compile(_alternatives(words["heads"])),
        head_words=frozenset(words["heads"]),
        tails=re.compile(_tails(words["owner_tails"], words["owner_tail_goes_on"])),
        followers=re.compile(_alternatives(words["followers"])),
        pure=frozenset(words["pure_verbs"]),
        forecast=re.compile(_alternatives(words["forecast"])),
        target=re.compile(_alternatives(words["target"])),
        estimate=re.compile(_alternatives(words["estimate"])),
    )


_MARKS: Final = re.compile(r"[，；：。]")
_CUTS: Final = re.compile(r"[，；：。（(、]")
_NOMINAL: Final = frozenset({"NOUN", "PROPN", "ADJ", "X", "SYM"})


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
        tokens: Sequence[Token] = (),
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
        # Words count only with their part of speech: without the model they are single characters.
        self._words = [token for token in tokens if token.pos is not None]
        self._word_starts = [token.start for token in self._words]
        self._sentence_starts = [start for start, _ in self.sentences]
        self._time_starts = [time.start for time in self.times]
        self._mention_starts = [start for start, _, _ in self.mentions]
        self._figure_starts = [figure.start for figure in self.figures]
        self._marks = [match.start() for match in _MARKS.finditer(text)]
        self._cuts = [match.start() for match in _CUTS.finditer(text)]
        self._word_features: dict[Span, tuple[str, ...]] = {}
        self._verbs: dict[Span, tuple[str, str]] = {}
        self.own_features: dict[tuple[int, int, int], object] = {}
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
        if first >= last:
            return []
        return [time for time in self.times[first:last] if time.end <= end]

    def mark_before(self, start: int, end: int) -> int:
        """Give the last comma, stop, semicolon or colon of the span; -1 without one."""
        return _last(self._marks, start, end)

    def cut_before(self, start: int, end: int) -> int:
        """Give the last of these marks, opening brackets and list marks of the span; -1 without one."""
        return _last(self._cuts, start, end)

    def marks_in(self, start: int, end: int) -> int:
        """Give how many commas, stops, semicolons and colons the span holds."""
        return max(0, bisect_left(self._marks, end) - bisect_left(self._marks, start))

    def figures_from(self, start: int, index: int, reach: int) -> int:
        """Give how many of the ``reach`` figures before figure ``index`` begin at ``start`` or after it."""
        return index - max(0, index - reach, min(index, bisect_left(self._figure_starts, start)))

    def verb_after(self, start: int, end: int) -> tuple[str, str]:
        """Give the first verb in the span, and whether it stands at its start (0), later (near) or there is none."""
        found = self._verbs.get((start, end))
        if found is None:
            verb = patterns().verbs.search(self.text, start, end)
            found = ("", "none") if verb is None else (verb.group(), "0" if verb.start() == start else "near")
            self._verbs[start, end] = found
        return found

    def count_mentions(self, start: int, end: int) -> int:
        """Give how many mentions begin and end inside the span."""
        first, last = bisect_left(self._mention_starts, start), bisect_left(self._mention_starts, end)
        if last > first and self.mentions[last - 1][1] > end:
            return sum(mention[1] <= end for mention in self.mentions[first:last])
        return max(0, last - first)

    def words_in(self, start: int, end: int) -> list[Token]:
        """Give the words that begin inside the span, with their part of speech; none without the model."""
        return self._words[bisect_left(self._word_starts, start) : bisect_left(self._word_starts, end)]

    def word_features(self, span: Span) -> tuple[str, ...]:
        """Give how a span sits on the words: whether it cuts one, the parts of speech at its edges and beside them."""
        if not self._words:
            return ()
        if (known := self._word_features.get(span)) is not None:
            return known
        first = bisect_left(self._word_starts, span[0])
        last = bisect_left(self._word_starts, span[1]) - 1
        whole_start = first < len(self._words) and self._words[first].start == span[0]
        whole_end = 0 <= last < len(self._words) and self._words[last].end == span[1]
        before = self._words[first - 1].pos if first else None
        after = self._words[last + 1].pos if last + 1 < len(self._words) else None
        opening = self._words[first].pos if whole_start else "cut"
        closing = self._words[last].pos if whole_end else "cut"
        features = self._word_features[span] = _edges(before, opening, closing, after)
        return features

    def phrase_before(self, end: int, start: int) -> Span | None:
        """Give the noun phrase of whole words that ends at ``end`` and does not begin before ``start``."""
        last = bisect_left(self._word_starts, end) - 1
        if last < 0 or self._words[last].end != end or self._words[last].pos not in _NOMINAL:
            return None
        first = last
        # A time expression before the noun (前三季度|净利润) is no part of it, though its words may be nouns.
        times = self.times_in(start, end)
        start = max(start, times[-1].end) if times else start
        while first and self._words[first - 1].pos in _NOMINAL and self._words[first - 1].start >= start:
            if self._words[first - 1].end != self._words[first].start:
                break
            first -= 1
        return self._words[first].start, end

    def phrase_after(self, start: int) -> Span | None:
        """Give the noun phrase of whole words that begins at ``start``, or after 的 there."""
        if self.text.startswith("的", start):
            start += 1
        first = bisect_left(self._word_starts, start)
        last = first
        while last < len(self._words) and self._words[last].pos in _NOMINAL:
            if self._words[last].start != (start if last == first else self._words[last - 1].end):
                break
            last += 1
        return (start, self._words[last - 1].end) if last > first else None

    def mentions_in(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """Give the mentions (start, end, entity) that begin and end inside the span."""
        first, last = bisect_left(self._mention_starts, start), bisect_left(self._mention_starts, end)
        if first >= last:
            return []
        return [mention for mention in self.mentions[first:last] if mention[1] <= end]


def _last(positions: Sequence[int], start: int, end: int) -> int:
    """Give the last of the ordered positions in the span; -1 without one."""
    index = bisect_left(positions, end) - 1
    return positions[index] if index >= 0 and positions[index] >= start else -1


@cache
def _edges(before: str | None, opening: str | None, closing: str | None, after: str | None) -> tuple[str, ...]:
    return (
        f"whole:{opening != 'cut'}{closing != 'cut'}",
        f"opens:{opening}",
        f"closes:{closing}",
        f"after-pos:{after}",
        f"before-pos:{before}",
        f"edges:{before}>{opening}",
        f"edges:{closing}<{after}",
    )


class Scene(msgspec.Struct):
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


def clause_start(article: Article, sentence: Span, index: int) -> int:
    """Give where the stretch before figure ``index`` begins: after the last mark, or after the figure before it."""
    figure = article.figures[index]
    floor = sentence[0]
    if index and article.figures[index - 1].end > floor:
        floor = article.figures[index - 1].end
    return after_marks(article.text, floor, figure.start)


def after_marks(text: str, floor: int, end: int) -> int:
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


def run_of(scene: Scene) -> tuple[int, int]:
    """Give the first and last figure of the list that the figure stands in."""
    figures, text = scene.article.figures, scene.article.text
    first = last = scene.index
    while first > 0 and LISTED.fullmatch(text, figures[first - 1].end, figures[first].start):
        first -= 1
    while last + 1 < len(figures) and LISTED.fullmatch(text, figures[last].end, figures[last + 1].start):
        last += 1
    return first, last


def is_listed(scene: Scene) -> bool:
    """Whether only a list mark parts the figure from the one before it."""
    if scene.index == 0:
        return False
    between = scene.article.text[scene.article.figures[scene.index - 1].end : scene.figure.start]
    return _LIST_MARK.fullmatch(between) is not None


_LIST_MARK: Final = re.compile(r"[ ]?[、和及与至到,]?[ ]?")


def trim(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start] in " 　、，的：:\t":
        start += 1
    while end > start and text[end - 1] in " 　、，的：:\t":
        end -= 1
    return (start, end) if start < end else None


def change_of(text: str, start: int, figure: Figure) -> Change | None:
    """Give the direction where the figure itself is the change, from the words right before it."""
    if figure.change is not None:
        return figure.change
    if figure.kind in ("duration", "rank"):
        return None
    words = patterns()
    left = text[max(start, figure.start - 40) : figure.start].rstrip(BLANK)
    if words.level_end.search(left):
        return "increase" if left.endswith(("涨幅扩大至", "增幅扩大至")) else None
    match = words.change_end.search(left)
    if match is None:
        return _change_over(words, left, figure)
    if match["change"] in ("少", "减", "增", "升", "跌", "降", "涨", "翻") and not _bare_verb(left, match):
        return None
    return "increase" if match["change"] in words.increase else "decrease"


def _bare_verb(left: str, match: re.Match[str]) -> bool:
    """Whether a one-character verb of change is a verb here, not the end of another word (至少, 最少, 不少)."""
    before = left[max(0, match.start() - 1) : match.start()]
    return before not in set("至最不多缺年")


_OVER: Final = re.compile(r"(?P<verb>减持|增持|减少|增加|预减|预增)(?P<object>[^，。；为达占至到由从]{1,22})$")


def _change_over(words: Patterns, left: str, figure: Figure) -> Change | None:
    """Give the direction of a verb whose object stands between it and the figure (减持公司股份3万股)."""
    match = _OVER.search(left)
    if match is None or figure.kind in ("rate",):
        return None
    if match["verb"] in ("增持", "减持") and re.search(r"计划|价格|均价|持有|后|前", match["object"]):
        return None
    if match["verb"] == "增持" and "比例" in match["object"]:
        return None
    return "increase" if match["verb"] in words.increase else "decrease"


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
