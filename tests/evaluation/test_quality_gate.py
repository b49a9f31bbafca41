"""The pinned quality gate: the shipped pipeline on our own test articles, which nothing was trained on."""

from __future__ import annotations

from pathlib import Path

from finnlp_zh.evaluation import corpus_hash, evaluate, gate, predict
from finnlp_zh.types import read_records

GOLD = Path(__file__).parents[2] / "corpora" / "gold"


def test_the_floors_hold() -> None:
    records = list(read_records(GOLD / "test.jsonl"))
    report = evaluate(records, predict(records, model="small"))
    assert gate.breaches(gate.read_gate(GOLD / "gate.json"), report.values(), corpus_hash(records)) == []
