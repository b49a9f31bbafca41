"""The knowledge base: who the institutions and companies of the financial press are, under one id each.

Three tables feed it, all tab-separated with the same columns (``regulators.tsv``, ``companies.tsv``,
``organisations.tsv``), and ``regions.json``, which spells out the same bodies for every department and province.
In the tables a list is separated by ``|``. A surface with ``~`` before it may mean something else in running text:
it is looked up once something else has shown that it is a name, but is not matched anywhere. Former names carry
their time: ``苏宁云商@2013..2018``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from importlib.resources import files
from typing import Final

import msgspec

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.codes import canonical_code, code_identity
from finnlp_zh.types import EntityType

TABLES: Final = ("regulators.tsv", "organisations.tsv", "companies.tsv")
COLUMNS: Final = ("id", "type", "name", "short", "aliases", "codes", "former", "parent")
_LOOSE: Final = "~"
_LISTING_MARKS: Final = ("*ST", "ST", "SST", "S*ST", "XD", "XR", "DR")
_SHARE_CLASSES: Final = ("-SW", "-WR", "-UW", "-W", "-U", "-S", "-B", "-P")
_WIDE: Final = {**{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}, 0x3000: None, 0x20: None, 0xA0: None}


class FormerName(msgspec.Struct, frozen=True):
    """A name that an institution bore before, with the years (or days) from and until which it did."""

    name: str
    start: str | None = None
    end: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
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


class KnowledgeBase:
    """Exact, unambiguous look-up of institutions by name, code and id; a surface that two share gives nothing."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: Final = tuple(entries)

    def gazetteer(self) -> Iterator[tuple[str, EntityType]]:
        """Give every surface that is safe to match anywhere with its type, each once."""
        for surface, owners in self._by_surface.items():
            entry = owners[0]
            if len(owners) == 1 and surface not in entry.loose:
                yield surface, entry.type

    def lookup(self, surface: str, type: EntityType | None = None) -> Entry | None:
        """Give the one institution that goes by ``surface``, of ``type`` where that is given, else ``None``.

        Width, spaces, listing marks (``*ST``, ``-W``) and a 公司 at the end make no difference.
        """
        for form in _forms(surface):
            owners = self._by_surface.get(form, ())
            if type is not None:
                owners = tuple(entry for entry in owners if entry.type == type)
            if owners:
                return owners[0] if len(owners) == 1 else None
        return None

    def by_code(self, code: str) -> Entry | None:
        """Give the company listed under a stock code, in any usual way of writing it."""
        canonical = canonical_code(code) or code
        return self._by_code.get(canonical)

    def by_id(self, id: str) -> Entry | None:
        """Give the entry of an id; the id of a second listing gives the same entry."""
        return self._by_id.get(id)

    @cached_property
    def _by_surface(self) -> dict[str, tuple[Entry, ...]]:
        owners: dict[str, tuple[Entry, ...]] = {}
        for entry in self.entries:
            for surface in entry.surfaces:
                others = owners.get(surface)
                owners[surface] = (entry,) if others is None else (*others, entry)
        return owners

    @cached_property
    def _by_code(self) -> dict[str, Entry]:
        return {code: entry for entry in self.entries for code in entry.codes}

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {id: entry for entry in self.entries for id in entry.ids}


@cache
def load() -> KnowledgeBase:
    """Give the knowledge base that the package ships, read once.

    Raises `ResourceError` naming the file and line that cannot be read.
    """
    folder = files("finnlp_zh.resources")
    entries: list[Entry] = []
    for table in TABLES:
        entries.extend(read_table(folder.joinpath(table).read_text("utf-8"), table))
    return KnowledgeBase(entries)


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
    if _LOOSE in name + short + aliases + former:
        marked = (name, short, *aliases.split("|"), *(item.name for item in past))
        loose = [surface[1:] for surface in marked if surface.startswith(_LOOSE)]
        name, short, aliases = name.lstrip(_LOOSE), short.lstrip(_LOOSE), aliases.replace(_LOOSE, "")
        past = [FormerName(item.name.lstrip(_LOOSE), item.start, item.end) for item in past]
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


def _forms(surface: str) -> Iterator[str]:
    """Give the surface as it stands, then without what the press adds to or leaves out of a name."""
    yield surface
    plain = surface.translate(_WIDE)
    if plain != surface:
        yield plain
    bare = plain
    for mark in _LISTING_MARKS:
        if bare.startswith(mark):
            bare = bare.removeprefix(mark)
            break
    for mark in _SHARE_CLASSES:
        if bare.endswith(mark):
            bare = bare.removesuffix(mark)
            break
    if bare != plain:
        yield bare
    if bare.endswith("公司") and len(bare) > 4 and not bare.endswith("有限公司"):
        yield bare.removesuffix("公司")
