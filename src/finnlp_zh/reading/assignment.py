"""The best pairing of two sides, and which of its pairs are beyond doubt."""

from __future__ import annotations

import math
from collections.abc import Sequence


def assign(scores: Sequence[Sequence[float]], *, margin: float) -> list[tuple[int, int]]:
    """Give the pairs (row, column) of the best assignment that are better by ``margin`` than any without them.

    A score of zero or less means no pair. Each row and each column is in one pair at most. Small inputs: the cost is
    cubic (Kuhn 1955, with potentials), once more for each pair that has a rival.
    """
    rows = [row for row, values in enumerate(scores) if any(value > 0 for value in values)]
    columns = sorted({column for row in rows for column, value in enumerate(scores[row]) if value > 0})
    table = [[max(0.0, scores[row][column]) for column in columns] for row in rows]
    pairs = _best(table)
    total = sum(table[row][column] for row, column in pairs)
    sure = []
    for row, column in pairs:
        value = table[row][column]
        rivals = [table[row][c] for c in range(len(columns)) if c != column]
        rivals += [table[r][column] for r in range(len(rows)) if r != row]
        if max(rivals, default=0.0) > 0.0:
            table[row][column] = 0.0
            without = sum(table[r][c] for r, c in _best(table))
            table[row][column] = value
        else:
            without = total - value
        if total - without >= margin or (without == total - value and value > 0 and max(rivals, default=0.0) <= 0):
            sure.append((rows[row], columns[column]))
    return sure


def _best(table: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Give the assignment with the greatest sum, without its empty pairs."""
    if not table or not table[0]:
        return []
    if len(table) > len(table[0]):
        turned = [list(column) for column in zip(*table, strict=True)]
        return sorted((row, column) for column, row in _best(turned))
    height, width = len(table), len(table[0])
    row_price = [0.0] * (height + 1)
    column_price = [0.0] * (width + 1)
    owner = [0] * (width + 1)  # the row (from 1) that holds each column; column 0 is the row being placed
    for row in range(1, height + 1):
        owner[0] = row
        column = 0
        slack = [math.inf] * (width + 1)
        back = [0] * (width + 1)
        used = [False] * (width + 1)
        while owner[column]:
            used[column] = True
            current = owner[column]
            values = table[current - 1]
            least, following = math.inf, 0
            for other in range(1, width + 1):
                if used[other]:
                    continue
                cost = -values[other - 1] - row_price[current] - column_price[other]
                if cost < slack[other]:
                    slack[other], back[other] = cost, column
                if slack[other] < least:
                    least, following = slack[other], other
            for other in range(width + 1):
                if used[other]:
                    row_price[owner[other]] += least
                    column_price[other] -= least
                else:
                    slack[other] -= least
            column = following
        while column:
            owner[column] = owner[back[column]]
            column = back[column]
    return sorted((owner[c] - 1, c - 1) for c in range(1, width + 1) if owner[c] and table[owner[c] - 1][c - 1] > 0)
