"""Every format, down to plain articles."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from finnlp_zh.errors import InputError
from finnlp_zh.reading.formats import RawArticle, read_articles, sniff_suffix
from finnlp_zh.reading.inputs import ReadFailure, ReadOptions, find_inputs

TEXT = "东湖银行公布三季报，前三季度净利润同比增长5.2%，不良贷款率1.28%。"


def _read(data: bytes, suffix: str, **options: object) -> list[RawArticle | ReadFailure]:
    return list(read_articles(io.BytesIO(data), f"a{suffix}", suffix, ReadOptions(**options)))  # type: ignore[arg-type]


def _article(data: bytes, suffix: str, **options: object) -> RawArticle:
    (article,) = _read(data, suffix, **options)
    assert isinstance(article, RawArticle)
    return article


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
def test_text_in_every_encoding(encoding: str) -> None:
    text = "東湖銀行公佈業績，淨利潤同比增長。" * 4 if encoding == "big5" else TEXT * 4
    assert _article(text.encode(encoding), ".txt").text == text


def test_markdown_marks_are_left_out() -> None:
    source = f"# 三季报\n\n**{TEXT}**详见[公告](http://example.org/a)。"
    article = _article(source.encode(), ".md")
    kept, at = [], 0
    for start, end in article.left_out:
        kept.append(article.text[at:start])
        at = end
    assert "".join(kept) + article.text[at:] == f"三季报\n\n{TEXT}详见公告。"


@pytest.mark.parametrize("charset", ["utf-8", "gb2312"])
def test_html(charset: str) -> None:
    pytest.importorskip("trafilatura")
    paragraphs = "".join(f"<p>{TEXT}第{number}段。</p>" for number in range(5))
    page = (
        f'<html><head><meta charset="{charset}"><title>东湖银行三季报</title></head>'
        '<body><nav><a href="/">首页</a></nav>'
        f"<article><h1>东湖银行三季报</h1>{paragraphs}</article><footer>版权所有</footer></body></html>"
    )
    article = _article(page.encode("gb18030" if charset == "gb2312" else charset), ".html")
    assert article.body is not None
    assert article.body.text.count(TEXT) == 5
    assert "首页" not in article.body.text
    assert all(article.body.text[a:b] == article.text[c : c + b - a] for a, b, c in article.body.runs)
    assert sum(end - start for start, end, _ in article.body.runs) >= 5 * len(TEXT)
    assert article.title == "东湖银行三季报"


@pytest.mark.parametrize(
    "page", [b"<html><body></body></html>", ("<div>" * 5_000 + TEXT + "</div>" * 5_000).encode(), b"<" * 100_000]
)
def test_html_without_an_article(page: bytes) -> None:
    pytest.importorskip("trafilatura")
    with pytest.raises(InputError, match=r"a\.html: .*(save|deep|convert)"):
        _read(page, ".html")


@pytest.mark.parametrize(
    "content",
    [
        {"title": "三季报", "text": TEXT, "date": "2024-10-28"},
        [{"标题": "三季报", "正文": TEXT, "日期": "2024-10-28"}],
        {"articles": [{"headline": "三季报", "body": TEXT, "publish_time": "2024-10-28"}]},
    ],
)
def test_json(content: object) -> None:
    article = _article(json.dumps(content, ensure_ascii=False).encode(), ".json")
    assert (article.title, article.text, article.published) == ("三季报", TEXT, "2024-10-28")


def test_json_lines_go_on_behind_a_bad_one() -> None:
    lines = [
        json.dumps({"text": TEXT}),
        "",
        '{"text": "东湖',
        "[1, 2]",
        json.dumps({"id": 7}),
        json.dumps({"text": TEXT}),
    ]
    found = _read("\n".join(lines).encode(), ".jsonl")
    places = [(type(item).__name__, item.place) for item in found]
    assert places == [
        ("RawArticle", "line 1"), ("ReadFailure", "line 3"), ("ReadFailure", "line 4"), ("ReadFailure", "line 5"),
        ("RawArticle", "line 6"),
    ]  # fmt: skip
    assert "--text-field" in found[3].message  # type: ignore[union-attr]


def test_field_is_taken_as_named() -> None:
    row = json.dumps({"text": "摘要", "全文": TEXT}, ensure_ascii=False).encode()
    assert _article(row, ".jsonl", text_field="全文").text == TEXT
    (failure,) = _read(row, ".jsonl", text_field="body")
    assert isinstance(failure, ReadFailure)
    assert "no text in the field 'body'; there are text, 全文" in failure.message


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("gb18030", ","), ("utf-8-sig", "\t"), ("utf-8", ";")]
)
def test_csv(encoding: str, delimiter: str) -> None:
    rows = [("标题", "内容"), ("甲", f'"{TEXT}\n第二段""引文""。"'), ("乙", TEXT), ("丙", "")]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    first, second, third = _read(data, ".csv")
    assert isinstance(first, RawArticle)
    assert first.text == f'{TEXT}\n第二段"引文"。'
    assert (first.title, first.place) == ("甲", "row 2")
    assert isinstance(second, RawArticle)
    assert isinstance(third, ReadFailure)


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"正文": [TEXT, None, TEXT], "title": ["甲", "乙", "丙"]}), tmp_path / "a.parquet")
    found = _read((tmp_path / "a.parquet").read_bytes(), ".parquet")
    assert [type(item).__name__ for item in found] == ["RawArticle", "ReadFailure", "RawArticle"]
    with pytest.raises(InputError, match="not a whole Parquet file"):
        _read((tmp_path / "a.parquet").read_bytes()[:-9], ".parquet")


def test_damaged_pdf() -> None:
    pytest.importorskip("pypdf")
    with pytest.raises(InputError, match="not a readable PDF"):
        _read(b"%PDF-1.7\n" + b"\0" * 200, ".pdf")


def test_pdf_without_text() -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    data = io.BytesIO()
    writer.write(data)
    with pytest.raises(InputError, match="text recognition"):
        _read(data.getvalue(), ".pdf")


def test_too_large_a_file() -> None:
    with pytest.raises(InputError, match="larger than 100 bytes"):
        _read(TEXT.encode() * 10, ".txt", max_bytes=100)


@pytest.mark.parametrize(
    ("start", "suffix"),
    [
        (b"%PDF-1.4", ".pdf"), (b"PAR1", ".parquet"), (b"\xef\xbb\xbf<!DOCTYPE html>", ".html"), (b"[{}]", ".json"),
        (b'{"text": "a"}\n{"text": "b"}\n', ".jsonl"), (b'{\n "text": "a"\n}', ".json"), (TEXT.encode(), ".txt"),
    ],
)  # fmt: skip
def test_sniffing(start: bytes, suffix: str) -> None:
    assert sniff_suffix(start) == suffix


def test_find_inputs(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/10.txt", "a.txt", "a.html", ".hidden.txt", "c.docx", "x/same.txt", "y/same.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [file.doc_id for file in find_inputs([tmp_path])] == ["a.html", "a.txt", "b/10", "b/2", "x/same", "y/same"]
    both = list(find_inputs([tmp_path / "x", tmp_path / "y"]))
    assert [file.doc_id for file in both] == ["x/same", "y/same"]
    assert [file.relative for file in find_inputs([tmp_path / "c.docx"])] == ["c.docx"]
    with pytest.raises(InputError, match="no such file or folder"):
        list(find_inputs([tmp_path / "missing"]))
