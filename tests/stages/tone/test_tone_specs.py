"""Policy tone by example. ``policy.jsonl`` was tuned on, every case must hold; ``unseen.jsonl`` was written before the
rules and never tuned on, so its share of right cases is the measure, held by a floor."""

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
from finnlp_zh.stages.tone import ToneStage
from finnlp_zh.types import Entity, Mention, PolicyTone, Quote, Record, Speaker, check

SPECS = Path(__file__).parents[2] / "specs" / "tone"


def cases_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SPECS / f"{name}.jsonl").read_text("utf-8").splitlines()]


def record_of(case: dict[str, Any]) -> Record:
    """The case as an article: its body as an entity, its quote spoken by the body or by an outside ``speaker``."""
    text = case["text"]
    kind, name = case["body"]
    starts = [at for at in range(len(text)) if text.startswith(name, at)]
    mentions = [Mention(f"m{number}", (at, at + len(name)), name, "name") for number, at in enumerate(starts, 1)]
    entities = [Entity("e1", kind, name, mentions=mentions)]
    quotes = []
    if "quote" in case:
        start = text.index(case["quote"])
        speaker = Speaker("m1", mentions[0].span, "e1", named=True, source_class="official")
        if "speaker" in case:
            entities.append(
                Entity("e2", case["speaker"], text[:2], mentions=[Mention("m99", (0, 2), text[:2], "name")])
            )
            speaker = Speaker("m99", (0, 2), "e2", named=True, source_class="analyst")
        quotes = [Quote("q1", "indirect", [(start, start + len(case["quote"]))], speaker=speaker)]
    return Record(case["id"], text, sentences=split_sentences(text), entities=entities, quotes=quotes)


def policy_of(stage: ToneStage, record: Record) -> list[PolicyTone]:
    [layer] = stage.predict([record], [Features()])
    assert isinstance(layer.policy, list)
    record.policy = layer.policy
    check(record)
    return layer.policy


def found_in(stage: ToneStage, case: dict[str, Any]) -> dict[str, Any] | None:
    policy = policy_of(stage, record_of(case))
    assert len(policy) <= 1
    return {"tone": policy[0].tone, "forward_looking": policy[0].forward_looking} if policy else None


@pytest.fixture(scope="module")
def stage() -> ToneStage:
    return ToneStage()


POLICY = cases_of("policy")


@pytest.mark.parametrize("case", POLICY, ids=[case["id"] for case in POLICY])
def test_case(stage: ToneStage, case: dict[str, Any]) -> None:
    assert found_in(stage, case) == case["expected"], case["reason"]


def test_unseen_cases(stage: ToneStage) -> None:
    cases = cases_of("unseen")
    found = [found_in(stage, case) for case in cases]
    right = sum(answer == case["expected"] for answer, case in zip(found, cases, strict=True))
    assert right >= 0.85 * len(cases)


def test_names_the_body_and_shows_the_words(stage: ToneStage) -> None:
    text = "央行副行长陈静表示，将适时降准。"
    bank = Entity("e1", "REGULATOR", "央行", mentions=[Mention("m1", (0, 2), "央行", "alias")])
    deputy = Entity("e2", "OFFICIAL", "陈静", affiliation="e1", mentions=[Mention("m2", (5, 7), "陈静", "name")])
    speaker = Speaker("m2", (5, 7), "e2", named=True, source_class="official")
    quote = Quote("q1", "indirect", [(10, 15)], speaker=speaker)
    record = Record("a", text, sentences=[(0, len(text))], entities=[bank, deputy], quotes=[quote])
    [tone] = policy_of(stage, record)
    assert (tone.body, [text[start:end] for start, end in tone.evidence]) == ("e1", ["降准"])


def test_an_official_quoted_inside_an_outside_voice_is_heard(stage: ToneStage) -> None:
    text = "海通社报道称，央行表示将降准，外界预计楼市回暖。"
    paper = Entity("e1", "ORG", "海通社", mentions=[Mention("m1", (0, 3), "海通社", "name")])
    bank = Entity("e2", "REGULATOR", "央行", mentions=[Mention("m2", (7, 9), "央行", "alias")])
    outer = Quote("q1", "indirect", [(7, 23)], speaker=Speaker("m1", (0, 3), "e1", True))
    inner = Quote("q2", "indirect", [(11, 14)], speaker=Speaker("m2", (7, 9), "e2", True))
    record = Record("a", text, sentences=[(0, len(text))], entities=[paper, bank], quotes=[outer, inner])
    assert [(tone.tone, tone.body) for tone in policy_of(stage, record)] == [("easing", "e2")]
    record.quotes = [outer]
    assert policy_of(stage, record) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("央行下调存款准备金率，预计将释放资金1万亿元。", [("easing", False)]),
        ("央行加息 罢工潮仍将持续", [("tightening", False)]),
        ("投资者对央行加息预期升温。", []),
        ("央行强烈反对他国加征关税。", []),
    ],
)
def test_effects_expectations_and_the_policy_of_others(
    stage: ToneStage, text: str, expected: list[tuple[str, bool]]
) -> None:
    policy = policy_of(stage, piled(text, []))
    assert [(tone.tone, tone.forward_looking) for tone in policy] == expected


def test_runs_only_where_it_is_asked_for() -> None:
    text = "中国人民银行12日宣布，下调金融机构存款准备金率0.5个百分点。"
    assert "policy" not in json.loads(load(None, stages=["quotes"])(text).to_json())
    record = load(None, stages=["tone"])(text).record
    assert isinstance(record.policy, list)
    assert [tone.tone for tone in record.policy] == ["easing"]


PIECES = [
    "央行",
    "证监会",
    "降准",
    "加息",
    "将",
    "利率",
    "下调",
    "不",
    "不急于",
    "但",
    "市场预期",
    "退出",
    "要",
    "，",
    "。",
    "“",
    "\n",
]


def piled(text: str, spans: list[tuple[int, int]]) -> Record:
    """A text whose every 央行 is a body and whose quotes, official or not by turns, lie anywhere."""
    starts = [at for at in range(len(text)) if text.startswith("央行", at)]
    mentions = [Mention(f"m{number}", (at, at + 2), "央行", "name") for number, at in enumerate(starts, 1)]
    entities = [Entity("e1", "REGULATOR", "央行", mentions=mentions), Entity("e2", "ORG", "甲")]
    quotes = [
        Quote(f"q{number}", "direct", [span], speaker=Speaker(None, None, "e1" if number % 2 else "e2"))
        for number, span in enumerate(spans)
    ]
    return Record("pile", text, sentences=split_sentences(text), entities=entities, quotes=quotes)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.data())
@settings(max_examples=100, deadline=None)
def test_any_text_gives_sound_and_equal_answers(text: str, data: st.DataObject) -> None:
    places = st.integers(0, len(text))
    pairs = data.draw(st.lists(st.tuples(places, places), max_size=4))
    record = piled(text, [(min(pair), max(pair)) for pair in pairs])
    kept = copy.deepcopy(record)
    stage = ToneStage()
    [layer] = stage.predict([record], [Features()])
    assert record == kept
    assert policy_of(stage, record) == layer.policy
    for tone in policy_of(stage, record):
        assert tone.sentence in record.sentences
        assert tone.evidence
        assert 0 < tone.score < 1


@pytest.mark.parametrize("unit", ["央行加息", "央行将利率", "不", "央行，但加息，", "央行降准。", "将"])
def test_takes_linear_time(stage: ToneStage, unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        record = piled(text, [(at, min(at + 50, size)) for at in range(0, size, 40)])
        started = time.process_time()
        stage.predict([record], [Features()])
        return time.process_time() - started

    assert seconds(40_000) < 8 * seconds(10_000) + 0.5
