"""The span decoder: legal sequences only, exact beside exhaustive search."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from finnlp_zh.encoder.decode import best_labels, decode_spans

BIO = ("O", "B", "I")
BMES = ("B", "M", "E", "S")
TYPED = ("O", "B-ORG", "M-ORG", "E-ORG", "S-ORG", "B-LOC", "M-LOC", "E-LOC", "S-LOC")


def legal(path: tuple[str, ...]) -> bool:
    closed = any(label[0] in "ES" for label in TYPED)
    before = "O"
    for label in (*path, "O"):
        prefix, kind = label[0], label[2:]
        if prefix in "ME" and (before[0] not in "BM" or before[2:] != kind):
            return False
        if prefix in "OBS" and before[0] in "BM" and closed:
            return False
        before = label
    return True


def legal_bio(path: tuple[str, ...]) -> bool:
    return all(label != "I" or before != "O" for before, label in zip(("O", *path), path, strict=False))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("with_transitions", [False, True])
def test_equals_exhaustive_search(seed: int, with_transitions: bool) -> None:
    generator = np.random.default_rng(seed)
    for labels, check in ((TYPED, legal), (BIO, legal_bio)):
        logits = generator.normal(size=(4, len(labels))).astype(np.float32) * 3
        transitions = generator.normal(size=(len(labels),) * 2).astype(np.float32) if with_transitions else None

        def score(path, logits=logits, transitions=transitions, labels=labels):
            total = sum(logits[row, label] for row, label in enumerate(path))
            if transitions is not None:
                total += sum(transitions[a, b] for a, b in itertools.pairwise((0, *path, 0)))
            return total

        paths = itertools.product(range(len(labels)), repeat=4)
        best = max((path for path in paths if check(tuple(labels[label] for label in path))), key=score)
        assert tuple(best_labels(logits, labels, transitions=transitions)) == best


def test_spans_of_two_types_side_by_side() -> None:
    path = ["O", "B-ORG", "E-ORG", "S-LOC", "S-LOC", "O"]
    logits = np.full((6, len(TYPED)), -9, np.float32)
    for row, label in enumerate(path):
        logits[row, TYPED.index(label)] = 9
    spans = decode_spans(logits, TYPED)
    assert [span[:3] for span in spans] == [(1, 3, "ORG"), (3, 4, "LOC"), (4, 5, "LOC")]
    assert all(0.999 < span.score <= 1 for span in spans)


def test_words_without_outside_label_cover_everything() -> None:
    logits = np.random.default_rng(1).normal(size=(500, 4)).astype(np.float32)
    spans = decode_spans(logits, BMES)
    assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]]
    assert (spans[0].start, spans[-1].end) == (0, 500)


def test_open_end_of_bio_is_legal() -> None:
    logits = np.array([[0, 5, 0], [0, 0, 5]], np.float32)
    assert [span[:3] for span in decode_spans(logits, BIO)] == [(0, 2, "")]


@pytest.mark.parametrize("labels", [BIO, BMES, TYPED])
def test_no_rows_no_spans(labels: tuple[str, ...]) -> None:
    assert decode_spans(np.zeros((0, len(labels)), np.float32), labels) == []


def test_fast_enough_for_long_articles() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(200_000, len(TYPED))).astype(np.float32)
    logits[:, 0] += 5
    started = time.process_time()
    decode_spans(logits, TYPED)
    assert time.process_time() - started < 2.0
