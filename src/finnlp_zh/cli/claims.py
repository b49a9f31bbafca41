"""``finnlp claims``: the figures of annotated articles as a table, or what contradicts between articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from finnlp_zh.interop.tables import write_table
from finnlp_zh.report.conflicts import CONFLICT_COLUMNS, conflict_rows, find_conflicts
from finnlp_zh.report.same_story import unique as first_tellings
from finnlp_zh.rows import COLUMNS, claim_rows
from finnlp_zh.types import Record, read_records


def claims_command(
    records: Annotated[
        Path, typer.Argument(exists=True, help="Records (.jsonl) of `finnlp annotate`, or their folder.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write: .csv, .parquet or .jsonl.")] = None,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Only claims of different articles that contradict each other.")
    ] = False,
    unique: Annotated[bool, typer.Option("--unique", help="Leave out reprints of one story.")] = False,
) -> None:
    """Write one row a claim (subject, metric, value, unit, period, source), or the contradictions between articles."""
    read = first_tellings(read_records(records)) if unique else read_records(records)
    if conflicts:
        _show_conflicts(read, out)
        return
    target = out or Path("claims.csv")
    count = write_table((row for record in read for row in claim_rows(record)), target, columns=COLUMNS["claims"])
    typer.echo(f"{count} claims in {target}")


def _show_conflicts(read: Iterator[Record], out: Path | None) -> None:
    found = list(conflict_rows(find_conflicts(read)))
    if out is not None:
        write_table(found, out, columns=CONFLICT_COLUMNS)
    for row in found:
        typer.echo(
            f"{row['subject']} {row['metric']} {row['period_start']}..{row['period_end']}: "
            f"{row['text_1']} ({row['doc_id_1']}) against {row['text_2']} ({row['doc_id_2']})"
        )
    typer.echo(f"{len(found)} contradictions" + (f" in {out}" if out is not None else ""))
