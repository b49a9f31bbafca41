"""Putting the shipped pipeline together."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from finnlp_zh.errors import ConfigError
from finnlp_zh.pipeline import Encoder, Pipeline
from finnlp_zh.stages.base import Stage


class _Entry(NamedTuple):
    module: str
    name: str
    needs: tuple[str, ...]  # the stages that must run before it
    on_request: bool = False  # runs only where it is asked for by name


# In the order in which they run. Named, not imported: a stage's resources load only where it is asked for.
_STAGES = {
    "segmentation": _Entry("finnlp_zh.stages.segmentation", "SegmentationStage", ()),
    "entities": _Entry("finnlp_zh.stages.entities", "EntityStage", ("segmentation",)),
    "linking": _Entry("finnlp_zh.stages.linking", "LinkingStage", ("entities",)),
    "quotes": _Entry("finnlp_zh.stages.quotes", "QuoteStage", ("entities",)),
    "claims": _Entry("finnlp_zh.stages.claims", "ClaimStage", ("quotes",)),
    "stance": _Entry("finnlp_zh.stages.stance", "StanceStage", ("quotes",)),
    "risks": _Entry("finnlp_zh.stages.risks", "RiskStage", ("segmentation",)),
    "relevance": _Entry("finnlp_zh.stages.relevance", "RelevanceStage", ("entities",)),
    "tone": _Entry("finnlp_zh.stages.tone", "ToneStage", ("quotes",), on_request=True),
    "attitude": _Entry(
        "finnlp_zh.stages.attitude", "AttitudeStage", ("quotes", "claims", "relevance"), on_request=True
    ),
    "themes": _Entry("finnlp_zh.stages.risks.own", "OwnThemeStage", ("segmentation",), on_request=True),
}
STAGES = tuple(name for name, entry in _STAGES.items() if not entry.on_request)
ON_REQUEST = tuple(name for name, entry in _STAGES.items() if entry.on_request)


def load(
    model: str | Path | None = "small",
    *,
    device: str = "auto",
    stages: Sequence[str] | None = None,
    threads: int | None = None,
    lexicon: Path | None = None,
    segmenter: str | None = None,
    ner: str | None = None,
    taxonomy: Path | None = None,
) -> Pipeline:
    """Load the pipeline.

    Args:
        model: Name of a shipped model, path of a model folder, or ``None`` to run on rules alone.
        device: ``auto`` (a CUDA GPU where there is one and torch is installed, else the CPU), ``cpu`` or ``cuda``.
        stages: Names out of ``STAGES`` and ``ON_REQUEST`` in any order; what they need is added. By default all of
            ``STAGES``, and none that runs on request only.
        threads: CPU threads of the encoder; by default all cores.
        lexicon: A user dictionary, tab-separated: form, type, id.
        segmenter: A foreign analyser for words and parts of speech in place of the model's heads: ``jieba``,
            ``spacy:PIPELINE``, ``hanlp:FOLDER``.
        ner: The same for names: ``spacy:PIPELINE``, ``hanlp:FOLDER``, ``transformers:FOLDER``.
        taxonomy: A user's own themes: a taxonomy file, or the folder trained from one. Adds the stage ``themes``.

    Raises:
        ConfigError: An unknown stage or backend, or the stage ``themes`` without a taxonomy.
        ModelError: The model is missing or altered, or the device is not there.
        ResourceError: The lexicon or the taxonomy cannot be read, or a backend's package or weights are missing.
    """
    wanted = _with_needs(stages)
    if taxonomy is not None:
        wanted |= _with_needs(["themes"])
    built = [_build(name, lexicon, taxonomy) for name in _STAGES if name in wanted]
    return Pipeline(built, encoder=_encoder(model, device, threads, segmenter, ner))


def split_names(names: str | None) -> tuple[str, ...] | None:
    """Read stages as commands name them: ``quotes, claims``; ``None`` where none are named."""
    return tuple(name.strip() for name in names.split(",")) if names else None


def _encoder(
    model: str | Path | None, device: str, threads: int | None, segmenter: str | None, ner: str | None
) -> Encoder | None:
    base: Encoder | None = None
    if model is not None:
        from finnlp_zh import encoder  # a pipeline of rules alone loads no runtime

        base = encoder.load(model, device=device, threads=threads)
    if segmenter is None and ner is None:
        return base
    from finnlp_zh.encoder.backends import Overlay, open_backend

    return Overlay(
        base,
        segmenter=open_backend(segmenter) if segmenter else None,
        ner=open_backend(ner) if ner else None,
    )


def _build(name: str, lexicon: Path | None, taxonomy: Path | None = None) -> Stage:
    entry = _STAGES[name]
    factory = getattr(import_module(entry.module), entry.name)
    own_names, own_themes = {"lexicon": lexicon}, {"taxonomy": taxonomy}
    given = {"segmentation": own_names, "entities": own_names, "themes": own_themes}.get(name, {})
    stage: Stage = factory(**{option: value for option, value in given.items() if value is not None})
    return stage


def _with_needs(stages: Sequence[str] | None) -> set[str]:
    waiting = list(STAGES if stages is None else stages)
    wanted: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in _STAGES:
            raise ConfigError(f"no stage is called {name!r}; the stages are {', '.join(_STAGES)}")
        if name not in wanted:
            wanted.add(name)
            waiting.extend(_STAGES[name].needs)
    return wanted
