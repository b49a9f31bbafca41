"""Takes web junk out of an article: adverts, disclaimers, tool bars, live prices. Source lines stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from finnlp_zh.reading.layout import Paragraph, remove, shorten
from finnlp_zh.resources.boilerplate import Boilerplate, load_boilerplate
from finnlp_zh.types import Repair

# A line that holds none of these is matched by no pattern for lines; the patterns are too many to try on every line.
_HINT: Final = re.compile(
    "【|开户|客户端|APP|App|小程序|海量资讯|二维码|关注|炒股|声明|提示|免责|不构成|仅供参考|不代表|有风险|原创|独家|未经|版权|"
    "opyright|©|ⓒ|ICP|公网安备|授权|转载|A\\+|收藏|字体|分享|打印|一篇|返回|查看|阅读|展开|评论|相关|热门|猜你|更多|首页|"
    "链接|网址|地址|http|www|[■□▲▼◆●★☆]|图|视频|广告"
)
_PIECE_HINT: Final = re.compile(r"[（(]\s*-?\d|[（(]行情|更多")
_LONGEST_LINE: Final = 500
_CALL: Final = re.compile(r"[？！?!【]")
_SHORTEST_HEADLINE: Final = 8


def drop_junk(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Give the paragraphs without junk; what was dropped stands as a ``drop`` repair with the paragraph after it."""
    patterns = load_boilerplate()
    kept: list[Paragraph] = []
    pending: list[Repair] = []
    for line in paragraphs:
        paragraph = line
        what = _junk_line(paragraph.text, patterns)
        if what == "advert" and (start := _headline_before(paragraph.text)):
            paragraph = remove(paragraph, [(start, len(paragraph.text))], what)
        elif what is not None and len(paragraphs) > 1:
            pending.append(Repair("drop", (0, 0), f"{what}: {shorten(paragraph.text)}"))
            continue
        cleaned = _drop_pieces(paragraph, patterns)
        if not cleaned.text:
            pending.extend(cleaned.repairs)
            continue
        cleaned.repairs[:0] = pending
        pending = []
        kept.append(cleaned)
    if pending and kept:
        end = len(kept[-1].text)
        kept[-1].repairs.extend(Repair(repair.kind, (end, end), repair.note) for repair in pending)
    return kept or list(paragraphs)


def _junk_line(text: str, patterns: Boilerplate) -> str | None:
    if len(text) > _LONGEST_LINE or not _HINT.search(text):
        return None
    for entry in patterns.lines:
        if len(text) <= entry.longest and entry.pattern.search(text):
            return entry.what
    return None


def _headline_before(text: str) -> int:
    """Give where an advert begins that was run together with the headline before it; 0 where nothing stands before."""
    call = _CALL.search(text)
    space = text.rfind(" ", 0, call.start()) if call else -1
    return space if space >= _SHORTEST_HEADLINE and text[space + 1].isalnum() else 0


def _drop_pieces(paragraph: Paragraph, patterns: Boilerplate) -> Paragraph:
    if not _PIECE_HINT.search(paragraph.text):
        return paragraph
    for entry in patterns.pieces:
        group = 1 if entry.pattern.groups else 0
        spans = [match.span(group) for match in entry.pattern.finditer(paragraph.text)]
        if spans:
            paragraph = remove(paragraph, spans, entry.what)
    return paragraph
