"""The head's part: it finds names that no rule knows, supports doubtful ones, and takes little from sure ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.entities import EntityStage
from finnlp_zh.stages.entities.evidence import Evidence
from finnlp_zh.types import Record

TYPES = ("ORG", "REGULATOR", "OFFICIAL", "PERSON", "POLICY", "LOC", "TITLE")
LABELS = ("O", *(f"{place}-{kind}" for kind in TYPES for place in "BMES"))


def _features(text: str, *found: tuple[str, str], sure: float = 9.0) -> Features:
    """Give features of a head that finds each surface as the type beside it, and nothing else."""
    logits = np.zeros((len(text), len(LABELS)), np.float32)
    logits[:, 0] = sure / 2
    for surface, kind in found:
        start = text.index(surface)
        places = "S" if len(surface) == 1 else "B" + "M" * (len(surface) - 2) + "E"
        for offset, place in enumerate(places, start):
            logits[offset, LABELS.index(f"{place}-{kind}")] = sure
    return Features({"entities": logits}, {"entities": LABELS})


@pytest.fixture(scope="module")
def stage() -> EntityStage:
    return EntityStage()


def _found(stage: EntityStage, text: str, features: Features) -> list[tuple[str, str]]:
    layer = stage.predict([Record("head", text)], [features])[0]
    assert isinstance(layer.entities, list)
    return [(entity.type, mention.text) for entity in layer.entities for mention in entity.mentions]


def test_likelihood_is_the_geometric_mean_of_the_labels() -> None:
    text = "海澜云在"
    evidence = Evidence(_features(text, ("海澜云", "ORG"), sure=2.0))
    others = len(LABELS) - 2
    expected = math.exp(2.0) / (math.exp(2.0) + math.exp(1.0) + others)
    found, other, single, unknown = evidence.likelihoods(
        [(0, 3, "ORG"), (0, 3, "PERSON"), (3, 4, "LOC"), (0, 3, "UNKNOWN")]
    )
    assert found == pytest.approx(expected, rel=1e-5)
    assert 0 < other < expected
    assert single == pytest.approx(1 / (math.exp(1.0) + others + 1), rel=1e-5)
    assert unknown == 0.0


def test_the_head_alone_finds_what_no_rule_knows(stage: EntityStage) -> None:
    text = "其中，碧云天获得订单。"
    assert _found(stage, text, Features()) == []
    assert _found(stage, text, _features(text, ("碧云天", "ORG"))) == [("ORG", "碧云天")]


def test_the_head_supports_doubtful_names(stage: EntityStage) -> None:
    text = "其中澄海科技获得订单。"
    assert _found(stage, text, Features()) == []
    assert _found(stage, text, _features(text, ("澄海科技", "ORG"))) == [("ORG", "澄海科技")]


def test_doubt_takes_nothing_from_what_is_certain(stage: EntityStage) -> None:
    text = "江苏云帆新材料股份有限公司（以下简称“云帆新材”）公告。"
    assert _found(stage, text, _features(text)) == _found(stage, text, Features())


def test_the_heads_titles_need_a_rule(stage: EntityStage) -> None:
    text = "客服主管说明了情况。"
    layer = stage.predict([Record("head", text)], [_features(text, ("客服主管", "TITLE"))])[0]
    assert layer.titles == []
