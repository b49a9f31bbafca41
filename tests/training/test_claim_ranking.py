"""The command that fits the weights of the claim choices, on three tiny articles."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from finnlp_zh.training.claim_ranking import main
from finnlp_zh.types import Claim, Record, Subject

NAMES = ("东湖银行", "南山证券", "北岭保险")


def article(number: int) -> Record:
    """Give an article of one sentence whose figures have their metric and subject labelled."""
    name = NAMES[number]
    text = f"{name}营业收入为{number + 3}亿元，净利润为{number + 1}亿元。"
    claims: list[Claim] = []
    for metric, written in (("营业收入", f"{number + 3}亿元"), ("净利润", f"{number + 1}亿元")):
        start, place = text.index(written), text.index(metric)
        value = float(written[0]) * 1e8
        claims.append(
            Claim(
                id=f"c{len(claims) + 1}",
                span=(start, start + len(written)),
                text=written,
                kind="money",
                low=value,
                high=value,
                unit="CNY",
                metric=(place, place + len(metric)),
                subject=Subject(span=(0, len(name))),
            )
        )
    return Record(doc_id=f"t{number}", text=text, sentences=[(0, len(text))], claims=claims)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(article(number)) for number in range(3)) + b"\n")
    return path


def test_the_command_writes_the_same_weights_twice(gold: Path, tmp_path: Path) -> None:
    outputs = [tmp_path / "first.json", tmp_path / "second.json"]
    for output in outputs:
        main([str(gold), "-o", str(output), "--folds", "3"])
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    document = json.loads(outputs[0].read_text("utf-8"))
    assert "Apache-2.0" in document["_about"]
    assert sorted(document["weights"]) == ["metric", "modality", "period", "subject"]


def test_the_weights_favour_what_the_labels_choose(gold: Path, tmp_path: Path) -> None:
    output = tmp_path / "weights.json"
    main([str(gold), "-o", str(output), "--folds", "3"])
    metric = json.loads(output.read_text("utf-8"))["weights"]["metric"]
    assert metric["end:利润"] > 0


def test_articles_without_a_target_file_are_refused(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(gold)])
    assert "--output" in capsys.readouterr().err
