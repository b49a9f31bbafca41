"""``finnlp schema``: the JSON Schema of a record."""

from __future__ import annotations

import json

import typer

from finnlp_zh.types import json_schema


def schema_command() -> None:
    """Print the JSON Schema (draft 2020-12) of the records that annotate writes."""
    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
