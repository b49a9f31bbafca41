"""What a rule hands on: a quote before its speaker is tied to an entity."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from finnlp_zh.resources.cues import Force
from finnlp_zh.stages.quotes.content import ContentReader
from finnlp_zh.stages.quotes.guesses import SpeakerGuesser
from finnlp_zh.stages.quotes.passage import Passage
from finnlp_zh.stages.quotes.speakers import Actor, SpeakerFinder
from finnlp_zh.types import QuoteKind, Span

_NEGATED: Final = re.compile(
    r"(?:未|没有|没|不|拒绝|无法|尚未|并未|不愿|不予|难以|无人|从未|未能|不会|不能|不敢|不便|避免|暂无|未曾)"
    r"(?:就此|对此|对外|公开|明确|直接|立即|正式|具体|进一步|再|再次|予以|作出|做出|透露|披露)?$"
)


@dataclass(slots=True)
class Candidate:
    """A quote as a rule sees it; ``start`` is where its reporting clause begins."""

    kind: QuoteKind
    content: list[Span]
    cue: Span | None
    actor: Actor | None
    document: Span | None
    start: int
    score: float
    rule: str
    force: Force = "claim"
    continuation: list[Span] = field(default_factory=list)
    carried: bool = False
    leads_on: bool = False  # its cue opens a further quote: “…。”他表示，…

    @property
    def end(self) -> int:
        return self.content[-1][1]

    @property
    def cue_start(self) -> int:
        return self.cue[0] if self.cue is not None else self.start


class Frames:
    """A family of frames over one passage."""

    def __init__(self, passage: Passage, finder: SpeakerFinder, reader: ContentReader) -> None:
        self.passage = passage
        self.text = passage.text
        self.masked = passage.masked
        self.finder = finder
        self.reader = reader
        self.guesser = SpeakerGuesser(finder)

    def is_negated(self, cue_start: int, floor: int = 0) -> bool:
        """Tell whether the cue at ``cue_start`` is denied: 未透露, 拒绝表态."""
        return _NEGATED.search(self.masked[max(floor, cue_start - 12) : cue_start]) is not None
