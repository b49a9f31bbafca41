"""Agreement between two readings: the figures, and that the published table is the one the labels give."""

from __future__ import annotations

from pathlib import Path

import pytest

from finnlp_zh.errors import InputError
from finnlp_zh.evaluation.agreement import DATED, agreement_table

GOLD = Path(__file__).parents[2] / "corpora" / "gold"

TEXT = "7月8日，江苏银行公告，上半年净利润202亿元，同比增长8%。镇江海关表示，出口形势严峻。"

FIRST = """
published | 2025-07-08
bank | ORG | 江苏银行
customs | REGULATOR | 镇江海关
Q | I | 上半年净利润202亿元，同比增长8% | 公告 | 江苏银行 | 0
Q | I | 出口形势严峻 | 表示 | 镇江海关 | - 出口形势
C | 202亿元 | 净利润 | _ | 上半年=2025H1
C | 8% | " | _ | " | +yoy
R | macro | r | 出口形势严峻
"""

SECOND = """
bank | ORG | 江苏银行
customs | ORG | 镇江海关
Q | I | 上半年净利润202亿元，同比增长8% | 公告 | 江苏银行 | 0
Q | I | 出口形势严峻 | 表示 | 镇江海关 | 0
C | 202亿元 | 净利润 | _ | _
"""


def read_folder(root: Path, **readings: str) -> Path:
    (root / "articles").mkdir()
    (root / "articles" / "made-01.txt").write_text(TEXT + "\n", encoding="utf-8")
    for reading, labels in readings.items():
        (root / reading).mkdir(exist_ok=True)
        (root / reading / "made-01.labels").write_text(labels, encoding="utf-8")
    return root


def values(table: list[str]) -> dict[str, list[str]]:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line.startswith("| ")]
    return {row[0]: [row[1], *row[3:]] for row in rows}


def test_readings_are_scored_against_each_other_and_against_what_was_settled(tmp_path: Path) -> None:
    table = values(agreement_table(read_folder(tmp_path, first=FIRST, second=SECOND, articles=FIRST)))
    assert table["mentions"] == ["50.0", "100.0", "50.0"], "one of two mentions has another type"
    assert table["quotes with speaker"] == ["100.0", "100.0", "100.0"]
    assert table["stance"] == ["50.0", "100.0", "50.0"]
    assert table["claims exact"] == ["66.7", "100.0", "66.7"]
    assert table["claims period"] == ["0.0", "100.0", "0.0"]
    assert table[DATED] == ["–", "100.0", "–"], "no article has the same day in both"
    assert table["risks"] == ["0.0", "100.0", "0.0"]


def test_a_reading_with_problems_is_refused(tmp_path: Path) -> None:
    folder = read_folder(tmp_path, first=FIRST, second="bank | ORG | 南京银行", articles=FIRST)
    with pytest.raises(InputError, match="made-01: line 1: not in the text"):
        agreement_table(folder)


def test_the_published_table_is_what_the_labels_give() -> None:
    published = (GOLD / "AGREEMENT.md").read_text(encoding="utf-8").splitlines()
    missing = [line for line in agreement_table(GOLD) if line not in published]
    assert missing == [], "run: finnlp gold agreement corpora/gold"
