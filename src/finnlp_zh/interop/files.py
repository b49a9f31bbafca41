"""File names for doc_ids that cannot lead out of their folder."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final
from urllib.parse import unquote

_LONGEST: Final = 200  # bytes of one name; file systems allow 255, and a suffix follows
_FORBIDDEN: Final = frozenset('%:*?"<>|\\')  # % is the escape itself; the others no Windows name may hold


def path_for(folder: Path, doc_id: str, suffix: str) -> Path:
    """Give the file below ``folder`` that stands for ``doc_id``; no doc_id leads out of the folder.

    ``/`` parts folders; what a name cannot hold (``..``, an empty part, control characters) is percent-encoded. A name
    too long for a file system keeps its beginning and a hash, and only such a name cannot be read back.
    """
    parts = [_name(part) for part in doc_id.split("/")]
    return folder.joinpath(*parts[:-1], parts[-1] + suffix)


def doc_id_of(folder: Path, path: Path) -> str:
    """Give the doc_id that `path_for` made this path for."""
    parts = path.relative_to(folder).with_suffix("").parts
    return "/".join("" if part == "%" else unquote(part) for part in parts)


def _name(part: str) -> str:
    if not part:
        return "%"
    name = "".join(_escape(c) if c in _FORBIDDEN or not c.isprintable() else c for c in part)
    if name[0] == ".":  # ".", "..", and files that listings hide
        name = _escape(".") + name[1:]
    if name[-1] in ". ":  # Windows drops these
        name = name[:-1] + _escape(name[-1])
    encoded = name.encode()
    if len(encoded) > _LONGEST:
        digest = hashlib.sha256(encoded).hexdigest()[:16]
        name = encoded[: _LONGEST - 17].decode(errors="ignore") + "~" + digest
    return name


def _escape(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
