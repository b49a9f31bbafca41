"""``finnlp annotate``: folders of articles in, records out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from finnlp_zh.engine import Options, Summary, annotate_stream, annotate_to
from finnlp_zh.errors import ConfigError
from finnlp_zh.loading import ON_REQUEST, STAGES, split_names
from finnlp_zh.reading import ReadOptions

_LOG_EVERY = 10.0  # seconds between log lines where there is no terminal


def annotate_command(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Files and folders of articles; - reads standard input.")
    ],
    out: Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="Output folder; - writes to standard output.")],
    format: Annotated[str, typer.Option(help="jsonl, or parquet for flat tables beside the records.")] = "jsonl",
    model: Annotated[str, typer.Option(help="A shipped model, a model folder, or 'none' for rules alone.")] = "small",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes or actors; by default as the input and the machine suggest.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local, or ray for a cluster: Parquet shards in OUT.")] = "local",
    gpus: Annotated[float, typer.Option(min=0, help="With ray: the share of a GPU that each actor takes.")] = 0.0,
    stages: Annotated[
        str | None,
        typer.Option(help=f"Comma-separated, out of {', '.join(STAGES)}; on request also {', '.join(ON_REQUEST)}."),
    ] = None,
    resume: Annotated[bool, typer.Option(help="Keep what an earlier run into OUT has finished.")] = True,
    traditional: Annotated[bool, typer.Option(help="Convert Traditional characters to Simplified.")] = False,
    text_field: Annotated[
        str | None, typer.Option(help="Field or column that holds the text in JSON, CSV and Parquet.")
    ] = None,
    lexicon: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="User dictionary: form, type, id.")
    ] = None,
    taxonomy: Annotated[
        Path | None, typer.Option(exists=True, help="Risk themes of your own, see train-taxonomy.")
    ] = None,
    segmenter: Annotated[str | None, typer.Option(help="Words by jieba, spacy:PIPELINE or hanlp:FOLDER.")] = None,
    ner: Annotated[
        str | None, typer.Option(help="Names by spacy:PIPELINE, hanlp:FOLDER or transformers:FOLDER.")
    ] = None,
) -> None:
    """Annotate articles: entities, quotes, numeric claims, stance and risks, one JSON record an article."""
    options = Options(
        model=None if model == "none" else model,
        device=device,
        stages=split_names(stages),
        lexicon=lexicon,
        taxonomy=taxonomy,
        segmenter=segmenter,
        ner=ner,
        workers=workers,
        resume=resume,
        format=format,
        reading=ReadOptions(traditional=traditional, text_field=text_field),
    )
    if engine not in ("local", "ray"):
        raise ConfigError(f"no engine is called {engine!r}; the engines are local and ray")
    if gpus and engine == "local":
        raise ConfigError("--gpus is for --engine ray; here --device cuda takes the whole GPU")
    console = Console(stderr=True)
    try:
        summary = _run(paths, out, options, console, gpus if engine == "ray" else None)
    except KeyboardInterrupt:
        console.print("interrupted; all that is written is whole: run the command again to go on", soft_wrap=True)
        raise typer.Exit(130) from None
    console.print(_describe(summary), highlight=False, soft_wrap=True)
    if summary.failures:
        where = f"in {Path(out) / 'errors.jsonl'}"
        if out == "-":
            where = "above"
        elif engine == "ray":
            where = f"in {out}, in the rows without a record"
        console.print(f"{summary.failures} articles failed; each is named {where}", style="yellow", soft_wrap=True)
        raise typer.Exit(1)


def _run(paths: list[str], out: str, options: Options, console: Console, gpus: float | None) -> Summary:
    """Run here, or on a cluster where a share of ``gpus`` is given."""
    if "-" in paths or out == "-":
        if gpus is not None:
            raise ConfigError("standard input and output are for --engine local: name files, and a folder for -o")
        return _stream(paths, out, options, console)
    with _progress(console) as on_progress:
        if gpus is None:
            return annotate_to(paths, out, options, on_progress=on_progress)
        from finnlp_zh import distributed  # Ray is an extra

        return distributed.annotate_to(paths, out, options, gpus=gpus, on_progress=on_progress)


def _stream(paths: list[str], out: str, options: Options, console: Console) -> Summary:
    """Standard input or output: one process, nothing to resume."""
    if out != "-":
        raise ConfigError("standard input has no name to resume by: write to standard output too (-o - > FILE)")
    started = time.monotonic()
    summary = Summary()
    for outcome in annotate_stream(paths, options):
        sys.stdout.buffer.writelines(line + b"\n" for line in outcome.lines)
        sys.stdout.buffer.flush()
        for failure in outcome.failures:
            console.print(str(failure), style="yellow", markup=False, soft_wrap=True)
        summary.add(outcome)
    summary.seconds = time.monotonic() - started
    return summary


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[Summary, float], None]]:
    if not console.is_terminal:
        yield _Log(console)
        return
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda summary, share: progress.update(task, completed=share, description=_rates(summary))


class _Log:
    """One plain line every few seconds, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = time.monotonic()

    def __call__(self, summary: Summary, share: float) -> None:
        now = time.monotonic()
        if now - self._last >= _LOG_EVERY:
            self._last = now
            left = summary.seconds / share - summary.seconds if share else 0.0
            line = f"{share:4.0%} {_rates(summary)}, {left:.0f} s left"
            self._console.print(line, highlight=False, soft_wrap=True)


def _rates(summary: Summary) -> str:
    seconds = max(summary.seconds, 1e-9)
    return (
        f"{summary.articles:,} articles, {summary.articles / seconds:,.1f} articles/s, "
        f"{summary.characters / seconds:,.0f} characters/s"
    )


def _describe(summary: Summary) -> str:
    skipped = f" ({summary.skipped:,} more were done before)" if summary.skipped else ""
    return (
        f"{summary.articles:,} articles{skipped}: {summary.entities:,} entities, {summary.quotes:,} quotes, "
        f"{summary.claims:,} claims, {summary.risks:,} risks; {summary.failures:,} failures; {summary.seconds:.1f} s"
    )
