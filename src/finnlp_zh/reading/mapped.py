"""Text that knows where in the source each of its characters came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Run = tuple[int, int, int]
"""(start, end, source_start): ``text[start:end]`` was copied unchanged from the source at ``source_start``."""


@dataclass(frozen=True, slots=True)
class MappedText:
    """A string with the runs of it that were copied from the source; characters in no run were put in.

    Cutting and joining keep the runs, so that no later step has to count characters.
    """

    text: str
    runs: tuple[Run, ...]

    @staticmethod
    def copy(source: str) -> MappedText:
        """Give the whole source, every character its own."""
        return MappedText(source, ((0, len(source), 0),) if source else ())

    @staticmethod
    def insert(text: str) -> MappedText:
        """Give text that stands nowhere in the source."""
        return MappedText(text, ())

    def __len__(self) -> int:
        return len(self.text)

    def cut(self, start: int, end: int) -> MappedText:
        """Give the characters ``[start, end)`` with their part of the map."""
        if start == 0 and end >= len(self.text):
            return self
        end = min(end, len(self.text))
        if start >= end:
            return EMPTY
        runs: list[Run] = []
        first = max(0, bisect_right(self.runs, (start, len(self.text) + 1, 0)) - 1)
        for run_start, run_end, source in self.runs[first:]:
            if run_start >= end:
                break
            low, high = max(run_start, start), min(run_end, end)
            if low < high:
                runs.append((low - start, high - start, source + low - run_start))
        return MappedText(self.text[start:end], tuple(runs))

    def source_of(self, place: int) -> int | None:
        """Give the source offset of one character, ``None`` for a character that was put in."""
        index = bisect_right(self.runs, (place, len(self.text) + 1, 0)) - 1
        if index >= 0:
            start, end, source = self.runs[index]
            if start <= place < end:
                return source + place - start
        return None


EMPTY = MappedText("", ())


def concatenate(parts: Iterable[MappedText]) -> MappedText:
    """Give the parts one after the other; runs that go on in the source as they do in the text become one."""
    texts: list[str] = []
    runs: list[Run] = []
    length = 0
    for part in parts:
        texts.append(part.text)
        for start, end, source in _shift(part.runs, length):
            if runs and runs[-1][1] == start and runs[-1][2] + start - runs[-1][0] == source:
                runs[-1] = (runs[-1][0], end, runs[-1][2])
            else:
                runs.append((start, end, source))
        length += len(part.text)
    return MappedText("".join(texts), tuple(runs))


def _shift(runs: Iterable[Run], by: int) -> Iterator[Run]:
    for start, end, source in runs:
        yield start + by, end + by, source
