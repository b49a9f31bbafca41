"""Guesses the speakers whom no entity names, from the words before a strong cue."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Final

from finnlp_zh.resources.cues import speaker_lexicon
from finnlp_zh.stages.quotes.passage import Name
from finnlp_zh.stages.quotes.speakers import Actor, SpeakerFinder
from finnlp_zh.types import PEOPLE, EntityType

_ADDRESSED: Final = re.compile(r"(?:向|对|接受|在)[^，。]*$")
_LATIN_NAME: Final = re.compile(r"[A-Z][A-Za-z'-]+(?: [A-Z][A-Za-z.'-]*)+$")
_SEVERAL: Final = re.compile(r"多|各|许多|部分|一些|某|几|两|众")
_NAME_LIKE: Final = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff·&. -]{1,15}")
_NO_NAME: Final = re.compile(
    r"^(?:若|待|发布|公布|披露|利空|利好|文|这|那|此|该|上|下|本|一|有|无|其|我|你|您|他|她|它|大家|人们|谁|什么|怎么|如何|换|可以|应该|事实|结果|经验|历史|据|根|所|虽|如果|只|因|就|当|从|在|对|与|和|由|被|把|让|使|不|很|最|更|如|按|照|总|坦|说|严格|客观|相对|一般|老实|具体|简单|通常|整体|综合)"
    r"|记者|笔者|本报|本刊|本网|小编|的|了|着|过|是|在|对|向|把|被|将|并|与|和|及|或|等|不|没|都|也|还|来|去|到|为|用|让|给|从|曾|已|正|就|这|那|年|月|日|问|答|会议|通话"
)
_BODY_NAME: Final = re.compile(
    r"(?:公司|集团|银行|证券|基金|保险|信托|股份|科技|商事|控股|资本|协会|委员会|中心|大学|学院|研究[院所]|实业|汽车|电子|能源|医药|地产|航空|网|报|社)$|[A-Za-z]{2}"
)
_SPEAKING: Final = frozenset({"PERSON", "OFFICIAL", "ORG", "REGULATOR"})


class SpeakerGuesser:
    """Reads a name out of the reporting clause where the record has none."""

    def __init__(self, finder: SpeakerFinder) -> None:
        self.finder = finder
        self.passage = finder.passage

    def guessed(self, cue_start: int, floor: int, *, strict: bool = False) -> Actor | None:
        """Guess a speaker whom the record does not name; a place within the name is the only mention it may cover."""
        actor = self._guess(cue_start, floor, strict)
        if actor is None:
            return None
        overlapped = list(self._names_over(actor.start, actor.end))
        inside = all(actor.start <= name.start and name.end <= actor.end for name in overlapped)
        places = all(self.passage.entities[name.entity].type == "LOC" for name in overlapped)
        return actor if inside and places and not any(name.end == actor.end for name in overlapped) else None

    def _guess(self, cue_start: int, floor: int, strict: bool) -> Actor | None:
        """Guess a speaker whom the record does not name: what stands between the clause's start and the adverbs.

        ``strict`` takes only what is built like a name: Latin words, a name behind a title, a body's ending.
        """
        start = self.passage.clause_start(cue_start, floor)
        while (
            start < cue_start and (unit := self.finder.units.match(self.passage.masked, start, cue_start)) is not None
        ):
            start = unit.end()
        words = list(self.finder.units.finditer(self.passage.masked, start, cue_start))
        end = cue_start
        while words and words[-1].end() == end and words[-1].start() >= start + 2:
            end = words.pop().start()
        known = self._known_within(start, end, cue_start)
        if known is not None:
            return known
        addressed = _ADDRESSED.search(self.passage.masked, start + 2, end)
        end = addressed.start() if addressed is not None else end
        chunk = self.passage.text[start:end]
        latin = _LATIN_NAME.search(chunk)
        if latin is not None:
            return Actor(start + latin.start(), end, "name", guess="PERSON")
        titled = _titled_name().search(chunk)
        if titled is not None:
            return Actor(start + titled.start(1), end, "name", guess="PERSON")
        if not _NAME_LIKE.fullmatch(chunk) or _NO_NAME.search(chunk) or (strict and not _BODY_NAME.search(chunk)):
            return None
        unnamed = _SEVERAL.match(chunk) or chunk.endswith(("人员", "人士", "者", "客户", "居民", "代表"))
        return Actor(start, end, "nominal" if unnamed else "name", guess=_guess_type(chunk))

    def _names_over(self, start: int, end: int) -> Iterator[Name]:
        number = bisect_left(self.finder.name_starts, end) - 1
        while number >= 0 and self.finder.names[number].end > start:
            yield self.finder.names[number]
            number -= 1

    def _known_within(self, start: int, end: int, cue_start: int) -> Actor | None:
        """Give a name that the record knows from elsewhere and has no mention of here."""
        chunk = self.passage.text[start:end]
        for surface, kind in self._surfaces.items():
            at = chunk.find(surface)
            if at >= 0 and self.finder.is_gap(start + at + len(surface), cue_start):
                return Actor(start + at, start + at + len(surface), "name", guess=kind)
        return None

    @cached_property
    def _surfaces(self) -> dict[str, EntityType]:
        """The names of the record's bodies and people, the longest first, with their types."""
        names = {
            mention.text: entity.type
            for entity in self.passage.entities
            for mention in entity.mentions
            if entity.type in _SPEAKING and mention.kind == "name" and len(mention.text) > 1
        }
        return dict(sorted(names.items(), key=lambda item: -len(item[0])))


@cache
def _titled_name() -> re.Pattern[str]:
    """Match a name behind an office or a profession: 总经理周向阳, 外长让·巴罗."""
    heads = sorted((h for h, e in speaker_lexicon().items() if e.type in PEOPLE and e.kind == "nominal"), key=len)
    letter = r"(?![这那也还就都曾已又再则并的了是说在对])[\u4e00-\u9fff]"
    return re.compile(rf"(?:{'|'.join(reversed(heads))})((?:{letter}){{2,4}}|(?:{letter}|[·-]){{4,14}})$")


def _guess_type(chunk: str) -> EntityType:
    if _BODY_NAME.search(chunk):
        return "ORG"
    if chunk.endswith(("军", "部", "局", "委", "署")):
        return "REGULATOR"
    return "PERSON" if "·" in chunk or len(chunk) <= 3 or chunk.endswith(("人员", "人士", "者")) else "ORG"
