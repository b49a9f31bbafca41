"""``finnlp gold``: check, compile and read over a folder of articles labelled by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from finnlp_zh.errors import ConfigError
from finnlp_zh.evaluation.agreement import agreement_table
from finnlp_zh.evaluation.gold_format import compile_folder, count, show, write_corpus

Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A gold folder, with articles/ in it.")]

gold_app = typer.Typer(help="Check, compile and read over articles labelled by hand.", no_args_is_help=True)


@gold_app.command("check")
def check(folder: Folder) -> None:
    """Tell every problem in the labels with its line; exit code 1 where there is one."""
    records, problems = compile_folder(folder)
    _tell(len(records), problems)


@gold_app.command("compile")
def compile_(folder: Folder) -> None:
    """Write train.jsonl and test.jsonl; nothing is written, and the exit code is 1, where labels have problems."""
    records, problems = compile_folder(folder)
    if not problems:
        written = write_corpus(folder, records)
        typer.echo(", ".join(f"{number} in {name}.jsonl" for name, number in written.items()))
    _tell(len(records), problems)


@gold_app.command("show")
def show_(
    folder: Folder,
    names: Annotated[list[str] | None, typer.Argument(help="Articles to show; all without any.")] = None,
    reading: Annotated[str, typer.Option(help="Whose labels: articles, first or second.")] = "articles",
) -> None:
    """Print labels to read over."""
    records, problems = compile_folder(folder, reading)
    unknown = set(names or ()) - {record["doc_id"] for record in records}
    if unknown and not problems:
        raise ConfigError(f"no labelled article is called {', '.join(sorted(unknown))}")
    for record in records:
        if not names or record["doc_id"] in names:
            typer.echo("\n".join([f"## {record['doc_id']} {record['published']}", *show(record)]))
    _tell(len(records), problems)


@gold_app.command("count")
def count_(folder: Folder) -> None:
    """Count articles, characters and labels per layer, type and kind, as JSON."""
    records, problems = compile_folder(folder)
    typer.echo(json.dumps(count(records), ensure_ascii=False, indent=2))
    _tell(len(records), problems)


@gold_app.command("agreement")
def agreement(folder: Folder) -> None:
    """Print how far the two readings of a gold folder agree, as a Markdown table in percent."""
    typer.echo("\n".join(agreement_table(folder)))


def _tell(articles: int, problems: list[str]) -> None:
    for problem in problems:
        typer.echo(problem, err=True)
    typer.echo(f"{articles} articles, {len(problems)} with problems", err=True)
    if problems:
        raise typer.Exit(1)
