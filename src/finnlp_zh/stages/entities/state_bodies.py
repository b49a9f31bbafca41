"""State bodies, by the place or 国家 that begins and the word that ends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from finnlp_zh.stages.entities.candidates import Candidate
from finnlp_zh.stages.entities.gazetteer import Gazetteer, Hit, Scan, Word

_STATE: Final = re.compile(r"(?:国家|国务院|中共中央|中央|全国)")
_STATE_END: Final = re.compile(
    r"(?:国家[\u4e00-\u9fff]{2,12}?(?:总局|管理局|监督管理局|委员会|局)"
    r"|国务院(?:(?!决策|批准|部署|领导同志|有关)[\u4e00-\u9fff]{2,16}?(?:办公室|委员会|领导小组|国资委))?"
    r"|中共中央(?:[\u4e00-\u9fff]{2,10}?(?:委员会|办公厅|办公室|组织部|宣传部|纪委|对外联络部|政治局))?"
    r"|中央[\u4e00-\u9fff]{2,12}?(?:委员会|办公室|领导小组)|中央[\u4e00-\u9fff]{0,8}?(?:指导组|督导组|巡视组|督查组)"
    r"|全国(?:人大|政协|人民代表大会)(?:常务委员会|常委会)?)"
)
_AREA: Final = re.compile(r"(?:[\u4e00-\u9fff]{2,4}(?:自治州|自治县|自治区|地区|新区|省|市|县|区|州|旗|镇))+")
_LOCAL: Final = re.compile(r"[\u4e00-\u9fff]{1,4}(?:中级|高级|基层|铁路运输|金融|知识产权|海事)?$")
_SCORE: Final = 0.9


def find_state_bodies(scan: Scan, gazetteer: Gazetteer) -> Iterator[Candidate]:
    """Give the state bodies that a place or 国家, 中央, 国务院 begins, at home and abroad."""
    text = scan.text
    ends = {place.end: place for place in scan.places if place.source != "country"}
    for match in _STATE.finditer(text):
        body = _STATE_END.match(text, match.start())
        if body and not scan.crosses(body.start() + 2, body.end()) and not scan.holds_office(*body.span()):
            start = _with_places(ends, body.start(), scan.cut_before(body.start()))
            yield Candidate(start, body.end(), "REGULATOR", 0.87, "national")
    ends = {place.end: place for place in scan.places}
    for word in scan.last_words(("state", "organ")):
        seat = _seat(scan, word, ends, gazetteer)
        headed = text[word.end - 1] in "部局司厅处署" and text.startswith("长", word.end)
        if seat is not None and not headed:
            start = _with_places(ends, seat, scan.cut_before(seat))
            yield Candidate(start, word.end, "REGULATOR", _SCORE, word.kind)


def _seat(scan: Scan, word: Word, ends: dict[int, Hit], gazetteer: Gazetteer) -> int | None:
    """Give where the place before a state body begins, or None where none stands there."""
    text = scan.text
    edge = scan.cut_before(word.start)
    start = word.start
    if word.kind == "organ" and start not in ends:
        before = text[start - 1 : start]
        abbreviated = before in gazetteer.abbreviations and (start - 1 == edge or start - 1 in scan.follows)
        return start - 1 if abbreviated and word.end - word.start > 2 else None
    while start in ends and ends[start].start >= edge:
        start = ends[start].start
    if start < word.start or word.kind != "state":
        return start if start < word.start else None
    area = _AREA.search(text, edge, word.start)
    if area and area.end() == word.start:
        first = area.start()
        while first in ends and ends[first].start >= edge:
            first = ends[first].start
        return first
    for start in range(word.start - 1, max(edge, word.start - 6), -1):
        local = _LOCAL.fullmatch(text, start, word.start) if start in ends else None
        if local and not local[0].startswith(("相关", "有关", "当地", "地方", "各级", "多地", "的")):
            return ends[start].start
    return None


def _with_places(ends: dict[int, Hit], start: int, edge: int) -> int:
    """Give the start of the places that stand right before ``start``."""
    while start in ends and ends[start].start >= edge and ends[start].source != "country":
        start = ends[start].start
    return start
