"""A setup whose workers die on one article; a module of its own, because worker processes import it by name."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from multiprocessing import parent_process

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


class StillbornSetup(Setup):
    """Works in the process that starts the run, and in no worker."""

    def build(self) -> Annotator:
        if parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return Annotator(Pipeline([Kills()]), self.options.reading)
