"""What is fuzzed: the readers and the pipeline as functions of bytes, each raising where a promise breaks.

The promises: any bytes give records or failures that say why; every record passes its own checks, comes back out of
JSON the same, and can be drawn and tabled. `fuzz/run.py` drives these with atheris, `tests/fuzz` with hypothesis and
with the inputs kept in ``fuzz/corpus``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from finnlp_zh import loading, reading
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.reading.inputs import SUFFIXES, ReadFailure, ReadOptions
from finnlp_zh.report.page import build_page
from finnlp_zh.rows import ROWS, neutralised
from finnlp_zh.types import Record, check, decode, encode

# What makes stages do something: one byte of input picks one piece, so that a mutated byte is another sentence.
PIECES: Final = (
    "东湖银行", "（以下简称“东湖”）", "(00700.HK", "行长", "董事长", "周明远", "林晓", "中国人民银行", "证监会",
    "有关负责人", "业内人士", "分析师", "记者", "本报记者 林晓 上海报道", "新华社北京3月5日电",
    "《关于加快发展河海联运的若干意见》", "《", "》", "〈", "〉", "表示", "指出", "认为", "称", "据", "透露",
    "告诉记者", "援引", "在接受采访时", "公告显示", "：", "，", "。", "；", "、", "！", "？", "…", "……", "——", "—",
    "“", "”", "‘", "’", "「", "」", "\"", "'", "（", "）", "(", ")", "[", "]", "【", "】", "{", "}", "\n", "\n\n",
    "\r\n", "\u3000\u3000", " ", "\t", "\0", "\x0c", "\x1b[31m", "\x7f", "\x85", "\ufeff", "\ufffd", "\u200b",
    "\u200d", "\u200e", "\u202e", "\u202c", "\u2066", "\u2069", "\u2028", "\u2029", "\u00ad", "\ufe0f", "\u20e3",
    "👨‍👩‍👧‍👦", "🏳️‍🌈", "📈", "🇨🇳", "𠮷", "𪚥", "\U000e0041", "é", "e\u0301", "①", "㈠", "⅓", "½", "²", "٣", "Ⅳ",
    "０", "１２", "零", "〇", "二", "两", "三", "十", "百", "千", "万", "亿", "万亿", "点", "分之", "百分之", "成",
    "半", "几", "数", "余", "多", "来", "约", "近", "逾", "超过", "不足", "至少", "以上", "左右", "不到", "高达", "0",
    "1", "2024", "2026年3月5日", "3月5日", "2024年前三季度", "近三年", "去年同期", "同比", "环比", "增长", "下降",
    "翻两番", "较", "为", "达到", "由", "至", "-", "~", "到", "+", "%", "％", "‰", "个百分点", "BP", "基点", "元",
    "亿元", "万亿元", "美元", "元/吨", "倍", "家", "人", "台/套", "亩", "kWh", "MW", "天", "个月", "年", ".", ",",
    "净利润", "营业收入", "不良贷款率", "市场份额", "第一", "首位", "12.5", "1,234.56", "3/4", "1e9", "9" * 400, "00",
    "0.0000001", "预计", "有望", "将", "拟", "风险", "违约", "逾期", "网络攻击", "数据泄露", "处罚", "立案", "诉讼",
    "支持", "反对", "看好", "担忧", "他", "她", "其", "该行", "前者", "的", "和", "与", "但", "因此", "不", "未",
    "没有", "<b>", "&amp;", "&#x5c6;", "<script>", "</script>", "_x000D_", "http://example.org/a", "#", "**", "](",
    "![", "|", "Fed", "GDP", "A股", "(9.870,0.05,0.51%)", "来源：", "责任编辑：", "【点击立即开户】", "点击下载APP",
    "=1+1", "@SUM(A1)",
)  # fmt: skip

LONGEST: Final = 20_000  # characters
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class Broken(AssertionError):
    """A promise does not hold."""


def text_of(data: bytes) -> str:
    """Give the text that the bytes spell: a byte below 248 is a piece, 248 and three more are a character."""
    parts: list[str] = []
    last = ""
    source = iter(data)
    for byte in source:
        if byte < 248:
            last = PIECES[byte % len(PIECES)]
        elif byte < 252:
            code = int.from_bytes(bytes(next(source, 0) for _ in range(3)), "big") % 0x110000
            last = chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"
        else:  # the same again, up to 255 times: patterns stumble over repetition
            parts.append(last * next(source, 0))
            continue
        parts.append(last)
    return "".join(parts)[:LONGEST]


def spell(text: str) -> bytes:
    """Give bytes from which `text_of` makes the text: seeds that begin with sentences."""
    spelt = bytearray()
    at = 0
    while at < len(text):
        piece = next((piece for piece in _longest_first() if text.startswith(piece, at)), None)
        if piece is None:
            spelt += bytes([248]) + ord(text[at]).to_bytes(3, "big")
            at += 1
        else:
            spelt.append(PIECES.index(piece))
            at += len(piece)
    return bytes(spelt)


@cache
def _longest_first() -> tuple[str, ...]:
    return tuple(sorted(PIECES, key=len, reverse=True))


def read(data: bytes) -> list[Record]:
    """Read the bytes as a file of the format, and with the options, that the first byte picks; give its records."""
    pick = data[0] if data else 0
    suffix = SUFFIXES[pick % len(SUFFIXES)]
    options = ReadOptions(repair=pick < 128, traditional=pick >= 240, max_bytes=1_000_000)
    return list(_records(data[1:], suffix, options))


def read_spelt(data: bytes) -> list[Record]:
    """Read what `text_of` spells as the format that the first byte picks, so that a reader meets text, not noise."""
    pick = data[0] if data else 0
    suffix = SUFFIXES[pick % len(SUFFIXES)]
    text = text_of(data[1:])
    if suffix in (".html", ".htm"):
        text = f"<html><body><article><h1>标题</h1><p>{text}</p></article></body></html>"
    elif suffix in (".json", ".jsonl"):
        text = '{"title": "三季报", "text": "' + text.replace("\n", "\\n") + '"}'
    elif suffix == ".csv":
        text = f"标题,正文\n三季报,{text}"
    return list(_records(text.encode(), suffix, ReadOptions(repair=pick < 128, max_bytes=1_000_000)))


def annotate(data: bytes, *, model: str | None = None) -> list[Record]:
    """Run the whole pipeline over what `text_of` spells."""
    return _annotated([reading.read_text(text_of(data))], model)


def read_and_annotate(data: bytes) -> list[Record]:
    """Run the pipeline of rules over every record that `read_spelt` gives."""
    return _annotated(read_spelt(data), None)


def annotate_with_model(data: bytes) -> list[Record]:
    """Run the pipeline with the shipped model over what `text_of` spells."""
    return annotate(data, model="small")


TARGETS: Final[dict[str, Callable[[bytes], list[Record]]]] = {
    "read": read,
    "read_spelt": read_spelt,
    "annotate": annotate,
    "read_and_annotate": read_and_annotate,
    "annotate_with_model": annotate_with_model,
}


def _records(data: bytes, suffix: str, options: ReadOptions) -> Iterator[Record]:
    for found in reading.read_bytes(data, name="fuzz", options=options, suffix=suffix):
        if isinstance(found, ReadFailure):
            if not found.message or "cannot be read as" in found.message:  # an error that no reader has foreseen
                raise Broken(f"{suffix}: {found.message}")
            continue
        _check(found)
        yield found


def _annotated(records: list[Record], model: str | None) -> list[Record]:
    annotated = _pipeline(model).annotate(records)
    for record in annotated:
        _check(record)
        for rows in ROWS.values():
            for row in rows(record):
                for cell in map(neutralised, row.values()):
                    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
                        raise Broken(f"a spreadsheet would run {cell[:40]!r}")
    build_page(annotated)
    return annotated


def _check(record: Record) -> None:
    check(record)
    if decode(encode(record)) != record:
        raise Broken("the record does not come back out of JSON as it went in")


@cache
def _pipeline(model: str | None) -> Pipeline:
    return loading.load(model, threads=1, stages=[*loading.STAGES, "tone", "attitude"])
