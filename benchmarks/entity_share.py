"""The entity stages' share in the pipeline's time, over a long text with every gazetteer loaded.

    python benchmarks/entity_share.py FILE [--characters 10000000] [--sample 150000] [--json RESULT]

FILE is JSON Lines with a ``text`` field, gzipped or not. The entity and linking stages run on rules alone over
``--characters`` (the text over again where it is shorter). The whole pipeline with the model ``small`` runs on one
core over a ``--sample`` spread over the same text, its entity and linking stages timed within it: with the encoder's
evidence they do more. Both shares are given, in processor time, which other work on the machine does not change.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from throughput import Timed

import finnlp_zh
from finnlp_zh.resources import knowledge
from finnlp_zh.types import Record

STAGES = ("entities", "linking")
BATCH = 64


def read_texts(path: Path) -> list[str]:
    """Give the articles of the file."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line)["text"] for line in content.decode("utf-8").splitlines() if line]


def batches(texts: Sequence[str], characters: int) -> Iterator[list[Record]]:
    """Give articles in batches until ``characters`` are reached."""
    total, batch = 0, []
    for number, text in enumerate(cycle(texts)):
        batch.append(Record(doc_id=str(number), text=text))
        total += len(text)
        if len(batch) == BATCH or total >= characters:
            yield batch
            batch = []
        if total >= characters:
            return


def measure(nlp: finnlp_zh.Pipeline, records: Iterator[list[Record]]) -> tuple[int, float, float]:
    """Give the characters, the processor seconds of the run, and those of the entity and linking stages."""
    stages: list[Any] = [Timed(stage) if stage.name in STAGES else stage for stage in nlp.stages]
    whole = finnlp_zh.Pipeline(stages, encoder=nlp.encoder)
    whole.annotate([Record(doc_id="first", text="中国人民银行行长表示，将保持流动性合理充裕。")])  # loads what is lazy
    before = sum(stage.seconds for stage in stages if isinstance(stage, Timed))
    started, characters = time.process_time(), 0
    for batch in records:
        characters += sum(len(record.text) for record in batch)
        whole.annotate(batch)
    spent = sum(stage.seconds for stage in stages if isinstance(stage, Timed)) - before
    return characters, time.process_time() - started, spent


def main() -> None:
    """Measure both, print a summary, and keep the figures where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--characters", type=int, default=10_000_000)
    parser.add_argument("--sample", type=int, default=150_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    texts = read_texts(options.path)
    length, total, inside = measure(
        finnlp_zh.load(device="cpu", threads=1), batches(texts[:: max(1, len(texts) // 400)], options.sample)
    )
    pipeline = length / total
    print(f"pipeline: {length:,} characters at {pipeline:,.0f} a second; entity stages {inside / total:.1%} of it")
    characters, _, alone = measure(
        finnlp_zh.load(None, stages=["entities", "linking"]), batches(texts, options.characters)
    )
    share = alone / (characters / pipeline)
    print(
        f"entity stages on rules: {characters:,} characters in {alone:,.0f} s, {characters / alone:,.0f} a second; "
        f"{share:.1%} of the pipeline's time for them; {len(knowledge.load().entries):,} institutions loaded"
    )
    if options.json:
        figures = {
            "pipeline": {
                "characters": length,
                "per_cpu_second": round(pipeline),
                "entity_share": round(inside / total, 4),
            },
            "rules": {"characters": characters, "cpu_seconds": round(alone, 1), "share": round(share, 4)},
            "institutions": len(knowledge.load().entries),
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
