"""The claims stage: figures, their periods and their context, put together as claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, cast

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.ranking import Weights
from finnlp_zh.stages.claims.context import Article, Scene, basis_of, change_of, clause_start
from finnlp_zh.stages.claims.evidence import SHARES, Evidence
from finnlp_zh.stages.claims.figures import Figure, find_figures, plain_text
from finnlp_zh.stages.claims.metrics import metric_candidates
from finnlp_zh.stages.claims.modality import modality_candidates
from finnlp_zh.stages.claims.periods import find_periods
from finnlp_zh.stages.claims.ranking import Candidate, Scorer, best, load_scorers, prepare
from finnlp_zh.stages.claims.subjects import placed, subject_candidates
from finnlp_zh.stages.claims.timing import period_candidates
from finnlp_zh.types import Claim, Layer, Modality, Period, Quote, Record, Span, Subject


class ClaimStage:
    """Finds every figure that measures something, with value, unit, period, metric, subject and source."""

    name: Final = "claims"
    version: Final = "2"
    requires: Final = frozenset({"sentences", "entities", "quotes"})
    provides: Final = frozenset({"claims"})

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give one layer of claims an article, same length and order as ``docs``; changes neither argument."""
        return [Layer(claims=claims_of(doc, feature)) for doc, feature in zip(docs, features, strict=True)]


def claims_of(doc: Record, features: Features) -> list[Claim]:
    """Give the claims of one article."""
    return Assembly.of(doc, features=features).claims()


class Assembly:
    """Goes through the figures of one article in order, since each may inherit from the one before."""

    def __init__(self, doc: Record, article: Article, scorers: Mapping[str, Scorer], evidence: Evidence) -> None:
        self.doc = doc
        self.article = article
        self.scorers = scorers
        self.named = {(start, end): entity for start, end, entity in article.mentions}
        self.evidence = evidence
        self.company = _company_of(article)

    @classmethod
    def of(cls, doc: Record, *, weights: Weights | None = None, features: Features | None = None) -> Assembly:
        """Find figures and times and index them with the article's names and speakers."""
        plain = plain_text(doc.text)
        mentions = sorted(
            (mention.span[0], mention.span[1], entity.id)
            for entity in doc.entities
            for mention in entity.mentions
            if mention.kind != "pronoun"
        )
        figures = find_figures(plain, [(start, end) for start, end, _ in mentions])
        times, written = find_periods(plain, doc.published) if figures else ([], None)
        types = {entity.id: entity.type for entity in doc.entities}
        speakers = frozenset(quote.speaker.span for quote in doc.quotes if quote.speaker and quote.speaker.span)
        bulletin = doc.published is not None
        article = Article(
            plain, doc.sentences, mentions, times, figures, types, speakers, bulletin, written, doc.tokens
        )
        scorers = prepare(weights) if weights is not None else load_scorers()
        seen = features if features is not None and figures else Features()
        return cls(doc, article, scorers, Evidence(seen))

    def claims(self) -> list[Claim]:
        claims: list[Claim] = []
        for index in range(len(self.article.figures)):
            claims.append(self.claim(index, claims))
        return claims

    def claim(self, index: int, earlier: Sequence[Claim]) -> Claim:
        """Give the claim of one figure, after those of the figures before it."""
        text, figure = self.article.text, self.article.figures[index]
        scene = self.scene(index, earlier)
        scene.modality = cast(Modality, self._choose("modality", modality_candidates(scene), figure).label)
        metric = self._labelled(figure) or self._choose("metric", metric_candidates(scene), figure).span
        subjects = [*subject_candidates(scene, metric), *self._seen(scene, metric)]
        subject = self._choose("subject", subjects, figure).span
        period = _as_period(self._choose("period", period_candidates(scene), figure))
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
            basis=basis_of(text, scene.start, figure, scene.change, _is_monthly(period)),
            modality=scene.modality,
            metric=metric,
            subject=self._subject(subject),
            period=period,
            source=self._source(figure),
            score=_confidence(figure),
        )

    def _labelled(self, figure: Figure) -> Span | None:
        """Give the words that a bracket or table names the figure with, without the name of its owner before them."""
        if figure.label is None:
            return None
        start, end = figure.label
        for _, right, _ in self.article.mentions_in(start, end):
            start = right if right <= end - 2 else start
        return start, end

    def _seen(self, scene: Scene, metric: Span | None) -> list[Candidate]:
        """Give the subjects that the head sees shortly before the figure, which the grammar may have cut otherwise."""
        figure = scene.figure
        start = max(scene.sentence[0], figure.start - 80)
        spans = self.evidence.spans("subject", start, figure.start)
        return [placed(scene, span, metric) for span in spans[-4:]]

    def _choose(self, question: str, candidates: list[Candidate], figure: Figure) -> Candidate:
        """Give the candidate that grammar and heads together speak for."""
        share = SHARES[question]
        if question == "modality":
            choices = self.evidence.of_choice(question, (figure.start, figure.end))
            for candidate in candidates:
                candidate.bonus = share * choices.get(candidate.label, 0.0)
        else:
            for candidate in candidates:
                if candidate.span is not None:
                    candidate.bonus = share * self.evidence.of_span(question, candidate.span)
        return best(question, candidates, self.scorers)

    def scene(self, index: int, earlier: Sequence[Claim]) -> Scene:
        """Give what the candidate finders need to know about one figure."""
        article = self.article
        figure = article.figures[index]
        first, last = article.sentence_of(figure.start)
        # A page without full stops is one sentence; what lies further off says nothing of this figure.
        sentence = max(first, figure.start - _REACH), min(last, figure.end + _REACH)
        start = clause_start(article, sentence, index)
        before = earlier[-1] if earlier and earlier[-1].span[0] >= sentence[0] else None
        return Scene(
            article=article,
            sentence=sentence,
            index=index,
            figure=figure,
            start=start,
            change=change_of(article.text, start, figure),
            modality="actual",
            previous_metric=before.metric if before is not None else None,
            previous_subject=before.subject.span if before is not None and before.subject is not None else None,
            previous_kind=before.kind if before is not None else "",
            earlier=earlier,
        )

    def _subject(self, span: Span | None) -> Subject | None:
        if span is None:
            return None
        entity = self.named.get(span)
        if entity is None and self.article.text[span[0] : span[1]] in _THE_COMPANY:
            entity = self.company
        return Subject(span=span, entity=entity)

    def _source(self, figure: Figure) -> str | None:
        """Give who says the figure: the entity that speaks the quote it stands in, or that issued the document quoted.

        Where the quote has no known speaker, the quote itself.
        """
        holding = [
            quote
            for quote in self.doc.quotes
            if any(start <= figure.start and figure.end <= end for start, end in quote.content)
        ]
        if not holding:
            return None
        innermost = min(holding, key=lambda quote: sum(end - start for start, end in quote.content))
        if innermost.speaker is not None and innermost.speaker.entity is not None:
            return innermost.speaker.entity
        if (
            innermost.speaker is None
            and innermost.document is not None
            and (issuer := self._issuer(innermost)) is not None
        ):
            return issuer
        return innermost.id

    def _issuer(self, quote: Quote) -> str | None:
        """Give the organisation whose announcement or report a document without an owner is."""
        place = quote.document[0] if quote.document is not None else 0
        types = self.article.types
        spoken = [
            (other.speaker.span[0], other.speaker.entity)
            for other in self.doc.quotes
            if other.speaker is not None and other.speaker.span is not None and other.speaker.entity is not None
        ]
        before = [entity for start, entity in spoken if start < place and types.get(entity) == "ORG"]
        if before:
            return before[-1]
        named = [entity for start, _, entity in self.article.mentions if start < place and types.get(entity) == "ORG"]
        return named[0] if named else None


# 公司 without a name is the company that the article is about; 该行 and 集团 may be the one that speaks.
_THE_COMPANY: Final = frozenset({"公司", "本公司", "该公司"})


def _company_of(article: Article) -> str | None:
    """Give the organisation that opens the article and is named more often than any other, if there is one."""
    named = Counter(entity for _, _, entity in article.mentions if article.types.get(entity) == "ORG")
    ranked = named.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    entity = ranked[0][0]
    opens = any(article.text[start:end] in article.leads for start, end, owner in article.mentions if owner == entity)
    return entity if opens else None


def _is_monthly(period: Period | None) -> bool:
    if period is None or period.start is None or period.end is None:
        return False
    return (date.fromisoformat(period.end) - date.fromisoformat(period.start)).days <= 31


_REACH: Final = 500  # characters

# The shares of figures of each make that the labelled articles agree are figures.
_CONFIDENCE: Final = {"money": 0.99, "percent": 0.99, "points": 0.99, "rate": 0.98, "physical": 0.97, "multiple": 0.96}


def _confidence(figure: Figure) -> float:
    """Give how likely the figure is one: money and shares nearly always, bare counts and times less."""
    if figure.kind == "count":
        return 0.9 if figure.counter in (None, "大", "点") else 0.97
    return _CONFIDENCE.get(figure.kind, 0.93)


def _as_period(chosen: Candidate) -> Period | None:
    if chosen.span is None:
        return None
    start, end = chosen.days or (None, None)
    return Period(span=chosen.span, start=start, end=end)
