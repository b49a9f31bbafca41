"""The spec files of the claims stage: one case a line, with the reason it is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finnlp_zh.stages.claims.figures import find_figures, plain_text
from finnlp_zh.stages.claims.periods import find_periods

SPECS = Path(__file__).parents[2] / "specs" / "claims"


def _cases(name: str) -> list[Any]:
    lines = (SPECS / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [pytest.param(case, id=f"{case['id']} {case['reason']}") for case in map(json.loads, lines)]


@pytest.mark.parametrize("case", _cases("figures"))
def test_figures(case: dict[str, Any]) -> None:
    found = [
        {
            "text": case["text"][figure.start : figure.end],
            "kind": figure.kind,
            "low": figure.low,
            "high": figure.high,
            "unit": figure.unit,
            "modifier": figure.modifier,
            "counter": figure.counter,
        }
        for figure in find_figures(case["text"])
    ]
    assert found == case["expected"]


@pytest.mark.parametrize("case", _cases("periods"))
def test_periods(case: dict[str, Any]) -> None:
    expressions, _ = find_periods(plain_text(case["text"]), case["published"])
    days = expressions[0].days
    assert (days and [str(day) for day in days]) == case["expected"]


def test_every_case_has_its_own_id_and_text() -> None:
    lines = [
        line for name in ("figures", "periods") for line in (SPECS / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    cases = [json.loads(line) for line in lines]
    assert len({case["id"] for case in cases}) == len(cases) >= 150
    assert len({(case["text"], case.get("published")) for case in cases}) == len(cases)
