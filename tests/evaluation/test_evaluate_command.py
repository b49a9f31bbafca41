"""``finnlp evaluate`` as a shell sees it."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from finnlp_zh.cli.evaluate import evaluate_command
from finnlp_zh.errors import ConfigError
from finnlp_zh.types import Record, Risk, encode

TEXT = "昨日该公司因违规披露被立案调查。"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    gold = Record("a1", TEXT, sentences=[(0, len(TEXT))], risks=[Risk("legal", "realised", (0, len(TEXT)), [(6, 15)])])
    empty = Record("a1", TEXT, sentences=[(0, len(TEXT))])
    (tmp_path / "gold.jsonl").write_bytes(encode(gold) + b"\n")
    (tmp_path / "pred.jsonl").write_bytes(encode(empty) + b"\n")
    return tmp_path / "gold.jsonl", tmp_path / "pred.jsonl"


def _run(*arguments: object) -> tuple[int, str, BaseException | None]:
    app = typer.Typer()
    app.command()(evaluate_command)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output, result.exception


def test_table_errors_and_json(files: tuple[Path, Path], tmp_path: Path) -> None:
    gold, pred = files
    code, output, _ = _run(gold, "--pred", pred, "--json", tmp_path / "report.json")
    assert code == 0
    assert "risks legal" in output
    assert (tmp_path / "report.json").stat().st_size > 0
    code, output, _ = _run(gold, "--pred", pred, "--errors", "risks")
    assert "missed" in output
    assert "legal realised" in output


def test_gate_fails_below_its_floors(files: tuple[Path, Path], tmp_path: Path) -> None:
    gold, pred = files
    floors = tmp_path / "gate.json"
    assert _run(gold, "--pred", gold, "--layer", "risks", "--gate", floors, "--lower-gate")[0] == 0
    code, output, _ = _run(gold, "--pred", gold, "--layer", "risks", "--gate", floors, "--raise-gate")
    assert code == 0
    assert "floors held" in output
    code, output, _ = _run(gold, "--pred", pred, "--layer", "risks", "--gate", floors)
    assert code == 1
    assert "below its floor" in output


def test_wrong_use_is_told(files: tuple[Path, Path]) -> None:
    gold, pred = files
    assert isinstance(_run(gold, "--pred", pred, "--layer", "weather")[2], ConfigError)
    assert isinstance(_run(gold, "--pred", pred, "--lower-gate")[2], ConfigError)
