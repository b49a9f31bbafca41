"""How far two readers of the gold set agree, layer by layer, and how far each agrees with what was settled.

``first/`` and ``second/`` in a gold folder hold the labels of both readers as they first made them; ``articles/``
holds what was settled between them. One reading is scored against the other like a prediction against gold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from finnlp_zh import types
from finnlp_zh.errors import InputError
from finnlp_zh.evaluation.gold_format import compile_folder
from finnlp_zh.evaluation.metrics import Figure
from finnlp_zh.evaluation.runner import evaluate
from finnlp_zh.types import Record

FIGURES: Final = (
    "mentions", "mentions all kinds", "titles", "links", "aliases", "role", "affiliation",
    "quotes overlap 0.5", "quotes overlap 0.8", "quotes with speaker", "quotes speaker", "quotes kind", "quotes cue",
    "quotes document", "stance", "stance macro", "stance target",
    "claims exact", "claims value, unit and modifier", "claims change", "claims modality", "claims metric",
    "claims subject", "claims period", "claims source", "risks", "risks any theme", "risks status", "risks evidence",
)  # fmt: skip
"""What the table shows, by the names of `finnlp_zh.evaluation`."""

PERIOD: Final = "claims period"
DATED: Final = "claims period, same day of publication"
"""Periods in the articles that both readers date alike: words like 今年 have days only where the day is known."""


def agreement_table(folder: Path) -> list[str]:
    """Give the lines of a Markdown table, in percent: first against second reading, and each against the settled one.

    Raises `InputError` where a label file of either reading does not compile.
    """
    first, second = read_reading(folder, "first"), read_reading(folder, "second")
    names = {record.doc_id for record in first} & {record.doc_id for record in second}
    first, second = _only(first, names), _only(second, names)
    settled = _only(read_reading(folder, "articles"), names)
    columns = [_figures(first, second), _figures(settled, first), _figures(settled, second)]
    head = f"{len(names)} articles, {sum(len(record.text) for record in first):,} characters"
    lines = [head, "", "| figure | second to first | 95 % interval | first to settled | second to settled |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    lines.extend(_rows(columns))
    return lines


def read_reading(folder: Path, reading: str) -> list[Record]:
    """Give the records of one reading of a gold folder, by name. Raises `InputError` with every problem in it."""
    records, problems = compile_folder(folder, reading)
    if problems:
        raise InputError("\n".join(problems))
    return [types.decode(json.dumps(record, ensure_ascii=False)) for record in records]


def _only(records: Sequence[Record], names: set[str]) -> list[Record]:
    return [record for record in records if record.doc_id in names]


def _figures(gold: Sequence[Record], predicted: Sequence[Record]) -> dict[str, Figure]:
    by_name = {
        name: figure for figures in evaluate(gold, predicted).figures.values() for name, figure in figures.items()
    }
    published = {record.doc_id: record.published for record in predicted}
    dated = [record for record in gold if record.published == published[record.doc_id]]
    names = {record.doc_id for record in dated}
    periods = evaluate(dated, _only(predicted, names), layers=["claims"]).figures["claims"].get(PERIOD)
    return by_name | ({DATED: periods} if periods else {})


def _rows(columns: Sequence[dict[str, Figure]]) -> Iterator[str]:
    for name in FIGURES:
        yield _row(name, columns)
        if name == PERIOD:
            yield _row(DATED, columns)


def _row(name: str, columns: Sequence[dict[str, Figure]]) -> str:
    between, *settled = [column.get(name) for column in columns]
    interval = f"{100 * between.low:.1f}–{100 * between.high:.1f}" if between else "–"
    cells = [name, _percent(between), interval, *map(_percent, settled)]
    return f"| {' | '.join(cells)} |"


def _percent(figure: Figure | None) -> str:
    return f"{100 * figure.value:.1f}" if figure else "–"
