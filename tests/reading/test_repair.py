"""Broken columns: joined where the evidence is clear, left alone where it is not."""

from __future__ import annotations

import itertools
import random
import sys
from pathlib import Path

import pytest

from finnlp_zh.reading import ReadFailure, ReadOptions, find_inputs, read_bytes, read_file
from finnlp_zh.reading.assignment import assign
from finnlp_zh.reading.brackets import unmatched
from finnlp_zh.reading.layout import lay_out
from finnlp_zh.reading.mapped import MappedText
from finnlp_zh.reading.repair import mend
from finnlp_zh.types import Record

# The module stands beside this file, and pytest puts no folder of tests on the path.
sys.path.insert(0, str(Path(__file__).parent))
from broken import break_article

SAMPLES = Path(__file__).parent / "samples"
EXAMPLES = Path(__file__).parents[2] / "examples" / "articles"
SHARED = Path(__file__).parents[2].parent / "shared"

LEAD = "今年以来，多家银行下调存款利率，居民的理财观念正在变化。"
BODY = "国家金融监督管理总局的数据显示，截至三季度末，银行理财存续规模为29.5万亿元，较年初增长10%。"


def _mend(*lines: str) -> tuple[list[str], list[str]]:
    mended = mend(lay_out(MappedText.copy("\n\n".join(lines)), unwrap=False).paragraphs)
    return [paragraph.text for paragraph in mended.paragraphs], mended.warnings


def _read(path: Path) -> list[Record]:
    records = []
    for file in find_inputs([path]):
        for article in read_file(file, ReadOptions()):
            assert not isinstance(article, ReadFailure), article
            records.append(article)
    return records


def test_the_sample_page_is_two_articles_in_order() -> None:
    first, second = _read(EXAMPLES / "columns.txt")
    assert first.text + "\n" == (SAMPLES / "columns.1.txt").read_text("utf-8")
    assert second.text + "\n" == (SAMPLES / "columns.2.txt").read_text("utf-8")
    assert (first.doc_id, second.doc_id) == ("columns#1", "columns#2")
    assert [repair.kind for repair in first.repairs].count("join") == 5
    assert [repair.kind for repair in first.repairs].count("overlap") == 1
    assert not first.warnings
    (warning,) = second.warnings
    assert "breaks off in mid-sentence (…公司今年已经关停了十一座)" in warning


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        # A cut word; across a subhead and a whole paragraph; with an open quotation mark; a hyphenated word.
        ((LEAD, BODY[:22], BODY[22:]), (LEAD, BODY)),
        ((LEAD[:20], "存款搬家", BODY, LEAD[20:]), (LEAD, "存款搬家", BODY)),
        (("他说：“理财净值化之后，客户的预期没有跟着转", BODY, "变，投诉因此增多。”这位负责人说。"),
         ("他说：“理财净值化之后，客户的预期没有跟着转变，投诉因此增多。”这位负责人说。", BODY)),
        ((LEAD, "该行通过SPV（Special Pur-", BODY, "pose Vehicle）持有这批资产。"),
         (LEAD, "该行通过SPV（Special Purpose Vehicle）持有这批资产。", BODY)),
    ],
)  # fmt: skip
def test_joined(lines: tuple[str, ...], joined: tuple[str, ...]) -> None:
    found, warnings = _mend(*lines)
    assert found == list(joined)
    assert warnings == []


@pytest.mark.parametrize(
    "lines",
    [
        (LEAD, BODY),
        (LEAD, "存款搬家", BODY, "谁在买单？", LEAD),
        (LEAD, "招标单位：国家电网有限公司", "项目名称：2025年第一批设备采购", "中标人：江城电气股份有限公司"),
        (LEAD, "特此公告。", "江城电气股份有限公司董事会", "2025年7月7日"),
        ("“轻资产”突围", LEAD, BODY),
        (BODY, "一、总体要求", LEAD, "二、主要任务", BODY),
    ],
)
def test_whole_articles_stay(lines: tuple[str, ...]) -> None:
    found, warnings = _mend(*lines)
    assert found == list(lines)
    assert warnings == []


def test_what_has_no_other_half_stands_alone_and_is_told_of() -> None:
    found, warnings = _mend(LEAD, "今年7月，上海临港新区的一家租", BODY, "）的保费增速回落，赔付压力上升。", LEAD)
    assert len(found) == 5
    assert [warning.split(":")[0] for warning in warnings] == ["line 3", "line 7"]


def test_a_long_article_is_not_searched_and_says_so() -> None:
    found, warnings = _mend(*[BODY] * 5_000, BODY[:22], BODY[22:])
    assert len(found) == 5_002
    assert "longer than" in warnings[0]


def test_programmed_breaks_are_mended_with_hardly_a_wrong_join() -> None:
    texts = [record.text.split("\n") for record in _read(EXAMPLES)]
    bodies = [[line for line in lines if len(line) >= 50] for lines in texts]
    right = wrong = joints = 0
    for seed, body in itertools.product(range(12), bodies):
        if len(body) < 5:
            continue
        broken = break_article(body, ["供需待激活", "谁来买单？"], random.Random(seed))
        paragraphs = lay_out(MappedText.copy("\n\n".join(broken.lines)), unwrap=False).paragraphs
        line_of = {2 * place + 1: place for place in range(len(broken.lines))}
        found = set()
        for paragraph in mend(paragraphs).paragraphs:
            line = line_of[paragraph.line]
            for repair in paragraph.repairs:
                if repair.kind == "join":
                    following = line_of[int(repair.note.split("(line ")[1].split(";")[0])]
                    found.add((line, following))
                    line = following
        right += len(found & broken.joints)
        wrong += len(found - broken.joints)
        joints += len(broken.joints)
    assert joints > 80
    assert right / (right + wrong) >= 0.97
    assert right / joints >= 0.4


def test_wrapped_lines_are_put_together() -> None:
    text = (LEAD + BODY) * 6
    lines = [text[start : start + 30] for start in range(0, len(text), 30)]
    (record,) = read_bytes("\n".join(lines).encode(), name="-", options=ReadOptions())
    assert isinstance(record, Record)
    assert record.text == text
    assert {repair.kind for repair in record.repairs} == {"join"}


def test_open_and_closed_marks() -> None:
    assert unmatched("节。”他说：“应") == ("”", "”")
    assert unmatched("SPV(Special，特殊目的公司）") == ("", "")
    assert unmatched("《关于金融") == ("", "》")
    assert unmatched("（" * 100_000)[0] == ""


def test_assignment_is_the_best_one() -> None:
    rng = random.Random(5)
    for _ in range(200):
        height, width = rng.randrange(1, 5), rng.randrange(1, 5)
        scores = [[max(0.0, rng.uniform(-2, 5)) for _ in range(width)] for _ in range(height)]
        found = sum(scores[row][column] for row, column in assign(scores, margin=0.0))
        size = max(height, width)
        padded = [[scores[r][c] if r < height and c < width else 0.0 for c in range(size)] for r in range(size)]
        best = max(
            sum(padded[row][column] for row, column in enumerate(order))
            for order in itertools.permutations(range(size))
        )
        assert found == pytest.approx(best)


def test_assignment_leaves_out_what_is_in_doubt() -> None:
    assert assign([[5.0, 4.5]], margin=1.0) == []
    assert (
        assign([[5.0, 1.0], [4.9, 0.0]], margin=1.0) == [(1, 0)] or assign([[5.0, 1.0], [4.9, 0.0]], margin=1.0) == []
    )
    assert assign([[5.0, 0.0], [0.0, 3.0]], margin=1.0) == [(0, 0), (1, 1)]
    assert assign([], margin=1.0) == []


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="no shared articles here")
def test_the_newspaper_file_is_two_articles_in_order() -> None:
    records = _read(SHARED / "articles" / "zhongjing-two-articles.txt")
    assert len(records) == 2
    for record in records:
        expected = SHARED / "gold" / "repair" / f"{record.doc_id.replace('#', '.')}.txt"
        assert record.text == expected.read_text("utf-8").rstrip("\n")
        assert None not in (record.title, record.dateline)
        assert record.byline


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="no shared articles here")
@pytest.mark.parametrize("part", ["dev", "train"])
def test_labelled_articles_are_neither_joined_nor_moved_nor_robbed_of_a_mention(part: str) -> None:
    import json

    for line in (SHARED / "gold" / f"{part}.jsonl").read_text("utf-8").splitlines():
        gold = json.loads(line)
        (record,) = read_bytes(gold["text"].encode(), name="-", options=ReadOptions())
        assert isinstance(record, Record)
        assert not {repair.kind for repair in record.repairs} & {"join", "move", "overlap"}, gold["doc_id"]
        kept = {place for start, end, origin in record.source_map for place in range(origin, origin + end - start)}
        for entity in gold["entities"]:
            for mention in entity["mentions"]:
                assert kept & set(range(*mention["span"])), (gold["doc_id"], mention)
