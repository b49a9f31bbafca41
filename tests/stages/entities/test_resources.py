"""The tables that the entity stage reads: well formed, without contradictions."""

from __future__ import annotations

import pytest

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources import boundaries, organisation_words, people, person_names, places, positions, tables

TABLES = {
    "places.tsv": 3,
    "positions.tsv": 3,
    "person_names.tsv": 2,
    "name_characters.tsv": 3,
    "organisation_words.tsv": 2,
    "bodies.tsv": 3,
    "boundaries.tsv": 2,
    "ordinary_words.tsv": 2,
    "people.tsv": 2,
}


@pytest.mark.parametrize(("name", "columns"), TABLES.items())
def test_rows_are_whole_and_stand_once(name: str, columns: int) -> None:
    rows = list(tables.read_rows(name, columns))
    assert rows
    assert len(rows) == len(set(rows))
    assert all(field == field.strip() and field for row in rows for field in row)


def test_a_wrong_row_is_told() -> None:
    with pytest.raises(ResourceError, match=r"places\.tsv:\d+: 3 fields, not 7"):
        list(tables.read_rows("places.tsv", 7))


def test_every_place_has_one_canonical_form() -> None:
    forms = [row[0] for row in tables.read_rows("places.tsv", 3)]
    assert len(forms) == len(set(forms))
    known = places.load()
    assert all(
        known[place.canonical].canonical == place.canonical for place in known.values() if place.canonical in known
    )


def test_kinds_are_known() -> None:
    assert {position.kind for position in positions.load()} == {"office", "head", "prefix"}
    assert {kind for _, kind in boundaries.load()} == {"hard", "soft", "speech", "generic", "follow", "unnamed"}
    assert set(people.load().values()) == {"OFFICIAL", "PERSON"}
    assert {body.kind for body in organisation_words.load_bodies().values()} == {"press", "body", "company"}


def test_soft_bounds_are_single_characters() -> None:
    assert all(len(form) == 1 for form, kind in boundaries.load() if kind == "soft" and form != "公司")


def test_surnames_have_ratios() -> None:
    parts, ratios = person_names.load(), person_names.load_ratios()
    assert not parts.surnames & parts.rare
    assert {"李", "王", "张", "刘", "陈"} <= set(ratios.family) & parts.surnames
