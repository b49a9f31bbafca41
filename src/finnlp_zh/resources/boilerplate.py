"""The patterns of web junk: whole lines to drop, and pieces within lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from finnlp_zh.errors import ResourceError


@dataclass(frozen=True, slots=True)
class JunkPattern:
    """One pattern: what it finds, and for whole lines the greatest length of a line that it may drop."""

    what: str
    pattern: re.Pattern[str]
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The patterns for whole lines and for pieces of lines, in the order in which they are tried."""

    lines: tuple[JunkPattern, ...]
    pieces: tuple[JunkPattern, ...]


@cache
def load_boilerplate() -> Boilerplate:
    """Load boilerplate.json. Raises `ResourceError` where it is missing or damaged."""
    try:
        data = json.loads(files("finnlp_zh.resources").joinpath("boilerplate.json").read_text("utf-8"))
        return Boilerplate(_compile(data["lines"]), _compile(data["pieces"]))
    except (OSError, ValueError, KeyError, re.error) as error:
        raise ResourceError(f"resources/boilerplate.json cannot be read ({error}); reinstall finnlp-zh") from error


def _compile(entries: list[dict[str, Any]]) -> tuple[JunkPattern, ...]:
    return tuple(
        JunkPattern(entry["what"], re.compile(entry["pattern"]), int(entry.get("longest", 0))) for entry in entries
    )
