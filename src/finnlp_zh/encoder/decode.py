"""From rows of logits to labelled spans: Viterbi over the legal label sequences only.

Two label schemes are known, told apart by the labels themselves: BMES (``B M E S``, with or without ``O``) and BIO
(``O B I``). A label may carry a type, ``B-ORG``; a bare label has the type ``""``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.features import Logits

Ids = NDArray[np.intp]

# A row whose O leads every other label by this many nats is taken as O: it cuts the text into short segments.
_CERTAIN = 6.0
_ILLEGAL = np.float32(-1e9)


class Labelled(NamedTuple):
    """One decoded span: ``[start, end)``, its type, and the geometric mean of its labels' probabilities."""

    start: int
    end: int
    label: str
    score: float


class _Scheme(NamedTuple):
    """What the labels allow: each label's prefix and type, and which labels may start, follow and end."""

    prefixes: tuple[str, ...]
    types: tuple[str, ...]
    outside: int | None
    starts: NDArray[np.bool_]
    follows: NDArray[np.bool_]
    ends: NDArray[np.bool_]


@cache
def _scheme(labels: tuple[str, ...]) -> _Scheme:
    parts = [label.partition("-") for label in labels]
    prefixes = tuple(prefix for prefix, _, _ in parts)
    types = tuple(kind for _, _, kind in parts)
    closed = "E" in prefixes or "S" in prefixes
    starts = np.array([prefix in "OBS" for prefix in prefixes])
    ends = np.array([prefix in "OES" if closed else True for prefix in prefixes])
    follows = np.zeros((len(labels), len(labels)), bool)
    for before, (prefix, kind) in enumerate(zip(prefixes, types, strict=True)):
        for after, (next_prefix, next_kind) in enumerate(zip(prefixes, types, strict=True)):
            inside = next_prefix in "MEI"
            if inside:
                follows[before, after] = kind == next_kind and prefix in "BMI"
            else:
                follows[before, after] = ends[before]
    outside = prefixes.index("O") if "O" in prefixes else None
    return _Scheme(prefixes, types, outside, starts, follows, ends)


def best_labels(
    logits: Logits, labels: Sequence[str], *, transitions: Logits | None = None, cuts: Ids | None = None
) -> Ids:
    """Give the best legal label sequence, shape ``(n,)``, for logits of shape ``(n, len(labels))``.

    ``transitions[i, j]`` is added for label ``j`` after label ``i``; without it legality alone counts. ``cuts`` are
    rows, ascending and without 0, before which a span must have ended.
    """
    scheme = _scheme(tuple(labels))
    path: Ids = logits.argmax(axis=1)
    if not len(path):
        return path
    starts, ends = _segments(logits, scheme, np.empty(0, np.intp) if cuts is None else cuts)
    if transitions is None:
        legal = _legal(path, starts, ends, scheme)
        starts, ends = starts[~legal], ends[~legal]
    if len(starts):
        _viterbi(path, logits, (starts, ends), scheme, transitions)
    return path


def _segments(logits: Logits, scheme: _Scheme, cuts: Ids) -> tuple[Ids, Ids]:
    """Cut the rows at the cuts and at certain O rows; give starts and ends of what lies between."""
    if scheme.outside is None:
        return np.concatenate([[0], cuts]), np.concatenate([cuts, [len(logits)]])
    others = np.delete(logits, scheme.outside, axis=1).max(axis=1)
    open_rows = np.concatenate([[False], logits[:, scheme.outside] - others < _CERTAIN, [False]])
    edges = np.flatnonzero(open_rows[1:] != open_rows[:-1])
    starts, ends = edges[::2], edges[1::2]
    inner = cuts[open_rows[cuts] & open_rows[cuts + 1]]
    return np.sort(np.concatenate([starts, inner])), np.sort(np.concatenate([ends, inner]))


def _legal(path: Ids, starts: Ids, ends: Ids, scheme: _Scheme) -> NDArray[np.bool_]:
    """Tell for each segment whether the path through it is legal as it stands."""
    broken = np.zeros(len(path) + 1, np.intp)
    broken[1:-1] = ~scheme.follows[path[:-1], path[1:]]
    total = np.cumsum(broken)
    inner = total[np.maximum(ends - 1, starts)] - total[starts]
    legal: NDArray[np.bool_] = scheme.starts[path[starts]] & scheme.ends[path[ends - 1]] & (inner == 0)
    return legal


def _viterbi(path: Ids, logits: Logits, spans: tuple[Ids, Ids], scheme: _Scheme, transitions: Logits | None) -> None:
    """Write the best legal labels of the segments into ``path``, all segments side by side, longest first."""
    starts, ends = spans
    order = np.argsort(starts - ends, kind="stable")
    starts, lengths = starts[order], (ends - starts)[order]
    steps = np.where(scheme.follows, 0.0 if transitions is None else transitions, _ILLEGAL).astype(np.float32)
    first = np.where(scheme.starts, 0, _ILLEGAL).astype(np.float32)
    last = np.where(scheme.ends, 0, _ILLEGAL).astype(np.float32)
    if transitions is not None and scheme.outside is not None:
        first = first + transitions[scheme.outside]
        last = last + transitions[:, scheme.outside]
    longest = int(lengths[0])
    active = [int(np.searchsorted(-lengths, -step, side="left")) for step in range(longest)]
    scores = first + logits[starts]
    finals = np.empty_like(scores)
    back: list[Ids] = []
    for step in range(1, longest):
        count = active[step]
        finals[count : len(scores)] = scores[count:]
        candidates = scores[:count, :, None] + steps
        best = candidates.argmax(axis=1)
        back.append(best)
        scores = np.take_along_axis(candidates, best[:, None], axis=1)[:, 0] + logits[starts[:count] + step]
    finals[: len(scores)] = scores
    current: Ids = (finals + last).argmax(axis=1)
    for step in range(longest - 1, 0, -1):
        count = active[step]
        path[starts[:count] + step] = current[:count]
        current[:count] = back[step - 1][np.arange(count), current[:count]]
    path[starts] = current


def decode_spans(logits: Logits, labels: Sequence[str], *, transitions: Logits | None = None) -> list[Labelled]:
    """Give the spans of the best legal label sequence, in text order; O rows give none.

    ``logits`` has shape ``(n, len(labels))``; offsets are row numbers, that is, characters of the article.

    >>> rows = np.array([[0, 9, 0], [0, 0, 9], [9, 0, 0]], np.float32)
    >>> [span[:3] for span in decode_spans(rows, ("O", "B", "I"))]
    [(0, 2, '')]
    """
    scheme = _scheme(tuple(labels))
    path = best_labels(logits, labels, transitions=transitions)
    if not len(path):
        return []
    opens = np.array([prefix in "BS" for prefix in scheme.prefixes])
    outside = np.array([prefix == "O" for prefix in scheme.prefixes])
    starts = np.flatnonzero(opens[path])
    if not len(starts):
        return []
    closes = np.flatnonzero(opens[path] | outside[path])
    ends = np.append(closes, len(path))[np.searchsorted(closes, starts, side="right")]
    inside = np.flatnonzero(~outside[path])
    rows = logits[inside]
    peak = rows.max(axis=1)
    chosen = rows[np.arange(len(rows)), path[inside]] - peak - np.log(np.exp(rows - peak[:, None]).sum(axis=1))
    total = np.zeros(len(path) + 1)
    total[inside + 1] = chosen
    total = np.cumsum(total)
    scores = np.exp((total[ends] - total[starts]) / (ends - starts))
    kinds = [scheme.types[label] for label in path[starts]]
    return [
        Labelled(start, end, kind, score)
        for start, end, kind, score in zip(starts.tolist(), ends.tolist(), kinds, scores.tolist(), strict=True)
    ]
