"""The risk taxonomy: themes with definitions, examples and crosswalks, and the themes of FinSE's event types."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from finnlp_zh.errors import ResourceError
from finnlp_zh.types import Theme

TABLE = "taxonomy.json"


class ThemeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One theme; ``basel``, ``esg`` and ``china`` name the categories of other taxonomies that it falls under."""

    id: Theme
    zh: str
    en: str
    definition: str
    examples: tuple[str, ...]
    basel: tuple[str, ...]
    esg: tuple[str, ...]
    china: tuple[str, ...]


class EventMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The theme that an event type of another scheme comes nearest to (None for no risk), and why."""

    theme: Theme | None
    reason: str


@cache
def taxonomy() -> dict[Theme, ThemeEntry]:
    """Give the themes by id, in the order of `Theme`. Raises `ResourceError` where the table is broken."""
    try:
        entries = msgspec.convert(_table()["themes"], tuple[ThemeEntry, ...])
    except msgspec.ValidationError as error:
        raise ResourceError(f"{TABLE}: {error}") from error
    return {entry.id: entry for entry in entries}


@cache
def finese_mapping() -> dict[str, EventMapping]:
    """Give the theme of each event type of FinSE. Raises `ResourceError` where the table is broken."""
    rows = {name: row for name, row in _table()["finese"].items() if name != "_about"}
    try:
        return msgspec.convert(rows, dict[str, EventMapping])
    except msgspec.ValidationError as error:
        raise ResourceError(f"{TABLE}: {error}") from error


def _table() -> dict[str, dict[str, object]]:
    try:
        return msgspec.json.decode((files(__package__) / TABLE).read_bytes(), type=dict)
    except msgspec.DecodeError as error:
        raise ResourceError(f"{TABLE}: {error}") from error
