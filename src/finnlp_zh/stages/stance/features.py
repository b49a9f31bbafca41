"""What a quote's words and frame say about its speaker's attitude, as named numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import log, log1p, sqrt
from typing import Final

from finnlp_zh.resources.phrases import Hit, PhraseBook, Sightings
from finnlp_zh.types import Entity, Quote, Record, Span

RATED: Final = (
    "praise", "benefit", "pledge", "effort", "norm", "outlook", "upgrade",
    "downgrade", "blame", "harm", "doubt", "warn", "risk", "demand", "denial", "report",
)  # fmt: skip
_GOOD: Final = frozenset({"praise", "benefit", "outlook", "upgrade"})
_BAD: Final = frozenset({"blame", "harm", "doubt", "downgrade"})
# How many characters before a good or bad word a word that turns it may end, within the clause.
_REACH: Final = {"negation": 4, "relief": 10, "hedge": 12}
_SCOPED: Final = ("negated_good", "negated_bad", "relieved", "hedged_good", "hedged_bad")
_MOST: Final = 6.0  # hits of a class beyond this say nothing more
_FIGURE: Final = re.compile(r"\d+(?:\.\d+)?")


def doc_features(doc: Record, phrases: PhraseBook, cues: Mapping[str, frozenset[str]]) -> Iterator[dict[str, float]]:
    """Give the features of every quote of an article, in its order."""
    entities = {entity.id: entity for entity in doc.entities}
    nested = nested_quotes(doc.quotes)
    for quote in doc.quotes:
        yield quote_features(doc, quote, entities=entities, nested=quote.id in nested, phrases=phrases, cues=cues)


def quote_features(
    doc: Record,
    quote: Quote,
    *,
    entities: Mapping[str, Entity],
    nested: bool,
    phrases: PhraseBook,
    cues: Mapping[str, frozenset[str]],
) -> dict[str, float]:
    """Give the features of one quote; ``nested`` says whether it holds another (`nested_quotes`).

    A class counts by the square root of its hits; what stands after 但 or 不过 weighs more than what stands before. A
    negation (并未, 难以), a remedy (缓解, 防范) or a hedge (不排除, 或将) before a good or bad word in its clause makes
    it count for a feature of its own; ``balanced`` says how much good and bad stand beside each other.
    """
    text = doc.text
    sightings = phrases.sight("\n".join(text[start:end] for start, end in quote.content))
    features = _rated(sightings)
    cue = text[slice(*quote.cue)] if quote.cue else ""
    speaker = entities.get(quote.speaker.entity) if quote.speaker and quote.speaker.entity else None
    kind = speaker.type if speaker else None
    official = float(kind in ("REGULATOR", "OFFICIAL"))
    features.update(
        bias=1.0,
        length=log(len(sightings.text) + 1) / 4,
        figures=log1p(len(_FIGURE.findall(sightings.text))),
        percents=log1p(sightings.text.count("%")),
        factual_cue=float(cue in cues["factual"]),
        sharp_cue=float(cue in cues["sharp"]),
        asking_cue=float(cue in cues["asking"]),
        advising_cue=float(cue in cues["advising"]),
        plain_cue=float(cue in cues["plain"]),
        colon=float(cue in ("：", ":")),
        by_regulator=float(kind == "REGULATOR"),
        by_official=float(kind == "OFFICIAL"),
        by_organisation=float(kind == "ORG"),
        by_person=float(kind == "PERSON"),
        by_unknown=float(kind is None),
        official_pledge=official * features["pledge"],
        official_norm=official * features["norm"],
        official_effort=official * features["effort"],
        own_blame=float(kind == "ORG") * features["blame"],
        document=float(quote.document is not None),
        nested=float(nested),
        relayed=float(nested) * (cue in cues["relaying"]),
    )
    return features


def _rated(sightings: Sightings) -> dict[str, float]:
    turns = sightings.of("@contrast")
    turn = turns[-1].start if turns else None
    scopes = {name: {hit.end for hit in sightings.of(f"@{name}")} for name in _REACH}
    totals = dict.fromkeys((*RATED, *_SCOPED), 0.0)
    for name in RATED:
        for hit in outermost(sightings.of(f"@{name}")):
            weight = 1.0 if turn is None else 1.5 if hit.start > turn else 0.6
            totals[_scoped(name, hit, scopes, sightings)] += weight
    good = sum(totals[name] for name in (*_GOOD, "relieved"))
    bad = sum(totals[name] for name in (*_BAD, "warn", "hedged_bad"))
    features = {name: sqrt(min(total, _MOST)) for name, total in totals.items()}
    features["balanced"] = sqrt(min(good, bad, _MOST))
    return features


def _scoped(name: str, hit: Hit, scopes: Mapping[str, set[int]], sightings: Sightings) -> str:
    """Give the feature that a good or bad word counts for: its class, or what a word before it makes of it."""
    if name not in _GOOD and name not in _BAD:
        return name

    def within(scope: str) -> bool:
        nearest = max((end for end in scopes[scope] if hit.start - _REACH[scope] <= end <= hit.start), default=None)
        return nearest is not None and sightings.next_break(nearest, False) >= hit.start

    if within("negation"):
        return "negated_good" if name in _GOOD else "negated_bad"
    if name in _BAD and within("relief"):
        return "relieved"
    if within("hedge"):
        return "hedged_good" if name in _GOOD else "hedged_bad"
    return name


def outermost(hits: list[Hit]) -> list[Hit]:
    """Of overlapping words of a class only the first counts, and of those that begin together the longest."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept


def nested_quotes(quotes: Sequence[Quote]) -> set[str]:
    """Give the ids of the quotes whose content holds that of another quote; quotes with one content are one."""
    by_content: dict[tuple[Span, ...], list[str]] = {}
    for quote in quotes:
        by_content.setdefault(tuple(quote.content), []).append(quote.id)
    # Sorted so that a span comes before those inside it; what ended before it can hold none of the rest.
    spans = sorted((start, -end, content) for content in by_content for start, end in content)
    holders: set[tuple[Span, ...]] = set()
    around: list[tuple[int, tuple[Span, ...]]] = []
    for start, negative_end, content in spans:
        around = [(end, outer) for end, outer in around if end > start and outer not in holders]
        holders.update(outer for end, outer in around if end >= -negative_end and outer != content)
        around.append((-negative_end, content))
    return {name for content in holders for name in by_content[content]}
