"""Records as flat rows: one for each article, entity, mention, quote, claim and risk, spans replaced by their words.

So are the fields that run on request (policy tones, the article's own stances, own themes), where a record has them.

Every row leads back to its article by ``doc_id``, and to the characters by ``start`` and ``end``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from finnlp_zh.types import Entity, OwnTheme, Record, Risk, Span

Row = dict[str, Any]

# A cell that begins like this is run as a formula by spreadsheet programs (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _surface(record: Record, span: Span | None) -> str | None:
    return None if span is None else record.text[span[0] : span[1]]


def document_rows(record: Record) -> Iterator[Row]:
    """Give the rows of the table ``documents``."""
    source = record.source
    yield {
        "doc_id": record.doc_id,
        "path": source.path if source else None,
        "sha256": source.sha256 if source else None,
        "part": source.part if source else None,
        "title": _surface(record, record.title),
        "published": record.published,
        "text": record.text,
        "characters": len(record.text),
        "repairs": len(record.repairs),
        "themes": ",".join(sorted(theme for theme, share in record.themes.items() if share >= 0.5)),
        "warnings": "\n".join(record.warnings),
    }


def entity_rows(record: Record) -> Iterator[Row]:
    """Give the rows of the table ``entities``."""
    for entity in record.entities:
        yield {
            "doc_id": record.doc_id,
            "entity_id": entity.id,
            "type": entity.type,
            "name": entity.name,
            "kb_id": entity.kb_id,
            "role": entity.role,
            "affiliation": entity.affiliation,
            "titles": "、".join(record.text[start:end] for start, end in entity.titles),
            "relevance": entity.relevance,
            "mentions": len(entity.mentions),
        }


def mention_rows(record: Record) -> Iterator[Row]:
    """Give the rows of the table ``mentions``."""
    for entity in record.entities:
        for mention in entity.mentions:
            yield {
                "doc_id": record.doc_id,
                "mention_id": mention.id,
                "entity_id": entity.id,
                "type": entity.type,
                "text": mention.text,
                "kind": mention.kind,
                "start": mention.span[0],
                "end": mention.span[1],
                "score": mention.score,
            }


def quote_rows(record: Record) -> Iterator[Row]:
    """Give the rows of the table ``quotes``."""
    names = {entity.id: entity.name for entity in record.entities}
    for quote in record.quotes:
        speaker = quote.speaker
        yield {
            "doc_id": record.doc_id,
            "quote_id": quote.id,
            "kind": quote.kind,
            "content": "…".join(record.text[start:end] for start, end in quote.content),
            "cue": _surface(record, quote.cue),
            "speaker": _surface(record, speaker.span) if speaker else None,
            "speaker_entity": speaker.entity if speaker else None,
            "speaker_name": names.get(speaker.entity or "") if speaker else None,
            "source_class": speaker.source_class if speaker else None,
            "document": _surface(record, quote.document),
            "stance": quote.stance.label if quote.stance else None,
            "target": _surface(record, quote.stance.target) if quote.stance else None,
            "start": quote.content[0][0],
            "end": quote.content[-1][1],
            "score": quote.score,
        }


def claim_rows(record: Record) -> Iterator[Row]:
    """Give one row a claim: its spans as the text's words, its entities by name, its value as numbers in ``unit``."""
    names = {entity.id: entity.name for entity in record.entities}
    keys = {entity.id: entity.kb_id for entity in record.entities}
    speakers = {quote.id: quote.speaker.entity for quote in record.quotes if quote.speaker is not None}
    for claim in record.claims:
        subject, period = claim.subject, claim.period
        entity = subject.entity if subject is not None else None
        said = _surface(record, subject.span) if subject is not None else None
        source = speakers.get(claim.source, claim.source) if claim.source is not None else None
        yield {
            "doc_id": record.doc_id,
            "claim_id": claim.id,
            "text": claim.text,
            "kind": claim.kind,
            "published": record.published,
            "subject": names.get(entity, said) if entity is not None else said,
            "subject_id": keys.get(entity) if entity is not None else None,
            "metric": _surface(record, claim.metric),
            "low": claim.low,
            "high": claim.high,
            "unit": claim.unit,
            "counter": claim.counter,
            "modifier": claim.modifier,
            "change": claim.change,
            "basis": claim.basis,
            "modality": claim.modality,
            "period": _surface(record, period.span) if period is not None else None,
            "period_start": period.start if period is not None else None,
            "period_end": period.end if period is not None else None,
            "source": names.get(source) if source is not None else None,
            "source_id": claim.source,
            "start": claim.span[0],
            "end": claim.span[1],
            "score": claim.score,
        }


def risk_rows(record: Record) -> Iterator[Row]:
    """Give the rows of the table ``risks``."""
    for risk in record.risks:
        subject = risk_subject(record, risk)
        yield {
            **_theme_row(record, risk),
            "subject": subject.name if subject else None,
            "subject_id": subject.id if subject else None,
        }


def risk_subject(record: Record, risk: Risk) -> Entity | None:
    """Give the organisation or person that the risk's sentence names as the one concerned, None where it names none.

    It is the one named last before the evidence, else the first behind it; who only speaks in the sentence does not
    count, nor do public bodies, which mostly act on others.
    """
    start, end = risk.sentence
    place = risk.evidence[0][0] if risk.evidence else start
    speakers = {quote.speaker.span for quote in record.quotes if quote.speaker is not None}
    named = [
        (mention.span[0] > place, abs(mention.span[0] - place), entity)
        for entity in record.entities
        if entity.type in ("ORG", "PERSON") and entity.role != "journalist"
        for mention in entity.mentions
        if start <= mention.span[0] < end and mention.span not in speakers
    ]
    return min(named, key=lambda found: found[:2])[2] if named else None


def own_theme_rows(record: Record) -> Iterator[Row]:
    """Give the rows of the table ``own_themes``."""
    return (_theme_row(record, theme) for theme in record.own_themes or [])


def policy_rows(record: Record) -> Iterator[Row]:
    """Give the rows of the table ``policy``."""
    names = {entity.id: entity.name for entity in record.entities}
    for tone in record.policy or []:
        yield {
            "doc_id": record.doc_id,
            "tone": tone.tone,
            "forward_looking": tone.forward_looking,
            "body": tone.body,
            "body_name": names.get(tone.body or ""),
            **_shown(record, tone.sentence, tone.evidence, tone.score),
        }


def stance_rows(record: Record) -> Iterator[Row]:
    """Give the rows of the table ``stances``."""
    names = {entity.id: entity.name for entity in record.entities}
    for stance in record.stances or []:
        yield {
            "doc_id": record.doc_id,
            "entity_id": stance.entity,
            "name": names.get(stance.entity),
            "label": stance.label,
            "evidence": "…".join(record.text[start:end] for start, end in stance.evidence),
            "score": stance.score,
        }


def _theme_row(record: Record, told: Risk | OwnTheme) -> Row:
    return {
        "doc_id": record.doc_id,
        "theme": told.theme,
        "status": told.status,
        **_shown(record, told.sentence, told.evidence, told.score),
    }


def _shown(record: Record, sentence: Span, evidence: Sequence[Span], score: float) -> Row:
    return {
        "sentence": _surface(record, sentence),
        "evidence": "…".join(record.text[start:end] for start, end in evidence),
        "start": sentence[0],
        "end": sentence[1],
        "score": score,
    }


ROWS: Final[dict[str, Callable[[Record], Iterator[Row]]]] = {
    "documents": document_rows,
    "entities": entity_rows,
    "mentions": mention_rows,
    "quotes": quote_rows,
    "claims": claim_rows,
    "risks": risk_rows,
    "policy": policy_rows,
    "stances": stance_rows,
    "own_themes": own_theme_rows,
}

COLUMNS: Final = {
    name: tuple(columns.split())
    for name, columns in {
        "documents": "doc_id path sha256 part title published text characters repairs themes warnings",
        "entities": "doc_id entity_id type name kb_id role affiliation titles relevance mentions",
        "mentions": "doc_id mention_id entity_id type text kind start end score",
        "quotes": (
            "doc_id quote_id kind content cue speaker speaker_entity speaker_name source_class document stance target "
            "start end score"
        ),
        "claims": (
            "doc_id claim_id text kind published subject subject_id metric low high unit counter modifier change basis "
            "modality period period_start period_end source source_id start end score"
        ),
        "risks": "doc_id theme status sentence evidence start end score subject subject_id",
        "policy": "doc_id tone forward_looking body body_name sentence evidence start end score",
        "stances": "doc_id entity_id name label evidence score",
        "own_themes": "doc_id theme status sentence evidence start end score",
    }.items()
}


def neutralised(cell: object) -> object:
    """Give a cell that no spreadsheet program runs: text that begins like a formula gets an apostrophe.

    >>> neutralised("=HYPERLINK(1)"), neutralised("-3%"), neutralised(-3.0), neutralised("3%")
    ("'=HYPERLINK(1)", "'-3%", -3.0, '3%')
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
