"""Finding the files to read: folders walked in order, every article with a name of its own."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from finnlp_zh.errors import InputError

SUFFIXES: Final = (".txt", ".md", ".html", ".htm", ".json", ".jsonl", ".csv", ".parquet", ".pdf")
_MANY: Final = (".jsonl", ".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files become articles.

    ``traditional``: convert Traditional characters to Simplified, the map kept. ``text_field``: the field or column
    that holds the text in JSON, CSV and Parquet; found by its name or its contents where it is not given.
    ``repair``: put broken paragraphs together and drop web junk. ``max_bytes``: files that are read whole (all but
    JSON Lines, CSV and Parquet) are refused above this size. ``max_characters``: so is an article above this length.
    """

    traditional: bool = False
    text_field: str | None = None
    repair: bool = True
    max_bytes: int = 64_000_000
    max_characters: int = 500_000


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read; ``relative`` (with ``/``) names it in records, ``doc_id`` is that without its suffix."""

    path: Path
    relative: str
    doc_id: str
    size: int

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()

    @property
    def many(self) -> bool:
        """Whether it holds rows to be read one by one, however many."""
        return self.suffix in _MANY


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """An article that could not be read: the file, the place in it (line, row, page) where one is known, and why."""

    path: str
    place: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file before it is named: ``short`` is its path under the folder given, ``long`` has that folder's name too."""

    path: Path
    short: str
    long: str
    size: int


def find_inputs(paths: Sequence[Path]) -> Iterator[InputFile]:
    """Give the files under the paths: folders walked in sorted order, hidden files and unknown suffixes left out.

    A file that is named itself is read whatever its suffix. Files that would have the same name (from two folders, or
    ``a.txt`` beside ``a.html``) keep what tells them apart. Raises `InputError` for a path that is not there.
    """
    return name_files([found for path in paths for found in list_files(path)])


def list_files(path: Path) -> Iterator[Found]:
    """Give the files under one path, or the file itself. Raises `InputError` where there is none."""
    if path.is_dir():
        root = path.resolve().name
        yield from (Found(file, name, f"{root}/{name}", _size(file)) for file, name in _walk(path))
    elif path.exists():
        yield Found(path, path.name, path.as_posix().lstrip("/"), _size(path))
    else:
        raise InputError(f"{path}: no such file or folder; check the spelling, or quote a name with spaces")


def name_files(found: Sequence[Found]) -> Iterator[InputFile]:
    """Give each file, in order, the shortest name that no other one has."""
    names = Counter(file.short for file in found)
    relatives = [file.short if names[file.short] == 1 else file.long for file in found]
    stems = Counter(_stem(relative) for relative in relatives)
    for file, relative in zip(found, relatives, strict=True):
        stem = _stem(relative)
        yield InputFile(file.path, relative, stem if stems[stem] == 1 else relative, file.size)


def _walk(folder: Path, prefix: str = "") -> Iterator[tuple[Path, str]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")
        elif os.path.splitext(entry.name)[1].lower() in SUFFIXES:
            yield Path(entry.path), prefix + entry.name


def _stem(relative: str) -> str:
    return os.path.splitext(relative)[0]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # reading will say what is wrong with it
