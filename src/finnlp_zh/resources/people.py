"""Persons of public life who are named without a word about who they are."""

from __future__ import annotations

from functools import cache
from typing import cast

from finnlp_zh.resources.tables import read_rows
from finnlp_zh.types import EntityType


@cache
def load() -> dict[str, EntityType]:
    """Give every name with OFFICIAL, for those known as holders of a public office, or PERSON (`people.tsv`)."""
    return {name: cast(EntityType, kind) for name, kind in read_rows("people.tsv", 2)}
