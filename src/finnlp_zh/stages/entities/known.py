"""Names that the resources hold: the safe ones anywhere, the ambiguous ones where something shows them to be names."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import Final

from finnlp_zh.stages.entities.candidates import Candidate
from finnlp_zh.stages.entities.definitions import MARKS
from finnlp_zh.stages.entities.gazetteer import FORCES, Scan

_TAIL: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{0,4}?(?:集团股份有限公司|集团有限公司|股份有限公司|有限责任公司|有限公司|集团(?:公司)?)"
    r"|评级(?:有限)?公司|(?:控股(?!股东|子公司|公司|权|的)|证券|基金|财险|人寿|银行|资本|公司|产险|寿险|信托|期货|资管|租赁|研究院|研究所|医院|大学)"
    r"(?!行业|市场|经理|人))"
)
_COMPANY_WORDS: Final = re.compile(
    "(?:股票|股价|股份|市值|旗下|财报|年报|公告|方面|宣布|发布|CEO|首席|董事长|总裁|创始人|客户|供应商|概念股|产业链|等公司|等企业|等客户|等巨头)"
)
_MEETING: Final = re.compile("(?:经济|农村|金融|城市|政法|人才|统战|民族|外事|财经)[\u4e00-\u9fff]{0,4}?会议")
"""What makes 中央 the name of a meeting, which is no body."""
_SHARE_CLASS: Final = re.compile("-(?:SW|WR|UW|W|S|B|U|P)(?![A-Za-z])")


def find_known(scan: Scan) -> Iterator[Candidate]:
    """Give the names that the resources hold, with what belongs to them: marks, share classes, legal forms."""
    text = scan.text
    places = {(place.start, place.end) for place in scan.places}
    for hit in scan.hits:
        headed = text[hit.end - 1] in "部局司厅处署" and text.startswith("长", hit.end)
        if hit.loose or (hit.type == "REGULATOR" and (headed or (hit.start, hit.end) in places)):
            continue
        start = hit.start
        if hit.source == "knowledge" and hit.type == "ORG":
            start = next((start - len(mark) for mark in MARKS if text.endswith(mark, 0, start)), start)
        share = _SHARE_CLASS.match(text, hit.end) if hit.type == "ORG" else None
        if share:
            yield Candidate(start, share.end(), "ORG", 0.93, "share class")
        yield Candidate(start, hit.end, hit.type, 0.97 if hit.source == "lexicon" else 0.88, hit.source)
        tail = _TAIL.match(text, hit.end) if hit.type == "ORG" else None
        if tail and (tail[0].startswith("评级") or _joins(scan, hit.end, tail.end())):
            yield Candidate(start, tail.end(), "ORG", 0.9, "known+suffix")


def find_loose(scan: Scan, kept: Sequence[Candidate], vouched: Container[str]) -> Iterator[Candidate]:
    """Give the ambiguous names that something shows to be names.

    That is an entity found under another form (``vouched``), a word of companies after it, or a list with companies.
    """
    text = scan.text
    ends = {candidate.end for candidate in kept if candidate.label == "ORG"}
    starts = {candidate.start for candidate in kept if candidate.label == "ORG"}
    loose = [hit for hit in scan.hits if hit.loose and not FORCES.fullmatch(text, hit.start, hit.end)]
    for hit in (*loose, *reversed(loose)):
        if _MEETING.match(text, hit.end):
            continue
        listed = (hit.start - 1 in ends and text[hit.start - 1] in "、和与") or (
            hit.end + 1 in starts and text[hit.end] in "、和与"
        )
        shown = hit.type == "ORG" and (listed or _COMPANY_WORDS.match(text, hit.end))
        if shown or text[hit.start : hit.end] in vouched:
            ends.add(hit.end)
            starts.add(hit.start)
            yield Candidate(hit.start, hit.end, hit.type, 0.82, "loose")


def _joins(scan: Scan, start: int, end: int) -> bool:
    return not scan.crosses(start, end) and not scan.has_soft(start, end) and not scan.holds_name(start, end)
