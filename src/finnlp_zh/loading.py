"""Putting the shipped pipeline together."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from finnlp_zh.errors import ConfigError
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.stages.base import Stage


class _Entry(NamedTuple):
    module: str
    name: str
    needs: tuple[str, ...]  # the stages that must run before it


# In the order in which they run. Named, not imported: a stage's resources load only where it is asked for.
_STAGES = {
    "segmentation": _Entry("finnlp_zh.stages.segmentation", "SegmentationStage", ()),
    "entities": _Entry("finnlp_zh.stages.entities", "EntityStage", ("segmentation",)),
    "linking": _Entry("finnlp_zh.stages.linking", "LinkingStage", ("entities",)),
    "quotes": _Entry("finnlp_zh.stages.quotes", "QuoteStage", ("entities",)),
    "claims": _Entry("finnlp_zh.stages.claims", "ClaimStage", ("entities",)),
    "stance": _Entry("finnlp_zh.stages.stance", "StanceStage", ("quotes",)),
    "risks": _Entry("finnlp_zh.stages.risks", "RiskStage", ("segmentation",)),
    "relevance": _Entry("finnlp_zh.stages.relevance", "RelevanceStage", ("entities",)),
}
STAGES = tuple(_STAGES)


def load(
    model: str | Path | None = "small",
    *,
    device: str = "auto",
    stages: Sequence[str] | None = None,
    threads: int | None = None,
    lexicon: Path | None = None,
) -> Pipeline:
    """Load the pipeline.

    Args:
        model: Name of a shipped model, path of a model folder, or ``None`` to run on rules alone.
        device: ``auto`` (a CUDA GPU where there is one and torch is installed, else the CPU), ``cpu`` or ``cuda``.
        stages: Names out of ``STAGES`` in any order; what they need is added. All by default.
        threads: CPU threads of the encoder; by default all cores.
        lexicon: A user dictionary, tab-separated: form, type, id.

    Raises:
        ConfigError: An unknown stage.
        ModelError: The model is missing or altered, or the device is not there.
        ResourceError: The lexicon cannot be read.
    """
    wanted = _with_needs(stages)
    built = [_build(name, lexicon) for name in STAGES if name in wanted]
    if model is None:
        return Pipeline(built)
    from finnlp_zh import encoder  # a pipeline of rules alone loads no runtime

    return Pipeline(built, encoder=encoder.load(model, device=device, threads=threads))


def _build(name: str, lexicon: Path | None) -> Stage:
    entry = _STAGES[name]
    factory = getattr(import_module(entry.module), entry.name)
    stage: Stage = factory(lexicon=lexicon) if name == "entities" and lexicon is not None else factory()
    return stage


def _with_needs(stages: Sequence[str] | None) -> set[str]:
    waiting = list(STAGES if stages is None else stages)
    wanted: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in _STAGES:
            raise ConfigError(f"no stage is called {name!r}; the stages are {', '.join(STAGES)}")
        if name not in wanted:
            wanted.add(name)
            waiting.extend(_STAGES[name].needs)
    return wanted
