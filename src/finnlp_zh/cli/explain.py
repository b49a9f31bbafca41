"""``finnlp explain``: why an article carries its stances, risks and what was asked for beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finnlp_zh.errors import InputError
from finnlp_zh.loading import ON_REQUEST, load, split_names
from finnlp_zh.report.explanation import explain
from finnlp_zh.types import Record, read_records


def explain_command(
    file: Annotated[Path, typer.Argument(help="Annotated records (.jsonl), or one article as plain text.")],
    model: Annotated[str, typer.Option(help="A shipped model, a model folder, or 'none' for rules alone.")] = "small",
    stages: Annotated[
        str | None,
        typer.Option(help=f"Comma-separated, for plain text: by default all; on request also {', '.join(ON_REQUEST)}."),
    ] = None,
) -> None:
    """Show, for every stance and risk, its evidence and the rules and words behind it."""
    for record in _records(file, None if model == "none" else model, stages):
        for line in explain(record):
            typer.echo(line)


def _records(file: Path, model: str | None, stages: str | None) -> list[Record]:
    if file.suffix == ".jsonl":
        return list(read_records(file))
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file}: not readable as UTF-8 text ({error}): annotate it and explain the records"
        ) from error
    return [load(model, stages=split_names(stages))(text, doc_id=file.stem).record]
