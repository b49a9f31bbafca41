"""``finnlp train-taxonomy``: a user's own themes, made ready for annotate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def train_taxonomy_command(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Taxonomy, TOML or JSON: themes, words, examples.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write.")],
) -> None:
    """Check a taxonomy of your own, train its classifier on the examples in it, and write both as a folder."""
    from finnlp_zh.training.taxonomy import train_taxonomy

    console = Console(stderr=True)
    for report in train_taxonomy(file, out):
        console.print(
            f"{report.theme}: F1 {report.f1:.2f} held out ({report.positives} of {report.examples} examples carry it)",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    typer.echo(str(out))
