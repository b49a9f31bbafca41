"""The word lists that shape figures and their context (``claims.json``)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_words() -> dict[str, Any]:
    """Give the word lists of ``claims.json`` by name."""
    words: dict[str, Any] = json.loads(files("finnlp_zh.resources").joinpath("claims.json").read_text("utf-8"))
    return words
