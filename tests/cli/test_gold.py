"""``finnlp gold``: what it prints, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from finnlp_zh.cli.gold import gold_app

LABELS = "bank | ORG | 宁波银行\nQ | I | 不良贷款率为0.76% | 表示 | 宁波银行 | 0\nC | 0.76% | 不良贷款率 | _ | _\n"
runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "made-01.txt").write_text("宁波银行表示，不良贷款率为0.76%。\n", encoding="utf-8")
    (tmp_path / "articles" / "made-01.labels").write_text(LABELS, encoding="utf-8")
    return tmp_path


def test_check_counts_articles_and_tells_problems(folder: Path) -> None:
    good = runner.invoke(gold_app, ["check", str(folder)])
    assert (good.exit_code, good.stderr) == (0, "1 articles, 0 with problems\n")
    (folder / "articles" / "made-01.labels").write_text("bank | ORG | 温州银行\n", encoding="utf-8")
    bad = runner.invoke(gold_app, ["check", str(folder)])
    assert bad.exit_code == 1
    assert "made-01: line 1: not in the text: '温州银行'" in bad.stderr


def test_compile_writes_both_parts_and_nothing_from_bad_labels(folder: Path) -> None:
    (folder / "test.txt").write_text("made-01\n", encoding="utf-8")
    result = runner.invoke(gold_app, ["compile", str(folder)])
    assert (result.exit_code, result.stdout) == (0, "0 in train.jsonl, 1 in test.jsonl\n")
    assert json.loads((folder / "test.jsonl").read_text(encoding="utf-8"))["doc_id"] == "made-01"
    (folder / "test.jsonl").unlink()
    (folder / "articles" / "made-01.labels").write_text("bank | BANK | 宁波银行\n", encoding="utf-8")
    assert runner.invoke(gold_app, ["compile", str(folder)]).exit_code == 1
    assert not (folder / "test.jsonl").exists()


def test_show_and_count_print_the_labels(folder: Path) -> None:
    shown = runner.invoke(gold_app, ["show", str(folder), "made-01"])
    assert "C 0.76% = percent 0.76..0.76 %" in shown.stdout
    counted = runner.invoke(gold_app, ["count", str(folder)])
    assert json.loads(counted.stdout)["quotes"] == {"indirect": 1}


def test_show_refuses_a_name_that_is_not_there(folder: Path) -> None:
    result = runner.invoke(gold_app, ["show", str(folder), "made-07"])
    assert "no labelled article is called made-07" in str(result.exception)


def test_agreement_prints_a_table(folder: Path) -> None:
    for reading in ("first", "second"):
        (folder / reading).mkdir()
        (folder / reading / "made-01.labels").write_text(LABELS, encoding="utf-8")
    result = runner.invoke(gold_app, ["agreement", str(folder)])
    assert result.exit_code == 0
    assert "| claims exact | 100.0 |" in result.stdout
