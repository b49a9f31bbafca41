r"""Records as brat standoff: a ``.txt`` and an ``.ann`` file an article, with brat's configuration; and back.

Text-bound annotations carry the spans, relations the links, attributes the choices, and an annotator's note (JSON)
the free values: an entity's name and kb_id, a figure's low, high, unit and counter, a period's days. The labels are
those of `finnlp_zh.interop.markup`, which also says what is lost. brat ends an annotation at a line break, so a span
over several lines is written in fragments; two fragments parted by nothing but a line break come back as one. The
title's place and ``published`` are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from finnlp_zh.errors import InputError
from finnlp_zh.files import whole_file
from finnlp_zh.interop.files import doc_id_of, path_for
from finnlp_zh.interop.markup import CHOICES, ENTITY_LABELS, LABELS, PARTS, Link, Mark, Markup, mark_up, read_markup
from finnlp_zh.types import Record, Span

_LINE_BREAKS: Final = re.compile(r"[\n\r]+")


def write_brat(records: Iterable[Record], folder: Path) -> int:
    """Write ``doc_id.txt`` and ``doc_id.ann`` for every record, and brat's configuration; give their number.

    Raises `InputError` where two records have the same doc_id.
    """
    seen: set[Path] = set()
    for record in records:
        text, labels = path_for(folder, record.doc_id, ".txt"), path_for(folder, record.doc_id, ".ann")
        if text in seen:
            raise InputError(f"{record.doc_id}: two records have this doc_id; one file cannot hold both")
        seen.add(text)
        for path, content in ((text, record.text), (labels, to_standoff(record))):
            with whole_file(path) as stream:
                stream.write(content.encode("utf-8"))
    with whole_file(folder / "annotation.conf") as stream:
        stream.write(_configuration().encode())
    return len(seen)


def read_brat(folder: Path) -> Iterator[Record]:
    """Give the articles of a folder, in name order, with what its ``.ann`` files say.

    Raises `InputError` with file and line where an annotation cannot be read.
    """
    paths = sorted(folder.rglob("*.ann"))
    if not paths:
        raise InputError(f"{folder}: holds no .ann file")
    for path in paths:
        try:
            text = path.with_suffix(".txt").read_bytes().decode()
            labels = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: the article and its labels cannot be read: {error}") from error
        yield read_markup(doc_id_of(folder, path), text, _parse(labels, text, path))


def to_standoff(record: Record) -> str:
    """Give the lines of the record's ``.ann`` file."""
    markup = mark_up(record)
    lines: list[str] = []
    attributes: list[str] = []
    notes: list[str] = []
    for mark in markup.marks:
        fragments = [piece for span in mark.fragments for piece in _within_lines(record.text, span)]
        places = ";".join(f"{start} {end}" for start, end in fragments)
        words = " ".join(record.text[start:end] for start, end in fragments)
        lines.append(f"{mark.id}\t{mark.label} {places}\t{words}")
        attributes += [f"{name} {mark.id} {value}" for name, value in mark.choices.items()]
        if mark.values:
            notes.append(f"{mark.id}\t{msgspec.json.encode(mark.values).decode()}")
    lines += [f"R{n}\t{link.label} Arg1:{link.head} Arg2:{link.tail}" for n, link in enumerate(markup.links, start=1)]
    lines += [f"A{number}\t{attribute}" for number, attribute in enumerate(attributes, start=1)]
    lines += [f"#{number}\tAnnotatorNotes {note}" for number, note in enumerate(notes, start=1)]
    return "".join(f"{line}\n" for line in lines)


def _within_lines(text: str, span: Span) -> Iterator[Span]:
    start, end = span
    for line_break in _LINE_BREAKS.finditer(text, start, end):
        if start < line_break.start():
            yield start, line_break.start()
        start = line_break.end()
    if start < end:
        yield start, end


def _parse(labels: str, text: str, path: Path) -> Markup:
    markup = Markup()
    marks: dict[str, Mark] = {}
    rest: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(labels.split("\n"), start=1):
        columns = line.rstrip("\r").split("\t")
        try:
            if line.startswith("T"):
                mark = _parse_mark(columns, text)
                marks[mark.id] = mark
                markup.marks.append(mark)
            elif line.strip():
                rest.append((number, columns[0], columns[1].split(" ", 2) + columns[2:]))
        except (ValueError, IndexError) as error:
            raise InputError(f"{path}:{number}: not a standoff annotation: {line[:80]!r}") from error
    for number, name, fields in rest:
        try:
            _attach(name, fields, marks, markup)
        except (ValueError, IndexError, KeyError, TypeError, msgspec.DecodeError) as error:
            raise InputError(f"{path}:{number}: cannot be read: {name} {' '.join(fields)[:80]!r}") from error
    return markup


def _parse_mark(columns: Sequence[str], text: str) -> Mark:
    label, places = columns[1].split(" ", 1)
    fragments: list[Span] = []
    for place in places.split(";"):
        start, end = (int(offset) for offset in place.split())
        if fragments and start > fragments[-1][1] and not text[fragments[-1][1] : start].strip("\r\n"):
            fragments[-1] = (fragments[-1][0], end)
        else:
            fragments.append((start, end))
    return Mark(columns[0], label, fragments)


def _attach(name: str, fields: Sequence[str], marks: dict[str, Mark], markup: Markup) -> None:
    if name.startswith("R"):
        head, tail = (field.partition(":")[2] for field in fields[1:3])
        markup.links.append(Link(fields[0], head, tail))
    elif name.startswith(("A", "M")) and fields[0] in CHOICES:
        marks[fields[1]].choices[fields[0]] = fields[2]
    elif name.startswith("#") and len(fields) > 2 and fields[2].startswith("{"):
        marks[fields[1]].values |= msgspec.json.decode(fields[2])


def _configuration() -> str:
    """Give brat's ``annotation.conf``: the labels, which may be linked to which, and the values to pick from."""
    people, all_entities = "OFFICIAL|PERSON", "|".join(ENTITY_LABELS)
    lines = ["[entities]", *LABELS, "", "[relations]"]
    lines += [f"Same Arg1:{label}, Arg2:{label}" for label in ENTITY_LABELS]
    lines += [f"Affiliation Arg1:{people}, Arg2:ORG|REGULATOR", f"Title Arg1:{people}, Arg2:TITLE"]
    lines += [f"Is Arg1:SPEAKER|SUBJECT, Arg2:{all_entities}", f"Source Arg1:CLAIM, Arg2:QUOTE|{all_entities}"]
    for head, parts in PARTS.items():
        for part in parts:
            tail = f"{part}|{all_entities}" if part in ("SPEAKER", "SUBJECT") else part
            lines.append(f"{part.capitalize()} Arg1:{head}, Arg2:{tail}")
    lines += ["<OVERLAP> Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>", "", "[events]", "", "[attributes]"]
    lines += [f"{name} Arg:{'|'.join(labels)}, Value:{'|'.join(values)}" for name, (labels, values) in CHOICES.items()]
    return "\n".join(lines) + "\n"
