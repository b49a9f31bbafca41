"""The ``finnlp`` command: thin functions over the library's own."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from finnlp_zh.cli.annotate import annotate_command
from finnlp_zh.cli.claims import claims_command
from finnlp_zh.cli.convert import convert_command
from finnlp_zh.cli.evaluate import evaluate_command
from finnlp_zh.cli.explain import explain_command
from finnlp_zh.cli.export import export_command
from finnlp_zh.cli.gold import gold_app
from finnlp_zh.cli.report import report_command
from finnlp_zh.cli.schema import schema_command
from finnlp_zh.cli.serve import serve_command
from finnlp_zh.cli.stories import stories_command
from finnlp_zh.cli.taxonomy import train_taxonomy_command
from finnlp_zh.cli.train import train_command
from finnlp_zh.cli.voices import voices_command
from finnlp_zh.errors import FinnlpError

app = typer.Typer(
    name="finnlp",
    help="Chinese financial news as structured records, exact to the character.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("annotate")(annotate_command)
app.command("report")(report_command)
app.command("voices")(voices_command)
app.command("claims")(claims_command)
app.command("stories")(stories_command)
app.command("explain")(explain_command)
app.command("convert")(convert_command)
app.command("evaluate")(evaluate_command)
app.add_typer(gold_app, name="gold")
app.command("train")(train_command)
app.command("train-taxonomy")(train_taxonomy_command)
app.command("export")(export_command)
app.command("serve")(serve_command)
app.command("schema")(schema_command)


def main() -> None:
    """Run the command line; the exit code is 0 (good), 1 (some articles failed), 2 (wrong use) or 130 (Ctrl-C)."""
    try:
        app()
    except FinnlpError as error:
        _fail(str(error))


def _fail(message: str) -> None:
    Console(stderr=True).print(f"finnlp: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(2)
