"""``finnlp export``: the int8 graph of a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finnlp_zh.errors import ConfigError


def export_command(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Model folder with its weights.")],
    texts: Annotated[
        list[Path] | None, typer.Option("--check", exists=True, dir_okay=False, help="Text files to compare on.")
    ] = None,
    least: Annotated[float, typer.Option(min=0, max=1, help="Share of labels that must be the same.")] = 0.97,
) -> None:
    """Write the int8 ONNX graph of a model folder, and check that it agrees with the weights."""
    try:
        from finnlp_zh.training import package
    except ImportError as error:
        raise ConfigError("exporting needs torch and onnx: pip install 'finnlp-zh[torch]'") from error
    path = package.refresh(folder)
    found = package.check_agreement(folder, package.sample_texts(texts or []), least=least)
    typer.echo(
        f"{path}: {path.stat().st_size / 1e6:.1f} MB; same label for {found.same_labels:.2%} of {found.characters} "
        f"characters, entity spans agree at {found.span_f1} F1"
    )
