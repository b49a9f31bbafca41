"""Words that end the names of organisations, and organisations that stand in no table of companies."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple, cast

from finnlp_zh.resources.tables import read_rows

WordKind = Literal["legal", "company", "weak", "institution", "part", "press", "state", "organ", "department"]


BodyKind = Literal["press", "body", "company"]


class Body(NamedTuple):
    """One form of a medium or other body; a ``loose`` form is matched only where the text shows it to be a name."""

    canonical: str
    kind: BodyKind
    loose: bool


@cache
def load() -> tuple[tuple[str, WordKind], ...]:
    """Give the words that end names with their kind (`organisation_words.tsv`); a word may have several kinds."""
    return tuple((form, cast(WordKind, kind)) for form, kind in read_rows("organisation_words.tsv", 2))


@cache
def load_bodies() -> dict[str, Body]:
    """Give media, international bodies and the like by form (`bodies.tsv`)."""
    bodies: dict[str, Body] = {}
    for form, canonical, kind in read_rows("bodies.tsv", 3):
        loose = form.endswith("*")
        bodies[form.rstrip("*")] = Body(canonical, cast(BodyKind, kind), loose)
    return bodies
