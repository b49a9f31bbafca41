"""From documents to batches: a seeded stream that can be taken up again at any step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder.heads import Head
from finnlp_zh.encoder.vocabulary import MASK, PAD, Frame, Vocabulary
from finnlp_zh.training.config import Phase
from finnlp_zh.training.documents import Document, Example, Pooled, examples, substitute

Ids = NDArray[np.int64]
_EDGE = 1  # the window stands between [CLS] and [SEP]


class PooledRows(NamedTuple):
    """All items of one pooled head in a batch: flat positions, the item of each, targets, and items' weights."""

    positions: Ids
    items: Ids
    targets: Ids
    weights: NDArray[np.float32]


class Batch(NamedTuple):
    """Arrays of one forward pass, all of shape (rows, length) unless said otherwise."""

    characters: Ids
    words: Ids
    places: Ids
    allowed: dict[str, NDArray[np.uint64]]
    weights: NDArray[np.float32]
    """Per row, shape (rows,)."""
    corpora: tuple[str, ...]
    """Per row, the corpus that it is of."""
    pooled: dict[str, PooledRows]
    hidden: Ids
    """Flat positions of the characters to be predicted, and ``truth`` what stood there."""
    truth: Ids
    size: int
    """Characters without padding."""


@dataclass(frozen=True)
class Source:
    """One corpus in memory."""

    documents: Sequence[Document]
    weight: float


@dataclass
class Stream:
    """Draws blocks of examples by the phase's mix, sorts each block by length, and gives its batches shuffled.

    The state is the block number and each corpus' position; both follow from the seed, so that `skip` to a step gives
    the very batches of an uninterrupted run.
    """

    sources: Mapping[str, Source]
    heads: Mapping[str, Head]
    vocabulary: Vocabulary
    phase: Phase
    seed: int
    batch_characters: int
    names: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        self.at = dict.fromkeys(self.sources, 0)
        self.orders: dict[tuple[str, int], NDArray[np.int64]] = {}

    def block(self, number: int) -> list[Batch]:
        """Give the batches of one block; blocks must be asked for in order."""
        chooser = np.random.default_rng([self.seed, 1, number])
        wanted = 24 * self.batch_characters
        drawn: list[tuple[str, Example]] = []
        for name, share in self.phase.mix.items():
            total = 0.0
            goal = wanted * share / sum(self.phase.mix.values())
            # What a block overdraws by whole documents is evened out by chance, not carried over.
            while total < goal:
                document = self._next(name)
                if goal - total < len(document.text) * chooser.random():
                    break
                if self.phase.substituted and chooser.random() < self.phase.substituted:
                    document = self._with_other_names(document, chooser)
                for example in examples(document, self.heads):
                    drawn.append((name, example))
                    total += len(example.text)
        drawn.sort(key=lambda pair: len(pair[1].text) + chooser.random())
        groups = _groups([len(example.text) for _, example in drawn], self.batch_characters)
        chooser.shuffle(groups)
        return [self._batch([drawn[index] for index in group], chooser) for group in groups]

    def _next(self, name: str) -> Document:
        documents = self.sources[name].documents
        round_, place = divmod(self.at[name], len(documents))
        key = (name, round_)
        if key not in self.orders:
            self.orders.pop((name, round_ - 1), None)
            seeds = [self.seed, 2, round_, *name.encode()]
            self.orders[key] = np.random.default_rng(seeds).permutation(len(documents))
        self.at[name] += 1
        return documents[int(self.orders[key][place])]

    def _with_other_names(self, document: Document, chooser: np.random.Generator) -> Document:
        """Swap names for others of their type, the same name always for the same other."""
        if document.labels or document.edges:
            return document
        swaps: dict[str, str] = {}
        found: dict[tuple[int, int], str] = {}
        for mark in document.spans:
            # A name that may be a company or a state body keeps its surface: the swap would settle which.
            sure = mark.head == "entities" and (len(mark.types) == 1 or "PERSON" in mark.types)
            pool = self.names.get(mark.types[0]) if sure else None
            if pool:
                surface = document.text[mark.start : mark.end]
                if surface not in swaps:
                    keep = chooser.random() < 0.4 or "\n" in surface
                    swaps[surface] = surface if keep else pool[int(chooser.integers(len(pool)))]
                found[mark.start, mark.end] = swaps[surface]
        ordered: list[tuple[int, int, str]] = []
        for (start, end), new in sorted(found.items()):
            if not ordered or start >= ordered[-1][1]:
                ordered.append((start, end, new))
        return substitute(document, ordered)

    def _batch(self, rows: Sequence[tuple[str, Example]], chooser: np.random.Generator) -> Batch:
        width = max(len(example.text) for _, example in rows) + 2 * _EDGE
        shape = (len(rows), width)
        characters, words, places = (np.full(shape, PAD, np.int64) for _ in range(3))
        names = sorted({name for _, example in rows for name in example.allowed})
        allowed = {name: np.zeros(shape, np.uint64) for name in names}
        hidden: list[int] = []
        truth: list[int] = []
        for row, (corpus, example) in enumerate(rows):
            ids = self.vocabulary.frame(example.text)
            masks = self._masks(corpus, ids, chooser)
            if corpus in self.phase.masked_corpora:
                hidden += (row * width + masks).tolist()
                truth += ids[0][masks].tolist()
            hide(ids, masks)
            length = len(ids[0])
            characters[row, :length], words[row, :length], places[row, :length] = ids
            for name, labels in example.allowed.items():
                allowed[name][row, 1 : length - 1] = labels
        corpora = tuple(corpus for corpus, _ in rows)
        weights = np.array([self.sources[corpus].weight for corpus in corpora], np.float32)
        pooled = _pooled([example.pooled for _, example in rows], width, weights)
        size = sum(len(example.text) for _, example in rows)
        places_of_hidden, truths = np.array(hidden, np.int64), np.array(truth, np.int64)
        return Batch(characters, words, places, allowed, weights, corpora, pooled, places_of_hidden, truths, size)

    def _masks(self, corpus: str, ids: Frame, chooser: np.random.Generator) -> Ids:
        share = self.phase.masked if corpus in self.phase.masked_corpora else self.phase.dropped
        inner = np.zeros(len(ids[0]), bool)
        if share:
            inner[1:-1] = chooser.random(len(ids[0]) - 2) < share
        return np.flatnonzero(inner)


def hide(ids: Frame, masks: Ids) -> None:
    """Hide the characters at ``masks``, and the words that they stand in, which would give them away."""
    characters, words, places = ids
    characters[masks] = MASK
    for at in masks:
        start = end = int(at)
        if places[at] == 0:
            continue
        while places[start] not in (0, 1):
            start -= 1
        while places[end] not in (0, 3):
            end += 1
        words[start : end + 1] = 0
        places[start : end + 1] = 0


def _groups(lengths: Sequence[int], budget: int) -> list[list[int]]:
    groups: list[list[int]] = [[]]
    for index, length in enumerate(lengths):
        if groups[-1] and (len(groups[-1]) + 1) * (length + 2 * _EDGE) > budget:
            groups.append([])
        groups[-1].append(index)
    return groups if groups[-1] else []


def _pooled(rows: Sequence[Sequence[Pooled]], width: int, weights: NDArray[np.float32]) -> dict[str, PooledRows]:
    gathered: dict[str, tuple[list[int], list[int], list[tuple[int, ...]], list[float]]] = {}
    for row, items in enumerate(rows):
        for item in items:
            positions, numbers, targets, factors = gathered.setdefault(item.head, ([], [], [], []))
            for start, end in item.spans:
                positions.extend(range(row * width + _EDGE + start, row * width + _EDGE + end))
                numbers.extend([len(targets)] * (end - start))
            targets.append(item.target)
            factors.append(float(weights[row]))
    return {
        head: PooledRows(np.array(positions), np.array(numbers), np.array(targets), np.array(factors, np.float32))
        for head, (positions, numbers, targets, factors) in gathered.items()
    }
