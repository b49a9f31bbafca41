"""``finnlp train``: a model from one configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from finnlp_zh.errors import ConfigError


def train_command(
    config: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="TOML file: corpora, phases, seed.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Model folder to write; by default RUN/model.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Folder of log and checkpoint; by default runs/NAME-VERSION.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Take up the run's checkpoint where there is one.")] = True,
    steps: Annotated[int | None, typer.Option(min=1, help="Stop after this many steps; resume later.")] = None,
) -> None:
    """Train an encoder with all heads on labelled articles, and write it as a model folder with its card."""
    try:
        from finnlp_zh.training import package, trainer
    except ImportError as error:
        raise ConfigError("training needs torch: pip install 'finnlp-zh[torch]'") from error
    from finnlp_zh.training.config import read_configuration

    console = Console(stderr=True)

    def report(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True, markup=False)

    configuration = read_configuration(config)
    folder = run or Path("runs") / f"{configuration.name}-{configuration.version}"
    training = trainer.Trainer(configuration, base=config.parent, folder=folder, report=report)
    if resume and training.resume():
        report(f"taking up {folder} at step {training.step}")
    training.run(stop_after=steps)
    if not training.finished:
        report(f"stopped at step {training.step}; the same command goes on from there")
        return
    target = out or folder / "model"
    package.package(folder, target, configuration, base=config.parent)
    typer.echo(str(target))
