"""The user's own names: a tab-separated file of form, type and id that reaches every step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple, cast, get_args

from finnlp_zh.errors import ResourceError
from finnlp_zh.types import EntityType

_TYPES: Final = frozenset(get_args(EntityType))


class LexiconEntry(NamedTuple):
    """One name that the user knows; entries with the same id are names of the same entity."""

    form: str
    type: EntityType
    id: str | None = None


def read_lexicon(path: Path | str) -> list[LexiconEntry]:
    """Read a user lexicon: one entry a line, ``form TAB type [TAB id]``; blank lines and ``#`` lines are skipped.

    Raises `ResourceError` naming file and line for an unreadable file, an unknown type, an empty form, or a form that
    stands twice with different types or ids.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ResourceError(f"lexicon {path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ResourceError(f"lexicon {path}: not UTF-8 at byte {error.start}: save it as UTF-8") from error
    return parse_lexicon(text.splitlines(), str(path))


def parse_lexicon(lines: Iterable[str], source: str) -> list[LexiconEntry]:
    """Read the lines of a lexicon; ``source`` names the file in messages.

    >>> parse_lexicon(["星河数科\\tORG\\tmy:1"], "names.tsv")
    [LexiconEntry(form='星河数科', type='ORG', id='my:1')]
    """
    entries: dict[str, LexiconEntry] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        entry = _read_entry(line, f"lexicon {source}:{number}")
        known = entries.setdefault(entry.form, entry)
        if known != entry:
            raise ResourceError(
                f"lexicon {source}:{number}: {entry.form!r} stands there twice, with different type or id"
            )
    return list(entries.values())


def _read_entry(line: str, where: str) -> LexiconEntry:
    fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
    if len(fields) not in (2, 3):
        raise ResourceError(f"{where}: {len(fields)} fields: write form, type and, if known, id, separated by tabs")
    form, kind = fields[0], fields[1].upper()
    if not form:
        raise ResourceError(f"{where}: the form is empty")
    if kind not in _TYPES:
        raise ResourceError(f"{where}: {fields[1]!r} is no entity type: use one of {', '.join(sorted(_TYPES))}")
    return LexiconEntry(form, cast(EntityType, kind), (fields[2] or None) if len(fields) == 3 else None)
