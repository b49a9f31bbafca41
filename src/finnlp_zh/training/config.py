"""The training configuration: one TOML file says everything that makes a model, the seed included."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from finnlp_zh.errors import ConfigError

# What a run's folder keeps of the network's sizes.
ARCHITECTURE: Final = "architecture.json"


class Size(Struct, forbid_unknown_fields=True):
    """The encoder's shape."""

    layers: int = 5
    width: int = 384
    attention_heads: int = 12
    feed_forward: int = 1536
    activation: Literal["gelu", "relu"] = "gelu"
    stride: int = 1
    """How many characters share one position of the layers."""


class Start(Struct, forbid_unknown_fields=True):
    """Where the weights start: a BERT folder (safetensors), a model folder of ours, or nothing (random)."""

    bert: str | None = None
    model: str | None = None
    layers: list[int] = []
    """The layers of the model folder to start from, bottom to top; by default all that the size has."""
    rare: int = 1
    """Characters and words of the BERT folder seen fewer times in the corpora are left out."""


class Teacher(Struct, forbid_unknown_fields=True):
    """A trained model folder, of the same vocabulary and width, whose outputs the new model learns to give."""

    model: str
    vectors: float = 1.0
    """How much the distance of the last vectors counts, and ``distributions`` that of the tag heads' labels."""
    distributions: float = 1.0
    corpora: list[str] = []
    """The corpora on which it teaches, by default all: where labels by hand are dense its pass is time spent twice."""


class Corpus(Struct, forbid_unknown_fields=True):
    """Files of one format, and how much their loss counts."""

    format: str
    paths: list[str]
    weight: float = 1.0


class Phase(Struct, forbid_unknown_fields=True):
    """A stretch of training: how many characters, of which corpora, how fast.

    ``mix`` gives each corpus' share of the characters. ``masked`` is the share of characters that masked-character
    prediction hides in the corpora named by ``masked_corpora``; ``dropped`` is the share hidden elsewhere.
    """

    characters: int
    mix: dict[str, float]
    rate: float = 3e-4
    final_rate: float = 0.0
    warm_up: float = 0.05
    dropout: float = 0.0
    masked: float = 0.0
    masked_corpora: list[str] = []
    dropped: float = 0.0
    substituted: float = 0.0


class Configuration(Struct, forbid_unknown_fields=True):
    """All of it. Paths are relative to the configuration file.

    Without a ``size`` the model to start from gives it, else it is `Size`'s own. ``evaluation`` corpora are scored
    during training, ``tests`` once, on the finished model. ``about`` holds lines for the model card: where the start
    weights and the user's own corpora come from.
    """

    name: str
    version: str
    corpora: dict[str, Corpus]
    phases: list[Phase]
    size: Size | None = None
    start: Start = msgspec.field(default_factory=Start)
    teacher: Teacher | None = None
    graph: bool = True
    """Whether the model folder gets the int8 graph, for the CPU; `finnlp export` can add it later."""
    seed: int = 17
    threads: int = 2
    batch_characters: int = 2048
    accumulate: int = 2
    average: float = 0.998
    checkpoint_steps: int = 100
    evaluate_steps: int = 100
    evaluation: dict[str, Corpus] = {}
    tests: dict[str, Corpus] = {}
    about: list[str] = []
    gazetteers: dict[str, list[str]] = {}
    head_weights: dict[str, float] = {}


def read_configuration(path: Path) -> Configuration:
    """Read the TOML file. Raises `ConfigError` naming the key that does not make sense."""
    try:
        configuration = msgspec.toml.decode(path.read_bytes(), type=Configuration)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not configuration.phases:
        raise ConfigError(f"{path}: no [[phases]]: nothing to train")
    for number, phase in enumerate(configuration.phases, start=1):
        unknown = set(phase.mix) - set(configuration.corpora)
        if unknown or not phase.mix:
            raise ConfigError(f"{path}: phase {number}: mix names {sorted(unknown)}, not among [corpora]")
    if configuration.teacher and (unknown := set(configuration.teacher.corpora) - set(configuration.corpora)):
        raise ConfigError(f"{path}: [teacher] corpora names {sorted(unknown)}, not among [corpora]")
    return configuration


def fingerprint(configuration: Configuration) -> str:
    """Give a hash of what training depends on: a checkpoint of another configuration is not resumed."""
    configuration = msgspec.structs.replace(configuration, tests={}, evaluation={}, about=[], threads=0, graph=True)
    return hashlib.sha256(msgspec.json.encode(configuration, order="deterministic")).hexdigest()[:16]
