"""Words that bound names: a name does not reach over them."""

from __future__ import annotations

from functools import cache
from typing import Literal, cast

from finnlp_zh.resources.tables import read_rows

BoundaryKind = Literal["hard", "soft", "speech", "generic", "follow"]


@cache
def load() -> tuple[tuple[str, BoundaryKind], ...]:
    """Give the words with their kind (`boundaries.tsv`); a word may have several kinds."""
    return tuple((form, cast(BoundaryKind, kind)) for form, kind in read_rows("boundaries.tsv", 2))
