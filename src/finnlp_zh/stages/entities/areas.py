"""Places, with the districts inside them, and branches named by their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from finnlp_zh.stages.entities.candidates import Candidate
from finnlp_zh.stages.entities.gazetteer import Scan

NO_PLACE: Final = re.compile(
    "(?:(?:财经|主流|官方)?媒体|[东西南北中]?[一二三]?[路街](?!径|透|演|线)|大道|大街|弄|克朗|雷亚尔)"
)
"""What stands after a place that is only part of another name."""
INDEX: Final = re.compile(
    r"(?:标普|标准普尔|道琼斯|纳斯达克|富时|MSCI|明晟|斯托克|日经)[\u4e00-\u9fffA-Za-z]{0,8}?\s?(?:[0-9]{2,4}(?:指数|指)?|指数)(?!公司|有限)"
    r"|(?:欧洲|泛欧)斯托克\s?[0-9]{2,3}(?:[\u4e00-\u9fff]{0,4}指数)?"
)
"""Names of stock indexes, which hold names of places and of the houses that compute them."""
_BRANCH: Final = re.compile("(?:分行|分公司|分所|支行|子公司(?=总经理|负责人))(?!行长会)")
_SIDE: Final = re.compile(r"(?:^|(?<=[\n 　]))([美俄乌伊以日韩英法德欧朝印])(?=称|说|要求|将对)")
_DISTRICT: Final = re.compile(
    r"(?!本|该|全|市|城|郊|辖|园|山区|老|各|两|多|乡|中心|重点|棚户|主要|部分|周边)[\u4e00-\u9fff]{1,4}?(?:自治[州县旗]|地区|新区|开发区|[区县市镇乡盟])(?<!城市)(?![\u4e00-\u9fff]?(?:政策|块链|级|域|委|长|场|别|值))"
)
_FOREIGN_AREA: Final = re.compile("(?:地区|特区)")


def find_places(scan: Scan) -> Iterator[Candidate]:
    """Give places with the places and districts inside them, branches named by their place, and 俄, 美 in headlines."""
    text = scan.text
    for start, end in _joined_places(scan):
        yield Candidate(start, end, "LOC", 0.8, "place")
    for place in scan.places:
        if (branch := _BRANCH.match(text, place.end)) and place.source in ("province", "city"):
            yield Candidate(place.start, branch.end(), "ORG", 0.78, "branch")
    for match in _SIDE.finditer(text):
        yield Candidate(match.start(1), match.end(1), "LOC", 0.8, "side")


def _joined_places(scan: Scan) -> Iterator[tuple[int, int]]:
    """Join a place with the places inside it that follow: 山东 + 潍坊, 新疆阿勒泰地区 + 富蕴县."""
    pending: tuple[int, int, str] | None = None
    for place in scan.places:
        joins = pending is not None and place.start == pending[1] and place.source in ("city", "district")
        if pending and joins and pending[2] in ("province", "city"):
            pending = (pending[0], _area_end(scan, place.end, place.source), place.source)
            continue
        if pending:
            yield pending[:2]
        if place.source == "district" and scan.text[place.end : place.end + 1] not in "区县市":
            pending = None
            continue
        pending = (place.start, _area_end(scan, place.end, place.source), place.source)
    if pending:
        yield pending[:2]


def _area_end(scan: Scan, end: int, kind: str) -> int:
    """Give where the districts named after a place end: 包头市 + 昆都仑区."""
    if kind not in ("province", "city", "district", "foreign"):
        return end
    while area := (_FOREIGN_AREA if kind == "foreign" else _DISTRICT).match(scan.text, end):
        if scan.crosses(end, area.end()) or scan.overhang.covers(area.end()) or scan.has_soft(end, area.end()):
            return end
        end = area.end()
    return end
