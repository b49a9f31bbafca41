"""Length-sorted batches that bound the padded size, not the number of windows."""

from __future__ import annotations

from collections.abc import Sequence


def batches(lengths: Sequence[int], *, budget: int) -> list[list[int]]:
    """Give the indices of ``lengths`` in batches, longest first; rows times longest row stays within ``budget``.

    A row that is longer than the budget stands alone. Equal lengths keep their order.

    >>> batches([3, 9, 4], budget=9)
    [[1], [2, 0]]
    """
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    found: list[list[int]] = []
    for index in order:
        if found and (len(found[-1]) + 1) * lengths[found[-1][0]] <= budget:
            found[-1].append(index)
        else:
            found.append([index])
    return found


def padding_ratio(lengths: Sequence[int], *, budget: int) -> float:
    """Give the share of a pass that is padding, 0 where nothing is."""
    padded = sum(len(batch) * lengths[batch[0]] for batch in batches(lengths, budget=budget))
    return 1 - sum(lengths) / padded if padded else 0.0
