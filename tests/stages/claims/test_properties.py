"""Renders random values in random Chinese forms and reads them back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finnlp_zh.encoder.features import Features
from finnlp_zh.segmentation.sentences import split_sentences
from finnlp_zh.stages.claims import ClaimStage
from finnlp_zh.stages.claims.figures import Figure, find_figures
from finnlp_zh.stages.claims.numerals import DIGITS, find_numerals, fold, parse_numeral, write_numeral
from finnlp_zh.types import Record, check

WIDE = str.maketrans("0123456789.%", "０１２３４５６７８９．％")
FINANCIAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
TRADITIONAL = str.maketrans("万亿两", "萬億兩")
SCALES = {"": 1, "万": 10**4, "亿": 10**8, "万亿": 10**12}
UNITS = {
    "元": ("money", "CNY"),
    "美元": ("money", "USD"),
    "%": ("percent", "%"),
    "吨": ("physical", "t"),
    "家": ("count", "count"),
}
BEFORE = {
    "": "exact",
    "超过": "over",
    "不低于": "at_least",
    "不足": "under",
    "不超过": "at_most",
    "近": "near",
    "约": "about",
}
AFTER = {"以上": "at_least", "以下": "at_most", "左右": "about"}


@given(st.integers(0, 10**15))
def test_chinese_numerals_come_back(value: int) -> None:
    assert parse_numeral(write_numeral(value)) == float(value)


@given(st.integers(0, 10**15), st.sampled_from([FINANCIAL, TRADITIONAL]))
def test_financial_and_traditional_numerals_come_back(value: int, script: dict[int, int]) -> None:
    assert parse_numeral(write_numeral(value).translate(script)) == float(value)


@given(st.integers(0, 10**12), st.booleans(), st.booleans())
def test_arabic_numerals_come_back(value: int, separated: bool, wide: bool) -> None:
    written = f"{value:,}" if separated else str(value)
    assert parse_numeral(written.translate(WIDE) if wide else written) == float(value)


@given(st.integers(1, 99_999), st.integers(0, 2), st.sampled_from(sorted(SCALES)))
def test_scaled_decimals_come_back(digits: int, places: int, scale: str) -> None:
    value = digits / 10**places
    assert parse_numeral(f"{value:.{places}f}{scale}") == pytest.approx(value * SCALES[scale], rel=1e-12)


@given(
    st.integers(11, 99_999),
    st.sampled_from(sorted(SCALES)),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(sorted(BEFORE)),
    st.booleans(),
)
def test_figures_come_back(digits: int, scale: str, unit: str, modifier: str, wide: bool) -> None:
    written = f"{digits / 100:.2f}{scale}{unit}"
    shown = modifier + (written.translate(WIDE) if wide else written)
    (figure,) = find_figures(f"公司去年的数字为{shown}，好于预期。")
    value = pytest.approx(round(digits / 100, 2) * SCALES[scale], rel=1e-12)
    assert (figure.kind, figure.unit) == UNITS[unit]
    assert figure.modifier == BEFORE[modifier]
    assert all(end is None or end == value for end in (figure.low, figure.high))
    assert figure.end - figure.start == len(shown)


@given(st.integers(1, 9_999), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(AFTER)))
def test_modifiers_after_come_back(value: int, unit: str, modifier: str) -> None:
    text = f"全年达到{value}{unit}{modifier}。"
    (figure,) = find_figures(text)
    assert figure.modifier == AFTER[modifier]
    assert text[figure.start : figure.end] == f"{value}{unit}{modifier}"


@given(
    st.integers(1, 500),
    st.integers(1, 500),
    st.sampled_from(["至", "-", "~", "—", "到"]),
    st.sampled_from(["万元", "%", "亿美元"]),
)
def test_ranges_come_back(low: int, step: int, mark: str, unit: str) -> None:
    (figure,) = find_figures(f"预计盈利{low}{unit}{mark}{low + step}{unit}。")
    size = {"万元": 1e4, "%": 1.0, "亿美元": 1e8}[unit]
    assert (figure.low, figure.high, figure.modifier) == (low * size, (low + step) * size, "range")


@given(st.integers(2, 9_999_999), st.sampled_from(["家", "户", "名", "项"]))
def test_chinese_counts_come_back(value: int, unit: str) -> None:
    (figure,) = find_figures(f"共有{write_numeral(value)}{unit}参加。")
    assert (figure.low, figure.high, figure.counter) == (float(value), float(value), unit)


def only(text: str) -> tuple[Figure, str]:
    """Give the one figure of a text and its surface."""
    (figure,) = find_figures(text)
    return figure, text[figure.start : figure.end]


@given(st.integers(2, 99), st.data(), st.booleans())
def test_fractions_come_back(below: int, data: st.DataObject, chinese: bool) -> None:
    above = data.draw(st.integers(1, below - 1))
    written = f"{write_numeral(below)}分之{write_numeral(above)}" if chinese else f"{below}分之{above}"
    figure, surface = only(f"东部占{written}。")
    assert (surface, figure.unit) == (written, "%")
    assert figure.low == pytest.approx(100 * above / below, abs=1e-4)


@given(st.integers(1, 9), st.sampled_from([("百", 1.0), ("千", 0.1), ("万", 0.01)]))
def test_parts_of_a_power_of_ten_come_back(above: int, below: tuple[str, float]) -> None:
    figure, surface = only(f"费率为{below[0]}分之{write_numeral(above)}。")
    assert surface == f"{below[0]}分之{write_numeral(above)}"
    assert figure.low == pytest.approx(above * below[1])


@given(st.integers(2, 9), st.integers(0, 9), st.sampled_from(["", "近", "超"]))
def test_tenths_come_back(tenths: int, more: int, modifier: str) -> None:
    written = f"{modifier}{write_numeral(tenths)}成{write_numeral(more) if more else ''}"
    figure, surface = only(f"销量增长{written}。")
    value = 10.0 * tenths + more
    assert (surface, figure.low, figure.unit) == (written, value, "%")
    assert figure.modifier == BEFORE.get(modifier, "over")


@given(
    st.sampled_from([("半数", "exact"), ("近半数", "near"), ("过半", "over"), ("超半数", "over"), ("一半", "exact")])
)
def test_halves_come_back(half: tuple[str, str]) -> None:
    figure, surface = only(f"东部{half[0]}企业复工。")
    assert (surface, figure.low, figure.modifier) == (half[0], 50.0, half[1])


@given(st.integers(1, 9), st.sampled_from("十百千万亿"), st.sampled_from("余多"), st.sampled_from(["家", "户", "人"]))
def test_more_than_round_numbers_come_back(digit: int, scale: str, more: str, unit: str) -> None:
    value = parse_numeral(f"{DIGITS[digit]}{scale}")
    lead = "" if digit == 1 and scale in "十百" else DIGITS[digit]
    figure, surface = only(f"惠及{lead}{scale}{more}{unit}。")
    assert (figure.low, figure.high, figure.modifier) == (value, None, "over")
    assert surface == f"{lead}{scale}{more}{unit}"


@given(st.integers(1, 999), st.sampled_from("余多"), st.sampled_from(["万元", "亿元", "亿美元"]))
def test_more_inside_a_scale_comes_back(number: int, more: str, unit: str) -> None:
    figure, surface = only(f"募资{number * 10}{more}{unit}。")
    assert (figure.low, figure.high, figure.modifier) == (number * 10 * SCALES[unit[0]], None, "over")
    assert surface == f"{number * 10}{more}{unit}"


@given(st.integers(1, 9))
def test_doublings_come_back(times: int) -> None:
    written = "翻番" if times == 1 else f"翻{'两' if times == 2 else DIGITS[times]}番"
    figure, surface = only(f"产量{written}。")
    assert (surface, figure.low, figure.kind, figure.change) == (written, 2.0**times, "multiple", "increase")


@given(st.integers(1, 999), st.booleans())
def test_points_are_never_percent(digits: int, base: bool) -> None:
    written = f"{digits}个基点" if base else f"{digits / 10:.1f}个百分点"
    figure, surface = only(f"利率下调{written}。")
    assert (surface, figure.kind, figure.unit) == (written, "points", "pp")
    assert figure.low == pytest.approx(digits / (100 if base else 10))


@given(st.integers(1, 9_999), st.sampled_from([("元/吨", "CNY/t"), ("美元/桶", "USD/bbl"), ("元/股", "CNY/股")]))
def test_rates_come_back(digits: int, unit: tuple[str, str]) -> None:
    figure, surface = only(f"均价为{digits / 10:.1f}{unit[0]}。")
    assert (surface, figure.kind, figure.unit) == (f"{digits / 10:.1f}{unit[0]}", "rate", unit[1])
    assert figure.low == pytest.approx(digits / 10)


@given(st.lists(st.integers(1, 9_999), min_size=2, max_size=5), st.sampled_from(["亿元", "%", "万吨"]))
def test_lists_come_back(values: list[int], unit: str) -> None:
    written = [f"{value / 100:.2f}{unit}" for value in values]
    text = f"三地分别为{'、'.join(written[:-1])}和{written[-1]}。"
    size = {"亿元": 1e8, "%": 1.0, "万吨": 1e4}[unit]
    figures = find_figures(text)
    assert [text[figure.start : figure.end] for figure in figures] == written
    assert [figure.low for figure in figures] == [pytest.approx(value / 100 * size) for value in values]


@given(st.integers(1, 500), st.integers(1, 500), st.sampled_from("和与"), st.sampled_from(["元", "%"]))
def test_ranges_that_a_word_closes_come_back(low: int, step: int, mark: str, unit: str) -> None:
    figure, _ = only(f"价格在{low}{unit}{mark}{low + step}{unit}之间。")
    assert (figure.low, figure.high, figure.modifier) == (float(low), float(low + step), "range")


@given(st.integers(1, 9_999), st.sampled_from("-−"))
def test_signs_come_back(digits: int, sign: str) -> None:
    figure, surface = only(f"增速为{sign}{digits / 100:.2f}%。")
    assert (surface, figure.low) == (f"{sign}{digits / 100:.2f}%", pytest.approx(-digits / 100))


@given(st.integers(-(10**9), 10**9))
def test_numerals_are_found_in_running_text(value: int) -> None:
    written = ("负" if value < 0 else "") + write_numeral(abs(value))
    assert [found for _, _, found in find_numerals(f"得数，{written}。")] == [float(value)]


@given(st.text(max_size=200))
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


ALPHABET = (
    "0123456789.,%一二三十百千万亿两几多余元年月日季度家股至到-、，。；"
    "同比增长下降约超近以上的公司净利润《》()（）“” \n"
)


@given(st.text(alphabet=ALPHABET, max_size=300))
def test_any_text_gives_sound_claims(text: str) -> None:
    record = Record(doc_id="any", text=text, sentences=split_sentences(text))
    (layer,) = ClaimStage().predict([record], [Features()])
    assert isinstance(layer.claims, list)
    record.claims = layer.claims
    check(record)
    for claim in record.claims:
        assert claim.low is None or claim.high is None or claim.low <= claim.high
        assert claim.low is not None or claim.high is not None
