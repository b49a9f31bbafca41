"""``python -m finnlp_zh.evaluation GOLD --pred PRED``: the table of figures, or one layer's errors."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from finnlp_zh.errors import FinnlpError
from finnlp_zh.evaluation.runner import LAYERS, evaluate, list_errors
from finnlp_zh.types import read_records


def main() -> int:
    """Score a file of records against gold and print the result."""
    parser = argparse.ArgumentParser(prog="python -m finnlp_zh.evaluation", description=__doc__)
    parser.add_argument("gold", type=Path, help="gold records, JSON Lines")
    parser.add_argument("--pred", type=Path, required=True, help="predicted records, JSON Lines")
    parser.add_argument("--layer", action="append", choices=LAYERS, help="score this layer only (may be repeated)")
    parser.add_argument("--errors", choices=LAYERS, help="list this layer's differences instead of the table")
    parser.add_argument("--json", type=Path, help="write the report here as JSON")
    options = parser.parse_args()
    layers = options.layer or ([options.errors] if options.errors else LAYERS)
    try:
        report = evaluate(list(read_records(options.gold)), list(read_records(options.pred)), layers=layers)
    except FinnlpError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        options.json.write_bytes(report.as_json())
    print(list_errors(report.errors(options.errors)) if options.errors else report.as_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
