"""Finds claims of different articles on the same subject, metric and period that cannot both hold."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from finnlp_zh.resources.claim_words import load_words
from finnlp_zh.types import Claim, Record

Key = tuple[str, str, str, str, str, str, str]

CONFLICT_COLUMNS: Final = (
    *("subject", "metric", "period_start", "period_end", "modality", "change"),
    *("doc_id_1", "text_1", "value_1", "source_1"),
    *("doc_id_2", "text_2", "value_2", "source_2", "apart"),
)

# What an analyst takes for one metric, longest first; the rest is compared as written.
_SAME_METRIC: Final = (
    (
        re.compile(r"归(?:属|母)(?:于)?(?:上市公司|母公司)?(?:股东|所有者)?的?扣(?:除)?非.*净利润|扣非.*净利.*"),
        "扣非净利润",
    ),
    (
        re.compile(r"归(?:属|母)?(?:于)?(?:上市公司|母公司|本公司)?(?:股东|所有者)?的?净利润?|归属净利润|归母净利润?"),
        "归母净利润",
    ),
    (re.compile(r"营业(?:总)?收入|营收|总收入"), "营业收入"),
    (re.compile(r"净利润?"), "净利润"),
    (re.compile(r"国内生产总值|GDP|生产总值"), "国内生产总值"),
    (re.compile(r"每股收益|基本每股收益|EPS"), "每股收益"),
)
_DECORATION: Final = re.compile(r"^(?:公司|全年|当年|其|实现|累计)|的(?=[^的]*$)")
_ABOUT: Final = 0.05
_NEAR: Final = 0.1


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two claims that cannot both hold; ``apart`` is the distance of their values over the larger of them."""

    subject: str
    metric: str
    period: tuple[str, str]
    first: tuple[Record, Claim]
    second: tuple[Record, Claim]
    apart: float


def find_conflicts(records: Iterable[Record]) -> list[Conflict]:
    """Give the contradictions between articles, the widest apart first.

    Two claims are compared where they agree on the subject (its knowledge-base id, else its name), the metric, the
    period, the unit, the direction of change and the modality. They contradict where their intervals do not meet: a
    printed figure stands for all that rounds to it, 约 for 5 % to either side, 近 for up to 10 % below, 超 and 不足
    for what lies beyond. Of one article's claims only the first of a kind is compared.
    """
    groups: dict[Key, list[tuple[Record, Claim]]] = defaultdict(list)
    for record in records:
        seen: set[Key] = set()
        for claim in record.claims:
            key = _key(record, claim)
            if key is not None and key not in seen:
                seen.add(key)
                groups[key].append((record, claim))
    found = [conflict for key, claims in groups.items() for conflict in _compare(key, claims)]
    return sorted(found, key=lambda conflict: -conflict.apart)


def conflict_rows(conflicts: Sequence[Conflict]) -> Iterator[dict[str, Any]]:
    """Give one flat row a conflict, with the columns of ``CONFLICT_COLUMNS``."""
    for conflict in conflicts:
        row: dict[str, Any] = {
            "subject": conflict.subject,
            "metric": conflict.metric,
            "period_start": conflict.period[0],
            "period_end": conflict.period[1],
            "modality": conflict.first[1].modality,
            "change": conflict.first[1].change,
            "apart": round(conflict.apart, 4),
        }
        for number, (record, claim) in enumerate((conflict.first, conflict.second), start=1):
            names = {entity.id: entity.name for entity in record.entities}
            row |= {
                f"doc_id_{number}": record.doc_id,
                f"text_{number}": claim.text,
                f"value_{number}": _value_of(claim),
                f"source_{number}": names.get(claim.source or "", claim.source),
            }
        yield row


def metric_name(written: str) -> str:
    """Give the name under which a metric is compared.

    >>> metric_name("实现营收"), metric_name("归属于上市公司股东的净利润"), metric_name("门店数量")
    ('营业收入', '归母净利润', '门店数量')
    """
    plain = re.sub(r"\s", "", written)
    for pattern, name in _SAME_METRIC:
        if pattern.fullmatch(plain) or pattern.fullmatch(_DECORATION.sub("", plain)):
            return name
    return _DECORATION.sub("", plain)


def _key(record: Record, claim: Claim) -> Key | None:
    period, subject = claim.period, claim.subject
    if claim.metric is None or subject is None or period is None or not period.start or not period.end:
        return None
    if claim.kind in ("duration", "rank"):
        return None
    named = next((entity for entity in record.entities if entity.id == subject.entity), None)
    said = record.text[subject.span[0] : subject.span[1]] if subject.span is not None else ""
    if named is None and said in _vague():
        return None
    who = (named.kb_id or named.name) if named is not None else said
    metric = metric_name(record.text[claim.metric[0] : claim.metric[1]])
    if not who or not metric:
        return None
    unit = f"{claim.unit}:{claim.counter}" if claim.unit == "count" else str(claim.unit)
    return who, metric, period.start, period.end, unit, str(claim.change), claim.modality


@cache
def _vague() -> frozenset[str]:
    """Words that name another holder in every article: 公司 in two articles is not one subject."""
    return frozenset(load_words()["vague_subjects"])


def _compare(key: Key, claims: Sequence[tuple[Record, Claim]]) -> Iterator[Conflict]:
    for position, (record, claim) in enumerate(claims):
        for other_record, other in claims[position + 1 :]:
            if record.doc_id == other_record.doc_id:
                continue
            apart = _apart(claim, other)
            if apart > 0:
                subject = _subject_name(record, claim) or key[0]
                yield Conflict(subject, key[1], (key[2], key[3]), (record, claim), (other_record, other), apart)


def _subject_name(record: Record, claim: Claim) -> str | None:
    entity = claim.subject.entity if claim.subject is not None else None
    return next((one.name for one in record.entities if one.id == entity), None)


def _apart(one: Claim, other: Claim) -> float:
    """Give how far the two intervals are from meeting, over the larger value; 0 where they meet."""
    low, high = _interval(one)
    other_low, other_high = _interval(other)
    gap = max(low - other_high, other_low - high)
    if gap <= 0:
        return 0.0
    size = max(abs(end) for end in (one.low, one.high, other.low, other.high) if end is not None)
    return gap / size if size else math.inf


def _interval(claim: Claim) -> tuple[float, float]:
    rounding = _rounding(claim)
    low = -math.inf if claim.low is None else claim.low - rounding
    high = math.inf if claim.high is None else claim.high + rounding
    if claim.modifier == "about":
        low, high = low - abs(low) * _ABOUT, high + abs(high) * _ABOUT
    elif claim.modifier == "near":
        low -= abs(low) * _NEAR
    return low, high


def _rounding(claim: Claim) -> float:
    """Give half a unit of the last printed digit, in the claim's unit: 10.3亿 stands for 10.25 to 10.35亿."""
    value = claim.high if claim.high is not None else claim.low
    match = re.search(r"\d[\d,]*(?:\.(?P<places>\d+))?", claim.text)
    if value is None or match is None:
        return abs(value or 0.0) * 1e-9
    written = float(match.group().replace(",", ""))
    scale = abs(value) / written if written else 1.0
    return float(scale * 10.0 ** -len(match["places"] or "") / 2 * (1 + 1e-9))


def _value_of(claim: Claim) -> str:
    """Give the claim's value as a short text: ``1.2e+09 CNY``, ``≥ 3 %``, ``4–8 %``."""
    low, high, unit = claim.low, claim.high, claim.unit or ""
    if low is not None and high is not None:
        number = f"{low:g}" if low == high else f"{low:g}–{high:g}"
    else:
        number = f"> {low:g}" if low is not None else f"< {high:g}" if high is not None else "?"
    return f"{number} {unit}".strip()
