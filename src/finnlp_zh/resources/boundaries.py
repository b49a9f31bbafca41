"""Words that bound names: a name does not reach over them."""

from __future__ import annotations

from functools import cache
from typing import Literal, cast

from finnlp_zh.resources.tables import read_rows

BoundaryKind = Literal["hard", "soft", "speech", "generic", "follow", "unnamed"]


@cache
def load() -> tuple[tuple[str, BoundaryKind], ...]:
    """Give the words with their kind (`boundaries.tsv`); a word may have several kinds."""
    return tuple((form, cast(BoundaryKind, kind)) for form, kind in read_rows("boundaries.tsv", 2))


@cache
def load_ordinary() -> tuple[tuple[str, Literal["verb", "noun"]], ...]:
    """Give words of ordinary prose that stand in no name of a company (`ordinary_words.tsv`)."""
    rows = read_rows("ordinary_words.tsv", 2)
    return tuple((word, "verb" if kind == "verb" else "noun") for word, kind in rows)
