"""How far the scores of mentions can be taken as probabilities: a reliability plot and table for a model's card.

    python benchmarks/reliability.py models/small/3 ../shared/gold/dev.jsonl corpora/gold/test.jsonl

Runs the whole pipeline over articles that the model was not trained on, sets every mention's score beside whether its
span and type are right, writes ``reliability.svg`` into the model folder, renews the card's section and the manifest.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder import model as models
from finnlp_zh.evaluation import predict
from finnlp_zh.types import Record, read_records

_HEADING = "## Reliability of mention scores"
_PICTURE = "reliability.svg"
_BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0001)


def collect(gold: list[Record], model: Path) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give every predicted mention's score, and whether the gold has it with the same span and type."""
    scores, right = [], []
    for expected, found in zip(gold, predict(gold, model=str(model)), strict=True):
        known = {(m.span, entity.type) for entity in expected.entities for m in entity.mentions}
        for entity in found.entities:
            for mention in entity.mentions:
                scores.append(mention.score)
                right.append((mention.span, entity.type) in known)
    return np.array(scores), np.array(right)


def tabulate(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> list[tuple[str, int, float, float]]:
    """Give (bin, mentions, mean score, share right) of the bins that hold any."""
    rows = []
    for low, high in pairwise(_BINS):
        inside = (scores >= low) & (scores < high)
        if inside.any():
            name = f"{low:.2f}–{min(high, 1.0):.2f}"
            rows.append((name, int(inside.sum()), float(scores[inside].mean()), float(right[inside].mean())))
    return rows


def draw(rows: list[tuple[str, int, float, float]], path: Path) -> None:
    """Draw mean score against share right, the dots' size by their mentions."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "finnlp-zh"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(4, 4))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.scatter([row[2] for row in rows], [row[3] for row in rows], s=[20 + row[1] / 4 for row in rows])
    axes.set(xlabel="mean score", ylabel="share right", xlim=(0, 1.02), ylim=(0, 1.02))
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description="reliability of mention scores")
    parser.add_argument("model", type=Path)
    parser.add_argument("gold", type=Path, nargs="+")
    options = parser.parse_args()
    gold = [record for path in options.gold for record in read_records(path)]
    scores, right = collect(gold, options.model)
    rows = tabulate(scores, right)
    error = sum(count * abs(mean - share) for _, count, mean, share in rows) / len(scores)
    draw(rows, options.model / _PICTURE)
    table = [f"| {name} | {count} | {mean:.3f} | {share:.3f} |" for name, count, mean, share in rows]
    section = [
        f"{_HEADING}\n",
        f"{len(scores):,} mentions of {len(gold)} articles that the model was not trained on, by the whole pipeline: "
        f"expected calibration error {error:.3f} over these bins (`python benchmarks/reliability.py`).\n",
        f"![mean score against share right]({_PICTURE})\n",
        "| score | mentions | mean score | right |\n| --- | --- | --- | --- |",
        *table,
    ]
    card = options.model / models.CARD
    before = card.read_text("utf-8").partition(_HEADING)[0].rstrip()
    card.write_text(before + "\n\n" + "\n".join(section) + "\n", "utf-8")
    manifest = models.read_manifest(options.model)
    models.write_manifest(options.model, manifest, sorted({*manifest.files, _PICTURE}))
    print("\n".join(section))


if __name__ == "__main__":
    main()
