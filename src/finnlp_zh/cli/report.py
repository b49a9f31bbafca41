"""``finnlp report``: records as one self-contained HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finnlp_zh.report.page import write_page
from finnlp_zh.report.same_story import unique as first_tellings
from finnlp_zh.types import read_records


def report_command(
    records: Annotated[Path, typer.Argument(exists=True, help="A records file, or the folder that annotate wrote.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The page.")] = Path("report.html"),
    title: Annotated[str, typer.Option(help="Heading of the page.")] = "finnlp-zh report",
    unique: Annotated[bool, typer.Option("--unique", help="Leave out reprints of one story.")] = False,
) -> None:
    """Draw the records as a page to read: articles with their layers, voices, risks, figures, who is named together."""
    read = read_records(records)
    write_page(first_tellings(read) if unique else read, out, title=title)
    typer.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
