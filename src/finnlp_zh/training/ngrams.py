"""Counts character n-grams and packs them into the small table that column repair reads.

The table is data that we computed: ``python -m finnlp_zh.training.ngrams OUT.npz TEXT…`` builds it from plain text
files, one paragraph a line.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.resources.ngrams import BITS, LEVELS, MAX_ORDER, START, hash_keys

_SENTENCE_END: Final = re.compile(r"([。！？][”’」』）)]*)(?=.)")
_VOCABULARY_SIZE: Final = (1 << BITS) - 1
# The least count at which an n-gram of each order is kept; together they hold the file under 3 MB.
MIN_COUNTS: Final = (1, 2, 3, 4)

Codes = NDArray[np.uint64]


def count_ngrams(
    paragraphs: Iterable[str], *, min_counts: Sequence[int] = MIN_COUNTS
) -> tuple[str, list[tuple[Codes, NDArray[np.int64]]]]:
    """Count n-grams of order 1 to 4 within sentences, each sentence opened by ``START``.

    Gives the vocabulary (code 1 is its first character; 0 is every rarer one) and, for each order, the packed
    n-grams and their counts.
    """
    text = "".join(START + _SENTENCE_END.sub(rf"\1{START}", paragraph.strip()) for paragraph in paragraphs)
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    values, counts = np.unique(points, return_counts=True)
    kept = values[np.argsort(-counts, kind="stable")][:_VOCABULARY_SIZE]
    table = np.zeros(0x110000, np.uint64)
    table[kept] = np.arange(1, len(kept) + 1)
    codes = table[points]
    vocabulary = "".join(map(chr, kept.tolist()))
    start = table[ord(START)]
    return vocabulary, [_count(codes, order, start, min_counts[order - 1]) for order in range(1, MAX_ORDER + 1)]


def _count(codes: Codes, order: int, start: np.uint64, least: int) -> tuple[Codes, NDArray[np.int64]]:
    length = len(codes) - order + 1
    packed = np.zeros(length, np.uint64)
    inside = np.ones(length, bool)  # known characters only, and START nowhere but first
    for place in range(order):
        window = codes[place : place + length]
        packed = (packed << np.uint64(BITS)) | window
        inside &= window != 0
        if place:
            inside &= window != start
    keys, counts = np.unique(packed[inside], return_counts=True)
    enough = counts >= least
    return keys[enough], counts[enough]


def write_table(path: Path, paragraphs: Iterable[str], *, min_counts: Sequence[int] = MIN_COUNTS) -> dict[int, int]:
    """Write the table of ``paragraphs`` to ``path``; gives the number of n-grams kept by order."""
    vocabulary, orders = count_ngrams(paragraphs, min_counts=min_counts)
    hashes = np.concatenate([hash_keys(keys, order) for order, (keys, _) in enumerate(orders, 1)])
    counts = np.concatenate([count for _, count in orders])
    order = np.lexsort((-counts, hashes))  # where two n-grams share a hash the commoner one stays
    hashes, counts = hashes[order], counts[order]
    first = np.diff(hashes, prepend=np.uint32(0xFFFFFFFF)) != 0
    hashes, counts = hashes[first], counts[first]
    levels = np.minimum(np.round(np.log2(counts) * LEVELS), 255).astype(np.uint8)
    steps = np.diff(hashes, prepend=np.uint32(0)).astype(np.uint32)
    # The four bytes of a step apart: the high ones are nearly constant and pack away.
    planes = steps.view(np.uint8).reshape(-1, 4).T.copy()
    np.savez_compressed(
        path, planes=planes, levels=levels, vocabulary=np.frombuffer(vocabulary.encode("utf-32-le"), np.uint32)
    )
    return {size: len(keys) for size, (keys, _) in enumerate(orders, 1)}


def main(arguments: Sequence[str]) -> int:
    """Build a table: the output path first, then the text files."""
    if len(arguments) < 2:
        sys.stderr.write("usage: python -m finnlp_zh.training.ngrams OUT.npz TEXT…\n")
        return 2
    paragraphs = (line for name in arguments[1:] for line in Path(name).read_text(encoding="utf-8").splitlines())
    kept = write_table(Path(arguments[0]), paragraphs)
    sys.stdout.write(", ".join(f"{size}-grams: {count}" for size, count in kept.items()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
