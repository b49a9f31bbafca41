"""The claims table and the contradictions between articles."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from finnlp_zh.cli.claims import claims_command
from finnlp_zh.errors import ConfigError
from finnlp_zh.interop.tables import write_table
from finnlp_zh.report.conflicts import conflict_rows, find_conflicts, metric_name
from finnlp_zh.rows import COLUMNS, claim_rows, neutralised
from finnlp_zh.types import Claim, Entity, Mention, Modifier, Period, Record, Subject, encode

YEAR = Period(span=None, start="2023-01-01", end="2023-12-31")


def _article(
    doc_id: str, figure: str, low: float | None, high: float | None, modifier: Modifier = "exact", **other: object
) -> Record:
    metric = str(other.get("metric", "净利润"))
    text = f"东湖银行{metric}{figure}。"
    start = 4 + len(metric)
    claim = Claim(
        id="c1",
        span=(start, start + len(figure)),
        text=figure,
        kind="money",
        low=low,
        high=high,
        unit="CNY",
        modifier=modifier,
        metric=(4, start),
        subject=Subject(span=(0, 4), entity="e1"),
        period=YEAR,
    )
    bank = Entity(
        id="e1",
        type="ORG",
        name="东湖银行",
        kb_id="cn-stock:600000.SH",
        mentions=[Mention("m1", (0, 4), "东湖银行", "name")],
    )
    return Record(doc_id=doc_id, text=text, entities=[bank], claims=[claim])


def test_one_row_a_claim() -> None:
    (row,) = claim_rows(_article("a", "10.3亿元", 1.03e9, 1.03e9))
    assert tuple(row) == COLUMNS["claims"]
    assert (row["subject"], row["subject_id"], row["metric"], row["low"]) == (
        "东湖银行",
        "cn-stock:600000.SH",
        "净利润",
        1.03e9,
    )
    assert (row["period_start"], row["period_end"]) == ("2023-01-01", "2023-12-31")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-3亿元", "@name", "\t=1", "\r=1", "＝1", "－3"])
def test_no_cell_runs_as_a_formula(cell: str) -> None:
    assert neutralised(cell) == f"'{cell}"


def _write(record: Record, target: Path) -> int:
    return write_table(claim_rows(record), target, columns=COLUMNS["claims"])


def test_csv_keeps_numbers_and_neutralises_text(tmp_path: Path) -> None:
    target = tmp_path / "claims.csv"
    assert _write(_article("=cmd", "-3亿元", -3e8, -3e8), target) == 1
    with target.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["doc_id"], row["text"], row["low"]) == ("'=cmd", "'-3亿元", "-300000000.0")


def test_json_lines_and_parquet_keep_the_text(tmp_path: Path) -> None:
    _write(_article("a", "-3亿元", -3e8, -3e8), tmp_path / "claims.jsonl")
    assert json.loads((tmp_path / "claims.jsonl").read_text("utf-8"))["text"] == "-3亿元"
    parquet = pytest.importorskip("pyarrow.parquet")
    _write(_article("a", "-3亿元", -3e8, -3e8), tmp_path / "claims.parquet")
    table = parquet.read_table(tmp_path / "claims.parquet")
    assert table.column_names == list(COLUMNS["claims"])
    assert table.to_pylist()[0]["low"] == -3e8


def test_an_unknown_format_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.xlsx"):
        write_table([], tmp_path / "claims.xlsx", columns=COLUMNS["claims"])


def test_different_values_contradict() -> None:
    (conflict,) = find_conflicts([_article("a", "10.3亿元", 1.03e9, 1.03e9), _article("b", "9.8亿元", 9.8e8, 9.8e8)])
    assert (conflict.subject, conflict.metric, conflict.period) == ("东湖银行", "净利润", ("2023-01-01", "2023-12-31"))
    (row,) = conflict_rows([conflict])
    assert (row["doc_id_1"], row["doc_id_2"], row["text_2"]) == ("a", "b", "9.8亿元")


@pytest.mark.parametrize(
    ("figure", "low", "high", "modifier"),
    [
        ("10亿元", 1e9, 1e9, "exact"),  # rounded
        ("10.3亿元", 1.03e9, 1.03e9, "exact"),
        ("约10亿元", 1e9, 1e9, "about"),
        ("近10.5亿元", 1.05e9, 1.05e9, "near"),
        ("超10亿元", 1e9, None, "over"),
        ("不足11亿元", None, 1.1e9, "under"),
        ("10亿元至11亿元", 1e9, 1.1e9, "range"),
    ],
)
def test_what_agrees_within_its_words_does_not_contradict(
    figure: str, low: float | None, high: float | None, modifier: Modifier
) -> None:
    assert not find_conflicts([_article("a", "10.3亿元", 1.03e9, 1.03e9), _article("b", figure, low, high, modifier)])


def test_an_open_bound_can_contradict() -> None:
    assert find_conflicts([_article("a", "10.3亿元", 1.03e9, 1.03e9), _article("b", "超12亿元", 1.2e9, None, "over")])


def test_one_article_does_not_contradict_itself() -> None:
    article = _article("a", "10.3亿元", 1.03e9, 1.03e9)
    assert not find_conflicts([article, _article("a", "9.8亿元", 9.8e8, 9.8e8)])


def test_names_of_one_metric_meet() -> None:
    assert metric_name("营收") == metric_name("营业收入") == metric_name("实现营业总收入")
    assert metric_name("归母净利润") == metric_name("归属于上市公司股东的净利润") != metric_name("净利润")
    found = find_conflicts(
        [_article("a", "5亿元", 5e8, 5e8, metric="营收"), _article("b", "7亿元", 7e8, 7e8, metric="营业收入")]
    )
    assert [conflict.metric for conflict in found] == ["营业收入"]


def test_the_command_writes_both(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(claims_command)
    records = tmp_path / "records.jsonl"
    records.write_bytes(
        encode(_article("a", "10.3亿元", 1.03e9, 1.03e9)) + b"\n" + encode(_article("b", "9.8亿元", 9.8e8, 9.8e8))
    )
    result = CliRunner().invoke(app, [str(records), "-o", str(tmp_path / "claims.csv")])
    assert result.exit_code == 0
    assert "2 claims" in result.output
    result = CliRunner().invoke(app, [str(records), "--conflicts", "-o", str(tmp_path / "conflicts.csv")])
    assert "1 contradictions" in result.output
    assert "10.3亿元 (a) against 9.8亿元 (b)" in result.output
    assert (tmp_path / "conflicts.csv").read_text("utf-8-sig").count("\n") == 2
