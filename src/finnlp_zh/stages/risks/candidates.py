"""Which risk themes the rules see in which sentences, with evidence and status."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.resources.phrases import Match, Sightings
from finnlp_zh.resources.risks import RiskLexicon, status_of
from finnlp_zh.types import RiskStatus, Span, Theme

_CLAUSE: Final = re.compile(r"[，。；！？：,;!?:\n]")
_CLAUSE_MARKS: Final = frozenset("，。；！？：,;!?:\n")
_RISK: Final = re.compile("风险|隐患|挑战并存|面临")
# The evidence heads a list that ends in a risk: 数据违规等新风险.
_LISTED_RISK: Final = re.compile(
    r"(?:[^，。；]{0,14}(?:等|的)[^，。；]{0,6})?"
    r"(?:风险|隐患|可能|之忧|之虞|担忧|警报|危险)"
)
# What compares or measures belongs to the evidence: 同比下降60.62%.
_BEFORE: Final = re.compile(
    r"(?:同比|环比|较上年(?:同期)?|较去年(?:同期)?|比上年同期|较年初)"
    r"(?:大幅|明显|显著|持续|有所|均|也|已|再)?\Z"
)
# So does the verb by which it befell somebody: 被海关处罚140万元.
_BEFALLING: Final = re.compile(r"(?:被|遭到?|收到|触发|触及|陷入|出现|面临)[^，。；！？：,;!?:\n被遭]{0,10}\Z")
_AFTER: Final = re.compile(
    r"(?:了|约|近|超过?|逾|为|至|达到?)? ?[-－]?"
    r"\d[\d,.]*(?:万亿|亿|万)?(?:个百分点|%|％|[美港欧]?元)"
)
_STRONGEST_FIRST: Final[tuple[RiskStatus, ...]] = ("realised", "potential", "mitigated")
_NEGATION_REACH: Final = 12
_REMEDY_REACH: Final = 14
_REACH: Final = 80
_NAMED_BY: Final = 4


Reason = Literal["negated", "said not to matter", "only named", "rises with falls"]


class Candidate(NamedTuple):
    """A theme that a sentence may carry: its evidence, its status, and how sure the rules are."""

    sentence: int
    theme: Theme
    status: RiskStatus
    evidence: tuple[Span, ...]
    confidence: float


class Finding(NamedTuple):
    """One rule that matched: where, the status it gives, and why it does not count (None where it does)."""

    sentence: int
    match: Match
    status: RiskStatus
    dropped: Reason | None


def find_candidates(text: str, sentences: Sequence[Span], lexicon: RiskLexicon) -> list[Candidate]:
    """Give one candidate for each (sentence, theme) that a rule sees, in reading order."""
    grouped: dict[tuple[int, Theme], list[Finding]] = {}
    for finding in find_matches(text, sentences, lexicon):
        if finding.dropped is None:
            grouped.setdefault((finding.sentence, lexicon.rules[finding.match.label].theme), []).append(finding)
    return [
        _combine(at, theme, found, lexicon, text)
        for (at, theme), found in sorted(grouped.items(), key=lambda item: item[0][0])
    ]


def find_matches(text: str, sentences: Sequence[Span], lexicon: RiskLexicon) -> Iterator[Finding]:
    """Give every rule that matches within a sentence, those that do not count included."""
    sightings = lexicon.phrases.sight(text)
    starts = [start for start, _ in sentences]
    for match in lexicon.phrases.match(sightings):
        at = bisect_right(starts, match.start) - 1
        if at >= 0 and match.end <= sentences[at][1]:
            rule = lexicon.rules[match.label]
            status = _status(status_of(rule.reading), match, sentences[at], sightings)
            yield Finding(at, match, status, _dropped(match, rule.theme, sentences[at], sightings))


def _dropped(match: Match, theme: Theme, sentence: Span, sightings: Sightings) -> Reason | None:
    if _negated(match, sightings):
        return "negated"
    if _immaterial(match, sentence, sightings):
        return "said not to matter"
    if theme == "market" and _mixed(match, sentence, sightings):
        return "rises with falls"
    return "only named" if _only_named(match, sightings) else None


def showing_clause(text: str, sentence: Span, weights: NDArray[np.float32]) -> Span:
    """Give the clause of the sentence over which ``weights`` (one a character of the text) are highest on average."""
    start, end = sentence
    cuts = [start, *(place + 1 for place in range(start, end) if text[place] in _CLAUSE_MARKS), end]
    clauses = [(low, high) for low, high in pairwise(cuts) if high - low > 2] or [sentence]
    low, high = max(clauses, key=lambda clause: float(weights[clause[0] : clause[1]].mean()))
    while high - low > 1 and text[high - 1] in _CLAUSE_MARKS:
        high -= 1
    return low, high


def _combine(at: int, theme: Theme, found: list[Finding], lexicon: RiskLexicon, text: str) -> Candidate:
    doubt = 1.0
    for label in {finding.match.label for finding in found}:
        doubt *= 1 - lexicon.rules[label].weight
    spans = _merge([_extend(finding.match.evidence, text) for finding in found])
    return Candidate(at, theme, _vote(_without_remedied(found, lexicon)), tuple(spans), 1 - doubt)


def _without_remedied(found: list[Finding], lexicon: RiskLexicon) -> list[RiskStatus]:
    """The statuses that count: what a remedy names (the 灾害 of 灾害救济款) has no status of its own."""
    remedies = sorted(
        finding.match.evidence for finding in found if lexicon.rules[finding.match.label].reading == "mitigated"
    )
    starts = [start for start, _ in remedies]
    reach = list(accumulate((end for _, end in remedies), max))
    statuses: list[RiskStatus] = []
    for finding in found:
        start, end = finding.match.evidence
        near = bisect_right(starts, end + _NAMED_BY)
        statuses.append(
            "mitigated" if near and reach[near - 1] > start and finding.status == "realised" else finding.status
        )
    return statuses


def _vote(statuses: Sequence[RiskStatus]) -> RiskStatus:
    # What has happened outweighs what may come of it.
    for status in _STRONGEST_FIRST:
        if status in statuses:
            return status
    raise AssertionError("a candidate rests on at least one match")


def _negated(match: Match, sightings: Sightings) -> bool:
    start = match.evidence[0]
    return any(
        # 不受影响: the negation may share its last character with the evidence.
        hit.end <= start + 1 and not _CLAUSE.search(sightings.text, hit.end, start)
        for hit in sightings.within("@negation", max(start - _NEGATION_REACH, 0), start)
    )


def _status(reading: RiskStatus | None, match: Match, sentence: Span, sightings: Sightings) -> RiskStatus:
    """Take the status that the rule fixes, else read it from the words around.

    A remedy before or after the evidence makes it mitigated, but 提醒防范 warns of what 已防范 deals with; a hedge
    before or 风险 after makes it potential. No word further off than ``_REACH`` has a say.
    """
    text = sightings.text
    start, end = match.evidence
    clause, clause_end = sightings.clause(start, end)
    clause = max(clause, sentence[0], start - _REACH)
    before = max(sightings.clause(clause - 1, clause - 1)[0], sentence[0], clause - _REACH) if clause else 0
    remedies = sightings.within("@mitigate", max(clause, start - _REMEDY_REACH), start)
    if reading == "mitigated" or any(hit.end <= start for hit in remedies):
        return "potential" if sightings.within("@warned", before, start) else "mitigated"
    if reading is not None:
        return reading
    if sightings.within("@remedied", end, min(clause_end, end + _REACH)):
        return "mitigated"
    feared = (
        _RISK.search(text, start, end)
        or _LISTED_RISK.match(text, end)
        or _hedged(clause, start, end, sightings)
        or (sightings.within("@farhedge", before, clause) and not sightings.within("@fact", before, end))
    )
    return "potential" if feared else "realised"


def _hedged(clause: int, start: int, end: int, sightings: Sightings) -> bool:
    hedges = sightings.within("@hedge", clause, end)
    # In 此前已将评级下调 the 将 only marks the object.
    if hedges and sightings.within("@fact", clause, start):
        return any(sightings.text[hit.start : hit.end] != "将" for hit in hedges)
    return bool(hedges)


def _immaterial(match: Match, sentence: Span, sightings: Sightings) -> bool:
    """Whether the sentence goes on to say that it does not matter."""
    start = match.evidence[0]
    return bool(sightings.within("@immaterial", start, min(sentence[1], start + 2 * _REACH)))


def _mixed(match: Match, sentence: Span, sightings: Sightings) -> bool:
    """Whether the sentence tells of rises and falls alike."""
    start, end = match.evidence
    return bool(sightings.within("@mixed", max(sentence[0], start - 2 * _REACH), min(sentence[1], end + 2 * _REACH)))


def _only_named(match: Match, sightings: Sightings) -> bool:
    """Whether the words stand in a rule or in a name (严禁违规占用, 行政处罚制度) and tell of nothing."""
    start, end = match.evidence
    if sightings.within("@topic", end, end + 2):
        return True
    clause = max(sightings.clause(start, end)[0], start - _REMEDY_REACH)
    return any(hit.end <= start for hit in sightings.within("@forbidden", clause, start))


def _extend(span: Span, text: str) -> Span:
    start, end = span
    if before := _BEFORE.search(text, max(start - 10, 0), start):
        start = before.start()
    elif befalling := _BEFALLING.search(text, max(start - 13, 0), start):
        start = befalling.start()
    if text[end - 1] not in "%％元" and (after := _AFTER.match(text, end)):
        end = after.end()
    return start, end


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
