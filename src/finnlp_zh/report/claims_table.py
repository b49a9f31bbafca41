"""Claims as one flat table, one row a claim, written as CSV, Parquet or JSON Lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from finnlp_zh.errors import ConfigError, InputError, ResourceError
from finnlp_zh.types import Claim, Record, Span, decode

Row = dict[str, Any]

COLUMNS: Final = (
    *("doc_id", "published", "subject", "subject_id", "metric", "text", "kind", "low", "high", "unit", "counter"),
    *("modifier", "change", "basis", "modality", "period", "period_start", "period_end", "source", "source_id"),
    *("start", "end", "score", "claim_id"),
)

# A cell that begins like this is run as a formula by spreadsheet programs (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_FORMATS: Final = (".csv", ".parquet", ".jsonl")


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
            "published": record.published,
            "subject": names.get(entity, said) if entity is not None else said,
            "subject_id": keys.get(entity) if entity is not None else None,
            "metric": _surface(record, claim.metric),
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
            "period": _surface(record, period.span) if period is not None else None,
            "period_start": period.start if period is not None else None,
            "period_end": period.end if period is not None else None,
            "source": names.get(source) if source is not None else None,
            "source_id": claim.source,
            "start": claim.span[0],
            "end": claim.span[1],
            "score": claim.score,
            "claim_id": claim.id,
        }


def _surface(record: Record, span: Span | None) -> str | None:
    return None if span is None else record.text[span[0] : span[1]]


def read_claim_records(path: Path) -> Iterator[Record]:
    """Give the records of a JSON Lines file, or of every ``*.jsonl`` file below a folder in name order.

    Raises `InputError` with file and line where one is no record.
    """
    files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
    files = [file for file in files if file.name != "errors.jsonl"]
    if not files:
        raise InputError(f"{path}: holds no .jsonl file of records; make one with `finnlp annotate`")
    for file in files:
        try:
            lines = file.open("rb")
        except OSError as error:
            raise InputError(f"{file}: cannot be read: {error.strerror}") from error
        with lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _decode(line, file, number)


def _decode(line: bytes, file: Path, number: int) -> Record:
    try:
        return decode(line)
    except InputError as error:
        raise InputError(f"{file}:{number}: {error}") from error


def write_table(rows: Iterable[Row], target: Path, *, columns: Sequence[str] = COLUMNS) -> int:
    """Write rows by the target's suffix and give their number.

    CSV has a byte order mark, so that spreadsheet programs read the Chinese, and no cell that they would run as a
    formula: such text gets a leading apostrophe. Parquet and JSON Lines hold the text as it is.
    """
    suffix = target.suffix.lower()
    if suffix not in _FORMATS:
        raise ConfigError(
            f"{target}: the table is written as {', '.join(_FORMATS)}, not {suffix or 'without a suffix'}"
        )
    if suffix == ".csv":
        return _write_csv(rows, target, columns)
    if suffix == ".jsonl":
        return _write_lines(rows, target)
    return _write_parquet(rows, target, columns)


def neutralised(cell: object) -> object:
    """Give a cell that no spreadsheet program runs: text that begins like a formula gets an apostrophe.

    >>> neutralised("=HYPERLINK(1)"), neutralised("-3%"), neutralised(-3.0), neutralised("3%")
    ("'=HYPERLINK(1)", "'-3%", -3.0, '3%')
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _write_csv(rows: Iterable[Row], target: Path, columns: Sequence[str]) -> int:
    count = 0
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([neutralised(row[column]) for column in columns])
            count += 1
    return count


def _write_lines(rows: Iterable[Row], target: Path) -> int:
    count = 0
    with target.open("wb") as file:
        for row in rows:
            file.write(msgspec.json.encode(row) + b"\n")
            count += 1
    return count


def _write_parquet(rows: Iterable[Row], target: Path, columns: Sequence[str]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ResourceError("writing Parquet needs pyarrow: pip install 'finnlp-zh[parquet]'") from error
    listed = list(rows)
    types = {"low": pa.float64(), "high": pa.float64(), "score": pa.float64(), "start": pa.int64(), "end": pa.int64()}
    schema = pa.schema([(column, types.get(column, pa.string())) for column in columns])
    pq.write_table(pa.Table.from_pylist(listed, schema=schema), target)
    return len(listed)


def value_of(claim: Claim) -> str:
    """Give the claim's value as a short text: ``1.2e+09 CNY``, ``≥ 3 %``, ``4–8 %``."""
    low, high, unit = claim.low, claim.high, claim.unit or ""
    if low is not None and high is not None:
        number = f"{low:g}" if low == high else f"{low:g}–{high:g}"
    else:
        number = f"> {low:g}" if low is not None else f"< {high:g}" if high is not None else "?"
    return f"{number} {unit}".strip()
