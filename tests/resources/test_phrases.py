"""Phrase patterns: gaps, masks, blockers, number forms, evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources.phrases import Hit, Match, PhraseBook

CLASSES = {
    "profit": ["净利润", "利润", "业绩"],
    "fall": ["下降", "大幅下降"],
    "rise": ["增长"],
    "mask": ["扭亏为盈", "有没有"],
    "loss": ["亏", "亏损", "有没有"],
}


def matches(pattern: str, text: str) -> list[Match]:
    book = PhraseBook(CLASSES, [(7, pattern)], blocking=["rise"])
    return list(book.match(book.sight(text)))


def evidence(pattern: str, text: str) -> list[str]:
    return [text[slice(*match.evidence)] for match in matches(pattern, text)]


def test_a_word_alone() -> None:
    assert matches("退市|摘牌", "股票将摘牌。") == [Match(7, 3, 5, (3, 5))]


def test_elements_stay_in_their_clause_unless_the_gap_may_cross() -> None:
    text = "净利润3亿元，同比下降5%"
    assert evidence("@profit @fall", text) == []
    assert evidence("@profit ~ [ @fall ]", text) == ["下降", "下降"], "once for 净利润, once for the 利润 in it"


def test_no_gap_crosses_a_sentence() -> None:
    assert evidence("@profit ~ @fall", "公布了净利润。费用下降") == []


def test_touching_elements() -> None:
    assert evidence("业绩 + @fall", "业绩下降") == ["业绩下降"]
    assert evidence("业绩 + @fall", "业绩可能下降") == []


def test_gaps_are_bounded() -> None:
    assert evidence("业绩 @fall", "业绩" + "甲" * 12 + "下降") != []
    assert evidence("业绩 @fall", "业绩" + "甲" * 13 + "下降") == []


def test_a_blocking_word_ends_the_gap() -> None:
    assert evidence("业绩 ~ @fall", "业绩增长，成本下降") == []


def test_the_longest_of_words_that_begin_together_is_taken() -> None:
    assert evidence("业绩 [ @fall ]", "业绩大幅下降") == ["大幅下降"]


def test_a_mask_hides_words_inside_it_but_not_itself() -> None:
    book = PhraseBook(CLASSES, [])
    assert book.sight("公司扭亏为盈").of("@loss") == []
    assert book.sight("公司亏损").of("@loss") == [Hit(2, 3), Hit(2, 4)]
    assert book.sight("有没有下降").of("@loss") == [Hit(0, 3)]


@pytest.mark.parametrize(
    ("form", "text", "shown"),
    [
        ("#percent", "业绩降了12.5%", "12.5%"),
        ("#number", "业绩为3.2亿元", "3.2亿元"),
        ("#negative", "业绩为-3,200万元", "-3,200万元"),
        ("#tenths", "业绩降近五成", "近五成"),
        ("#large", "业绩降了15%", "15%"),
    ],
)
def test_number_forms(form: str, text: str, shown: str) -> None:
    assert evidence(f"业绩 [ {form} ]", text) == [shown]


def test_number_forms_say_no() -> None:
    assert evidence("业绩 [ #negative ]", "业绩为2亿元-3亿元") == [], "a dash between figures is a range"
    assert evidence("业绩 [ #large ]", "业绩降了5%") == []


def test_unknown_names_are_errors() -> None:
    with pytest.raises(ResourceError, match="no word class"):
        PhraseBook(CLASSES, [(0, "@absent")])
    with pytest.raises(ResourceError, match="no number form"):
        PhraseBook(CLASSES, [(0, "业绩 #absent")])


@given(st.text(alphabet="净利润业绩大幅下降增长扭亏为盈，。5%- ", max_size=80))
def test_matches_lie_in_the_text_and_hold_their_evidence(text: str) -> None:
    for match in matches("@profit ~ [ @fall ]", text):
        assert 0 <= match.start <= match.evidence[0] < match.evidence[1] <= match.end <= len(text)
        assert "。" not in text[match.start : match.end]


def test_time_grows_linearly_with_hits() -> None:
    # Every position opens a pattern, and none completes: gaps are bounded, so this ends at once.
    assert matches("@profit ~ 摘牌", "净利润" * 20_000) == []
