"""Chooses who speaks among all whom the text offers, by learned weights.

For each quote the proposals are those named in its reporting clause and sentence (by name, by a noun or by a pronoun),
the speakers of the quotes before it, the person named last, what the rules chose, and nobody. Each has features: where
it stands, what lies between it and the cue, what it is, whether it spoke last, what the rules and the ``speaker`` head
say. A linear model weighs them (``quote_ranking.json``, fitted by `finnlp_zh.training.quote_ranking`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from finnlp_zh.resources.ranking import load_weights, weigh
from finnlp_zh.stages.quotes.candidates import Candidate
from finnlp_zh.stages.quotes.heads import HeadEvidence
from finnlp_zh.stages.quotes.passage import Passage
from finnlp_zh.stages.quotes.speakers import Actor, SpeakerFinder
from finnlp_zh.types import PEOPLE, Span

Choice = Literal["rules", "head", "ranker", "together", "mixed"]
"""Who chooses the speaker: the rules, the learned head, the ranker without a word of the rules or with it, or the rules
with the ranker where they only guess (`GUESSES`)."""

GUESSES: Final = frozenset({"unread", "heads"})
"""Rules that take the nearest name of a clause which they did not understand."""

RULE: Final = "rule"
HEAD: Final = "head"
"""How the features begin that repeat what the rules and the head say."""

_REACH: Final = 160  # characters before a cue in which its sentence is searched
_BEHIND: Final = 40  # characters behind a cue in which a speaker may follow it
_BACK: Final = 300  # characters before the sentence in which the person named last is looked for
_MOST: Final = 8  # proposals from the sentence, the nearest
_PARTS: Final = "，；：。！？"
_PREPOSITIONS: Final = frozenset("在于向对与和及同给被把将为由据从就比按受让使关的、随因但而则并还也")
_FOLLOWING: Final = frozenset("的、等和与及在于对向将拟已被把就上中内")
_HEARD: Final = 0.5  # the speaker head's probability from which it alone chooses
_FLOORS: Final = (0.9, 0.7, 0.4, 0.15, 0.04)


@dataclass(slots=True)
class Proposal:
    """One who may speak, ``None`` for nobody, with the features that speak for or against it.

    ``here`` tells whether the quote's own sentence offers it, rather than what came before.
    """

    actor: Actor | None
    features: list[str] = field(default_factory=list)
    here: bool = False


class SpeakerRanker:
    """Chooses the speakers of one article's quotes."""

    def __init__(
        self,
        passage: Passage,
        finder: SpeakerFinder,
        evidence: HeadEvidence,
        *,
        choice: Choice = "mixed",
        weights: Mapping[str, float] | None = None,
    ) -> None:
        self.passage = passage
        self.masked = passage.masked
        self.finder = finder
        self.evidence = evidence
        self.choice = choice
        if weights is None and choice in ("ranker", "together", "mixed"):
            weights = load_weights("quote_ranking.json")["ranker" if choice == "ranker" else "together"]
        self.weights: Mapping[str, float] = weights if weights is not None else {}

    def choose(self, quotes: Sequence[Candidate]) -> None:
        """Set each quote's ``actor``, in text order, so that a speaker carried on is the one that was chosen."""
        if self.choice == "rules":
            return
        for number, quote in enumerate(quotes):
            if self.choice == "mixed" and quote.rule not in GUESSES:
                continue
            chosen = self._best(self.proposals(quote, quotes[max(0, number - 3) : number]))
            if not same_words(chosen.actor, quote.actor):
                quote.actor = chosen.actor

    def _best(self, proposals: Sequence[Proposal]) -> Proposal:
        if self.choice == "head":
            return self._loudest(proposals)
        return max(proposals, key=lambda proposal: weigh(self.weights, proposal.features))

    def _loudest(self, proposals: Sequence[Proposal]) -> Proposal:
        """Give whom the head hears most in the sentence, else who spoke before, else nobody."""
        named = max(proposals, key=self._heard)
        if self._heard(named) >= _HEARD:
            return named
        return next((one for one in proposals if one.actor is not None and not one.here), proposals[-1])

    def _heard(self, proposal: Proposal) -> float:
        if proposal.actor is None or not proposal.here or not self.evidence.known:
            return 0.0
        return self.evidence.mean("speaker", [proposal.actor.span])

    def proposals(self, quote: Candidate, earlier: Sequence[Candidate]) -> list[Proposal]:
        """Give everyone who may speak, nobody last, each once; ``earlier`` are the quotes before, with speakers."""
        scene = _Scene(self, quote, earlier)
        found: list[Proposal] = []
        for proposal in (*scene.near(), *scene.unlisted(), *scene.carried()):
            if not any(same_words(proposal.actor, other.actor) for other in found):
                found.append(proposal)
        found.append(scene.nobody(found))
        self._add_words_of_others(quote, found)
        return found

    def _add_words_of_others(self, quote: Candidate, found: Sequence[Proposal]) -> None:
        for proposal in found:
            if same_words(proposal.actor, quote.actor):
                kind = quote.actor.kind if quote.actor is not None else "nobody"
                sureness = sum(quote.score >= floor for floor in (0.9, 0.85, 0.7))
                proposal.features += [RULE, f"{RULE}:{quote.rule}", f"{RULE}:{quote.rule}:{kind}:{sureness}"]
        if not self.evidence.known:
            return
        heard = [self._heard(proposal) for proposal in found]
        most = max(heard)
        for proposal, sure in zip(found, heard, strict=True):
            best = "best" if sure == most else "other"
            proposal.features.append(
                f"{HEAD}:{best}:{_grade(sure)}" if proposal.here else f"{HEAD}:away:{_grade(most)}"
            )


class _Scene:
    """One quote's surroundings, looked up once for all its proposals."""

    def __init__(self, ranker: SpeakerRanker, quote: Candidate, earlier: Sequence[Candidate]) -> None:
        self.passage, self.masked, self.finder = ranker.passage, ranker.masked, ranker.finder
        self.quote = quote
        self.earlier = [other for other in earlier if other.actor is not None]
        cue = quote.cue if quote.cue is not None else (quote.start, quote.start)
        self.cue_start, self.cue_end = cue
        self.sentence = self.passage.sentence(self.cue_start)
        ahead = [end for _, end in quote.content if end <= self.cue_start]
        self.floor = max(self.sentence[0], self.cue_start - _REACH, *ahead[-1:])
        self.behind = bool(ahead)  # the attribution follows the words
        text = self.passage.text
        self.cue = text[self.cue_start : self.cue_end]
        self.opens = self.finder.is_gap(self.floor, self.cue_start)

    def near(self) -> Iterator[Proposal]:
        """Give those whom the sentence offers before the cue, the nearest first, then those just behind it."""
        before = self.finder.actors(self.floor, self.cue_start)
        for number, actor in enumerate(reversed(before[-_MOST:])):
            features = [f"near:{min(number, 3)}", f"last:{number == len(before) - 1}", *self._place(actor)]
            yield Proposal(actor, features, here=True)
        until = min(self.cue_end + _BEHIND, self.sentence[1], *self._content_starts())
        for actor in self.finder.actors(self.cue_end, until)[:2]:
            kind = self._kind(actor)
            features = [f"follows:{self.behind}", f"follows:{self.behind}:{kind}", *self._manner(actor, kind)]
            yield Proposal(actor, features, here=True)

    def carried(self) -> Iterator[Proposal]:
        """Give who spoke before, the last first, and the person whom the text named last."""
        for number, other in enumerate(reversed(self.earlier)):
            assert other.actor is not None
            between = self.passage.text[min(other.end, self.cue_start) : self.cue_start]
            together = len(between) <= _BACK and "\n" not in between.strip("。”」 \n")
            around = any(start <= self.cue_start < end for start, end in other.content)
            kind = self._kind(other.actor)
            features = [
                f"carried:{number}",
                f"carried:{number}:{together}:{self.opens}",
                f"carried:{kind}:{self.opens}",
                f"carried:inside:{around}",
                f"carried:force:{self.quote.force}",
                f"carried:rule:{other.rule == self.quote.rule}",
                f"carried:document:{self.quote.document is not None}",
            ]
            yield Proposal(other.actor, features)
        start = max(0, self.sentence[0] - _BACK)
        people = [one for one in self.finder.actors(start, self.sentence[0]) if self._type(one) in PEOPLE]
        if people:
            yield Proposal(people[-1], ["named", f"named:{self.opens}", f"named:{self._kind(people[-1])}"])

    def unlisted(self) -> Iterator[Proposal]:
        """Give the speaker whom only the rules read out of the sentence."""
        actor = self.quote.actor
        if actor is None or self.quote.carried or actor.end <= self.floor:
            return
        kind = self._kind(actor)
        inside = actor.start >= self.quote.content[0][0]
        yield Proposal(actor, ["unlisted", f"unlisted:{kind}:{inside}", *self._manner(actor, kind)], here=True)

    def nobody(self, found: Sequence[Proposal]) -> Proposal:
        """Give the proposal that the text names no speaker."""
        document = self.quote.document
        noun = self.passage.text[max(document[0], document[1] - 2) : document[1]] if document is not None else "none"
        count = min(sum(proposal.here for proposal in found), 2)
        features = [
            "nobody",
            f"nobody:document:{document is not None}:{count}",
            f"nobody:noun:{noun}",
            f"nobody:cue:{self.cue}",
            f"nobody:force:{self.quote.force}",
            f"nobody:after:{self.masked[max(self.floor, self.cue_start - 2) : self.cue_start]}",
            f"nobody:opens:{self.opens}",
        ]
        return Proposal(None, features)

    def _place(self, actor: Actor) -> list[str]:
        kind = self._kind(actor)
        between = self.masked[actor.end : self.cue_start]
        parts = min(sum(between.count(mark) for mark in _PARTS), 3)
        if not between:
            gap = "none"
        elif self.finder.is_adverbial(actor.end, self.cue_start):
            gap = "adverbs"
        elif self.finder.is_gap(actor.end, self.cue_start):
            gap = "phrase"
        else:
            gap = "words"
        before = self.masked[actor.start - 1 : actor.start]
        after = self.masked[actor.end : actor.end + 1]
        opens = self.passage.is_clause_start(actor.start)
        return [
            f"parts:{parts}:{gap}",
            f"parts:{parts}:{gap}:{kind}",
            f"barred:{self.finder.is_barred(actor, self.passage.clause_start(actor.start, self.floor))}:{gap}",
            f"far:{min((self.cue_start - actor.end) // 10, 6)}",
            f"before:{before if before in _PREPOSITIONS else 'start' if opens else 'other'}",
            f"before:{before if before in _PREPOSITIONS else 'start' if opens else 'other'}:{parts}",
            f"after:{after if after in _FOLLOWING else 'mark' if after in _PARTS else 'other'}",
            f"first:{self.finder.is_adverbial(self.floor, actor.start)}",
            f"document:{self.quote.document is not None}:{kind}:{parts}",
            *self._manner(actor, kind),
        ]

    def _manner(self, actor: Actor, kind: str) -> list[str]:
        spoke = bool(self.earlier) and _alike(self.earlier[-1].actor, actor)
        return [f"is:{kind}", f"cue:{self.cue}:{kind}", f"force:{self.quote.force}:{kind}", f"spoke:{spoke}"]

    def _content_starts(self) -> list[int]:
        return [start for start, _ in self.quote.content if start >= self.cue_end][:1]

    def _kind(self, actor: Actor) -> str:
        return f"{actor.kind} {self._type(actor)}"

    def _type(self, actor: Actor) -> str:
        if actor.entity is not None:
            return self.passage.entities[actor.entity].type
        if actor.entry is not None:
            return actor.entry.means if actor.entry.means != "none" else actor.entry.type
        return actor.guess or "unknown"


def same_words(one: Actor | None, other: Actor | None) -> bool:
    """Tell whether two are the same words of the text, or both nobody."""
    if one is None or other is None:
        return one is other
    return _overlap(one.span, other.span)


def _alike(one: Actor | None, other: Actor) -> bool:
    """Tell whether two are the same entity, as far as names tell."""
    return one is not None and (same_words(one, other) or (one.entity is not None and one.entity == other.entity))


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _grade(probability: float) -> int:
    return sum(probability >= floor for floor in _FLOORS)
