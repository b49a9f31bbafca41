"""Other people's segmenters and recognisers in place of the shipped heads.

A backend gives words or named spans; `Overlay` writes them into the features as near-certain logits of the heads
``words``, ``pos`` and ``entities``, so that no stage needs to know where they came from.
"""

from __future__ import annotations

from finnlp_zh.encoder.backends.base import Analysis, Backend, Named
from finnlp_zh.encoder.backends.overlay import Overlay
from finnlp_zh.errors import ConfigError

__all__ = ["Analysis", "Backend", "Named", "Overlay", "open_backend"]


def open_backend(spec: str) -> Backend:
    """Open a backend by what stands in ``--segmenter`` and ``--ner``.

    ``spacy:PIPELINE`` (an installed pipeline or a folder), ``hanlp:FOLDER`` (a saved single- or multi-task component),
    ``transformers:FOLDER`` (a token classifier), ``jieba``.

    Raises `ConfigError` for an unknown kind, `ResourceError` where the package or the weights are missing.
    """
    kind, _, name = spec.partition(":")
    if kind == "jieba":
        from finnlp_zh.encoder.backends.jieba import JiebaBackend

        return JiebaBackend()
    if kind == "spacy" and name:
        from finnlp_zh.encoder.backends.spacy import SpacyBackend

        return SpacyBackend(name)
    if kind == "hanlp" and name:
        from finnlp_zh.encoder.backends.hanlp import HanlpBackend

        return HanlpBackend(name)
    if kind == "transformers" and name:
        from finnlp_zh.encoder.backends.transformers import TransformersBackend

        return TransformersBackend(name)
    raise ConfigError(
        f"no backend is called {spec!r}; write jieba, spacy:PIPELINE, hanlp:FOLDER or transformers:FOLDER"
    )
