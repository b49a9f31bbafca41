"""The claims stage: figures, their periods and their context, put together as claims."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.claims.context import (
    Article,
    Scene,
    basis_of,
    change_of,
    clause_start,
    metric_candidates,
    modality_of,
    subject_candidates,
)
from finnlp_zh.stages.claims.figures import Figure, find_figures, plain_text
from finnlp_zh.stages.claims.periods import TimeExpression, find_periods
from finnlp_zh.stages.claims.ranking import best
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
    return Assembly.of(doc).claims()


class Assembly:
    """Goes through the figures of one article in order, since each may inherit from the one before."""

    def __init__(self, doc: Record, article: Article) -> None:
        self.doc = doc
        self.article = article

    @classmethod
    def of(cls, doc: Record) -> Assembly:
        """Find figures and times and index them with the article's names and speakers."""
        plain = plain_text(doc.text)
        mentions = sorted(
            (mention.span[0], mention.span[1], entity.id)
            for entity in doc.entities
            for mention in entity.mentions
            if mention.kind != "pronoun"
        )
        figures = find_figures(doc.text, [(start, end) for start, end, _ in mentions])
        times = find_periods(plain, doc.published) if figures else []
        types = {entity.id: entity.type for entity in doc.entities}
        speakers = frozenset(quote.speaker.span for quote in doc.quotes if quote.speaker and quote.speaker.span)
        bulletin = doc.published is not None
        return cls(doc, Article(plain, doc.sentences, mentions, times, figures, types, speakers, bulletin))

    def claims(self) -> list[Claim]:
        claims: list[Claim] = []
        for index, figure in enumerate(self.article.figures):
            claims.append(self._claim(index, figure, claims))
        return claims

    def _claim(self, index: int, figure: Figure, earlier: list[Claim]) -> Claim:
        article, text = self.article, self.article.text
        scene = self.scene(index, earlier)
        metric = best("metric", metric_candidates(scene)).span
        subject = best("subject", subject_candidates(scene, metric)).span
        period = self._period(index, figure, scene.sentence, earlier)
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
            change=scene.change,
            basis=basis_of(text, scene.start, figure, scene.change, False),
            modality=modality_of(article, scene.sentence, index),
            metric=metric,
            subject=self._subject(subject),
            period=period,
            source=self._source(figure),
        )

    def scene(self, index: int, earlier: Sequence[Claim]) -> Scene:
        """Give what the candidate finders need to know about one figure."""
        article = self.article
        figure = article.figures[index]
        sentence = article.sentence_of(figure.start)
        start = clause_start(article, sentence, index)
        before = earlier[-1] if earlier and earlier[-1].span[0] >= sentence[0] else None
        return Scene(
            article=article,
            sentence=sentence,
            index=index,
            figure=figure,
            start=start,
            change=change_of(article.text, start, figure),
            previous_metric=before.metric if before is not None else None,
            previous_subject=before.subject.span if before is not None and before.subject is not None else None,
            previous_kind=before.kind if before is not None else "",
        )

    def _subject(self, span: Span | None) -> Subject | None:
        if span is None:
            return None
        for start, end, entity in self.article.mentions:
            if (start, end) == span:
                return Subject(span=span, entity=entity)
        return Subject(span=span)

    def _period(self, index: int, figure: Figure, sentence: Span, earlier: Sequence[Claim]) -> Period | None:
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
