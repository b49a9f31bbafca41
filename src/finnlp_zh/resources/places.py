"""Places by the forms in which news names them."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple, cast

from finnlp_zh.resources.tables import read_rows

PlaceKind = Literal[
    "country", "province", "city", "city-ambiguous", "district", "foreign", "region", "water", "abbreviation"
]  # fmt: skip


class Place(NamedTuple):
    """One form of a place: ``canonical`` is shared by all forms of the same place."""

    canonical: str
    kind: PlaceKind


@cache
def load() -> dict[str, Place]:
    """Give every form with its place (`places.tsv`)."""
    return {form: Place(canonical, cast(PlaceKind, kind)) for form, canonical, kind in read_rows("places.tsv", 3)}
