"""Units of measure, currencies and measure words as Chinese text writes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

from finnlp_zh.errors import ResourceError
from finnlp_zh.types import ClaimKind


@dataclass(frozen=True, slots=True)
class Unit:
    """One surface form: a figure times ``factor`` is in ``unit``; measure words have the unit ``count``."""

    surface: str
    kind: ClaimKind
    unit: str
    factor: float
    place: str


@cache
def load_units() -> tuple[Unit, ...]:
    """Give every unit of ``units.tsv`` in file order.

    Raises `ResourceError` naming the line that is not five tab-separated fields.
    """
    units: list[Unit] = []
    text = files("finnlp_zh.resources").joinpath("units.tsv").read_text("utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line.startswith("# "):
            continue
        try:
            surface, kind, unit, factor, place = line.split("\t")
            units.append(Unit(surface, cast(ClaimKind, kind), unit, float(factor), place))
        except ValueError as error:
            raise ResourceError(f"units.tsv line {number}: not surface, kind, unit, factor, place: {line!r}") from error
    return tuple(units)
