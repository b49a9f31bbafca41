"""The article's own attitude by example. ``attitude.jsonl`` was tuned on, every case must hold; ``unseen.jsonl`` was
written before the stage and never tuned on, so its share of right cases is the measure, held by a floor."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finnlp_zh.encoder.features import Features
from finnlp_zh.loading import load
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.attitude import AttitudeStage
from finnlp_zh.types import Entity, EntityStance, Mention, Quote, Record, check

SPECS = Path(__file__).parents[2] / "specs" / "attitude"


def cases_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SPECS / f"{name}.jsonl").read_text("utf-8").splitlines()]


def record_of(case: dict[str, Any]) -> Record:
    text = case["text"]
    kind, name = case["entity"]
    starts = [at for at in range(len(text)) if text.startswith(name, at)]
    mentions = [Mention(f"m{number}", (at, at + len(name)), name, "name") for number, at in enumerate(starts, 1)]
    entities = [Entity("e1", kind, name, relevance=0.8, mentions=mentions)]
    contents = [(text.index(quote), text.index(quote) + len(quote)) for quote in case.get("quotes", [])]
    quotes = [Quote(f"q{number}", "direct", [content]) for number, content in enumerate(contents, 1)]
    return Record(case["id"], text, sentences=split_sentences(text), entities=entities, quotes=quotes)


def stances_of(stage: AttitudeStage, record: Record) -> list[EntityStance]:
    [layer] = stage.predict([record], [Features()])
    assert isinstance(layer.stances, list)
    record.stances = layer.stances
    check(record)
    return layer.stances


@pytest.fixture(scope="module")
def stage() -> AttitudeStage:
    return AttitudeStage()


CASES = cases_of("attitude")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(stage: AttitudeStage, case: dict[str, Any]) -> None:
    [stance] = stances_of(stage, record_of(case))
    assert stance.label == case["expected"], case["reason"]
    assert bool(stance.evidence) == (stance.label != "neutral")


def test_unseen_cases(stage: AttitudeStage) -> None:
    cases = cases_of("unseen")
    found = [stances_of(stage, record_of(case))[0].label for case in cases]
    assert sum(label == case["expected"] for label, case in zip(found, cases, strict=True)) >= 0.75 * len(cases)


def test_minor_entities_places_and_journalists_are_left_out(stage: AttitudeStage) -> None:
    record = record_of(CASES[1])
    record.entities[0].relevance = 0.29
    assert stances_of(stage, record) == []
    record.entities[0].relevance = 0.3
    assert len(stances_of(stage, record)) == 1
    record.entities[0].type = "LOC"
    assert stances_of(stage, record) == []


def test_a_word_counts_for_the_entity_named_last_before_it(stage: AttitudeStage) -> None:
    text = "与稳健的甲银行不同，乙信托屡次违规，严重失职。"
    names = [("e1", "甲银行"), ("e2", "乙信托")]
    entities = [
        Entity(id, "ORG", name, relevance=0.5, mentions=[Mention(f"m{id}", (at, at + 3), name, "name")])
        for id, name in names
        if (at := text.index(name))
    ]
    record = Record("a", text, sentences=[(0, len(text))], entities=entities)
    assert {stance.entity: stance.label for stance in stances_of(stage, record)}["e2"] == "critical"
    assert {stance.entity: stance.label for stance in stances_of(stage, record)}["e1"] != "critical"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("东港集团强烈谴责这一做法，对此表示强烈不满。", "neutral"),
        ("东港集团屡遭质疑，又引发强烈不满。", "critical"),
        ("东港集团将进一步增强核心竞争力，提振信心。", "neutral"),
        ("东港集团持续增强核心竞争力，提振信心。", "supportive"),
        ("东港集团消息：南山公司虚假宣传，误导投资者。", "neutral"),
    ],
)
def test_what_an_entity_says_or_plans_is_no_judgement(stage: AttitudeStage, text: str, label: str) -> None:
    [stance] = stances_of(stage, record_of({"id": "a", "text": text, "entity": ["ORG", "东港集团"]}))
    assert stance.label == label


def test_runs_only_where_it_is_asked_for() -> None:
    text = "东湖银行屡次违规\n东湖银行股份有限公司虚假宣传，误导投资者，令人失望。"
    assert "stances" not in json.loads(load(None, stages=["relevance"])(text).to_json())
    record = load(None, stages=["attitude"])(text).record
    assert isinstance(record.stances, list)
    assert "critical" in {stance.label for stance in record.stances}


PIECES = ["甲银行", "违规", "前景可观", "不", "没有", "但", "，", "。", "“", "”", "\n", "亏损", "虽然"]


def piled(text: str, spans: list[tuple[int, int]]) -> Record:
    starts = [at for at in range(len(text)) if text.startswith("甲银行", at)]
    mentions = [Mention(f"m{number}", (at, at + 3), "甲银行", "name") for number, at in enumerate(starts, 1)]
    quotes = [Quote(f"q{number}", "direct", [span]) for number, span in enumerate(spans)]
    entities = [Entity("e1", "ORG", "甲银行", relevance=0.9, mentions=mentions)]
    return Record("pile", text, sentences=split_sentences(text), entities=entities, quotes=quotes)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.data())
@settings(max_examples=100, deadline=None)
def test_any_text_gives_sound_and_equal_answers(text: str, data: st.DataObject) -> None:
    places = st.integers(0, len(text))
    pairs = data.draw(st.lists(st.tuples(places, places), max_size=4))
    record = piled(text, [(min(pair), max(pair)) for pair in pairs])
    kept = copy.deepcopy(record)
    stage = AttitudeStage()
    [layer] = stage.predict([record], [Features()])
    assert record == kept
    assert stances_of(stage, record) == layer.stances


@pytest.mark.parametrize("unit", ["甲银行违规", "违规", "不", "甲银行，但亏损，", "甲银行亏损。"])
def test_takes_linear_time(stage: AttitudeStage, unit: str) -> None:
    def seconds(size: int) -> float:
        record = piled((unit * size)[:size], [(at, min(at + 20, size)) for at in range(0, size, 40)])
        started = time.process_time()
        stage.predict([record], [Features()])
        return time.process_time() - started

    assert seconds(40_000) < 8 * seconds(10_000) + 0.5
