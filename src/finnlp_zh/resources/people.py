"""Persons of public life who are named without a word about who they are."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, cast

from finnlp_zh.resources.tables import read_rows
from finnlp_zh.types import EntityType, PersonRole


class PublicPerson(NamedTuple):
    """What is known of a person: ``type`` is OFFICIAL or PERSON."""

    type: EntityType
    role: PersonRole


@cache
def load() -> dict[str, PublicPerson]:
    """Give every name with what is known of its bearer (`people.tsv`)."""
    return {
        name: PublicPerson(cast(EntityType, kind), cast(PersonRole, role))
        for name, kind, role in read_rows("people.tsv", 3)
    }
