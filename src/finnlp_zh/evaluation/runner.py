"""Score predicted records against gold ones: every layer, with intervals, slices and a list of errors to read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from finnlp_zh.evaluation.layers import SCORERS, Difference, LayerName, Pair
from finnlp_zh.evaluation.metrics import Figure, Tally, summarise
from finnlp_zh.types import Record

LAYERS: Final[tuple[LayerName, ...]] = get_args(LayerName)
HEADLINES: Final = (
    "mentions without LOC", "titles", "quotes overlap 0.5", "quotes with speaker", "stance macro", "claims exact",
    "claims value, unit and modifier", "risks",
)  # fmt: skip
"""The figures that are also shown by slice."""


@dataclass(frozen=True, slots=True)
class Report:
    """All figures, the same headline figures by slice, and the differences behind them."""

    articles: int
    figures: dict[str, dict[str, Figure]]
    slices: dict[str, dict[str, Figure]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def value(self, name: str) -> float:
        """Give one figure's value by its name, such as ``claims exact``. Raises `KeyError` for an unknown name."""
        for figures in self.figures.values():
            if name in figures:
                return figures[name].value
        raise KeyError(name)

    def values(self) -> dict[str, float]:
        """Give every figure's value by name."""
        return {name: figure.value for figures in self.figures.values() for name, figure in figures.items()}

    def errors(self, layer: LayerName) -> list[Difference]:
        """Give the differences of one layer in reading order."""
        return [difference for difference in self.differences if difference.layer == layer]

    def as_json(self) -> bytes:
        """Give the report, differences aside, as indented JSON."""
        content: dict[str, Any] = {
            "articles": self.articles,
            "figures": self.figures,
            "slices": self.slices,
            "warnings": self.warnings,
        }
        return msgspec.json.format(msgspec.json.encode(content), indent=2)

    def as_text(self) -> str:
        """Give the report as a table, in percent."""
        lines = [f"{self.articles} articles; 95 % intervals over articles"]
        for layer, figures in self.figures.items():
            lines += ["", f"{layer:42}  value   interval        P      R    right/predicted/gold"]
            lines += [_row(name, figure) for name, figure in figures.items()]
        if self.slices:
            names = [name for name in HEADLINES if any(name in figures for figures in self.slices.values())]
            lines += ["", "slices: " + " | ".join(names)]
            for label, figures in self.slices.items():
                cells = (f"{100 * figures[name].value:6.1f}" if name in figures else "     –" for name in names)
                lines.append(f"  {label:32}" + " ".join(cells))
        lines += [f"warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)


def evaluate(
    gold: Sequence[Record], predicted: Sequence[Record], *, layers: Iterable[LayerName] = LAYERS, rounds: int = 1000
) -> Report:
    """Score predicted records against gold ones, matched by ``doc_id``.

    A gold article without a prediction counts as one in which nothing was found; a prediction without gold is left
    out. Both are told in ``warnings``.
    """
    layers = tuple(layers)
    pairs, warnings = _pair(gold, predicted)
    tallies: dict[LayerName, list[Tally]] = {layer: [SCORERS[layer](pair) for pair in pairs] for layer in layers}
    return Report(
        articles=len(pairs),
        figures={layer: summarise(rows, rounds=rounds) for layer, rows in tallies.items()},
        slices=_slices(pairs, tallies, rounds),
        differences=[difference for pair in pairs for difference in pair.differences],
        warnings=warnings,
    )


def predict(gold: Sequence[Record], *, model: str | Path | None = "small") -> list[Record]:
    """Give the pipeline's own records of the gold articles' texts; ``model=None`` runs it on rules alone."""
    from finnlp_zh.loading import load

    documents = load(model).pipe(
        (record.text for record in gold),
        doc_ids=(record.doc_id for record in gold),
        published=(record.published for record in gold),
    )
    return [document.record for document in documents]


def score_layer(layer: LayerName, gold: Sequence[Record], predicted: Sequence[Record]) -> dict[str, Figure]:
    """Give the figures of one layer alone, such as ``score_layer("claims", gold, predicted)["claims exact"].value``."""
    return evaluate(gold, predicted, layers=[layer], rounds=100).figures[layer]


def corpus_hash(gold: Sequence[Record]) -> str:
    """Give the sha256 of the gold corpus' labels, independent of key order and white space in its file."""
    digest = hashlib.sha256()
    for record in gold:
        digest.update(msgspec.json.encode(record, order="sorted"))
        digest.update(b"\n")
    return digest.hexdigest()


def list_errors(differences: Iterable[Difference]) -> str:
    """Give differences as text to read, one a line under a line for each article."""
    lines: list[str] = []
    article = None
    for difference in differences:
        if difference.doc_id != article:
            article = difference.doc_id
            lines.append(f"## {article}")
        start, end = difference.span
        lines.append(f"{difference.kind:8} [{start}, {end}) {difference.text!r} {difference.detail}")
    return "\n".join(lines)


def _pair(gold: Sequence[Record], predicted: Sequence[Record]) -> tuple[list[Pair], list[str]]:
    by_id = {record.doc_id: record for record in predicted}
    warnings: list[str] = []
    pairs: list[Pair] = []
    for record in gold:
        found = by_id.pop(record.doc_id, None)
        if found is None:
            warnings.append(f"{record.doc_id}: no prediction")
            found = Record(doc_id=record.doc_id, text=record.text)
        pairs.append(Pair.of(record, found))
    warnings.extend(f"{doc_id}: no gold" for doc_id in by_id)
    return pairs, warnings


def _slices(pairs: Sequence[Pair], tallies: dict[LayerName, list[Tally]], rounds: int) -> dict[str, dict[str, Figure]]:
    """The headline figures by source, length and kind."""
    labels: dict[str, list[int]] = {}
    for name, slice_of in _SLICES.items():
        found: dict[str, list[int]] = {}
        for at, pair in enumerate(pairs):
            found.setdefault(slice_of(pair.gold), []).append(at)
        labels |= {f"{name} {value}": found[value] for value in sorted(found)}
    return {
        f"{label} ({len(members)})": {
            name: figure
            for rows in tallies.values()
            for name, figure in summarise([rows[at] for at in members], rounds=min(rounds, 100)).items()
            if name in HEADLINES
        }
        for label, members in labels.items()
    }


def _source(gold: Record) -> str:
    """The letters that the file's name starts with: cctv of news/cctv03."""
    letters = re.match(r"[^\W\d_]+", gold.doc_id.rsplit("/", 1)[-1])
    return letters.group() if letters else "other"


def _length(gold: Record) -> str:
    characters = len(gold.text)
    return "below 400" if characters < 400 else "from 400" if characters < 800 else "from 800"


def _kind(gold: Record) -> str:
    """What the article is made of: no field of a record names its genre, its labels show it."""
    spoken = {at for quote in gold.quotes for start, end in quote.content for at in range(start, end)}
    if 2 * len(spoken) >= len(gold.text):
        return "speech"  # half of it is quoted: speeches, interviews, research notes
    return "figures" if 60 * len(gold.claims) >= len(gold.text) else "narrative"  # results and digests; all else


_SLICES: Final[dict[str, Callable[[Record], str]]] = {"source": _source, "length": _length, "kind": _kind}


def _row(name: str, figure: Figure) -> str:
    interval = f"{100 * figure.low:5.1f}–{100 * figure.high:5.1f}"
    parts = f"{'':13}"
    if figure.precision is not None and figure.recall is not None:
        parts = f"{100 * figure.precision:6.1f} {100 * figure.recall:6.1f}"
    counts = f"{figure.right:g}/{figure.predicted}/{figure.gold}" if figure.kind != "accuracy" else ""
    if figure.kind == "accuracy":
        counts = f"{figure.right:g}/{figure.gold}"
    mark = {"f1": "F1", "accuracy": "acc", "macro_f1": "mF1", "calibration_error": "ECE"}[figure.kind]
    return f"  {name:38} {mark:3} {100 * figure.value:5.1f}  {interval}  {parts}    {counts}"
