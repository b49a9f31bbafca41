"""Who is quoted in a corpus: how often, how long, in what role."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from finnlp_zh.rows import neutralised
from finnlp_zh.types import Entity, Quote, Record

VOICE_COLUMNS: Final = (
    *("voice", "named", "type", "kb_id", "role", "source_class", "quotes", "direct", "indirect", "characters"),
    *("articles", "share", "supportive", "critical", "neutral"),
)


@dataclass(slots=True)
class Voice:
    """One source over all articles; the same institution by its ``kb_id``, everyone else by name and type.

    ``characters`` counts what is quoted, ``articles`` the articles that quote it, ``share`` its part of all quoted
    characters (0 to 1). Unnamed sources (业内人士) are one voice for each phrase; quotes of documents and data without
    a speaker are the voice ``None``.
    """

    voice: str | None
    named: bool
    type: str | None
    kb_id: str | None
    roles: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    stances: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    articles: set[str] = field(default_factory=set)
    share: float = 0.0

    @property
    def quotes(self) -> int:
        return self.kinds.total()

    def add(self, record: Record, quote: Quote, entity: Entity | None) -> None:
        """Count one quote of this voice."""
        self.kinds[quote.kind] += 1
        if quote.stance is not None:
            self.stances[quote.stance.label] += 1
        self.characters += sum(end - start for start, end in quote.content)
        self.articles.add(record.doc_id)
        self.classes[quote.speaker.source_class if quote.speaker else "document" if quote.document else "unknown"] += 1
        if entity is not None and entity.role is not None:
            self.roles[entity.role] += 1


def count_voices(records: Iterable[Record]) -> list[Voice]:
    """Count who is quoted in ``records``, the most quoted first, then by length and name."""
    voices: dict[tuple[str, ...], Voice] = {}
    for record in records:
        entities = {entity.id: entity for entity in record.entities}
        for quote in record.quotes:
            entity = entities.get(quote.speaker.entity or "") if quote.speaker is not None else None
            key, voice = _voice_of(quote, entity)
            voices.setdefault(key, voice).add(record, quote, entity)
    total = sum(voice.characters for voice in voices.values())
    for voice in voices.values():
        voice.share = voice.characters / total if total else 0.0
    return sorted(voices.values(), key=lambda voice: (-voice.quotes, -voice.characters, voice.voice or ""))


def _voice_of(quote: Quote, entity: Entity | None) -> tuple[tuple[str, ...], Voice]:
    if entity is None:
        return ("",), Voice(None, False, None, None)
    named = quote.speaker is not None and quote.speaker.named
    key = (entity.kb_id,) if entity.kb_id else (entity.name, entity.type, str(named))
    return key, Voice(entity.name, named, entity.type, entity.kb_id)


def voice_rows(voices: Iterable[Voice]) -> list[dict[str, Any]]:
    """Give the voices as flat rows (`VOICE_COLUMNS`) with their commonest role and class."""
    return [
        {
            "voice": voice.voice,
            "named": voice.named,
            "type": voice.type,
            "kb_id": voice.kb_id,
            "role": voice.roles.most_common(1)[0][0] if voice.roles else None,
            "source_class": voice.classes.most_common(1)[0][0],
            "quotes": voice.quotes,
            "direct": voice.kinds["direct"] + voice.kinds["mixed"],
            "indirect": voice.kinds["indirect"],
            "characters": voice.characters,
            "articles": len(voice.articles),
            "share": round(voice.share, 4),
            **{label: voice.stances[label] for label in ("supportive", "critical", "neutral")},
        }
        for voice in voices
    ]


def voices_csv(rows: Iterable[dict[str, Any]]) -> str:
    """Give the rows as CSV with a header; cells that a spreadsheet would run are quoted with ``'``."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, VOICE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: neutralised(cell) for key, cell in row.items()})
    return buffer.getvalue()
