"""Positions that people hold: the words that end one, the words that stand before them, and the role they give."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple, cast

from finnlp_zh.resources.tables import read_rows

PositionKind = Literal["office", "head", "prefix"]
PositionClass = Literal["official", "executive", "expert", "journalist", "other", "private", "any"]


class Position(NamedTuple):
    """One word of a position; ``role`` is the role of whoever holds it, ``any`` where the body decides, ``private``
    where the word says who a person is and is no position."""

    form: str
    kind: PositionKind
    role: PositionClass


@cache
def load() -> tuple[Position, ...]:
    """Give all words of positions (`positions.tsv`)."""
    rows = read_rows("positions.tsv", 3)
    return tuple(Position(form, cast(PositionKind, kind), cast(PositionClass, role)) for form, kind, role in rows)
