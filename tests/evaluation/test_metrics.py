"""Figures from counts: values, intervals, macro averages, calibration."""

import numpy as np
import pytest

from finnlp_zh.evaluation.metrics import Tally, f1, summarise


def _tally(right: int, predicted: int, gold: int) -> Tally:
    tally = Tally()
    tally.count("x", right=right, predicted=predicted, gold=gold)
    return tally


def test_f1_sums_counts_over_articles() -> None:
    figure = summarise([_tally(1, 2, 1), _tally(1, 1, 3)])["x"]
    assert (figure.right, figure.predicted, figure.gold) == (2, 3, 4)
    assert figure.value == pytest.approx(4 / 7)
    assert figure.precision == pytest.approx(2 / 3)
    assert figure.recall == pytest.approx(0.5)


def test_nothing_to_find_and_nothing_found_is_perfect() -> None:
    assert f1(0, 0, 0) == 1.0
    assert f1(0, 1, 0) == 0.0


def test_interval_is_seeded_and_spans_the_value() -> None:
    tallies = [_tally(at % 3, 3, 3) for at in range(12)]
    first, again = summarise(tallies)["x"], summarise(tallies)["x"]
    assert (first.low, first.high) == (again.low, again.high)
    assert first.low < first.value < first.high


def test_accuracy_counts_answers() -> None:
    tally = Tally()
    tally.ask("kind", [True, False, True, True])
    assert summarise([tally])["kind"].value == 0.75


def test_macro_f1_averages_classes_that_occur() -> None:
    tally = Tally()
    tally.confuse("s macro", ("a", "b", "c"), [("a", "a"), ("a", "b"), ("b", "b"), (None, "b")])
    figures = summarise([tally])
    assert figures["s a"].value == pytest.approx(2 / 3)
    assert figures["s b"].value == pytest.approx(0.5)
    assert figures["s macro"].value == pytest.approx((2 / 3 + 0.5) / 2), "class c neither occurs nor is predicted"


def test_calibration_error_is_the_weighted_gap() -> None:
    tally = Tally()
    tally.calibrate("c", [(0.95, True), (0.95, False), (0.25, False), (1.0, True)])
    # bin 9 holds 0.95, 0.95, 1.0 with two right: gap |2.9 - 2|; bin 2 holds 0.25, none right.
    assert summarise([tally])["c"].value == pytest.approx((0.9 + 0.25) / 4)


def test_no_articles_give_no_figures() -> None:
    assert summarise([]) == {}


def test_articles_without_a_figure_weigh_nothing() -> None:
    figures = summarise([_tally(1, 1, 1), Tally()])
    assert figures["x"].value == 1.0
    assert np.isfinite(figures["x"].low)
