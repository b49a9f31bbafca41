"""``finnlp voices``: who is quoted how often, how long and in what role, over a corpus of records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from finnlp_zh.report.same_story import unique as first_tellings
from finnlp_zh.report.voices import count_voices, voice_rows, voices_csv
from finnlp_zh.types import Record, read_records


def voices_command(
    records: Annotated[
        list[Path], typer.Argument(exists=True, help="Records (.jsonl) of `finnlp annotate`, or their folders.")
    ],
    format: Annotated[
        Literal["table", "csv", "json"],
        typer.Option("--format", "-f", help="How to print: a table, CSV or JSON Lines."),
    ] = "table",
    top: Annotated[int, typer.Option("--top", "-n", min=0, help="Only the most quoted; 0 for all.")] = 0,
    named: Annotated[bool, typer.Option("--named", help="Only sources that the articles name.")] = False,
    unique: Annotated[bool, typer.Option("--unique", help="Count reprints of one story once.")] = False,
) -> None:
    """Print who is quoted: quotes, characters, articles, role and source class of every voice."""
    read: Iterator[Record] = (record for path in records for record in read_records(path))
    if unique:
        read = first_tellings(read)
    rows = voice_rows(voice for voice in count_voices(read) if voice.named or not named)
    rows = rows[:top] if top else rows
    if format == "csv":
        typer.echo(voices_csv(rows), nl=False)
    elif format == "json":
        for row in rows:
            typer.echo(msgspec.json.encode(row).decode())
    else:
        _print_table(rows)


def _print_table(rows: list[dict[str, Any]]) -> None:
    table = Table(title=f"{len(rows)} voices, {sum(row['quotes'] for row in rows)} quotes")
    table.add_column("voice", overflow="fold", min_width=12)
    for heading in ("type", "role", "source"):
        table.add_column(heading)
    for heading in ("quotes", "direct", "indirect", "characters", "share", "articles"):
        table.add_column(heading, justify="right")
    for row in rows:
        name = row["voice"] or "(no speaker)"
        table.add_row(
            name if row["named"] or row["voice"] is None else f"{name} (unnamed)",
            row["type"] or "",
            row["role"] or "",
            row["source_class"],
            *(str(row[key]) for key in ("quotes", "direct", "indirect", "characters")),
            f"{row['share']:.1%}",
            str(row["articles"]),
        )
    Console().print(table)
