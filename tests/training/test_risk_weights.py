"""Fitting the mix of rules and heads, and the stance weights, on made-up evidence."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.risks import RiskWeights, risk_weights
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.risks.stage import STATUSES, THEMES
from finnlp_zh.training import risks, stance
from finnlp_zh.types import Record, Risk

TEXT = "公司净利润同比下降40%。天气晴朗。公司上调了全年目标。"


def _record() -> Record:
    sentences = split_sentences(TEXT)
    told = [
        Risk("competition", "realised", sentences[0], [(2, 11)]),
        Risk("policy", "potential", sentences[2], [(18, 24)]),
    ]
    return Record("a", TEXT, sentences=sentences, risks=told)


def _features(record: Record, likes: float) -> Features:
    """A head that likes exactly what is labelled."""
    logits = np.full((len(TEXT), len(THEMES)), -likes, np.float32)
    for risk in record.risks:
        logits[slice(*risk.sentence), THEMES.index(risk.theme)] = likes
    statuses = np.zeros((len(TEXT), len(STATUSES)), np.float32)
    return Features({"risks": logits, "risk_status": statuses}, {"risks": THEMES, "risk_status": STATUSES})


def test_gather_reads_rules_heads_and_labels() -> None:
    record = _record()
    evidence, statuses = risks.gather([record], [_features(record, 3.0)], silence=-4.0)
    assert evidence.labels.sum() == 2
    assert (evidence.rules > 0).sum() == 1
    assert set(np.unique(evidence.head)) == {-3.0, 3.0}
    assert statuses.rules.tolist() == statuses.labels.tolist() == [STATUSES.index("realised")]


def test_a_head_that_knows_more_gets_a_weight() -> None:
    record = _record()
    weights = risks.weigh([record] * 200, [_features(record, 6.0)] * 200)
    assert weights.mixed_head > 0


def test_a_head_that_is_wrong_on_the_status_is_not_heard() -> None:
    record = _record()
    features = _features(record, 6.0)
    features.logits["risk_status"][:, STATUSES.index("mitigated")] = 20.0
    assert risks.weigh([record] * 5, [features] * 5).status_head == 0.0


def test_a_head_that_knows_nothing_gets_none() -> None:
    record = _record()
    flat = Features({"risks": np.zeros((len(TEXT), len(THEMES)), np.float32)}, {"risks": THEMES})
    assert risks.weigh([record] * 5, [flat] * 5).mixed_head == 0.0


def test_weights_are_written_as_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "risks.weights.tsv"
    risks.write_weights(path, risk_weights())
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    again = msgspec.convert({name: float(value) for name, value in rows}, RiskWeights)
    assert msgspec.structs.asdict(again) == pytest.approx(msgspec.structs.asdict(risk_weights()), rel=1e-3)


def test_stance_fit_follows_data_only_as_far_as_the_prior_lets_it() -> None:
    rows = np.array([[1.0, 1.0], [1.0, 0.0]] * 30)
    labels = np.array([1, 0] * 30)
    prior = np.array([[0.0, 0.0, 0.5], [1.0, 0.0, 0.0]])
    loose, tight = stance.fit(rows, labels, prior, hold=0.1), stance.fit(rows, labels, prior, hold=1e4)
    assert (rows @ loose).argmax(axis=1).tolist() == labels.tolist()
    assert np.abs(tight - prior).max() < 0.01


def test_macro_f1_averages_the_three_labels() -> None:
    assert stance.macro_f1(np.array([0, 1, 2]), np.array([0, 1, 2])) == 1.0
    assert stance.macro_f1(np.array([0, 0, 2]), np.array([0, 1, 2])) == pytest.approx((2 / 3 + 0 + 1) / 3)
