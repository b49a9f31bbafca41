"""``finnlp stories``: which articles tell the same story, and how much of each is new."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finnlp_zh.interop.tables import write_table
from finnlp_zh.report.same_story import SIMILARITY, STORY_COLUMNS, group, story_rows
from finnlp_zh.types import read_records


def stories_command(
    records: Annotated[
        list[Path], typer.Argument(exists=True, help="Records (.jsonl) of `finnlp annotate`, or their folders.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="One row an article here too: .csv, .parquet or .jsonl.")
    ] = None,
    similarity: Annotated[
        float, typer.Option(min=0.4, max=1.0, help="Overlap from which two articles tell the same.")
    ] = SIMILARITY,
) -> None:
    """Group reprints and reworkings, and print the stories of several articles with the share that is new in each."""
    stories = group((record for path in records for record in read_records(path)), similarity=similarity)
    told_again = [story for story in stories if len(story.members) > 1]
    for story in told_again:
        for member in story.members:
            typer.echo(f"{member.novelty:4.0%} new  {member.published or 'undated':10}  {member.doc_id}")
        typer.echo()
    articles = sum(len(story.members) for story in stories)
    typer.echo(f"{articles} articles, {len(stories)} stories, {len(told_again)} of several articles")
    if out is not None:
        write_table(story_rows(stories), out, columns=STORY_COLUMNS)
