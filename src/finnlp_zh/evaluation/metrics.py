"""The figures that evaluation reports: F1, accuracy, macro-F1 and calibration error, each with a bootstrap interval.

Every figure is computed from counts that add up over articles, so that resampling articles needs no second look at
the labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FigureKind = Literal["f1", "accuracy", "macro_f1", "calibration_error"]
BINS = 10
"""Bins of equal width over [0, 1] in which calibration is measured."""


class Tally:
    """Counts of one article, by figure: three for F1 (right, predicted, gold), two for accuracy (right, asked).

    A macro-F1 has one F1 row a class, a figure of its own; calibration has three a bin (score mass, right, all).
    """

    def __init__(self) -> None:
        self.f1: dict[str, list[float]] = {}
        self.accuracy: dict[str, list[float]] = {}
        self.classes: dict[str, dict[str, list[float]]] = {}
        self.bins: dict[str, NDArray[np.float64]] = {}

    def count(self, figure: str, *, right: float, predicted: int, gold: int) -> None:
        """Add to an F1 figure; what is half right counts half."""
        _add(self.f1.setdefault(figure, [0, 0, 0]), (right, predicted, gold))

    def ask(self, figure: str, right: Iterable[bool]) -> None:
        """Add answers, right or wrong, to an accuracy figure."""
        answers = list(right)
        _add(self.accuracy.setdefault(figure, [0, 0]), (sum(answers), len(answers)))

    def confuse(self, figure: str, classes: Sequence[str], pairs: Iterable[tuple[str | None, str]]) -> None:
        """Add (predicted, gold) labels to a macro-F1 such as ``stance macro``, a class of it ``stance critical``."""
        answers = list(pairs)
        for name in classes:
            self.count_class(
                figure,
                f"{figure.removesuffix('macro')}{name}",
                right=sum(predicted == gold == name for predicted, gold in answers),
                predicted=sum(predicted == name for predicted, _ in answers),
                gold=sum(gold == name for _, gold in answers),
            )

    def count_class(self, figure: str, name: str, *, right: int, predicted: int, gold: int) -> None:
        """Add to one class of a macro-F1 figure; ``name`` is the class' own figure."""
        _add(self.classes.setdefault(figure, {}).setdefault(name, [0, 0, 0]), (right, predicted, gold))

    def calibrate(self, figure: str, scored: Iterable[tuple[float, bool]]) -> None:
        """Add (score, right) pairs to a calibration figure."""
        rows = self.bins.setdefault(figure, np.zeros((BINS, 3)))
        for score, right in scored:
            row = min(max(int(score * BINS), 0), BINS - 1)
            rows[row] += (score, right, 1)


@dataclass(frozen=True, slots=True)
class Figure:
    """One reported figure in [0, 1] with its 95 % interval over articles; counts say what it rests on."""

    kind: FigureKind
    value: float
    low: float
    high: float
    right: float
    predicted: int
    gold: int
    precision: float | None = None
    recall: float | None = None


def summarise(tallies: Sequence[Tally], *, rounds: int = 1000, seed: int = 20240501) -> dict[str, Figure]:
    """Give every figure over the articles; intervals are percentiles of ``rounds`` seeded resamples of articles."""
    weights = _resamples(len(tallies), rounds, seed)
    figures: dict[str, Figure] = {}
    for name in _names(tally.f1 for tally in tallies):
        rows = np.array([tally.f1.get(name, (0, 0, 0)) for tally in tallies], np.float64)
        figures[name] = _f1_figure(rows, weights)
    for name in _names(tally.accuracy for tally in tallies):
        rows = np.array([tally.accuracy.get(name, (0, 0)) for tally in tallies], np.float64)
        right, asked = rows.sum(axis=0)
        low, high = _interval(_ratio(*(weights @ rows).T))
        value = float(_ratio(right, asked))
        figures[name] = Figure("accuracy", value, low, high, int(right), int(asked), int(asked))
    for name in _names(tally.classes for tally in tallies):
        figures.update(_macro_figures(name, tallies, weights))
    for name in _names(tally.bins for tally in tallies):
        empty = np.zeros((BINS, 3))
        cube = np.array([tally.bins.get(name, empty) for tally in tallies])
        total = cube.sum(axis=0)
        low, high = _interval(calibration_error(np.einsum("ra,abc->rbc", weights, cube)))
        value = float(calibration_error(total[None])[0])
        right, seen = int(total[:, 1].sum()), int(total[:, 2].sum())
        figures[name] = Figure("calibration_error", value, low, high, right, seen, seen)
    return figures


def f1(right: float, predicted: float, gold: float) -> float:
    """Give the harmonic mean of precision and recall; 1 where there is nothing to find and nothing was found."""
    return 2 * right / (predicted + gold) if predicted + gold else 1.0


def _macro_figures(name: str, tallies: Sequence[Tally], weights: NDArray[np.float64]) -> dict[str, Figure]:
    classes = _names(tally.classes.get(name, {}) for tally in tallies)
    cube = np.array(
        [[tally.classes.get(name, {}).get(label, (0, 0, 0)) for label in classes] for tally in tallies], np.float64
    )
    figures = {label: _f1_figure(cube[:, at], weights) for at, label in enumerate(classes)}
    total = cube.sum(axis=0)
    present = total[:, 1:].sum(axis=1) > 0
    value, low, high = 1.0, 0.0, 1.0
    if present.any():
        value = float(_f1_rows(total[present]).mean())
        low, high = _interval(_f1_rows(np.einsum("ra,abc->rbc", weights, cube[:, present])).mean(axis=1))
    right, predicted, gold = (int(count) for count in total.sum(axis=0))
    figures[name] = Figure("macro_f1", value, low, high, right, predicted, gold)
    return figures


def _f1_figure(rows: NDArray[np.float64], weights: NDArray[np.float64]) -> Figure:
    right, predicted, gold = rows.sum(axis=0)
    low, high = _interval(_f1_rows(weights @ rows))
    return Figure(
        kind="f1",
        value=float(f1(right, predicted, gold)),
        low=low,
        high=high,
        right=float(right),
        predicted=int(predicted),
        gold=int(gold),
        precision=float(_ratio(right, predicted)),
        recall=float(_ratio(right, gold)),
    )


def _add(row: list[float], more: Iterable[float]) -> None:
    for at, count in enumerate(more):
        row[at] += count


def _names(mappings: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))


def _resamples(articles: int, rounds: int, seed: int) -> NDArray[np.float64]:
    """How often each article is drawn in each round, shape (rounds, articles)."""
    if not articles:
        return np.zeros((rounds, 0))
    generator = np.random.default_rng(seed)
    return generator.multinomial(articles, np.full(articles, 1 / articles), size=rounds).astype(np.float64)


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    if not values.size:
        return 0.0, 1.0
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _ratio(right: NDArray[np.float64] | float, asked: NDArray[np.float64] | float) -> NDArray[np.float64]:
    right, asked = np.asarray(right, np.float64), np.asarray(asked, np.float64)
    return np.divide(right, asked, out=np.ones_like(right), where=asked > 0)


def _f1_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return _ratio(2 * rows[..., 0], rows[..., 1] + rows[..., 2])


def calibration_error(bins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the expected calibration error (Guo et al. 2017) of bins as `Tally` has them, shape (…, `BINS`, 3)."""
    gaps = np.abs(bins[..., 0] - bins[..., 1]).sum(axis=-1)
    seen = bins[..., 2].sum(axis=-1)
    error: NDArray[np.float64] = np.divide(gaps, seen, out=np.zeros_like(gaps), where=seen > 0)
    return error
