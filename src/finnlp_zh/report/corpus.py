"""What a corpus of records shows as a whole: risk themes over time, and who is named together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from finnlp_zh.types import Record

_UNDATED = "undated"


def risks_by_month(records: Sequence[Record]) -> dict[str, Any]:
    """Count, for every theme, the articles of each month that tell of it.

    Gives ``months`` in order (articles without a date last) and ``counts``: theme → one number a month.
    """
    by_month: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        month = record.published[:7] if record.published else _UNDATED
        by_month[month].update({risk.theme for risk in record.risks})
    months = sorted(month for month in by_month if by_month[month])
    totals = Counter[str]()
    for counts in by_month.values():
        totals.update(counts)
    return {
        "months": months,
        "counts": {theme: [by_month[month][theme] for month in months] for theme, _ in totals.most_common()},
    }


def co_mentions(records: Sequence[Record], *, most: int = 40) -> dict[str, Any]:
    """Give the ``most`` named organisations and regulators, and how many articles name two of them together.

    Gives ``nodes`` (name, articles), most named first, and ``edges``: (node, node, articles).
    """
    named: Counter[tuple[str, str]] = Counter()
    present: list[dict[tuple[str, str], None]] = []
    for record in records:
        keys = {
            (entity.kb_id or entity.name, entity.name): None
            for entity in record.entities
            if entity.type in ("ORG", "REGULATOR")
        }
        present.append(keys)
        named.update(keys.keys())
    top = [key for key, _ in named.most_common(most)]
    index = {key: number for number, key in enumerate(top)}
    edges: Counter[tuple[int, int]] = Counter()
    for keys in present:
        edges.update(combinations(sorted(index[key] for key in keys if key in index), 2))
    return {
        "nodes": [{"name": name, "articles": named[key, name]} for key, name in top],
        "edges": [(first, second, count) for (first, second), count in edges.most_common(4 * most)],
    }
