"""The claims stage: figures, their periods and their context, put together as claims."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.claims.context import (
    Article,
    Reading,
    basis_of,
    change_of,
    clause_start,
    metric_of,
    modality_of,
    subject_of,
)
from finnlp_zh.stages.claims.figures import Figure, find_figures, plain_text
from finnlp_zh.stages.claims.periods import TimeExpression, find_periods
from finnlp_zh.types import Claim, Layer, Modality, Period, Record, Span, Subject


class ClaimStage:
    """Finds every figure that measures something, with value, unit, period, metric, subject and source."""

    name: Final = "claims"
    version: Final = "1"
    requires: Final = frozenset({"sentences", "entities", "quotes"})
    provides: Final = frozenset({"claims"})

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give one layer of claims an article, same length and order as ``docs``; changes neither argument."""
        return [Layer(claims=claims_of(doc, feature)) for doc, feature in zip(docs, features, strict=True)]


def claims_of(doc: Record, features: Features) -> list[Claim]:
    """Give the claims of one article."""
    plain = plain_text(doc.text)
    mentions = sorted(
        (mention.span[0], mention.span[1], entity.id)
        for entity in doc.entities
        for mention in entity.mentions
        if mention.kind != "pronoun"
    )
    figures = find_figures(doc.text, [(start, end) for start, end, _ in mentions])
    if not figures:
        return []
    times = find_periods(plain, doc.published)
    article = Article(plain, doc.sentences, mentions, times, figures)
    return _Assembly(doc, article).claims()


class _Assembly:
    """Goes through the figures of one article in order, since each may inherit from the one before."""

    def __init__(self, doc: Record, article: Article) -> None:
        self.doc = doc
        self.article = article

    def claims(self) -> list[Claim]:
        claims: list[Claim] = []
        for index, figure in enumerate(self.article.figures):
            claims.append(self._claim(index, figure, claims))
        return claims

    def _claim(self, index: int, figure: Figure, earlier: list[Claim]) -> Claim:
        article, text = self.article, self.article.text
        sentence = article.sentence_of(figure.start)
        start = clause_start(article, sentence, index)
        metric, bare = metric_of(article, sentence, index)
        before = earlier[-1] if earlier and earlier[-1].span[0] >= sentence[0] else None
        if metric is None and bare and before is not None:
            metric = before.metric
        subject = subject_of(article, sentence, index, metric)
        if subject is None and before is not None and before.subject is not None:
            subject = before.subject.span
        change = change_of(text, start, figure)
        period = self._period(index, figure, sentence, before)
        return Claim(
            id=f"c{index + 1}",
            span=(figure.start, figure.end),
            text=self.doc.text[figure.start : figure.end],
            kind=figure.kind,
            low=figure.low,
            high=figure.high,
            unit=figure.unit,
            counter=figure.counter,
            modifier=figure.modifier,
            change=change,
            basis=basis_of(text, start, figure, change, False),
            modality=modality_of(article, sentence, index),
            metric=metric,
            subject=self._subject(subject),
            period=period,
            source=self._source(figure),
        )

    def _subject(self, span: Span | None) -> Subject | None:
        if span is None:
            return None
        for start, end, entity in self.article.mentions:
            if (start, end) == span:
                return Subject(span=span, entity=entity)
        return Subject(span=span)

    def _period(self, index: int, figure: Figure, sentence: Span, before: Claim | None) -> Period | None:
        if figure.kind == "duration":
            return None
        for time in reversed(self.article.times_in(sentence[0], figure.start)):
            if time.reference or time.announces:
                continue
            return _as_period(time)
        return None

    def _source(self, figure: Figure) -> str | None:
        for quote in self.doc.quotes:
            if any(start <= figure.start and figure.end <= end for start, end in quote.content):
                return quote.id
        return None


def _as_period(time: TimeExpression) -> Period:
    days = time.days
    return Period(
        span=(time.start, time.end),
        start=days[0].isoformat() if days else None,
        end=days[1].isoformat() if days else None,
    )
