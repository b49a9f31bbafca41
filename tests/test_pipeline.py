"""The pipeline: order checked, layers attached, arguments left alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.errors import ConfigError, StageError
from finnlp_zh.loading import STAGES, _with_needs
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.types import Layer, Record


class Sentences:
    name = "sentences"
    version = "1"
    requires = frozenset({"text"})
    provides = frozenset({"sentences"})

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        return [Layer(sentences=[(0, len(doc.text))], warnings=["seen"]) for doc in docs]


class NeedsQuotes(Sentences):
    name = "needs quotes"
    requires = frozenset({"quotes"})


class Fails(Sentences):
    name = "fails"

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        raise ZeroDivisionError("no such share")


def test_layers_are_attached_to_copies() -> None:
    record = Record("a", "央行降准。", warnings=["before"])
    (annotated,) = Pipeline([Sentences()]).annotate([record])
    assert annotated.sentences == [(0, 5)]
    assert annotated.warnings == ["before", "seen"]
    assert record.sentences == []
    assert record.warnings == ["before"]


def test_order_is_checked() -> None:
    with pytest.raises(ConfigError, match="'needs quotes' requires quotes"):
        Pipeline([Sentences(), NeedsQuotes()])


def test_failure_names_stage_and_article() -> None:
    with pytest.raises(StageError, match="fails failed on a: ZeroDivisionError: no such share") as caught:
        Pipeline([Sentences(), Fails()]).annotate([Record("a", "央行")])
    assert caught.value.stage == "fails"


def test_version_tells_pipelines_apart() -> None:
    newer = Sentences()
    newer.version = "2"
    versions = {Pipeline(stages).version for stages in ([Sentences()], [newer], [Sentences(), Sentences()], [])}
    assert len(versions) == 4


def test_pipe_is_lazy_and_in_order() -> None:
    taken: list[str] = []

    def texts() -> object:
        for number in range(5):
            taken.append(str(number))
            yield f"第{number}篇"

    documents = Pipeline([Sentences()]).pipe(texts(), batch_size=2)  # type: ignore[arg-type]
    assert taken == []
    assert next(documents).text == "第0篇"
    assert len(taken) <= 3
    assert [document.text for document in documents] == ["第1篇", "第2篇", "第3篇", "第4篇"]


def test_what_a_stage_needs_is_added() -> None:
    assert _with_needs(["stance"]) == {"segmentation", "entities", "quotes", "stance"}
    assert _with_needs(None) == set(STAGES)
    with pytest.raises(ConfigError, match="no stage is called 'moods'"):
        _with_needs(["moods"])
