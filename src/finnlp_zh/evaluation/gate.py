"""A pinned quality gate: floors under chosen figures for one corpus, that only rise unless lowering is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from finnlp_zh.errors import ConfigError

MARGIN: Final = 0.005
"""How far below the measured value a written floor lies, so that equal runs on other machines pass."""


class Gate(Struct):
    """Floors by figure name, valid for the corpus with this hash."""

    corpus_sha256: str
    floors: dict[str, float]


def read_gate(path: Path) -> Gate:
    """Read a gate file. Raises `ConfigError` where it is missing or not a gate."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Gate)
    except OSError as error:
        raise ConfigError(f"{path}: gate cannot be read ({error.strerror}); write one with --lower-gate") from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: not a gate file: {error}") from error


def breaches(gate: Gate, values: Mapping[str, float], corpus_sha256: str) -> list[str]:
    """Tell every way in which the measured values fail the gate; an empty list is a pass."""
    if gate.corpus_sha256 != corpus_sha256:
        return [f"the gate is for corpus {gate.corpus_sha256[:12]}, this one is {corpus_sha256[:12]}"]
    found: list[str] = []
    for name, floor in gate.floors.items():
        if name not in values:
            found.append(f"{name}: not measured, floor {floor:.4f}")
        elif values[name] < floor:
            found.append(f"{name}: {values[name]:.4f} is below its floor {floor:.4f}")
    return found


def set_floors(gate: Gate | None, values: Mapping[str, float], corpus_sha256: str) -> Gate:
    """Give a gate with floors just under the measured values; those of ``gate`` only rise.

    Calibration errors are left out, since for them lower is better. Raises `ConfigError` where ``gate`` is for
    another corpus.
    """
    if gate is None:
        floors = {name: _floor(value) for name, value in values.items() if not name.endswith("calibration")}
        return Gate(corpus_sha256, floors)
    if gate.corpus_sha256 != corpus_sha256:
        raise ConfigError("the gate is for another corpus: set its floors anew to move it to this one")
    risen = {name: max(floor, _floor(values.get(name, 0.0))) for name, floor in gate.floors.items()}
    return Gate(corpus_sha256, risen)


def write_gate(path: Path, gate: Gate) -> None:
    """Write the gate as indented JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(gate), indent=2) + b"\n")


def _floor(value: float) -> float:
    return round(max(value - MARGIN, 0.0), 4)
