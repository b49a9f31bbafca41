"""``finnlp serve``: the pipeline behind HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finnlp_zh.errors import ResourceError
from finnlp_zh.loading import load, split_names


def serve_command(
    host: Annotated[str, typer.Option(help="Address to listen on; only this machine by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    model: Annotated[str, typer.Option(help="A shipped model, a model folder, or 'none' for rules alone.")] = "small",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads of the encoder; by default all cores.")
    ] = None,
    stages: Annotated[str | None, typer.Option(help="Comma-separated, as for annotate.")] = None,
    lexicon: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="User dictionary: form, type, id.")
    ] = None,
    taxonomy: Annotated[Path | None, typer.Option(exists=True, help="Risk themes of your own.")] = None,
    max_body: Annotated[int, typer.Option(min=1, help="Bytes of a request.")] = 4_000_000,
    max_articles: Annotated[int, typer.Option(min=1, help="Articles of a request.")] = 256,
    max_characters: Annotated[int, typer.Option(min=1, help="Characters of an article.")] = 100_000,
    max_waiting: Annotated[int, typer.Option(min=1, help="Characters that may wait; beyond it, 429.")] = 1_000_000,
    max_requests: Annotated[int, typer.Option(min=1, help="Requests at a time; beyond it, 429.")] = 256,
    batch: Annotated[int, typer.Option(min=1, help="Characters of a batch.")] = 16_000,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds that a request may take.")] = 60.0,
    drain: Annotated[float, typer.Option(min=1, help="Seconds that a stop waits for what is under way.")] = 30.0,
) -> None:
    """Serve POST /annotate, GET /schema, /healthz and /metrics, and a page at / to paste an article into."""
    try:
        from finnlp_zh.service import Limits, serve  # an extra
    except ImportError as error:
        raise ResourceError(f"serve needs FastAPI and uvicorn ({error}): pip install 'finnlp-zh[serve]'") from error
    nlp = load(
        None if model == "none" else model,
        device=device,
        threads=threads,
        stages=split_names(stages),
        lexicon=lexicon,
        taxonomy=taxonomy,
    )
    limits = Limits(
        body=max_body,
        articles=max_articles,
        characters=max_characters,
        waiting=max_waiting,
        requests=max_requests,
        batch=batch,
        seconds=timeout,
        drain=drain,
    )
    serve(nlp, host=host, port=port, limits=limits, on_ready=lambda address: typer.echo(f"serving at {address}"))
