"""Tab-separated tables of the package: comment lines start with ``#``, every other line is one row."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from finnlp_zh.errors import ResourceError


def read_rows(name: str, columns: int) -> Iterator[tuple[str, ...]]:
    """Give the rows of the package table ``name``, each with exactly ``columns`` fields.

    Raises `ResourceError` naming the file and line where a row has another number of fields.
    """
    text = files("finnlp_zh.resources").joinpath(name).read_text("utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = tuple(line.split("\t"))
        if len(fields) != columns:
            raise ResourceError(f"{name}:{number}: {len(fields)} fields, not {columns}: reinstall finnlp-zh")
        yield fields
