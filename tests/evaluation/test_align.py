"""Offsets carried from a repaired text to the gold text it came from."""

from hypothesis import given
from hypothesis import strategies as st

from finnlp_zh.evaluation.align import NOWHERE, align, project
from finnlp_zh.types import Entity, Mention, Record, Risk

GOLD = (
    "来源：某某财经网  点击下载客户端\n工商银行(5.120,0.01,0.20%)昨日公告，净利润同比增长３%。\n"
    "浦发银行行长表示，不良率将继续下降，资产质量总体稳定。\n扫描二维码关注我们"
)
CLEAN = "浦发银行行长表示，不良率将继续下降，资产质量总体稳定。\n工商银行昨日公告，净利润同比增长3%。"


def test_equal_texts_map_to_themselves() -> None:
    alignment = align(Record("a", GOLD), GOLD)
    assert alignment.span((3, 9)) == (3, 9)
    assert alignment.coverage() == 1.0


def test_moved_and_cleaned_passages_are_found_by_their_characters() -> None:
    alignment = align(Record("a", CLEAN), GOLD)
    for surface in ("浦发银行行长", "资产质量总体稳定", "昨日公告，净利润"):
        start = CLEAN.index(surface)
        gold_start, gold_end = alignment.span((start, start + len(surface)))
        assert GOLD[gold_start:gold_end] == surface


def test_short_copy_between_two_runs_is_aligned() -> None:
    alignment = align(Record("a", CLEAN), GOLD)
    start = CLEAN.index("工商银行")
    gold_start, gold_end = alignment.span((start, start + 4))
    assert GOLD[gold_start:gold_end] == "工商银行"


def test_source_map_is_used_where_gold_is_the_source() -> None:
    text, gold = "甲乙甲乙", "甲乙甲乙甲乙"
    record = Record("a", text, source_map=[(0, 2, 4), (2, 4, 0)])
    assert align(record, gold).span((0, 2)) == (4, 6)
    assert align(record, gold).span((2, 4)) == (0, 2)


def test_source_map_of_another_text_is_not_trusted() -> None:
    gold = "头条广告位。招商证券维持该股买入评级。"
    record = Record("a", "招商证券维持该股买入评级。", source_map=[(0, 13, 0)])
    assert align(record, gold).span((0, 4)) == (6, 10)


def test_text_that_gold_lacks_lies_nowhere() -> None:
    assert align(Record("a", "完全不同的内容"), GOLD).span((0, 4)) == NOWHERE


def test_span_over_dropped_junk_covers_it() -> None:
    gold = "据了解，中信银行(7.10,0.02,0.3%)资产托管部昨日发布了新的服务方案。"
    text = "据了解，中信银行资产托管部昨日发布了新的服务方案。"
    start = text.index("中信银行")
    gold_start, gold_end = align(Record("a", text), gold).span((start, start + len("中信银行资产托管部")))
    assert gold[gold_start:gold_end] == "中信银行(7.10,0.02,0.3%)资产托管部"


def test_project_moves_every_layer() -> None:
    start = CLEAN.index("浦发银行")
    record = Record(
        "a",
        CLEAN,
        sentences=[(0, 27)],
        entities=[Entity("e1", "ORG", "浦发银行", mentions=[Mention("m1", (start, start + 4), "浦发银行", "name")])],
        risks=[Risk("credit", "mitigated", (0, 27), [(9, 17)])],
    )
    moved = project(record, GOLD)
    assert GOLD[slice(*moved.entities[0].mentions[0].span)] == "浦发银行"
    assert GOLD[slice(*moved.risks[0].evidence[0])] == "不良率将继续下降"
    assert record.sentences == [(0, 27)], "the record handed in stays as it was"


def test_long_repeated_junk_stays_fast() -> None:
    gold = "点击查看更多精彩内容" * 3000 + "正文开始，央行下调存款准备金率。"
    alignment = align(Record("a", "点击查看更多精彩内容" * 2999 + "正文开始，央行下调存款准备金率。"), gold)
    assert alignment.coverage() > 0.99


@given(st.text(alphabet="甲乙丙丁，。 \n", max_size=200), st.integers(0, 200), st.integers(0, 40))
def test_dropping_a_stretch_never_invents_characters(text: str, at: int, length: int) -> None:
    shorter = text[:at] + text[at + length :]
    alignment = align(Record("a", shorter), text)
    for place, character in enumerate(shorter):
        span = alignment.span((place, place + 1))
        assert span == NOWHERE or text[span[0] : span[1]] == character
