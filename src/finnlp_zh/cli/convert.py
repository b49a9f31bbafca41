"""``finnlp convert``: records into the forms of labelling and analysis tools, and labelled files back into records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer

from finnlp_zh.errors import ConfigError
from finnlp_zh.files import whole_file
from finnlp_zh.types import Record, encode, read_records

# The names on the command line.
Target = Literal["conllu", "brat", "label-studio", "doccano", "parquet"]
Origin = Literal["conllu", "brat", "label-studio", "doccano"]


def convert_command(
    source: Annotated[
        Path,
        typer.Argument(metavar="IN", exists=True, help="Records, or with --from the labelled file or folder."),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="A file; a folder for brat and parquet; .jsonl records with --from.")
    ],
    target: Annotated[Target | None, typer.Option("--to", help="The form to write records in.")] = None,
    origin: Annotated[Origin | None, typer.Option("--from", help="The form to read records out of.")] = None,
) -> None:
    """Write records for CoNLL-U, brat, Label Studio, doccano or as Parquet tables, or read labels back into records."""
    if (target is None) == (origin is None):
        raise ConfigError("give either --to FORM (records into a form) or --from FORM (a form into records)")
    count = write_form(source, out, target) if target else _write_records(read_form(source, origin), out)
    typer.echo(f"{count} articles in {out}")


def write_form(records: Path, out: Path, form: str) -> int:
    """Write the records of a file or folder in ``form``; give their number."""
    if form == "parquet":
        return _write_parquet(records, out)
    read = read_records(records)
    if form == "conllu":
        from finnlp_zh.interop.conllu import write_conllu

        return write_conllu(read, out)
    if form == "brat":
        from finnlp_zh.interop.brat import write_brat

        return write_brat(read, out)
    if form == "label-studio":
        from finnlp_zh.interop.label_studio import write_label_studio

        return write_label_studio(read, out)
    from finnlp_zh.interop.doccano import write_doccano

    return write_doccano(read, out)


def read_form(path: Path, form: str | None) -> Iterator[Record]:
    """Give the records of a labelled file or folder."""
    if form == "conllu":
        from finnlp_zh.interop.conllu import read_conllu

        return read_conllu(path)
    if form == "brat":
        from finnlp_zh.interop.brat import read_brat

        return read_brat(path)
    if form == "label-studio":
        from finnlp_zh.interop.label_studio import read_label_studio

        return read_label_studio(path)
    from finnlp_zh.interop.doccano import read_doccano

    return read_doccano(path)


def _write_records(records: Iterable[Record], out: Path) -> int:

    count = 0
    with whole_file(out) as stream:
        for record in records:
            stream.write(encode(record) + b"\n")
            count += 1
    return count


def _write_parquet(records: Path, folder: Path) -> int:
    from finnlp_zh.interop.tables import write_tables

    folder.mkdir(parents=True, exist_ok=True)
    write_tables(records, folder)
    return sum(1 for _ in read_records(records))
