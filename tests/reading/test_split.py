"""Several articles in one file, and one article that only looks like several."""

from __future__ import annotations

from finnlp_zh.reading.layout import lay_out
from finnlp_zh.reading.mapped import MappedText
from finnlp_zh.reading.split import split_articles

BODY = "江城银行公布一季报，净利润同比增长4.1%，不良贷款率与年初持平，拨备覆盖率升至236%，资本充足率略有下降。"
FIRST = f"江城银行净利增长\n本报记者 张晓 北京报道\n{BODY}\n{BODY}"
SECOND = f"租赁公司下乡\n中经记者 石清 上海报道\n{BODY}\n供需待激活\n{BODY}"


def _titles(text: str) -> list[str]:
    return [part[0].text for part in split_articles(lay_out(MappedText.copy(text)).paragraphs)]


def test_headline_and_byline_start_a_new_article() -> None:
    assert _titles(f"{FIRST}\n\n\n{SECOND}") == ["江城银行净利增长", "租赁公司下乡"]
    assert _titles(f"{FIRST}\n{SECOND}") == ["江城银行净利增长", "租赁公司下乡"]


def test_a_subhead_starts_nothing() -> None:
    assert _titles(SECOND) == ["租赁公司下乡"]


def test_names_at_the_end_start_nothing() -> None:
    assert _titles(f"{FIRST}\n责任编辑\n记者 张晓") == ["江城银行净利增长"]


def test_a_byline_below_the_headline_of_the_same_article_starts_nothing() -> None:
    assert _titles(f"租赁公司下乡\n——来自县城的调查\n中经记者 石清 上海报道\n{BODY}") == ["租赁公司下乡"]


def test_a_headline_of_two_lines_stays_whole() -> None:
    second = SECOND.replace("租赁公司下乡\n", "租赁公司下乡\n——来自六个县城的调查\n")
    assert _titles(f"{FIRST}\n\n\n{second}") == ["江城银行净利增长", "租赁公司下乡"]
    assert _titles(f"{FIRST}\n{second}") == ["江城银行净利增长", "租赁公司下乡"]
    kicker = SECOND.replace("租赁公司下乡\n", "县域金融观察\n租赁公司下乡\n")
    assert _titles(f"{FIRST}\n\n\n{kicker}") == ["江城银行净利增长", "县域金融观察"]


def test_nothing_at_all() -> None:
    assert split_articles([]) == [[]]
