"""Words and parts of speech from the encoder's heads ``words`` (BMES) and ``pos`` (UPOS)."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.decode import best_labels
from finnlp_zh.encoder.features import Features, Logits
from finnlp_zh.types import Token

_BEGIN, _MIDDLE, _END, _SINGLE = range(4)
_NEVER: Final = np.float32(-1e4)
# Runs that stay whole: Latin words, numbers with their separators, and marks that are written twice.
_RUN: Final = re.compile(r"[A-Za-z]+(?:['’&][A-Za-z]+)*|\d+(?:[.,:]\d+)*|[０-９]+(?:[．，]\d+)*|…{2,}|—{2,}")
# Marks that stand alone whatever the model says.
_MARK: Final = re.compile(r"[，。、；：！？“”‘’《》〈〉（）()【】「」『』\[\]]")
_ONLY_MARKS: Final = re.compile(r"[^\w%％$￥¥+＋=<>]+")


def decode_words(text: str, features: Features) -> list[Token]:
    """Give the words of the text in order, each with its part of speech where the features have that head.

    A word never crosses white space, and runs of Latin letters and numbers are never cut.
    """
    blank = np.array([character.isspace() for character in text], bool)
    shown = np.flatnonzero(~blank)
    if not len(shown):
        return []
    rows = features.logits["words"][shown].astype(np.float32)
    order = [features.labels["words"].index(label) for label in "BMES"]
    rows = rows[:, order]
    place = np.cumsum(~blank) - 1
    opens = np.zeros(len(shown) + 1, bool)
    opens[1:-1] = np.diff(shown) > 1
    for match in _MARK.finditer(text):
        at = place[match.start()]
        opens[at : at + 2] = True
    for match in _RUN.finditer(text):
        first, last = place[match.start()], place[match.end() - 1]
        rows[first:last, [_END, _SINGLE]] = _NEVER
        rows[first + 1 : last + 1, [_BEGIN, _SINGLE]] = _NEVER
    cuts = np.flatnonzero(opens[1:-1]) + 1
    path = best_labels(rows, ("B", "M", "E", "S"), cuts=cuts)
    starts = np.flatnonzero((path == _BEGIN) | (path == _SINGLE))
    ends = np.append(starts[1:], len(shown))
    tags = _tags(features, shown, starts)
    return [
        Token(start, end, tag if not _ONLY_MARKS.fullmatch(text, start, end) else "PUNCT" if tag else None)
        for start, end, tag in zip(shown[starts].tolist(), (shown[ends - 1] + 1).tolist(), tags, strict=True)
    ]


def _tags(features: Features, shown: NDArray[np.intp], starts: NDArray[np.intp]) -> list[str | None]:
    """Give each word the tag with the highest product of its characters' probabilities."""
    if "pos" not in features:
        return [None] * len(starts)
    rows: Logits = features.logits["pos"][shown]
    peak = rows.max(axis=1, keepdims=True)
    rows = rows - peak - np.log(np.exp(rows - peak).sum(axis=1, keepdims=True))
    labels = features.labels["pos"]
    return [labels[label] for label in np.add.reduceat(rows, starts, axis=0).argmax(axis=1).tolist()]
