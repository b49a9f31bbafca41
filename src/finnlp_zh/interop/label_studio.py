"""Records as Label Studio tasks with predictions, and annotated tasks back into records.

A mark is one region for each of its fragments; a region's ``meta`` holds the free values (an entity's name and kb_id, a
figure's low, high, unit and counter, a period's days) as ``name=value`` lines; choices are per-region choices; links
are relations, Part where a region carries an earlier one on. The labels are those of `finnlp_zh.interop.markup`, which
also says what is lost; ``doc_id``, ``published`` and ``title`` travel in the task's data. Offsets are code points, as
Label Studio has counted them since version 1.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import msgspec

from finnlp_zh.errors import InputError
from finnlp_zh.files import whole_file
from finnlp_zh.interop.markup import CHOICES, LABELS, Link, Mark, Markup, mark_up, read_markup
from finnlp_zh.types import Record

_NUMBERS: Final = ("low", "high")
_PLACE: Final = {"to_name": "text"}


def write_label_studio(records: Iterable[Record], path: Path) -> int:
    """Write the tasks as one JSON array, and the labelling configuration beside it as ``.xml``; give their number."""
    count = 0
    with whole_file(path) as stream:
        stream.write(b"[")
        for record in records:
            stream.write((b",\n" if count else b"\n") + msgspec.json.encode(to_task(record)))
            count += 1
        stream.write(b"\n]\n")
    with whole_file(path.with_suffix(".xml")) as stream:
        stream.write(labelling_configuration().encode())
    return count


def read_label_studio(path: Path) -> Iterator[Record]:
    """Give the records of exported tasks (JSON): the last annotation not cancelled, else the last prediction.

    Raises `InputError` naming the task where it cannot be read.
    """
    try:
        tasks = msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"{path}: not a JSON array of tasks: {error}") from error
    for number, task in enumerate(tasks, start=1):
        try:
            yield from_task(task, number)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{path}: task {number} cannot be read: {type(error).__name__}: {error}") from error


def to_task(record: Record) -> dict[str, Any]:
    """Give one task: the text as its data, the record's labels as a prediction."""
    title = record.text[slice(*record.title)] if record.title else None
    data = {"text": record.text, "doc_id": record.doc_id, "published": record.published, "title": title}
    return {"data": data, "predictions": [{"model_version": "finnlp-zh", "result": _results(record)}]}


def _results(record: Record) -> list[dict[str, Any]]:
    markup = mark_up(record)
    results: list[dict[str, Any]] = []
    for mark in markup.marks:
        for number, (start, end) in enumerate(mark.fragments):
            region = mark.id if not number else f"{mark.id}.{number}"
            value = {"start": start, "end": end, "text": record.text[start:end]}
            result: dict[str, Any] = {"id": region, "from_name": "label", **_PLACE, "type": "labels"}
            result["value"] = {**value, "labels": [mark.label]}
            results.append(result)
            if number:
                results.append(_relation(Link("Part", region, mark.id)))
                continue
            if mark.values:
                result["meta"] = {"text": [f"{name}={value}" for name, value in mark.values.items()]}
            for name, choice in mark.choices.items():
                more = {"value": {**value, "choices": [choice]}}
                results.append({"id": region, "from_name": name, **_PLACE, "type": "choices", **more})
    return results + [_relation(link) for link in markup.links]


def _relation(link: Link) -> dict[str, Any]:
    ends = {"from_id": link.head, "to_id": link.tail}
    return {"type": "relation", **ends, "direction": "right", "labels": [link.label]}


def from_task(task: dict[str, Any], number: int = 1) -> Record:
    """Give the record of one task; ``number`` names it where its data holds no ``doc_id``."""
    data = task["data"]
    annotations = [found for found in task.get("annotations") or [] if not found.get("was_cancelled")]
    chosen = (annotations or task.get("predictions") or [{}])[-1]
    markup = _markup(chosen.get("result") or [])
    doc_id = str(data.get("doc_id") or f"task#{task.get('id', number)}")
    record = read_markup(doc_id, data["text"], markup, published=data.get("published"))
    title = data.get("title")
    if title and title in record.text:
        start = record.text.index(title)
        record.title = (start, start + len(title))
    return record


def _markup(results: list[dict[str, Any]]) -> Markup:
    marks: dict[str, Mark] = {}
    for result in results:
        if result["type"] == "labels":
            value = result["value"]
            mark = Mark(result["id"], value["labels"][0], [(value["start"], value["end"])])
            mark.values = _values((result.get("meta") or {}).get("text") or [])
            marks[mark.id] = mark
    links: list[Link] = []
    for result in results:
        if result["type"] == "choices" and result["from_name"] in CHOICES and result["id"] in marks:
            marks[result["id"]].choices[result["from_name"]] = result["value"]["choices"][0]
        elif result["type"] == "relation":
            links.append(Link((result.get("labels") or [""])[0], result["from_id"], result["to_id"]))
    for link in [link for link in links if link.label == "Part"]:
        marks[link.tail].fragments += marks.pop(link.head).fragments
    return Markup(list(marks.values()), [link for link in links if link.label != "Part"])


def _values(lines: str | list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for line in [lines] if isinstance(lines, str) else lines:
        for item in line.split("\n"):
            name, equals, value = item.partition("=")
            if equals:
                values[name.strip()] = float(value) if name.strip() in _NUMBERS else value.strip()
    return values


def labelling_configuration() -> str:
    """Give the XML of a Label Studio project that these tasks open in."""
    lines = ['<View>\n  <Relations>\n    <Relation value="Same"/>']
    names = ["Affiliation", "Title", "Is", "Source", "Part"]
    names += [label.capitalize() for label in LABELS if label not in ("QUOTE", "CLAIM", "RISK", "TITLE")]
    entities = {label.capitalize() for label in CHOICES["mention"][0]}
    lines += [f"    <Relation value={quoteattr(name)}/>" for name in names if name not in entities]
    lines += ['  </Relations>\n  <Labels name="label" toName="text">']
    lines += [f"    <Label value={quoteattr(label)}/>" for label in LABELS]
    lines += ['  </Labels>\n  <Text name="text" value="$text"/>']
    for name, (labels, values) in CHOICES.items():
        where = 'perRegion="true" visibleWhen="region-selected" whenTagName="label"'
        where += f" whenLabelValue={quoteattr(','.join(labels))}"
        lines.append(f'  <Choices name="{name}" toName="text" choice="single" {where}>')
        lines += [f"    <Choice value={quoteattr(value)}/>" for value in values]
        lines.append("  </Choices>")
    return "\n".join([*lines, "</View>", ""])
