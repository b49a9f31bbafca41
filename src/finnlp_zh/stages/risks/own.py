"""The user's own themes: the machinery of the risk rules over a taxonomy that the user brings.

Runs only where a taxonomy is given, and fills `Record.own_themes`. A theme is found by the taxonomy's words and
patterns, read in context as the shipped risks are (negation, hedge, remedy), and by its classifier where one was
trained; with both, their log-odds add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, log
from pathlib import Path
from typing import Final

from finnlp_zh.encoder.features import Features
from finnlp_zh.errors import ConfigError
from finnlp_zh.resources.own_taxonomy import OwnTaxonomy, ThemeClassifier, read_taxonomy
from finnlp_zh.stages.risks.candidates import Candidate, find_candidates, showing_clause
from finnlp_zh.types import Layer, OwnTheme, Record, RiskStatus, Span

_SILENCE: Final = -0.5  # log-odds of a theme of which the words say nothing
_SUREST: Final = 3.0  # log-odds beyond which neither words nor classifier are believed


class OwnThemeStage:
    """Gives `Record.own_themes`: every theme of the user's taxonomy that a sentence tells of.

    ``taxonomy`` is a taxonomy, its file, or the folder that ``finnlp train-taxonomy`` wrote. Raises `ConfigError`
    without one, `ResourceError` where it cannot be read.
    """

    name: Final = "themes"
    requires: Final = frozenset({"text", "sentences"})
    provides: Final = frozenset({"own_themes"})

    def __init__(self, taxonomy: OwnTaxonomy | Path | None = None) -> None:
        if taxonomy is None:
            raise ConfigError(
                "the stage 'themes' needs a taxonomy: give its file, or the folder that was trained from it"
            )
        self._taxonomy = read_taxonomy(taxonomy) if isinstance(taxonomy, Path) else taxonomy

    @property
    def version(self) -> str:
        """The stage's version and the taxonomy's."""
        return f"1+{self._taxonomy.version}"

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give the themes of each article, by sentence and in the order of the taxonomy."""
        return [Layer(own_themes=list(self._themes(doc))) for doc in docs]

    def _themes(self, doc: Record) -> Iterator[OwnTheme]:
        ids = list(self._taxonomy.themes)
        found: dict[tuple[int, str], Candidate] = {
            (candidate.sentence, str(candidate.theme)): candidate
            for candidate in find_candidates(doc.text, doc.sentences, self._taxonomy.lexicon)
        }
        classifier = self._taxonomy.classifier
        if classifier is None:
            for at, name in sorted(found, key=lambda place: (place[0], ids.index(place[1]))):
                candidate = found[at, name]
                if candidate.confidence >= 0.5:
                    yield _theme(name, candidate, doc.sentences[at], candidate.confidence)
            return
        for at, sentence in enumerate(doc.sentences):
            yield from _weighed(doc, sentence, classifier, {name: found.get((at, name)) for name in ids})


def _weighed(
    doc: Record, sentence: Span, classifier: ThemeClassifier, candidates: Mapping[str, Candidate | None]
) -> Iterator[OwnTheme]:
    words = doc.text[slice(*sentence)]
    logits = dict(zip(classifier.themes, classifier.logits(words).tolist(), strict=True))
    for name, candidate in candidates.items():
        if candidate is None and name not in logits:
            continue
        rules = _SILENCE if candidate is None else _bounded(_log_odds(candidate.confidence))
        total = rules + _bounded(logits.get(name, 0.0))
        if total < 0:
            continue
        shown = candidate or _shown(words, sentence, classifier, name)
        yield _theme(name, shown, sentence, 1 / (1 + exp(-total)))


def _shown(words: str, sentence: Span, classifier: ThemeClassifier, theme: str) -> Span:
    """Give the clause that speaks most for the theme, where the classifier alone found it."""
    shares = classifier.by_character(words, classifier.themes.index(theme))
    start, end = showing_clause(words, (0, len(words)), shares)
    return sentence[0] + start, sentence[0] + end


def _theme(name: str, shown: Candidate | Span, sentence: Span, score: float) -> OwnTheme:
    status: RiskStatus = shown.status if isinstance(shown, Candidate) else "realised"
    evidence = list(shown.evidence) if isinstance(shown, Candidate) else [shown]
    return OwnTheme(name, status, sentence, evidence, round(score, 3))


def _log_odds(chance: float) -> float:
    return log(chance / (1 - chance)) if chance < 1 else _SUREST


def _bounded(logit: float) -> float:
    return max(-_SUREST, min(_SUREST, logit))
