"""Records as doccano's JSON Lines for sequence labelling with relations, and back.

doccano knows spans and relations only, so a label carries the attribute that matters most (``QUOTE:direct``,
``CLAIM:money``, ``RISK:cyber``), relations join the parts of a span that has several (Part), and everything else stands
in the ``finnlp`` field, which doccano keeps as meta data: the other attributes of each span by label and offsets. A
span whose label or bounds a person changes keeps what its new label says. The labels are those of
`finnlp_zh.interop.markup`, which also says what is lost; ``doc_id`` and ``published`` travel as meta data. Offsets are
code points.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from finnlp_zh.errors import InputError
from finnlp_zh.files import whole_file
from finnlp_zh.interop.markup import Link, Mark, Markup, mark_up, read_markup
from finnlp_zh.types import Record

_IN_LABEL: Final = {"QUOTE": "quote", "CLAIM": "kind", "RISK": "theme"}


def write_doccano(records: Iterable[Record], path: Path) -> int:
    """Write one JSON object an article; give their number."""
    count = 0
    with whole_file(path) as stream:
        for record in records:
            stream.write(msgspec.json.encode(to_example(record)) + b"\n")
            count += 1
    return count


def read_doccano(path: Path) -> Iterator[Record]:
    """Give the records of a file that doccano exported (with relations, or with ``label`` triples alone).

    Raises `InputError` with file and line where one cannot be read.
    """
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _read_line(line, f"{path}:{number}", number)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def _read_line(line: bytes, place: str, number: int) -> Record:
    try:
        return from_example(msgspec.json.decode(line), number)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{place}: cannot be read: {type(error).__name__}: {error}") from error


def to_example(record: Record) -> dict[str, Any]:
    """Give one article as doccano takes it."""
    markup = mark_up(record)
    spans: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    parts: list[tuple[int, int]] = []
    ids: dict[str, int] = {}
    for mark in markup.marks:
        label = _label(mark)
        for start, end in mark.fragments:
            ids.setdefault(mark.id, len(spans))
            if ids[mark.id] != len(spans):
                parts.append((len(spans), ids[mark.id]))
            spans.append({"id": len(spans), "label": label, "start_offset": start, "end_offset": end})
        choices = {name: value for name, value in mark.choices.items() if name != _IN_LABEL.get(mark.label)}
        if choices or mark.values:
            start, end = mark.fragments[0]
            kept.append({"label": label, "start": start, "end": end, "choices": choices, "values": mark.values})
    links = [(head, tail, "Part") for head, tail in parts]
    links += [(ids[link.head], ids[link.tail], link.label) for link in markup.links]
    relations = [{"id": n, "from_id": head, "to_id": tail, "type": name} for n, (head, tail, name) in enumerate(links)]
    about = {"doc_id": record.doc_id, "published": record.published, "finnlp": kept}
    return {"text": record.text, "entities": spans, "relations": relations, **about}


def _label(mark: Mark) -> str:
    name = _IN_LABEL.get(mark.label)
    return f"{mark.label}:{mark.choices[name]}" if name else mark.label


def from_example(example: dict[str, Any], number: int = 1) -> Record:
    """Give the record of one exported article; ``number`` names it where it holds no ``doc_id``."""
    meta = {**(example.get("meta") or {}), **example}
    kept: defaultdict[tuple[str, int, int], list[dict[str, Any]]] = defaultdict(list)
    for item in meta.get("finnlp") or []:
        kept[item["label"], item["start"], item["end"]].append(item)
    marks: dict[str, Mark] = {}
    for span in _spans(example):
        place = (span["label"], span["start_offset"], span["end_offset"])
        label, _, choice = span["label"].partition(":")
        mark = Mark(str(span["id"]), label, [(place[1], place[2])])
        if kept[place]:
            item = kept[place].pop(0)
            mark.choices, mark.values = item["choices"], item["values"]
        if choice and label in _IN_LABEL:
            mark.choices[_IN_LABEL[label]] = choice
        marks[mark.id] = mark
    relations = example.get("relations") or []
    links = [Link(link["type"], str(link["from_id"]), str(link["to_id"])) for link in relations]
    for link in [link for link in links if link.label == "Part"]:
        marks[link.tail].fragments += marks.pop(link.head).fragments
    markup = Markup(list(marks.values()), [link for link in links if link.label != "Part"])
    doc_id = str(meta.get("doc_id") or f"example#{example.get('id', number)}")
    return read_markup(doc_id, example["text"], markup, published=meta.get("published"))


def _spans(example: dict[str, Any]) -> list[dict[str, Any]]:
    if "entities" in example:
        return list(example["entities"])
    triples = example.get("label") or example.get("labels") or []
    return [
        {"id": number, "start_offset": start, "end_offset": end, "label": label}
        for number, (start, end, label) in enumerate(triples)
    ]
