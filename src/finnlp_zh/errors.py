"""The one tree of errors. A message says what went wrong, where, and what to do about it."""

from __future__ import annotations


class FinnlpError(Exception):
    """Base of every error that finnlp-zh raises on purpose."""


class InputError(FinnlpError):
    """An input file or record cannot be read as what it claims to be."""


class ConfigError(FinnlpError):
    """An option, a pipeline or a training configuration does not make sense."""


class ResourceError(FinnlpError):
    """A data file, an optional package or outside weights are missing or damaged."""


class ModelError(FinnlpError):
    """A model folder is incomplete, altered, or asks for a device that is not there."""


class StageError(FinnlpError):
    """A pipeline stage failed on an article; ``stage`` is its name."""

    def __init__(self, message: str, *, stage: str) -> None:
        super().__init__(message)
        self.stage = stage
