"""Records as six flat tables with stable columns, in Parquet: DuckDB, pandas and Polars read them as they are.

Every row leads back to its article by ``doc_id``, and to the characters by ``start`` and ``end``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from finnlp_zh.errors import ResourceError
from finnlp_zh.types import Record, Span, decode

Row = dict[str, Any]

_ROWS_A_GROUP = 20_000


def _surface(record: Record, span: Span | None) -> str | None:
    return None if span is None else record.text[span[0] : span[1]]


def _documents(record: Record) -> Iterator[Row]:
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


def _entities(record: Record) -> Iterator[Row]:
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


def _mentions(record: Record) -> Iterator[Row]:
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


def _quotes(record: Record) -> Iterator[Row]:
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


def _claims(record: Record) -> Iterator[Row]:
    names = {entity.id: entity.name for entity in record.entities}
    for claim in record.claims:
        subject, period = claim.subject, claim.period
        yield {
            "doc_id": record.doc_id,
            "claim_id": claim.id,
            "text": claim.text,
            "kind": claim.kind,
            "low": claim.low,
            "high": claim.high,
            "unit": claim.unit,
            "counter": claim.counter,
            "modifier": claim.modifier,
            "change": claim.change,
            "basis": claim.basis,
            "modality": claim.modality,
            "metric": _surface(record, claim.metric),
            "subject": _surface(record, subject.span) if subject else None,
            "subject_entity": subject.entity if subject else None,
            "subject_name": names.get(subject.entity or "") if subject else None,
            "period": _surface(record, period.span) if period else None,
            "period_start": period.start if period else None,
            "period_end": period.end if period else None,
            "source": claim.source,
            "start": claim.span[0],
            "end": claim.span[1],
            "score": claim.score,
        }


def _risks(record: Record) -> Iterator[Row]:
    for risk in record.risks:
        yield {
            "doc_id": record.doc_id,
            "theme": risk.theme,
            "status": risk.status,
            "sentence": _surface(record, risk.sentence),
            "evidence": "…".join(record.text[start:end] for start, end in risk.evidence),
            "start": risk.sentence[0],
            "end": risk.sentence[1],
            "score": risk.score,
        }


TABLES: dict[str, Callable[[Record], Iterator[Row]]] = {
    "documents": _documents,
    "entities": _entities,
    "mentions": _mentions,
    "quotes": _quotes,
    "claims": _claims,
    "risks": _risks,
}

_INTEGERS = {"part", "characters", "repairs", "mentions", "start", "end"}
_FLOATS = {"relevance", "score", "low", "high"}
_COLUMNS = {
    "documents": "doc_id path sha256 part title published text characters repairs themes warnings",
    "entities": "doc_id entity_id type name kb_id role affiliation titles relevance mentions",
    "mentions": "doc_id mention_id entity_id type text kind start end score",
    "quotes": (
        "doc_id quote_id kind content cue speaker speaker_entity speaker_name source_class document stance target "
        "start end score"
    ),
    "claims": (
        "doc_id claim_id text kind low high unit counter modifier change basis modality metric subject subject_entity "
        "subject_name period period_start period_end source start end score"
    ),
    "risks": "doc_id theme status sentence evidence start end score",
}


def write_tables(records: Path, folder: Path) -> list[Path]:
    """Write ``documents.parquet`` and the five others from a file of records; memory does not grow with the file.

    Each file appears whole or not at all. Raises `ResourceError` where pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # an extra
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ResourceError("Parquet needs pyarrow: pip install 'finnlp-zh[parquet]'") from error
    kinds = {**dict.fromkeys(_INTEGERS, pa.int64()), **dict.fromkeys(_FLOATS, pa.float64())}
    schemas = {
        name: pa.schema([(column, kinds.get(column, pa.string())) for column in _COLUMNS[name].split()])
        for name in TABLES
    }
    partial = {name: folder / f".{name}.parquet.part" for name in TABLES}
    writers = {name: pq.ParquetWriter(partial[name], schemas[name], compression="zstd") for name in TABLES}
    waiting: dict[str, list[Row]] = {name: [] for name in TABLES}
    try:
        for record in _read(records):
            for name, rows in TABLES.items():
                waiting[name].extend(rows(record))
                if len(waiting[name]) >= _ROWS_A_GROUP:
                    writers[name].write_table(pa.Table.from_pylist(waiting[name], schemas[name]))
                    waiting[name] = []
        for name in TABLES:
            writers[name].write_table(pa.Table.from_pylist(waiting[name], schemas[name]))
    finally:
        for writer in writers.values():
            writer.close()
    return [partial[name].replace(folder / f"{name}.parquet") for name in TABLES]


def _read(records: Path) -> Iterable[Record]:
    with records.open("rb") as stream:
        for line in stream:
            yield decode(line)
