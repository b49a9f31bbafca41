"""Files to records, end to end: the sample folder, hostile files, Traditional text, many articles in one file."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from finnlp_zh.reading import ReadFailure, ReadOptions, find_inputs, read_bytes, read_file, read_text
from finnlp_zh.types import Record, check

EXAMPLES = Path(__file__).parents[2] / "examples" / "articles"
TEXT = "中国人民银行决定下调金融机构存款准备金率0.5个百分点，市场预计释放资金约1万亿元（含降准置换）。"


def _read(path: Path, **options: object) -> list[Record | ReadFailure]:
    return [item for file in find_inputs([path]) for item in read_file(file, ReadOptions(**options))]  # type: ignore[arg-type]


def _one(path: Path, **options: object) -> Record:
    (record,) = _read(path, **options)
    assert isinstance(record, Record), record
    check(record)
    return record


def test_the_sample_folder() -> None:
    pytest.importorskip("trafilatura")
    found: dict[str, tuple[str | None, int, bool, str | None]] = {}
    for record in _read(EXAMPLES):
        assert isinstance(record, Record), record
        check(record)
        assert record.source is not None
        encoding, title = record.source.encoding, record.title
        assert title is not None
        found[record.doc_id] = (record.published, len(record.byline), record.dateline is not None, encoding)
    assert found == {
        "columns#1": (None, 1, True, "utf-8"),
        "columns#2": (None, 1, True, "utf-8"),
        "digest-2026-04-08": ("2026-04-08", 0, False, "utf-8"),
        "enforcement": ("2026-05-21", 0, False, "utf-8"),
        "insurance-gb18030": (None, 1, True, "gb18030"),
        "interview": (None, 1, True, "utf-8"),
        "policy-2026-03-18": ("2026-03-18", 1, True, "utf-8"),
        "results-solar": (None, 1, True, "utf-8"),
        "web-page": ("2026-06-09", 1, True, "utf-8"),
    }


def test_the_web_page_comes_without_its_junk() -> None:
    pytest.importorskip("trafilatura")
    record = _one(EXAMPLES / "web-page.html")
    lines = record.text.split("\n")
    assert lines[0] == "江城农商行拟发行20亿元二级资本债 评级展望为稳定"
    assert lines[1] == "来源：江城在线"
    assert len(lines) == 7
    assert "江苏银行和沪农商行今年" in record.text
    assert not any(word in record.text for word in ("点击", "首页", "免责", "版权", "APP", "9.870"))
    assert [repair.kind for repair in record.repairs].count("drop") >= 4


def test_the_hash_and_the_parts_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps({"text": TEXT + str(n)}) for n in range(3)), "utf-8")
    records = [record for record in _read(file) if isinstance(record, Record)]
    assert [record.doc_id for record in records] == ["a#1", "a#2", "a#3"]
    for number, record in enumerate(records, 1):
        assert record.source is not None
        assert (record.source.path, record.source.part, record.source.parts) == ("a.jsonl", number, 3)
        assert record.source.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_traditional_text_keeps_its_map(tmp_path: Path) -> None:
    pytest.importorskip("opencc")
    source = "金管會公佈銀行業獲利，壞帳準備增加。\n資本適足率下滑。"
    (tmp_path / "a.txt").write_text(source, "utf-8")
    record = _one(tmp_path / "a.txt", traditional=True)
    assert record.text == "金管会公布银行业获利，坏帐准备增加。\n资本适足率下滑。"
    for start, end, origin in record.source_map:
        assert record.text[start:end] == source[origin : origin + end - start]
    assert "Traditional" in record.repairs[0].note
    assert _one(tmp_path / "a.txt").text == source


def test_lost_characters_are_told_of(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes((TEXT * 3).encode("gb18030")[:-3])
    assert "1 characters did not decode" in _one(tmp_path / "a.txt").warnings[0]
    (tmp_path / "a.txt").write_text(TEXT + "\ufffd" + TEXT, "utf-8")
    assert "1 characters were lost before" in _one(tmp_path / "a.txt").warnings[0]


HOSTILE = {
    "empty.txt": (b"", False),
    "blank.txt": (" \n\n\u3000\n".encode(), False),
    "binary.txt": (bytes(range(256)) * 40, False),
    "noise.txt": (os.urandom(20_000), False),
    "zeros.txt": (bytes(5_000), False),
    "nul.txt": ((TEXT[:10] + "\0" + TEXT[10:]).encode(), True),
    "half.txt": ((TEXT * 20).encode("gb18030")[:-3], True),
    "quotes.txt": (("“" * 500 + TEXT * 3 + "”」' \n" + TEXT).encode(), True),
    "brackets.txt": ("（".encode() * 300_000, True),
    "questions.txt": ("？".encode() * 300_000, True),
    "deep.html": (("<html><body>" + "<div>" * 50_000 + TEXT + "</div>" * 50_000).encode(), False),
    "angles.html": (b"<" * 300_000, False),
    "comments.html": (("<html><body><p>" + TEXT * 4 + "</p>" + "<!--" * 50_000).encode(), True),
    "deep.json": (b"[" * 100_000, False),
    "surrogate.json": (('{"text":"' + TEXT + '\\ud800"}').encode(), True),
    "damaged.pdf": (b"%PDF-1.4 garbage", False),
    "damaged.parquet": (b"PAR1garbagePAR1", False),
    "prices.txt": ("中国平安(76.000,2.50,3.40%)".encode() * 20_000, True),
    "fragments.txt": ("\n\n".join(TEXT[:20] if n % 2 else TEXT[20:] for n in range(2_000)).encode(), True),
    "spaces.txt": (("记者" + " " * 300_000 + TEXT).encode(), True),
    "names.txt": (("记者 " + "张三 " * 50_000).encode(), True),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_give_one_failure_or_one_good_record(name: str, tmp_path: Path) -> None:
    for suffix, module in ((".html", "trafilatura"), (".pdf", "pypdf"), (".parquet", "pyarrow")):
        if name.endswith(suffix):
            pytest.importorskip(module)
    data, is_good = HOSTILE[name]
    (tmp_path / name).write_bytes(data)
    started = time.process_time()
    (article,) = _read(tmp_path / name)
    assert time.process_time() - started < 10, "seconds of this process, whatever else the machine does"
    if is_good:
        assert isinstance(article, Record), article
        check(article)
        article.text.encode()  # no half of a surrogate pair is left
    else:
        assert isinstance(article, ReadFailure)
        assert article.path == name
        assert len(article.message) > 10


def test_ten_megabytes_in_one_line() -> None:
    data = (TEXT * 80_000).encode()
    assert len(data) > 10_000_000
    started = time.process_time()
    (refused,) = read_bytes(data, name="-", options=ReadOptions())
    assert isinstance(refused, ReadFailure)
    assert "the limit is" in refused.message
    (record,) = read_bytes(data, name="-", options=ReadOptions(max_characters=10_000_000))
    assert isinstance(record, Record)
    assert record.text.startswith(TEXT)
    assert time.process_time() - started < 15


def test_one_text_is_not_touched() -> None:
    text = "江城银行净利增长\r\n\r\n  中证网讯（记者 罗涵）江苏银行(9.870,0.05,0.51%)公告称，净利润增长"
    record = read_text(text, doc_id="a")
    assert record.text == text
    assert [text[start:end] for start, end in record.byline] == ["记者 罗涵"]
    assert record.title == (0, 8)
    assert record.dateline is not None
    assert text[slice(*record.dateline)] == "中证网讯"
