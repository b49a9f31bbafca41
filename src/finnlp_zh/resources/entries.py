"""What the knowledge base knows of one institution, and how its tables are written.

The tables (``regulators.tsv``, ``organisations.tsv``, ``companies.tsv``) are tab-separated with the columns `COLUMNS`;
a list is separated by ``|``. A surface with ``~`` before it may mean something else in running text: it is looked up
once something else has shown that it is a name, but is not matched anywhere. Former names carry their time:
``苏宁云商@2013..2018``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.codes import code_identity
from finnlp_zh.types import EntityType

COLUMNS: Final = ("id", "type", "name", "short", "aliases", "codes", "former", "parent")
LOOSE: Final = "~"


class FormerName(msgspec.Struct, frozen=True, gc=False):
    """A name that an institution bore before, with the years (or days) from and until which it did."""

    name: str
    start: str | None = None
    end: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One institution: ``name`` is the official name, ``codes`` are canonical and start with the primary listing.

    ``loose`` holds the surfaces among its names that are not safe to match anywhere in running text.
    """

    id: str
    name: str
    short: str
    type: EntityType
    aliases: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    former: tuple[FormerName, ...] = ()
    parent: str | None = None
    loose: frozenset[str] = frozenset()

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Every name it goes or went by, the official one first, each once."""
        former = (past.name for past in self.former)
        return tuple(dict.fromkeys((self.name, self.short, *self.aliases, *former)))

    @property
    def ids(self) -> tuple[str, ...]:
        """Its id, then the ids of its further listings."""
        return tuple(dict.fromkeys((self.id, *(code_identity(code) for code in self.codes))))


def read_table(text: str, name: str) -> Iterator[Entry]:
    """Read the entries of one table; ``name`` is for messages. Lines that start with ``#`` are comments."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != len(COLUMNS):
            raise ResourceError(f"{name}:{number}: {len(fields)} columns, not {len(COLUMNS)} ({', '.join(COLUMNS)})")
        yield _read_entry(fields)


def _read_entry(fields: list[str]) -> Entry:
    id, type, name, short, aliases, codes, former, parent = fields
    past = [_read_former(item) for item in former.split("|")] if former else []
    loose: list[str] = []
    if LOOSE in name + short + aliases + former:
        marked = (name, short, *aliases.split("|"), *(item.name for item in past))
        loose = [surface[1:] for surface in marked if surface.startswith(LOOSE)]
        name, short, aliases = name.lstrip(LOOSE), short.lstrip(LOOSE), aliases.replace(LOOSE, "")
        past = [FormerName(item.name.lstrip(LOOSE), item.start, item.end) for item in past]
    listed = tuple(codes.split("|")) if codes else ()
    return Entry(
        id=id or code_identity(listed[0]),
        name=name,
        short=short or name,
        type="REGULATOR" if type == "R" else "ORG",
        aliases=tuple(aliases.split("|")) if aliases else (),
        codes=listed,
        former=tuple(past),
        parent=parent or None,
        loose=frozenset(loose),
    )


def _read_former(item: str) -> FormerName:
    name, _, time = item.partition("@")
    start, _, end = time.partition("..")
    return FormerName(name, start or None, end or None)
