r"""Records as CoNLL-U: sentences, words with their tags, and entities in MISC; and back.

MISC holds ``NER=B-ORG`` and ``NER=I-ORG``, on the first word of a mention also ``Entity`` (its id), ``Kind``, and on an
entity's first mention ``Name`` and ``KbId``; ``SpaceAfter=No``, ``SpacesAfter`` and ``SpacesBefore`` give the white
space, so that the text comes back to the character. A word that a mention cuts is written in pieces, all but the first
marked ``Piece=Yes``.

Kept: text, doc_id, published, sentences, words and tags, entities with their names, kb_ids and mentions. Not kept:
quotes, claims, risks, titles, roles, affiliations and everything else. Characters that no word covers come back as a
word without a tag, text outside every sentence as a sentence of its own, and an article without a word empty.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

from finnlp_zh import types
from finnlp_zh.errors import InputError
from finnlp_zh.files import whole_file
from finnlp_zh.types import Entity, Mention, Record, Span, Token

_SPACES: Final = {" ": "\\s", "\t": "\\t", "\n": "\\n", "\r": "\\r", "|": "\\p", "\\": "\\\\"}
_ESCAPED: Final = {escape: character for character, escape in _SPACES.items()}
_ESCAPE: Final = re.compile(r"\\[strnp\\]")
_RESERVED: Final = re.compile(r"[%|\s]")
_WORD: Final = re.compile(r"\S+")


class _Piece(NamedTuple):
    start: int
    end: int
    pos: str | None
    goes_on: bool  # the same word as the piece before


def write_conllu(records: Iterable[Record], path: Path) -> int:
    """Write all records into one file; give their number."""
    count = 0
    with whole_file(path) as stream:
        for record in records:
            stream.write(to_conllu(record).encode("utf-8"))
            count += 1
    return count


def read_conllu(path: Path) -> Iterator[Record]:
    """Give the records of a file that `write_conllu` wrote, or of any CoNLL-U file with ``# newdoc`` lines.

    Raises `InputError` with file and line where a row does not have ten columns.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            reader: _Reader | None = None
            for number, row in enumerate(lines, start=1):
                line = row.rstrip("\r\n")
                new = line.startswith("# newdoc")
                if new and reader is not None:
                    yield reader.finish()
                if new or reader is None:
                    reader = _Reader(line.partition(" id = ")[2] or f"{path.stem}#{number}" if new else path.stem)
                reader.add(line, f"{path}:{number}")
            if reader is not None:
                yield reader.finish()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def to_conllu(record: Record) -> str:
    """Give the record's lines, a blank line after every sentence."""
    lines = [f"# newdoc id = {_one_line(record.doc_id)}"]
    if record.published:
        lines.append(f"# published = {record.published}")
    marks = _marks(record)
    pieces = list(_pieces(record))
    groups = [group for group in _group(record, pieces) if group]
    following = [piece.start for piece in pieces[1:]] + [len(record.text)]
    after = dict(zip((piece.start for piece in pieces), following, strict=True))
    for number, group in enumerate(groups, start=1):
        lines += [f"# sent_id = {_one_line(record.doc_id)}-{number}"]
        lines += [f"# text = {_one_line(record.text[group[0].start : group[-1].end])}"]
        for index, piece in enumerate(group, start=1):
            misc = [*marks.get(piece.start, [])]
            if piece.goes_on:
                misc.append("Piece=Yes")
            if piece is pieces[0] and piece.start:
                misc.append(f"SpacesBefore={_escape(record.text[: piece.start])}")
            spaces = record.text[piece.end : after[piece.start]]
            if not spaces:
                misc.append("SpaceAfter=No")
            elif spaces != " ":
                misc.append(f"SpacesAfter={_escape(spaces)}")
            form, tag = record.text[piece.start : piece.end], piece.pos or "_"
            lines.append("\t".join((str(index), form, form, tag, *"_____", "|".join(misc) or "_")))
        lines.append("")
    return "\n".join(lines) + ("\n" if groups else "\n\n")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escape(spaces: str) -> str:
    return "".join(_SPACES.get(character, character) for character in spaces)


def _quote(value: str) -> str:
    return _RESERVED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), value)


def _pieces(record: Record) -> Iterator[_Piece]:
    """Cut the words at the bounds of mentions and sentences; what no word covers becomes words by white space."""
    cuts = {place for entity in record.entities for mention in entity.mentions for place in mention.span}
    cuts |= {place for span in record.sentences for place in span}
    bounds = sorted(cuts)
    last = 0
    for token in [*record.tokens, Token(len(record.text), len(record.text))]:
        for found in _WORD.finditer(record.text, last, token.start):
            yield from _cut(record.text, Token(found.start(), found.end()), bounds)
        yield from _cut(record.text, token, bounds)
        last = max(last, token.end)


def _cut(text: str, token: Token, bounds: list[int]) -> Iterator[_Piece]:
    start = token.start
    inside = bounds[bisect_left(bounds, token.start + 1) : bisect_left(bounds, token.end)]
    for place in [*inside, token.end]:
        for found in _WORD.finditer(text, start, place):  # a row cannot hold a tab or a line break
            yield _Piece(found.start(), found.end(), token.pos, found.start() > token.start)
        start = place


def _group(record: Record, pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Give the pieces sentence by sentence; those between two sentences as one more."""
    ends = sorted({place for span in record.sentences for place in span} | {len(record.text)})
    group: list[_Piece] = []
    index = 0
    for piece in pieces:
        while index < len(ends) and piece.start >= ends[index]:
            yield group
            group = []
            index += 1
        group.append(piece)
    yield group


def _marks(record: Record) -> dict[int, list[str]]:
    """Give the MISC items of every piece inside a mention, by the piece's start."""
    marks: dict[int, list[str]] = {}
    starts = [piece.start for piece in _pieces(record)]
    for entity in record.entities:
        for number, mention in enumerate(entity.mentions):
            inside = starts[bisect_left(starts, mention.span[0]) : bisect_left(starts, mention.span[1])]
            for place in inside[1:]:
                marks[place] = [f"NER=I-{entity.type}"]
            if not inside:
                continue
            marks[inside[0]] = [f"NER=B-{entity.type}", f"Entity={_quote(entity.id)}", f"Kind={mention.kind}"]
            if not number:
                marks[inside[0]].append(f"Name={_quote(entity.name)}")
                marks[inside[0]] += [f"KbId={_quote(entity.kb_id)}"] if entity.kb_id else []
    return marks


class _Reader:
    """Builds one record out of its lines."""

    def __init__(self, doc_id: str) -> None:
        self._record = Record(doc_id, "")
        self._text: list[str] = []
        self._length = 0
        self._tail = 0  # white space after the last word, which no sentence holds
        self._sentence: int | None = None
        self._last: list[tuple[str, str]] = []
        self._entities: dict[str, Entity] = {}
        self._mentions: list[tuple[Span, str, str]] = []  # span, entity, kind

    def add(self, line: str, place: str) -> None:
        if not line:
            self._end_sentence()
        elif line.startswith("# published = "):
            self._record.published = line.removeprefix("# published = ")
        elif not line.startswith("#"):
            columns = line.split("\t")
            if len(columns) != 10:
                raise InputError(f"{place}: {len(columns)} columns; CoNLL-U has ten")
            if columns[0].isdecimal():  # ranges and empty nodes (1-2, 1.1) say nothing about the text
                self._add_word(columns)

    def _add_word(self, columns: list[str]) -> None:
        misc = dict(item.partition("=")[::2] for item in columns[9].split("|"))
        self._append(_unescape(misc.get("SpacesBefore", "")))
        start = self._length
        if self._sentence is None:
            self._sentence = start
        self._append(columns[1])
        end = self._length
        tokens = self._record.tokens
        if "Piece" in misc and tokens:
            tokens[-1].end = end
        else:
            tokens.append(Token(start, end, None if columns[3] == "_" else columns[3]))
        self._add_mention(misc, (start, end))
        self._tail = end
        if misc.get("SpaceAfter") != "No":
            self._append(_unescape(misc.get("SpacesAfter", "\\s")))

    def _append(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)

    def _add_mention(self, misc: dict[str, str], span: Span) -> None:
        place, _, kind = misc.get("NER", "O").partition("-")
        if place == "I" and self._mentions:
            (start, _), *rest = self._mentions[-1]
            self._mentions[-1] = ((start, span[1]), rest[0], rest[1])
        elif place == "B":
            name = unquote(misc.get("Entity", f"e{len(self._entities) + 1}"))
            if name not in self._entities:
                self._entities[name] = Entity(name, kind, "")  # type: ignore[arg-type]
            entity = self._entities[name]
            entity.name = unquote(misc.get("Name", "")) or entity.name
            entity.kb_id = unquote(misc.get("KbId", "")) or entity.kb_id
            self._mentions.append((span, name, misc.get("Kind", "name")))

    def _end_sentence(self) -> None:
        if self._sentence is not None:
            self._record.sentences.append((self._sentence, self._tail))
            self._sentence = None

    def finish(self) -> Record:
        self._end_sentence()
        record = self._record
        record.text = "".join(self._text)
        for number, (span, name, kind) in enumerate(self._mentions, start=1):
            surface = record.text[slice(*span)]
            mention = Mention(f"m{number}", span, surface, kind)  # type: ignore[arg-type]
            self._entities[name].mentions.append(mention)
        for entity in self._entities.values():
            entity.name = entity.name or max((mention.text for mention in entity.mentions), key=len)
        record.entities = list(self._entities.values())
        types.check(record)
        return record


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED[found[0]], text)
