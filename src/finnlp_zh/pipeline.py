"""The pipeline: which stages run, in which order, on one shared encoder pass."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from finnlp_zh.document import Document
from finnlp_zh.encoder.features import Features
from finnlp_zh.errors import ConfigError, StageError
from finnlp_zh.stages.base import Stage
from finnlp_zh.types import SCHEMA, Layer, Record

# What reading gives to every record before the first stage runs.
_GIVEN = frozenset({"text", "title", "byline", "dateline", "published", "source", "repairs"})


class Encoder(Protocol):
    """What the pipeline asks of an encoder; `finnlp_zh.encoder.Encoder` is the shipped one."""

    @property
    def id(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> list[Features]: ...


class Pipeline:
    """A fixed sequence of stages over one optional encoder.

    Call it on a text for one `Document`, `pipe` it over many, or `annotate` records in place of texts. The output for
    an article depends on the article alone, never on what else is in its batch.

    Args:
        stages: In the order in which they run. Raises `ConfigError` where one requires what none before it provides.
        encoder: Gives the features; ``None`` runs every stage on its rules.
    """

    def __init__(self, stages: Sequence[Stage], *, encoder: Encoder | None = None) -> None:
        _check_order(stages)
        self.stages = tuple(stages)
        self.encoder = encoder

    @property
    def version(self) -> str:
        """A short hash over the schema, the model and every stage's name and version, in order."""
        parts = [SCHEMA, self.encoder.id if self.encoder else "no model"]
        parts += [f"{stage.name}={stage.version}" for stage in self.stages]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def __call__(self, text: str, *, doc_id: str = "text", published: str | None = None) -> Document:
        """Annotate one text as it stands: nothing is repaired or dropped, so offsets are the caller's own.

        ``published`` (``YYYY-MM-DD``) anchors 今年 or 上月; without it they are resolved from the text where it tells.
        """
        return next(self.pipe([text], doc_ids=[doc_id], published=[published]))

    def pipe(
        self,
        texts: Iterable[str],
        *,
        batch_size: int = 64,
        doc_ids: Iterable[str] | None = None,
        published: Iterable[str | None] | None = None,
    ) -> Iterator[Document]:
        """Annotate texts lazily, in order, ``batch_size`` at a time in memory."""
        from finnlp_zh.reading import read_text  # the readers are not needed to hold a pipeline

        if batch_size < 1:
            raise ConfigError(f"batch_size must be at least 1, not {batch_size}")
        ids = doc_ids if doc_ids is not None else (f"text#{number}" for number in itertools.count(1))
        dates = published if published is not None else itertools.repeat(None)
        rows = zip(texts, ids, dates, strict=False)  # the last two may be endless
        records = (_dated(read_text(text, doc_id=name), date) for text, name, date in rows)
        for batch in _batches(records, batch_size):
            yield from map(Document, self.annotate(batch))

    def annotate(self, records: Sequence[Record]) -> list[Record]:
        """Give new records with every stage's layer attached, same length and order.

        Raises `StageError` naming the stage where one fails on the batch.
        """
        docs = [msgspec.structs.replace(record) for record in records]
        features = self._encode(docs)
        for stage in self.stages:
            try:
                layers = stage.predict(docs, features)
            except Exception as error:
                raise _failed(stage.name, docs, error) from error
            for doc, layer in zip(docs, layers, strict=True):
                attach(doc, layer)
        return docs

    def _encode(self, docs: Sequence[Record]) -> list[Features]:
        if self.encoder is None:
            return [Features() for _ in docs]
        try:
            return self.encoder.encode([doc.text for doc in docs])
        except Exception as error:
            raise _failed("encoder", docs, error) from error


def attach(doc: Record, layer: Layer) -> None:
    """Set the fields that the layer holds on the record; warnings are added to those already there."""
    for name in Layer.__struct_fields__:
        value = getattr(layer, name)
        if value is msgspec.UNSET:
            continue
        setattr(doc, name, [*doc.warnings, *value] if name == "warnings" else value)


def _failed(name: str, docs: Sequence[Record], error: Exception) -> StageError:
    names = ", ".join(doc.doc_id for doc in docs[:3]) + (" …" if len(docs) > 3 else "")
    return StageError(f"{name} failed on {names}: {type(error).__name__}: {error}", stage=name)


def _check_order(stages: Sequence[Stage]) -> None:
    known = set(_GIVEN)
    for stage in stages:
        missing = stage.requires - known
        if missing:
            raise ConfigError(
                f"stage {stage.name!r} requires {', '.join(sorted(missing))}, which no stage before it provides; "
                "add the stage that does, or leave this one out"
            )
        known |= stage.provides


def _dated(record: Record, published: str | None) -> Record:
    return record if published is None else msgspec.structs.replace(record, published=published)


def _batches(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    iterator = iter(records)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
