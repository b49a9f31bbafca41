"""The command as a shell sees it: exit codes, standard streams, messages that name place and remedy."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TEXT = "东湖银行公告\n东湖银行表示，前三季度部分贷款出现逾期，不良率上升至1.8%。\n"
QUICK = ("--model", "none", "--stages", "risks")


def _run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "finnlp_zh", *arguments], input=stdin, capture_output=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(TEXT, "utf-8")
    (tmp_path / "in" / "b.txt").write_text(TEXT, "gb18030")
    return tmp_path


def test_all_good(folder: Path) -> None:
    done = _run("annotate", str(folder / "in"), "-o", str(folder / "out"), *QUICK)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    assert "2 articles: 0 entities, 0 quotes, 0 claims, 2 risks; 0 failures" in done.stderr.decode()
    again = _run("annotate", str(folder / "in"), "-o", str(folder / "out"), *QUICK)
    assert "0 articles (2 more were done before)" in again.stderr.decode()


def test_some_failed(folder: Path) -> None:
    (folder / "in" / "c.txt").write_bytes(b"")
    done = _run("annotate", str(folder / "in"), "-o", str(folder / "out"), *QUICK)
    assert done.returncode == 1
    assert "1 articles failed; each is named in" in done.stderr.decode()
    assert len((folder / "out" / "records.jsonl").read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["annotate", "missing", "-o", "out"], "no such file or folder"),
        (["annotate", "in", "-o", "out", "--stages", "moods"], "no stage is called 'moods'"),
        (["annotate", "in", "-o", "out", "--format", "xml"], "no format is called 'xml'"),
        (["annotate", "in", "-o", "out", "--model", "huge"], "huge"),
        (["annotate", "in"], "--out"),
        (["moods"], "moods"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    done = _run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_standard_input_and_output() -> None:
    done = _run("annotate", "-", "-o", "-", *QUICK, stdin=TEXT.encode("gb18030"))
    assert done.returncode == 0
    record = json.loads(done.stdout)
    assert record["doc_id"] == "stdin"
    assert record["risks"][0]["theme"] == "credit"
    assert record["source"]["encoding"] == "gb18030"


def test_interrupted(folder: Path) -> None:
    lines = [json.dumps({"text": TEXT * 20}, ensure_ascii=False) for _ in range(3_000)]
    (folder / "in" / "wire.jsonl").write_text("\n".join(lines), "utf-8")
    command = [sys.executable, "-m", "finnlp_zh", "annotate", str(folder / "in"), "-o", str(folder / "out"), *QUICK]
    # A shell's background job ignores the signal, and so would what the job starts.
    process = subprocess.Popen(
        [*command, "--workers", "1"],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread runs here
    )
    records = folder / "out" / "records.jsonl"
    while not (records.exists() and records.stat().st_size) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    message = process.communicate()[1].decode()
    assert process.returncode == 130, message
    assert "run the command again to go on" in message
    assert records.read_bytes().endswith(b"\n")


def test_schema_is_json() -> None:
    assert "Record" in json.loads(_run("schema").stdout)["$defs"]
