"""Flat rows on disk: the Parquet tables of a corpus, and any one table as CSV, Parquet or JSON Lines.

DuckDB, pandas and Polars read the tables as they are; the columns are those of `finnlp_zh.rows`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import msgspec

from finnlp_zh.errors import ConfigError, ResourceError
from finnlp_zh.files import whole_file
from finnlp_zh.rows import COLUMNS, ROWS, Row, neutralised
from finnlp_zh.types import read_records

_ROWS_A_GROUP = 20_000
_FORMATS: Final = (".csv", ".parquet", ".jsonl")
_INTEGERS = {"story", "part", "characters", "repairs", "mentions", "start", "end"}
_FLOATS = {"similarity", "novelty", "relevance", "score", "low", "high"}
_FLAGS = {"forward_looking"}


def write_tables(records: Path, folder: Path) -> list[Path]:
    """Write ``documents.parquet`` and the others from a file of records; memory does not grow with the file.

    Each file appears whole or not at all. Raises `ResourceError` where pyarrow is not installed, `ConfigError` where
    a table cannot be written.
    """
    pa, pq = _arrow()
    schemas = {name: _schema(pa, columns) for name, columns in COLUMNS.items()}
    targets = {name: folder / f"{name}.parquet" for name in ROWS}
    waiting: dict[str, list[Row]] = {name: [] for name in ROWS}
    with ExitStack() as stack:
        writers = {}
        for name, target in targets.items():
            stream = stack.enter_context(whole_file(target))
            writers[name] = stack.enter_context(pq.ParquetWriter(stream, schemas[name], compression="zstd"))
        for record in read_records(records):
            for name, rows in ROWS.items():
                waiting[name].extend(rows(record))
                if len(waiting[name]) >= _ROWS_A_GROUP:
                    writers[name].write_table(pa.Table.from_pylist(waiting[name], schemas[name]))
                    waiting[name] = []
        for name in ROWS:
            writers[name].write_table(pa.Table.from_pylist(waiting[name], schemas[name]))
    return list(targets.values())


def write_table(rows: Iterable[Row], target: Path, *, columns: Sequence[str]) -> int:
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
    pa, pq = _arrow()
    listed = list(rows)
    pq.write_table(pa.Table.from_pylist(listed, schema=_schema(pa, columns)), target)
    return len(listed)


def _schema(pa: Any, columns: Sequence[str]) -> Any:
    kinds = {
        **dict.fromkeys(_INTEGERS, pa.int64()),
        **dict.fromkeys(_FLOATS, pa.float64()),
        **dict.fromkeys(_FLAGS, pa.bool_()),
    }
    return pa.schema([(column, kinds.get(column, pa.string())) for column in columns])


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # an extra
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ResourceError("Parquet needs pyarrow: pip install 'finnlp-zh[parquet]'") from error
    return pa, pq
