"""The knowledge base: who the institutions and companies of the financial press are, under one id each.

Its tables are ``regulators.tsv``, ``organisations.tsv`` and ``companies.tsv`` (form: `resources.entries`);
departments, local bodies and foreign ministries follow patterns (`resources.expansion`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from importlib.resources import files
from typing import Final

from finnlp_zh.resources.codes import canonical_code
from finnlp_zh.resources.entries import Entry, read_table
from finnlp_zh.resources.expansion import departments, foreign_bodies, local_bodies
from finnlp_zh.types import EntityType

TABLES: Final = ("regulators.tsv", "organisations.tsv", "companies.tsv")
_LISTING_MARKS: Final = ("*ST", "ST", "SST", "S*ST", "XD", "XR", "DR")
_SHARE_CLASSES: Final = ("-SW", "-WR", "-UW", "-W", "-U", "-S", "-B", "-P")
_PLACE: Final = re.compile(
    "^(?:中国|北京|天津|上海|重庆|河北|山西|内蒙古|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西"
    "|海南|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|[\u4e00-\u9fff]{2,3}(?=[省市]))[省市]?"
)
_WIDE: Final = {**{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}, 0x3000: None, 0x20: None, 0xA0: None}


class KnowledgeBase:
    """Exact, unambiguous look-up of institutions by name, code and id; a surface that two share gives nothing."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: Final = tuple(entries)

    def gazetteer(self) -> Iterator[tuple[str, EntityType]]:
        """Give every surface that is safe to match anywhere with its type, each once."""
        for surface, owner in self._owners.items():
            if isinstance(owner, Entry) and surface not in owner.loose:
                yield surface, owner.type

    def lookup(self, surface: str, type: EntityType | None = None) -> Entry | None:
        """Give the one institution that goes by ``surface``, of ``type`` where that is given, else ``None``.

        Width, spaces, the case of Latin letters, listing marks (``*ST``, ``-W``) and 公司 at the end of a short
        name make no difference.
        """
        for form in _forms(surface):
            owner = self._owners.get(form) or self._folded_owners.get(form)
            if isinstance(owner, tuple) and type is not None:
                owners = [entry for entry in owner if entry.type == type]
                owner = owners[0] if len(owners) == 1 else None
            if isinstance(owner, Entry):
                return owner if type is None or owner.type == type else None
            if owner is not None:
                return None
        return None

    def by_code(self, code: str) -> Entry | None:
        """Give the company listed under a stock code, in any usual way of writing it."""
        canonical = canonical_code(code) or code
        return self._by_code.get(canonical)

    def by_id(self, id: str) -> Entry | None:
        """Give the entry of an id; the id of a second listing gives the same entry."""
        return self._by_id.get(id)

    @cached_property
    def _owners(self) -> dict[str, Entry | tuple[Entry, ...]]:
        """Surface to the entry that owns it, or to all that share it."""
        owners: dict[str, Entry | tuple[Entry, ...]] = {}
        for entry in self.entries:
            for surface in entry.surfaces:
                other = owners.setdefault(surface, entry)
                if other is not entry:
                    owners[surface] = (*other, entry) if isinstance(other, tuple) else (other, entry)
        return owners

    @cached_property
    def _folded_owners(self) -> dict[str, Entry | tuple[Entry, ...]]:
        return {_folded(surface): owner for surface, owner in self._owners.items() if surface.isascii()}

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
    entries = [entry for table in TABLES for entry in read_table(folder.joinpath(table).read_text("utf-8"), table)]
    parents = {entry.id: entry for entry in entries if entry.type == "REGULATOR"}
    entries.extend(departments(folder.joinpath("departments.tsv").read_text("utf-8"), parents))
    entries.extend(local_bodies(folder.joinpath("regions.json").read_bytes()))
    entries.extend(foreign_bodies(folder.joinpath("countries.json").read_bytes()))
    return KnowledgeBase(entries)


def _forms(surface: str) -> Iterator[str]:
    """Give the surface as it stands, then without what the press adds to or leaves out of a name."""
    yield surface
    plain = surface.translate(_WIDE)
    if plain != surface:
        yield plain
    if plain.isascii():
        yield _folded(plain)
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
    if bare.endswith("股份有限公司"):
        yield from _short_forms(bare.removesuffix("股份有限公司"))
    elif bare.endswith("公司") and len(bare) > 4 and not bare.endswith("有限公司"):
        yield bare.removesuffix("公司")


def _short_forms(core: str) -> Iterator[str]:
    """Give the stock names that a company limited by shares may go by: 甲乙集团股份有限公司 is 甲乙集团 or 甲乙股份."""
    yield core
    bare = core.removesuffix("集团")
    without_place = _PLACE.sub("", bare)
    for form in (bare, f"{bare}股份", without_place, f"{without_place}股份", f"{without_place}集团"):
        if len(form) > 3:
            yield form


def _folded(surface: str) -> str:
    return surface.translate(_WIDE).casefold()
