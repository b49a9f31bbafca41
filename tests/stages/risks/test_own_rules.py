"""A user's own risk rules beside the package's, and what is told of broken ones."""

from pathlib import Path

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.errors import ResourceError
from finnlp_zh.stages.risks import RiskStage
from finnlp_zh.types import Record, Risk

TEXT = "该厂的脱硫塔被曝长期闲置。"


def _risks(stage: RiskStage) -> list[Risk]:
    [layer] = stage.predict([Record("a", TEXT, sentences=[(0, len(TEXT))])], [Features()])
    assert isinstance(layer.risks, list)
    return layer.risks


def test_own_rules_add_to_the_packages(tmp_path: Path) -> None:
    rules = tmp_path / "rules.tsv"
    rules.write_text("# our plants\nclimate\tauto\t0.9\t脱硫塔 [ 闲置|停用 ]\n", "utf-8")
    assert _risks(RiskStage()) == []
    [risk] = _risks(RiskStage(rules=rules))
    assert (risk.theme, risk.status) == ("climate", "realised")
    assert [TEXT[slice(*span)] for span in risk.evidence] == ["被曝长期闲置"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("climate\tauto\t0.9\n", "line 1: 3 columns where 4 are due"),
        ("weather\tauto\t0.9\t雨\n", "unknown theme or status: weather"),
        ("climate\tauto\tmuch\t雨\n", "'much' is no number"),
        ("climate\tauto\t0.9\t@absent\n", "no word class"),
    ],
)
def test_broken_rules_are_told(tmp_path: Path, row: str, message: str) -> None:
    rules = tmp_path / "rules.tsv"
    rules.write_text(row, "utf-8")
    with pytest.raises(ResourceError, match=message):
        RiskStage(rules=rules)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="cannot be read"):
        RiskStage(rules=tmp_path / "absent.tsv")
