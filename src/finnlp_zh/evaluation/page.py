"""An evaluation as one self-contained page: scores with intervals, slices, and every difference in its context."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from finnlp_zh.evaluation.runner import Report
from finnlp_zh.files import whole_file
from finnlp_zh.report.page import assemble
from finnlp_zh.types import Record


def build_page(report: Report, gold: Sequence[Record], *, title: str = "finnlp-zh evaluation") -> str:
    """Give the page as HTML; ``gold`` are the records that were scored against, whose texts are shown."""
    at = {record.doc_id: number for number, record in enumerate(gold)}
    data: dict[str, Any] = {
        "articles": [{"doc_id": record.doc_id, "text": record.text} for record in gold],
        "figures": msgspec.to_builtins(report.figures),
        "slices": msgspec.to_builtins(report.slices),
        "differences": [
            msgspec.to_builtins(difference) | {"article": at[difference.doc_id]} for difference in report.differences
        ],
        "counts": " · ".join(
            [f"{report.articles} articles", f"{len(report.differences):,} differences", *report.warnings]
        ),
    }
    return assemble("evaluation.js", data, title=title)


def write_page(report: Report, gold: Sequence[Record], path: Path, *, title: str = "finnlp-zh evaluation") -> None:
    """Write the page; it appears whole or not at all."""
    with whole_file(path) as stream:
        stream.write(build_page(report, gold, title=title).encode())
