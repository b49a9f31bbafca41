"""``finnlp evaluate``: score records, or a model's records, against gold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finnlp_zh.errors import ConfigError
from finnlp_zh.evaluation import corpus_hash, evaluate, gate, list_errors, predict
from finnlp_zh.evaluation.layers import LayerName
from finnlp_zh.evaluation.page import write_page
from finnlp_zh.evaluation.runner import LAYERS
from finnlp_zh.types import read_records


def evaluate_command(
    gold: Annotated[Path, typer.Argument(help="Gold records, JSON Lines.")],
    pred: Annotated[Path | None, typer.Option(help="Predicted records; without it the pipeline makes them.")] = None,
    model: Annotated[str, typer.Option(help="A shipped model, a model folder, or 'none' for rules alone.")] = "small",
    layer: Annotated[list[str] | None, typer.Option(help="Score this layer only; may be repeated.")] = None,
    errors: Annotated[str | None, typer.Option(help="List this layer's differences in place of the table.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report here as JSON.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page here: scores, slices, errors in context.")] = None,
    gate_file: Annotated[Path | None, typer.Option("--gate", help="Floors to hold; exit code 1 below one.")] = None,
    raise_gate: Annotated[bool, typer.Option("--raise-gate", help="Raise the floors to what was measured.")] = False,
    lower_gate: Annotated[bool, typer.Option("--lower-gate", help="Set the floors anew, lower ones too.")] = False,
) -> None:
    """Score every layer against gold: F1, accuracies, calibration, with intervals over articles."""
    if gate_file is None and (raise_gate or lower_gate):
        raise ConfigError("--raise-gate and --lower-gate need --gate FILE")
    records = list(read_records(gold))
    layers = _layers(layer, errors)
    predicted = list(read_records(pred)) if pred else predict(records, model=None if model == "none" else model)
    report = evaluate(records, predicted, layers=layers)
    if json:
        json.write_bytes(report.as_json())
    if html:
        write_page(report, records, html, title=f"finnlp-zh evaluation: {gold.name}")
    typer.echo(list_errors(report.errors(layers[0])) if errors else report.as_text())
    if gate_file is not None:
        _apply_gate(gate_file, report.values(), corpus_hash(records), raise_gate=raise_gate, lower_gate=lower_gate)


def _layers(names: list[str] | None, errors: str | None) -> tuple[LayerName, ...]:
    wanted = [errors] if errors else names or list(LAYERS)
    unknown = [name for name in wanted if name not in LAYERS]
    if unknown:
        raise ConfigError(f"no layer is called {', '.join(unknown)}; the layers are {', '.join(LAYERS)}")
    return tuple(layer for layer in LAYERS if layer in wanted)


def _apply_gate(
    path: Path, values: dict[str, float], corpus_sha256: str, *, raise_gate: bool, lower_gate: bool
) -> None:
    if lower_gate:
        gate.write_gate(path, gate.set_floors(None, values, corpus_sha256))
        typer.echo(f"floors set anew in {path}")
        return
    floors = gate.read_gate(path)
    failures = gate.breaches(floors, values, corpus_sha256)
    for failure in failures:
        typer.echo(f"gate: {failure}", err=True)
    if failures:
        raise typer.Exit(1)
    if raise_gate:
        gate.write_gate(path, gate.set_floors(floors, values, corpus_sha256))
    typer.echo(f"gate: {len(floors.floors)} floors held")
