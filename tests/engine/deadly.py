"""A setup whose workers die on one article; a module of its own, because worker processes import it by name."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from multiprocessing import parent_process
from pathlib import Path

from finnlp_zh.encoder.features import Features
from finnlp_zh.engine.workers import Annotator, Setup
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.types import Layer, Record


class Kills:
    """A stage that takes its process down, as the kernel does when memory runs out."""

    name = "kills"
    version = "1"
    requires = frozenset({"text"})
    provides = frozenset({"sentences"})

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        if any("致命段落" in doc.text for doc in docs):
            os.kill(os.getpid(), signal.SIGKILL)
        return [Layer(sentences=[(0, len(doc.text))]) for doc in docs]


class DeadlySetup(Setup):
    def build(self) -> Annotator:
        return Annotator(Pipeline([Kills()]), self.options.reading)


class Cuts(Kills):
    """Takes down the process that started this one too, once: what an actor's end looks like from within."""

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        mark = Path(os.environ["FINNLP_TEST_MARK"])
        if any("机房断电" in doc.text for doc in docs) and not mark.exists():
            mark.write_text(str(os.getppid()))
            os.kill(os.getppid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
        super().predict(docs, features)
        return [Layer() for _ in docs]


class CutSetup(Setup):
    """The pipeline as it is, where a run starts; with `Cuts` at its end in the workers."""

    def build(self) -> Annotator:
        annotator = super().build()
        if parent_process() is None:
            return annotator
        return Annotator(Pipeline([*annotator.nlp.stages, Cuts()]), self.options.reading)


class StillbornSetup(Setup):
    """Works in the process that starts the run, and in no worker."""

    def build(self) -> Annotator:
        if parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return Annotator(Pipeline([Kills()]), self.options.reading)
