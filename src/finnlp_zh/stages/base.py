"""The contract that every pipeline stage keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from finnlp_zh.encoder.features import Features
from finnlp_zh.types import Layer, Record


class Stage(Protocol):
    """A step of the pipeline: a pure function of (articles, features) that returns layers.

    ``requires`` and ``provides`` name fields of `Record`; ``version`` changes whenever the output may change, so
    that a resumed run knows which records are stale.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def requires(self) -> frozenset[str]: ...
    @property
    def provides(self) -> frozenset[str]: ...

    def predict(self, docs: Sequence[Record], features: Sequence[Features]) -> list[Layer]:
        """Give one layer an article, same length and order as ``docs``; changes neither argument."""
        ...
