"""Risks by example: every case of tests/specs/risks, with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.risks import RiskStage
from finnlp_zh.types import Record, Risk

SPECS = Path(__file__).parents[2] / "specs" / "risks"
CASES: list[dict[str, Any]] = [
    json.loads(line) for path in sorted(SPECS.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module")
def stage() -> RiskStage:
    return RiskStage()


def risks_of(stage: RiskStage, text: str) -> list[Risk]:
    [layer] = stage.predict([Record("case", text, sentences=split_sentences(text))], [Features()])
    assert isinstance(layer.risks, list)
    return layer.risks


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(stage: RiskStage, case: dict[str, Any]) -> None:
    text = case["text"]
    found = {
        (risk.theme, risk.status): [text[start:end] for start, end in risk.evidence] for risk in risks_of(stage, text)
    }
    expected = {(item["theme"], item["status"]): item["evidence"] for item in case["expected"]}
    assert set(found) == set(expected), case["reason"]
    for key, evidence in expected.items():
        assert any(evidence in shown for shown in found[key]), (key, evidence, found[key])
