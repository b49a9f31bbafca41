"""Names of persons, read at given offsets: Chinese ones by their characters, foreign ones by transcription."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from finnlp_zh.resources import boundaries, person_names
from finnlp_zh.stages.entities.candidates import Candidate
from finnlp_zh.stages.entities.gazetteer import Scan

_NEVER_GIVEN: Final = frozenset(
    "的了是在和与对为将于被把等说称无未，这那其也都就不没但而或及并由从向到给让使所月日时分万亿个股司部局很最更还又再已们我你他她它"
)
_DOTS: Final = "·•・‧"
_KIN: Final = ("人士", "女士", "男士", "博士", "院士", "其子", "之子", "儿子", "长子", "次子", "妻子", "弟子")
"""Words whose last character also spells foreign names."""
_SELDOM: Final = "罕慕隆拿弥墨杭缪聂孟苔俄伽仑顺欣蕾黛嘉琪思廖烈"
"""Characters that spell foreign names too seldom to be read as such without a dot beside them."""
_NAMED_AFTER: Final = re.compile(
    '[”"』]?(?:号|级|机场|医院|大学|学院|奖|基金|公司|集团|银行|码头|研究[所院]|中心|学校|广场|大街|门店|品牌)'
)


class Names:
    """Reads names of persons at given offsets of a text."""

    def __init__(self) -> None:
        parts = person_names.load()
        self._surnames: Final = parts.surnames
        self._rare: Final = parts.rare
        self._compounds: Final = parts.compounds
        self._prose_words: Final = frozenset(word for word, _ in boundaries.load_ordinary())
        spelled = re.escape(parts.transcription)
        self._foreign: Final = re.compile(rf"[{spelled}]{{1,9}}(?:[{_DOTS}\-－][{spelled}]{{1,9}}){{0,3}}")
        some = f"[{spelled}{_SELDOM}]"
        self._dotted: Final = re.compile(rf"{some}{{1,8}}(?:[{_DOTS}]{some}{{1,9}}){{1,3}}")
        self._ratios: Final = person_names.load_ratios()
        self._family: Final = re.compile(f"[{''.join(sorted(parts.surnames | parts.rare))}]")

    def is_surname(self, character: str) -> bool:
        """Tell whether ``character`` is a surname of one character."""
        return character in self._surnames or character in self._rare

    def ratio(self, name: str) -> float:
        """Give how much likelier the characters of ``name`` are in a name than in running text, natural log."""
        compound = name[:2] in self._compounds
        family = 5.0 if compound else self._ratios.family.get(name[0], 0.0)
        return family + sum(self._ratios.given.get(character, -1.5) for character in name[2 if compound else 1 :])

    def likely(self, scan: Scan) -> Iterator[tuple[int, int, float]]:
        """Give stretches that look like Chinese names by their characters and stand between words."""
        text = scan.text
        borders = {hit.end for hit in scan.hits} | scan.borders
        for match in self._family.finditer(text):
            start = match.start()
            if start not in borders and start:
                continue
            end = self.chinese(scan, start, strict=True, floor=2.0)
            if end is None or scan.overhang.covers(start):
                continue
            name = text[start:end]
            ratio = self.ratio(name) - (2.0 if name in self._prose_words else 0.0)
            if ratio >= (6.5 if len(name) > 2 else 6.0):
                yield start, end, ratio

    def chinese(self, scan: Scan, start: int, *, strict: bool, floor: float = 0.0) -> int | None:
        """Give where a Chinese name that begins at ``start`` ends.

        ``strict`` asks for a word that may follow it, ``floor`` for that much likeness to a name.
        """
        text = scan.text
        if text[start : start + 2] in self._compounds:
            options: tuple[int, ...] = (start + 4, start + 3)
        elif text[start : start + 1] in self._surnames or text[start : start + 1] in self._rare:
            options = (start + 3, start + 2)
        else:
            return None
        if start + 1 in scan.longer_follows and self.ratio(text[start : start + 3]) < 7.0:
            options = options[1:]
        plausible = [end for end in options if end <= len(text) and self._given(text, start, end)]
        if len(plausible) == 2 and plausible[1] in scan.longer_follows and plausible[0] not in scan.longer_follows:
            given = self.ratio(text[start : plausible[0]]) - self.ratio(text[start : plausible[1]])
            if given < 1.5:
                plausible.reverse()
        elif len(plausible) == 2:
            last = self._ratios.given.get(text[plausible[0] - 1], -1.5)
            whole = not _is_han(text, plausible[0]) and plausible[1] not in scan.longer_follows
            whole = whole and last > -2.0 and self.ratio(text[start : plausible[0]]) > floor - 4.0
            known = last <= -1.0 and self.ratio(text[start : plausible[1]]) > floor
            if whole or (known and self._always_long(text, start, plausible[0])):
                return plausible[0]
            if plausible[1] in scan.follows and (last <= -1.0 or self._mostly_short(text, start, plausible[1])):
                plausible.reverse()
        for end in plausible:
            if scan.starts_follow(end) and self.ratio(text[start:end]) > floor:
                return end
        if strict:
            return None
        return next((end for end in plausible if self.ratio(text[start:end]) > 3.0), None)

    def _mostly_short(self, text: str, start: int, end: int) -> bool:
        """Tell whether the shorter of two readings stands in the text with other characters after it, too."""
        return text.count(text[start:end]) > text.count(text[start : end + 1])

    def _always_long(self, text: str, start: int, end: int) -> bool:
        """Tell whether the longer of two readings stands in the text thrice and the shorter never without it."""
        name = text[start:end]
        count = text.count(name)
        if count < 3 or text.count(name[:-1]) > count:
            return False
        return len({text[match.end()] for match in re.finditer(f"{name}(?=.)", text)}) == count

    def _given(self, text: str, start: int, end: int) -> bool:
        given = text[start + 1 : end]
        return bool(given) and all("\u4e00" <= c <= "\u9fff" and c not in _NEVER_GIVEN for c in given)

    def dotted(self, scan: Scan) -> Iterator[Candidate]:
        """Give the foreign names with a dot inside; what is named after a person is none."""
        text = scan.text
        words = sorted({held.end for held in scan.positions} | {hit.end for hit in (*scan.hits, *scan.places)})
        companies = {hit.start for hit in scan.hits if hit.type == "ORG"}
        for match in self._dotted.finditer(text):
            if match.start() in companies:  # 伯克希尔·哈撒韦
                continue
            dots = [offset for offset in range(*match.span()) if text[offset] in _DOTS]
            index = bisect_right(words, dots[0] - 1) - 1
            start = max(match.start(), words[index] if index >= 0 else 0)
            end = match.end()
            while end - dots[-1] > 3 and not scan.starts_follow(end):
                end -= 1
            if not scan.starts_follow(end):
                end = match.end()
            while end - dots[-1] > 2 and (text[end - 1] in "于日以同" or scan.overhang.holds(end - 1, end)):
                end -= 1
            start += text.startswith(_KIN, max(0, start - 1))
            if dots[0] - start + end - dots[-1] > 3 and not _NAMED_AFTER.match(text, end):
                yield Candidate(start, end, "PERSON", 0.86, "dotted")

    def foreign(self, scan: Scan, start: int) -> int | None:
        """Give where a transcribed foreign name that begins at ``start`` ends."""
        match = self._foreign.match(scan.text, start)
        if match is None or match.end() - start < 2:
            return None
        end = match.end()
        while end - start > 1:
            if scan.starts_follow(end) or scan.text.startswith("日", end):
                break
            end -= 1
        while end - start > 2 and scan.text[end - 1] in "于日以同":
            end -= 1
        return end if end - start >= 2 else None


def _is_han(text: str, offset: int) -> bool:
    return offset < len(text) and "\u4e00" <= text[offset] <= "\u9fff"
