"""The sentence splitter: what ends a sentence, what stays with it, and how far it agrees with labelled articles."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finnlp_zh.segmentation.sentences import split_sentences

GOLD = Path(__file__).parents[2].parent / "shared" / "gold"


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("央行降准。市场反应平淡？未必！", ["央行降准。", "市场反应平淡？", "未必！"]),
        ("“风险可控。”负责人说。", ["“风险可控。”", "负责人说。"]),
        ("（注：未经审计。）营收增长。", ["（注：未经审计。）", "营收增长。"]),
        ("他没有回答……会议结束", ["他没有回答……", "会议结束"]),
        ("标题没有句号\n正文；有分号，不断开。", ["标题没有句号", "正文；有分号，不断开。"]),
        ("\u3000\u3000首行缩进。\r\n 第二段 \n\n", ["首行缩进。", "第二段"]),
        ("详见 http://example.com/a?id=1 页面。", ["详见 http://example.com/a?id=1 页面。"]),
        ('他说"好。"她走了。"坏。"', ['他说"好。"', "她走了。", '"坏。"']),
        ("增速回落?!是的.", ["增速回落?!", "是的."]),
        ("", []),
        (" \n\t", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet='甲乙。！？…”」）\n 　a?!"', max_size=60))
def test_sentences_cover_everything_but_white_space(text: str) -> None:
    spans = split_sentences(text)
    assert spans == sorted(spans)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))
    covered = {i for start, end in spans for i in range(start, end)}
    assert {i for i, char in enumerate(text) if not char.isspace()} <= covered
    assert all("\n" not in text[start:end] for start, end in spans)


@pytest.mark.shared
@pytest.mark.skipif(not GOLD.exists(), reason="no labelled articles here")
@pytest.mark.parametrize(("part", "floor"), [("dev", 1.0), ("train", 0.985)])
def test_agreement_with_labelled_sentences(part: str, floor: float) -> None:
    hits = total = 0
    for line in (GOLD / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        expected = {tuple(span) for span in record["sentences"]}
        found = set(split_sentences(record["text"]))
        hits += 2 * len(expected & found)
        total += len(expected) + len(found)
    assert hits / total >= floor
