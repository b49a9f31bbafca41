"""Scores of the bare heads during training: span F1 and choice accuracy, no rules and no gazetteers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from finnlp_zh.encoder.decode import decode_spans
from finnlp_zh.encoder.heads import Head
from finnlp_zh.encoder.vocabulary import PAD, Vocabulary
from finnlp_zh.encoder.windows import cut
from finnlp_zh.training.documents import Document

_BATCH_CHARACTERS = 4096


def document_logits(network: Any, vocabulary: Vocabulary, texts: Sequence[str]) -> list[NDArray[np.float32]]:
    """Give all heads' logits of each text, shape (len(text), outputs)."""
    found = [np.zeros((len(text), network.size.outputs), np.float32) for text in texts]
    jobs = [(index, window) for index, text in enumerate(texts) for window in cut(text)]
    jobs.sort(key=lambda job: job[1].end - job[1].start)
    at = 0
    while at < len(jobs):
        group = [jobs[at]]
        while at + len(group) < len(jobs):
            window = jobs[at + len(group)][1]
            if (len(group) + 1) * (window.end - window.start + 2) > _BATCH_CHARACTERS:
                break
            group.append(jobs[at + len(group)])
        at += len(group)
        for (index, window), rows in zip(group, _forward(network, vocabulary, texts, group), strict=True):
            keep = slice(window.keep_start - window.start, window.keep_end - window.start)
            found[index][window.keep_start : window.keep_end] = rows[keep]
    return found


def _forward(network: Any, vocabulary: Vocabulary, texts: Sequence[str], group: Sequence[Any]) -> list[Any]:
    frames = [vocabulary.frame(texts[index][window.start : window.end]) for index, window in group]
    width = max(len(ids[0]) for ids in frames)
    arrays = np.full((3, len(frames), width), PAD, np.int64)
    for row, ids in enumerate(frames):
        for part, values in enumerate(ids):
            arrays[part, row, : len(values)] = values
    device = network.outputs.weight.device
    with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16):
        logits = network(*torch.from_numpy(arrays).to(device)).float().cpu().numpy()
    return [logits[row, 1 : len(ids[0]) - 1] for row, ids in enumerate(frames)]


def f1(right: int, found: int, wanted: int) -> float:
    """Give F1 in percent."""
    return round(200 * right / (found + wanted), 2) if found + wanted else 100.0


def evaluate(
    network: Any,
    vocabulary: Vocabulary,
    heads: Mapping[str, Head],
    columns: Mapping[str, slice],
    corpora: Mapping[str, Sequence[Document]],
) -> dict[str, float]:
    """Give the scores of each corpus' heads: F1 of spans (typed and not), accuracy of choices, F1 of flags."""
    scores: dict[str, float] = {}
    for name, documents in corpora.items():
        logits = document_logits(network, vocabulary, [document.text for document in documents])
        known = {mark.head for document in documents for mark in document.spans}
        for head in sorted(known):
            rows = [row[:, columns[head]] for row in logits]
            scores |= {f"{name}.{head}{key}": score for key, score in _spans(heads[head], rows, documents).items()}
        scores |= {f"{name}.{key}": score for key, score in _pooled(heads, columns, logits, documents).items()}
        if any("pos" in document.labels for document in documents):
            scores[f"{name}.pos"] = _accuracy(heads["pos"], columns["pos"], logits, documents)
    return scores


def _spans(head: Head, rows: Sequence[NDArray[np.float32]], documents: Sequence[Document]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    # What a corpus never labels is not wrong there: a title in a corpus of names.
    inventory = {
        kind for document in documents for mark in document.spans if mark.head == head.name for kind in mark.types
    }
    for row, document in zip(rows, documents, strict=True):
        wanted = {(mark.start, mark.end): mark.types for mark in document.spans if mark.head == head.name}
        found = [span for span in decode_spans(row, head.labels) if span.label in inventory]
        counts["found"] += len(found)
        counts["wanted"] += len(wanted)
        for span in found:
            types = wanted.get((span.start, span.end))
            counts["place"] += types is not None
            counts["typed"] += types is not None and span.label in types
    scores = {"": f1(counts["typed"], counts["found"], counts["wanted"])}
    if len({label.partition("-")[2] for label in head.labels}) > 2:
        scores["-untyped"] = f1(counts["place"], counts["found"], counts["wanted"])
    return scores


def _pooled(
    heads: Mapping[str, Head],
    columns: Mapping[str, slice],
    logits: Sequence[NDArray[np.float32]],
    documents: Sequence[Document],
) -> dict[str, float]:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    flags: dict[str, Counter[str]] = {}
    for rows, document in zip(logits, documents, strict=True):
        for item in document.pooled:
            parts = [rows[start:end, columns[item.head]] for start, end in item.spans]
            mean = np.concatenate(parts).mean(axis=0)
            if heads[item.head].reading == "flags":
                counts = flags.setdefault(item.head, Counter())
                counts["right"] += sum(1 for score, flag in zip(mean, item.target, strict=True) if score > 0 and flag)
                counts["found"] += int((mean > 0).sum())
                counts["wanted"] += sum(1 for flag in item.target if flag > 0)
            else:
                total[item.head] += 1
                right[item.head] += int(mean.argmax()) == item.target[0]
    scores = {head: round(100 * right[head] / total[head], 2) for head in sorted(total)}
    return scores | {head: f1(c["right"], c["found"], c["wanted"]) for head, c in sorted(flags.items())}


def _accuracy(head: Head, column: slice, logits: Sequence[NDArray[np.float32]], documents: Sequence[Document]) -> float:
    right = total = 0
    for rows, document in zip(logits, documents, strict=True):
        for row, label in zip(rows[:, column].argmax(axis=1), document.labels["pos"], strict=True):
            if label is not None:
                total += 1
                right += head.labels[row] == label
    return round(100 * right / max(1, total), 2)
