"""What holds of stances whatever the text, and how nested quotes are told."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.stance import StanceStage
from finnlp_zh.stages.stance.features import nested_quotes
from finnlp_zh.types import Quote, Record, check

STAGE = StanceStage()
PIECES = st.sampled_from(
    ["本次交易", "有利于", "提升", "竞争力", "，", "。", "\n", " ", "不", "但", "风险", "违反", "规定", "看好", "前景",
     "要坚持", "推动", "3亿元", "“", "”", "行为", "将", "的"]
)  # fmt: skip


def quote(name: str, *content: tuple[int, int]) -> Quote:
    return Quote(name, "indirect", list(content))


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=30).map("".join), st.data())
def test_stances_are_sound(text: str, data: st.DataObject) -> None:
    places = st.integers(0, len(text) - 1)
    starts = data.draw(st.lists(places, min_size=1, max_size=4))
    quotes = [quote(f"q{at}", (start, data.draw(st.integers(start + 1, len(text))))) for at, start in enumerate(starts)]
    record = Record("a", text, sentences=[(0, len(text))], quotes=quotes)
    [layer] = STAGE.predict([record], [Features()])
    assert isinstance(layer.quotes, list)
    check(msgspec.structs.replace(record, quotes=layer.quotes))
    for before, after in zip(quotes, layer.quotes, strict=True):
        assert after.stance is not None
        assert before.stance is None, "the quote handed in stays as it was"
        [(low, high)] = after.content
        if after.stance.label == "neutral":
            assert after.stance.target is None
        elif after.stance.target is not None:
            assert low <= after.stance.target[0] < after.stance.target[1] <= high


def test_a_quote_that_holds_another_is_nested() -> None:
    assert nested_quotes([quote("outer", (0, 20)), quote("inner", (5, 15)), quote("apart", (30, 40))]) == {"outer"}


def test_nesting_looks_at_every_part_of_a_split_quote() -> None:
    assert nested_quotes([quote("split", (0, 5), (10, 30)), quote("inner", (12, 18))]) == {"split"}


def test_the_same_content_twice_is_not_nested() -> None:
    assert nested_quotes([quote("one", (0, 20)), quote("other", (0, 20))]) == set()


def test_overlap_alone_is_not_nesting() -> None:
    assert nested_quotes([quote("one", (0, 20)), quote("other", (10, 30))]) == set()
