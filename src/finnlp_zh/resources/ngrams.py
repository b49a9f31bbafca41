"""Character n-gram counts of Chinese news: which character follows which, and what begins a sentence.

``ngrams.npz`` holds counts alone, no text. They were computed by `finnlp_zh.training.ngrams` from CCTV evening news
transcripts (MIT), market digests (MIT), press articles on listed companies and the texts of BBT-FinCUGE, each cited
in corpora/README.md; the counts are ours, Apache-2.0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.errors import ResourceError

START: Final = "\n"
"""Stands before the first character of a sentence."""
MAX_ORDER: Final = 4
BITS: Final = 13
LEVELS: Final = 5
"""Steps of a stored count to one doubling."""
HASH_BITS: Final = 27
"""A strange n-gram hits a stored one once in 80 times, and then must still not be commoner than its parts."""

_LOCAL_WEIGHT: Final = 3.0
# How many of a context's followers are new to it: a share of the probability that falls as the context grows common.
_NOVEL, _NOVEL_POWER, _MOST_NOVEL = 4.0, 0.85, 1500.0
_ROUNDING: Final = 0.2


def hash_keys(keys: NDArray[np.uint64], order: int) -> NDArray[np.uint32]:
    """Hash packed n-grams of one order to 27 bits (multiply and fold; the order is part of the hash)."""
    mixed = (keys + np.uint64(order << 60)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(64 - HASH_BITS)).astype(np.uint32)


class NgramTable:
    """Log probabilities of a character after its context, by counts interpolated over the orders."""

    def __init__(self, hashes: NDArray[np.uint32], levels: NDArray[np.uint8], vocabulary: str) -> None:
        self._hashes = hashes
        self._levels = levels
        self._codes = {char: code for code, char in enumerate(vocabulary, 1)}
        self._cache: dict[str, float] = {}
        self._total = sum(math.exp(self.log_count(char)) for char in vocabulary if char != START)

    def log_count(self, ngram: str) -> float:
        """Give the natural log of the count of ``ngram``, minus infinity where it was not kept."""
        if (known := self._cache.get(ngram)) is not None:
            return known
        key = 0
        for char in ngram:
            code = self._codes.get(char, 0)
            key = key << BITS | code
            if not code:
                break
        found = -math.inf
        if code:
            wanted = hash_keys(np.array([key], np.uint64), len(ngram))[0]
            place = int(np.searchsorted(self._hashes, wanted))
            if place < len(self._hashes) and self._hashes[place] == wanted:
                found = float(self._levels[place]) / LEVELS * math.log(2)
            # An n-gram is never commoner than its parts: this tells nearly every chance hit of the hash apart.
            if found > -math.inf and len(ngram) > 1:
                most = min(self.log_count(ngram[:-1]), self.log_count(ngram[1:]))
                found = min(found, most) if found <= most + _ROUNDING else -math.inf
        self._cache[ngram] = found
        return found

    def log_probability(self, char: str, context: str, local: LocalCounts | None = None) -> float:
        """Give log P(char | context), context at most three characters; ``local`` adds one article's own counts."""
        count = math.exp(self.log_count(char)) + (_LOCAL_WEIGHT * local.ngrams[char] if local is not None else 0.0)
        probability = (count + 1.0) / self._total
        for size in range(1, min(len(context), MAX_ORDER - 1) + 1):
            before = context[-size:]
            seen = math.exp(self.log_count(before))
            both = math.exp(self.log_count(before + char))
            if local is not None:
                seen += _LOCAL_WEIGHT * local.followed[before]
                both += _LOCAL_WEIGHT * local.ngrams[before + char]
            if seen <= 0.0:
                break
            novel = min(_NOVEL + seen**_NOVEL_POWER, _MOST_NOVEL)
            probability = (min(both, seen) + novel * probability) / (seen + novel)
        return math.log(probability)


class LocalCounts:
    """The n-grams of one article; they weigh more than the table's, for an article returns to its rare terms.

    ``followed`` counts an n-gram only where something follows it in its paragraph: where a fragment breaks off nobody
    knows what came next.
    """

    def __init__(self, paragraphs: Iterable[str]) -> None:
        self.ngrams: Counter[str] = Counter()
        self.followed: Counter[str] = Counter()
        self.total = 0
        for text in paragraphs:
            self.total += len(text)
            for size in range(1, MAX_ORDER + 1):
                self.ngrams.update(text[i : i + size] for i in range(len(text) - size + 1))
                self.followed.update(text[i : i + size] for i in range(len(text) - size))


@cache
def load_ngrams() -> NgramTable:
    """Load the shipped table (about one million n-grams). Raises `ResourceError` where it is missing or damaged."""
    try:
        with files("finnlp_zh.resources").joinpath("ngrams.npz").open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            planes, levels, vocabulary = arrays["planes"], arrays["levels"], arrays["vocabulary"]
    except (OSError, ValueError, KeyError) as error:
        message = f"resources/ngrams.npz cannot be read ({error}); reinstall finnlp-zh"
        raise ResourceError(message) from error
    steps = np.ascontiguousarray(planes.T).view(np.uint32).ravel()
    hashes = np.cumsum(steps, dtype=np.uint32)
    return NgramTable(hashes, levels, vocabulary.astype("<u4").tobytes().decode("utf-32-le"))
