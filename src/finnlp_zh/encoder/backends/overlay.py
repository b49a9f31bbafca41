"""Writing a backend's words and names into the features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from finnlp_zh.encoder.backends.base import Backend, Named
from finnlp_zh.encoder.features import Features, Logits
from finnlp_zh.encoder.heads import HEADS
from finnlp_zh.types import Token

# Nats between the chosen label and the rest: certain enough to decide, small enough that a softmax stays finite.
_SURE = np.float32(8.0)
_LABELS = {head.name: head.labels for head in HEADS}


class _Base(Protocol):
    @property
    def id(self) -> str: ...
    def encode(self, texts: Sequence[str]) -> list[Features]: ...


class Overlay:
    """An encoder whose heads for words or entities are replaced by a backend's answers.

    Args:
        base: The encoder beneath, or ``None``.
        segmenter: Gives ``words`` and ``pos``.
        ner: Gives ``entities``.
    """

    def __init__(self, base: _Base | None, *, segmenter: Backend | None = None, ner: Backend | None = None) -> None:
        self._base = base
        self._segmenter = segmenter
        self._ner = ner

    @property
    def id(self) -> str:
        parts = [self._base.id if self._base else "none"]
        parts += [f"{role}={backend.id}" for role, backend in self._roles() if backend]
        return " ".join(parts)

    def encode(self, texts: Sequence[str]) -> list[Features]:
        """Give the base's features with the backends' heads written over them."""
        features = self._base.encode(texts) if self._base else [Features() for _ in texts]
        if self._segmenter is not None:
            analyses = self._segmenter.analyse(texts)
            features = [
                _replaced(old, {"words": _bmes(text, found.words), "pos": _pos(text, found.words)})
                if found.words is not None
                else old
                for old, text, found in zip(features, texts, analyses, strict=True)
            ]
        if self._ner is not None:
            analyses = self._ner.analyse(texts)
            features = [
                _replaced(old, {"entities": _names(text, found.entities)}) if found.entities is not None else old
                for old, text, found in zip(features, texts, analyses, strict=True)
            ]
        return features

    def _roles(self) -> Iterable[tuple[str, Backend | None]]:
        return (("segmenter", self._segmenter), ("ner", self._ner))


def _replaced(old: Features, logits: dict[str, Logits]) -> Features:
    labels = {name: _LABELS[name] for name in logits}
    return Features({**old.logits, **logits}, {**old.labels, **labels})


def _rows(text: str, head: str) -> Logits:
    return np.zeros((len(text), len(_LABELS[head])), np.float32)


def _mark(rows: Logits, head: str, start: int, end: int, kind: str = "") -> None:
    column = _LABELS[head].index
    suffix = f"-{kind}" if kind else ""
    if end - start == 1:
        rows[start, column(f"S{suffix}")] = _SURE
        return
    rows[start, column(f"B{suffix}")] = _SURE
    rows[start + 1 : end - 1, column(f"M{suffix}")] = _SURE
    rows[end - 1, column(f"E{suffix}")] = _SURE


def _bmes(text: str, words: Sequence[Token]) -> Logits:
    rows = _rows(text, "words")
    for word in words:
        _mark(rows, "words", word.start, word.end)
    return rows


def _pos(text: str, words: Sequence[Token]) -> Logits:
    rows = _rows(text, "pos")
    tags = _LABELS["pos"]
    for word in words:
        if word.pos in tags:
            rows[word.start : word.end, tags.index(word.pos)] = _SURE
    return rows


def _names(text: str, names: Sequence[Named]) -> Logits:
    rows = _rows(text, "entities")
    covered = np.zeros(len(text), bool)
    for name in names:
        if not covered[name.start : name.end].any():
            _mark(rows, "entities", *name)
            covered[name.start : name.end] = True
    rows[~covered, _LABELS["entities"].index("O")] = _SURE
    return rows
