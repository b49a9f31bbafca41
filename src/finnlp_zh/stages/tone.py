"""Policy tone: whether a central bank or another public body tightens, eases or does neither, and looks forward.

Runs only where it is asked for by name (``stages=[..., "tone"]``), and fills `Record.policy`. A sentence counts where
a REGULATOR or an OFFICIAL acts in it or is quoted, and it speaks of policy: monetary (降准, 缩表), fiscal
(提高赤字率) or regulatory (从严, 放宽). What a market, an analyst or a company says of the body is not its tone; nor is
what a body says of another's policy (反对加征关税).

The words are data (``resources/tone.words.tsv``), as are the patterns over them (``tone.rules.tsv``). The stage reads
what stands around each match:

- reversal turns it round (退出宽松, 加息周期接近尾声), and so does putting it off (不急于降息);
- negation takes its direction away (尚未讨论降息);
- of a sentence with 但 or 不过 the half after it weighs more;
- words of doubt lower the score.

``forward_looking`` says that the sentence tells of what is to come (intent, guidance, expectation), not of what is
done or decided. The 将 that marks an object (将利率下调至1.4%) is told apart from that of the future.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from finnlp_zh.encoder.features import Features
from finnlp_zh.resources.phrases import Match, Sightings
from finnlp_zh.resources.tone import ToneLexicon, tone_lexicon
from finnlp_zh.types import Entity, Layer, PolicyTone, Quote, Record, Span, ToneLabel

_BODIES: Final = frozenset({"REGULATOR", "OFFICIAL"})
_CLAUSE: Final = re.compile("[，。；！？：,;!?: \u3000\n]")
_SIGNS: Final[Mapping[ToneLabel, int]] = {"tightening": -1, "easing": 1, "neutral": 0}
_BEFORE: Final = 8  # characters over which a negation or a reversal reaches forward
_REACH: Final = 40  # no clause is read further than this
_LEANING: Final = 0.35  # what the directions must add up to
_CONTRASTED: Final = 0.4  # what stands before 但 counts this much
_DOUBTED: Final = 0.85


class Voice(NamedTuple):
    """A stretch of text and whose words it is; ``outside`` where no public body speaks."""

    start: int
    end: int
    body: str | None
    outside: bool


class Sign(NamedTuple):
    """A match as it counts in its sentence: where, which way (−1 tightens), and how much."""

    span: Span
    direction: int
    weight: float


class ToneStage:
    """Gives `Record.policy`: tone, outlook and body of every sentence in which a public body speaks of policy."""

    name: Final = "tone"
    version: Final = "2"
    requires: Final = frozenset({"text", "sentences", "entities", "quotes"})
    provides: Final = frozenset({"policy"})

    def __init__(self) -> None:
        self._lexicon = tone_lexicon()

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give the policy tones of each article, in reading order."""
        return [Layer(policy=list(_tones(doc, self._lexicon))) for doc in docs]


def _tones(doc: Record, lexicon: ToneLexicon) -> Iterator[PolicyTone]:
    bodies = _mentions(doc.entities)
    voices = _Voices(doc)
    if not bodies and not voices.official:
        return
    sightings = lexicon.phrases.sight(doc.text)
    for sentence, matches in _by_sentence(doc.sentences, lexicon.phrases.match(sightings)):
        at = bisect_left(bodies, (sentence[0], 0, ""))
        inside = [span for span in bodies[at : at + _REACH] if span[1] <= sentence[1]]
        if sightings.within("@others", *sentence):
            continue  # 反对美国加征关税: a body speaks of what another does
        heard: dict[Match, str | None] = {}
        for match in matches:
            voice = voices.at(match.evidence[0])
            if voice is not None and not voice.outside:
                heard[match] = _named_in_clause(inside, match.evidence, sentence, sightings.text) or voice.body
            elif voice is None and inside and not _told_by_onlookers(match, sentence, sightings):
                heard[match] = _nearest(inside, match.evidence[0])
        if heard:
            yield _judge(sentence, heard, sightings, lexicon)


def _judge(sentence: Span, heard: Mapping[Match, str | None], sightings: Sightings, lexicon: ToneLexicon) -> PolicyTone:
    turns = sightings.within("@contrast", *sentence)
    turn = turns[-1].start if turns else sentence[0]
    signs = [_read(match, sentence, turn, sightings, lexicon) for match in _outermost(heard)]
    total = sum(sign.direction * sign.weight for sign in signs)
    mass = sum(sign.weight for sign in signs)
    tone: ToneLabel = "neutral" if abs(total) < _LEANING else "easing" if total > 0 else "tightening"
    shown = [sign.span for sign in signs if sign.direction == _SIGNS[tone]] or [sign.span for sign in signs]
    score = 0.5 + 0.45 * (abs(total) / (mass + 0.2) if total and tone != "neutral" else 1 - abs(total) / (mass + 0.2))
    if sightings.within("@hedge", *sentence):
        score *= _DOUBTED
    body = next((body for match, body in heard.items() if match.evidence == shown[0]), None)
    # What comes after the clause of the last evidence (预计将释放资金) is its effect, not the body's outlook.
    told = (sentence[0], _clause(sightings.text, sentence, shown[-1])[1])
    return PolicyTone(
        sentence, tone, _looks_forward(told, sightings), body, _joined(shown), round(min(max(score, 0.05), 0.95), 3)
    )


def _read(match: Match, sentence: Span, turn: int, sightings: Sightings, lexicon: ToneLexicon) -> Sign:
    rule = lexicon.rules[match.label]
    direction, weight = _SIGNS[rule.tone], rule.weight
    start, end = match.evidence
    clause = _clause(sightings.text, sentence, match.evidence)
    near = max(clause[0], start - _BEFORE)
    if direction:
        if (
            _ending(sightings, "@delay", near, start)
            or sightings.within("@late", end, clause[1])
            or _ending(sightings, "@reverse", near, start)
            or sightings.within("@ended", end, clause[1])
        ):
            direction = -direction
        elif _ending(sightings, "@negation", near, start):
            direction = 0
    if start < turn:
        weight *= _CONTRASTED
    return Sign(match.evidence, direction, weight)


def _ending(sightings: Sightings, name: str, start: int, end: int) -> bool:
    return any(hit.end <= end for hit in sightings.within(name, start, end))


def _looks_forward(told: Span, sightings: Sightings) -> bool:
    if sightings.within("@future", *told) or any(
        _is_future(hit.end, told, sightings) for hit in sightings.within("@will", *told)
    ):
        return True
    return bool(sightings.within("@soft", *told)) and not sightings.within("@past", *told)


def _is_future(after: int, sentence: Span, sightings: Sightings) -> bool:
    """Whether the 将 before ``after`` speaks of the future: a verb comes next, not the object that is turned."""
    end = _clause(sightings.text, sentence, (after, after))[1]
    moves = sightings.within("@move", after, end)
    verb = moves[0].start if moves else end
    things = [hits[0].start for name in ("@brake", "@gas") if (hits := sightings.within(name, after, end))]
    if not things or verb <= min(things):
        return True
    turned = [
        hits[-1].start for name in ("@raise", "@lower", "@unchanged") if (hits := sightings.within(name, after, end))
    ]
    return not turned or max(turned) < min(things)


def _told_by_onlookers(match: Match, sentence: Span, sightings: Sightings) -> bool:
    if sightings.within("@expected", match.end, match.end + 1):
        return True  # 加息预期
    start = max(sentence[0], match.start - 2 * _REACH)
    return _ending(sightings, "@onlooker", start, match.start)


def _named_in_clause(mentions: Sequence[tuple[int, int, str]], evidence: Span, sentence: Span, text: str) -> str | None:
    """Give the body that a speaker names as the one who acts (财长称，央行已降息), or None."""
    start, _ = _clause(text, sentence, evidence)
    named = [body for place, _, body in mentions if start <= place < evidence[0]]
    return named[-1] if named else None


def _nearest(mentions: Sequence[tuple[int, int, str]], place: int) -> str:
    """Give the body named last before ``place``, else the first after it."""
    at = bisect_right(mentions, (place, 0, "")) - 1
    return mentions[max(at, 0)][2]


def _outermost(matches: Mapping[Match, str | None]) -> list[Match]:
    """Of matches whose evidence overlaps, keep the longest (适度宽松 over 宽松), in reading order."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: (match.evidence[0], -match.evidence[1], match.label)):
        if kept and match.evidence[0] < kept[-1].evidence[1]:
            if match.evidence[1] - match.evidence[0] > kept[-1].evidence[1] - kept[-1].evidence[0]:
                kept[-1] = match
            continue
        kept.append(match)
    return kept


def _joined(spans: Sequence[Span]) -> list[Span]:
    return sorted(set(spans))


def _clause(text: str, sentence: Span, span: Span) -> Span:
    """Give the clause around ``span``, at most ``_REACH`` characters to either side."""
    low, high = max(sentence[0], span[0] - _REACH), min(sentence[1], span[1] + _REACH)
    start = low
    for mark in _CLAUSE.finditer(text, low, span[0]):
        start = mark.end()
    stop = _CLAUSE.search(text, span[1], high)
    return start, stop.start() if stop else high


def _by_sentence(sentences: Sequence[Span], matches: Iterator[Match]) -> Iterator[tuple[Span, list[Match]]]:
    starts = [start for start, _ in sentences]
    grouped: dict[int, list[Match]] = {}
    for match in matches:
        at = bisect_right(starts, match.start) - 1
        if at >= 0 and match.end <= sentences[at][1]:
            grouped.setdefault(at, []).append(match)
    for at in sorted(grouped):
        yield sentences[at], grouped[at]


def _mentions(entities: Sequence[Entity]) -> list[tuple[int, int, str]]:
    """Give the mentions of public bodies in reading order; an official stands for the body where that is known."""
    known = {entity.id: entity for entity in entities}
    return sorted(
        (*mention.span, _body_of(entity.id, known) or entity.id)
        for entity in entities
        if entity.type in _BODIES
        for mention in entity.mentions
    )


def _body_of(entity: str | None, known: Mapping[str, Entity]) -> str | None:
    if entity is None or (found := known.get(entity)) is None:
        return None
    body = known.get(found.affiliation) if found.affiliation else None
    return body.id if found.type == "OFFICIAL" and body is not None and body.type == "REGULATOR" else found.id


class _Voices:
    """Whose words stand where: the stretches of quoted speech, the innermost first at any place."""

    def __init__(self, doc: Record) -> None:
        known = {entity.id: entity for entity in doc.entities}
        spoken = [voice for quote in doc.quotes for voice in _voices_of(quote, known)]
        self.official = any(not voice.outside for voice in spoken)
        # Cut at every bound, so that one search finds the innermost: later and shorter stretches hide earlier ones.
        self._bounds = sorted({bound for voice in spoken for bound in (voice.start, voice.end)})
        self._owners = self._paint(spoken)

    def at(self, place: int) -> Voice | None:
        """Give the innermost quoted voice at ``place``, or None where the article itself speaks."""
        at = bisect_right(self._bounds, place) - 1
        return self._owners[at] if at >= 0 else None

    def _paint(self, spoken: Sequence[Voice]) -> list[Voice | None]:
        owners: list[Voice | None] = []
        waiting = sorted(spoken, key=lambda voice: (voice.start, -voice.end, not voice.outside))
        stack: list[Voice] = []
        at = 0
        for bound in self._bounds:
            while stack and stack[-1].end <= bound:
                stack.pop()
            while at < len(waiting) and waiting[at].start <= bound:
                stack.append(waiting[at])
                at += 1
            while stack and stack[-1].end <= bound:
                stack.pop()
            owners.append(stack[-1] if stack else None)
        return owners


def _voices_of(quote: Quote, known: Mapping[str, Entity]) -> Iterator[Voice]:
    speaker = quote.speaker
    if speaker is None or (speaker.span is None and speaker.entity is None):
        return  # 会议指出, 数据显示: the sentence itself must name the body
    entity = known.get(speaker.entity) if speaker.entity else None
    official = entity.type in _BODIES if entity is not None else speaker.source_class == "official"
    body = _body_of(speaker.entity, known) if official else None
    for start, end in (*quote.content, *quote.continuation):
        yield Voice(start, end, body, not official)
