"""Stance by example: every case of tests/specs/stance, with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.stance import StanceStage
from finnlp_zh.types import Entity, Layer, Mention, Quote, Record, Speaker, Stance

SPECS = Path(__file__).parents[2] / "specs" / "stance"
CASES: list[dict[str, Any]] = [
    json.loads(line) for path in sorted(SPECS.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
]
LEAD = "东湖方面"


@pytest.fixture(scope="module")
def stage() -> StanceStage:
    return StanceStage()


def record_of(case: dict[str, Any]) -> Record:
    """The case as an article of one sentence: the speaker, the cue, the content."""
    cue, content, kind = case["cue"], case["content"], case["speaker"]
    text = f"{LEAD}{cue}，{content}。"
    start = len(LEAD) + len(cue) + 1
    entities = []
    speaker = None
    if kind is not None:
        entities.append(Entity("e1", kind, LEAD, mentions=[Mention("m1", (0, len(LEAD)), LEAD, "name")]))
        speaker = Speaker("m1", (0, len(LEAD)), "e1", True)
    quote = Quote(
        "q1", "indirect", [(start, start + len(content))], cue=(len(LEAD), len(LEAD) + len(cue)), speaker=speaker
    )
    return Record(case["id"], text, sentences=[(0, len(text))], entities=entities, quotes=[quote])


def stance_of(layer: Layer) -> Stance:
    assert isinstance(layer.quotes, list)
    [quote] = layer.quotes
    assert quote.stance is not None
    return quote.stance


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(stage: StanceStage, case: dict[str, Any]) -> None:
    record = record_of(case)
    [layer] = stage.predict([record], [Features()])
    stance = stance_of(layer)
    assert stance.label == case["expected"]["label"], case["reason"]
    assert 1 / 3 <= stance.score <= 1
    if case["expected"]["target"] is not None:
        assert stance.target is not None
        assert record.text[slice(*stance.target)] == case["expected"]["target"]


def test_neutral_stance_has_no_target(stage: StanceStage) -> None:
    [layer] = stage.predict([record_of(CASES[0])], [Features()])
    assert stance_of(layer) == Stance("neutral", None, stance_of(layer).score)


def test_article_without_quotes_gets_none(stage: StanceStage) -> None:
    assert stage.predict([Record("a", "今日无话。")], [Features()]) == [Layer(quotes=[])]
