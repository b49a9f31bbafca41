"""Entries that follow a pattern: departments of state bodies, local bodies, and foreign ministries.

The patterns stand in ``departments.tsv``, ``regions.json`` and ``countries.json``; this module spells them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

import msgspec

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.entries import LOOSE, Entry

Table = TypeVar("Table")

_FORMAL_PREFIXES: Final = ("中华人民共和国", "中国共产党")


class Body(msgspec.Struct, frozen=True):
    """One kind of local body: at which levels it exists, and its forms, the official one first."""

    key: str
    levels: frozenset[str]
    forms: tuple[str, ...]
    city: tuple[str, ...] = ()
    parent: str | None = None


class Regions(msgspec.Struct, frozen=True):
    """``regions.json``: regions as (level, id part, full name, short name), and the bodies of each.

    ``official`` gives the official name of a body, by id part, where that is not the first form.
    """

    regions: tuple[tuple[str, str, str, str], ...]
    bodies: tuple[Body, ...]
    official: dict[str, str] = {}


class Countries(msgspec.Struct, frozen=True):
    """``countries.json``: countries as (id part, name, one-character form, bodies left out), and the bodies."""

    countries: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    bodies: tuple[tuple[str, tuple[str, ...]], ...]


def departments(text: str, parents: Mapping[str, Entry]) -> Iterator[Entry]:
    """Give an entry for each department in the table ``text``, under every name of its parent.

    Raises `ResourceError` for a line without four columns or with a parent that ``parents`` lacks.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 4 or fields[0] not in parents:
            raise ResourceError(f"departments.tsv:{number}: not parent, id, name, aliases with a known parent: {line}")
        parent, key, name, aliases = fields
        yield _department(parents[parent], key, (name, *(aliases.split("|") if aliases else ())))


def _department(parent: Entry, key: str, names: tuple[str, ...]) -> Entry:
    official = _informal(parent.name)
    owners = dict.fromkeys(
        owner for owner in (official, parent.short, *parent.aliases, *_former(parent)) if owner not in parent.loose
    )
    surfaces = [owner + name.lstrip(LOOSE) for name in names for owner in owners]
    # Standing alone, 规划司 is the department of any ministry: the bare names are left out.
    return Entry(
        id=f"{parent.id}-{key}",
        name=official + names[0],
        short=parent.short + names[0],
        type=parent.type,
        aliases=tuple(surfaces),
        parent=parent.id,
    )


def _former(parent: Entry) -> Iterator[str]:
    return (past.name for past in parent.former)


def _informal(name: str) -> str:
    for prefix in _FORMAL_PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            return name.removeprefix(prefix)
    return name


def local_bodies(data: bytes) -> Iterator[Entry]:
    """Give an entry for every body of every region in ``regions.json``.

    Raises `ResourceError` where the file does not have its form.
    """
    table = _decode(data, Regions, "regions.json")
    for level, key, full, short in table.regions:
        for body in table.bodies:
            if level in body.levels:
                yield _local_body(level, key, full, short, body, table.official.get(f"{key}-{body.key}"))


def _local_body(level: str, region: str, full: str, short: str, body: Body, official: str | None) -> Entry:
    forms = body.city if body.city and level in ("municipality", "planned", "city") else body.forms
    prefixes = (full, short, f"{short}自治区") if level == "autonomous" else (full, short)
    names: list[str] = []
    for form in forms:
        if "{" in form:
            names.append(form.replace("{n}", full).replace("{s}", short))
        else:
            names.extend(prefix + form for prefix in prefixes)
    surfaces = tuple(dict.fromkeys((official, *names) if official else names))
    brief = [name for name in surfaces if name.startswith(short)]
    return Entry(
        id=f"cn-gov:{region}-{body.key}",
        name=surfaces[0],
        short=min(brief or surfaces, key=len),
        type="REGULATOR",
        aliases=surfaces[1:],
        parent=f"cn-gov:{region}-zf" if body.parent == "{region}" else body.parent,
    )


def foreign_bodies(data: bytes) -> Iterator[Entry]:
    """Give an entry for every body of every country in ``countries.json``.

    Raises `ResourceError` where the file does not have its form.
    """
    table = _decode(data, Countries, "countries.json")
    for code, country, letter, omitted in table.countries:
        for key, forms in table.bodies:
            if key not in omitted:
                yield _foreign_body(f"{code}-gov:{key}", country, letter, forms)


def _foreign_body(id: str, country: str, letter: str, forms: Iterable[str]) -> Entry:
    usable = [form for form in forms if letter or "{a}" not in form]
    names = [form.replace("{c}", country).replace("{a}", letter) for form in usable]
    surfaces = tuple(name.lstrip(LOOSE) for name in names)
    return Entry(
        id=id,
        name=surfaces[0],
        short=surfaces[0],
        type="REGULATOR",
        aliases=surfaces[1:],
        loose=frozenset(name[1:] for name in names if name.startswith(LOOSE)),
    )


def _decode(data: bytes, form: type[Table], name: str) -> Table:
    try:
        return msgspec.json.decode(data, type=form)
    except msgspec.DecodeError as error:
        raise ResourceError(f"{name}: {error}") from error
