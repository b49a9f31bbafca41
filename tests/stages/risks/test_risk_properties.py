"""What holds of risks whatever the text."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.risks import risk_weights
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.risks import RiskStage
from finnlp_zh.stages.risks.stage import STATUSES, THEMES
from finnlp_zh.types import Record, check

STAGE = RiskStage()
PIECES = st.sampled_from(
    ["净利润", "同比", "下降", "大幅", "5.2%", "-3亿元", "，", "。", "\n", " ", "被", "罚款", "不存在", "可能", "风险",
     "关税", "加征", "化解", "违约", "股价", "跌", "停产", "甲公司", "；", "“", "”", "等"]
)  # fmt: skip


def annotate(text: str, features: Features | None = None) -> Record:
    record = Record("a", text, sentences=split_sentences(text))
    [layer] = STAGE.predict([record], [features or Features()])
    return msgspec.structs.replace(record, risks=layer.risks, themes=layer.themes)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_risks_are_sound(text: str) -> None:
    record = annotate(text)
    check(record)
    seen = set()
    for risk in record.risks:
        assert risk.sentence in record.sentences
        assert (risk.sentence, risk.theme) not in seen, "one risk for each sentence and theme"
        seen.add((risk.sentence, risk.theme))
        assert risk.evidence == sorted(risk.evidence)
        for start, end in risk.evidence:
            assert risk.sentence[0] <= start < end <= risk.sentence[1]
        assert 0.5 <= risk.score <= record.themes[risk.theme] + 0.001
    assert tuple(record.themes) == THEMES


def test_a_head_alone_shows_its_clause(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "今天天气晴朗，远方的工厂静悄悄的。"
    logits = np.full((len(text), len(THEMES)), -9.0, np.float32)
    logits[7:16, THEMES.index("operational")] = 20.0
    features = Features(
        {"risks": logits, "risk_status": np.tile(np.array([0, 5, 0], np.float32), (len(text), 1))},
        {"risks": THEMES, "risk_status": STATUSES},
    )
    weights = msgspec.structs.replace(risk_weights(), mixed_head=1.0, status_head=1.0)
    monkeypatch.setattr(STAGE, "_weights", weights)
    [risk] = annotate(text, features).risks
    assert (risk.theme, risk.status) == ("operational", "potential")
    assert [text[slice(*span)] for span in risk.evidence] == ["远方的工厂静悄悄的"]
