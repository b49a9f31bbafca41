"""Model folders: where they are, what their manifest says, and the check that no file was altered.

A folder ``<name>/<version>/`` holds ``manifest.json``, ``vocab.txt``, ``words.tsv``, ``model.int8.onnx``,
``model.safetensors`` and ``MODEL_CARD.md``. Nothing in it is ever unpickled.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from finnlp_zh.encoder.heads import Reading
from finnlp_zh.errors import ModelError

FORMAT: Final = "finnlp-zh-model/1"
MANIFEST: Final = "manifest.json"
ONNX: Final = "model.int8.onnx"
WEIGHTS: Final = "model.safetensors"
CHARACTERS: Final = "vocab.txt"
WORDS: Final = "words.tsv"
CARD: Final = "MODEL_CARD.md"


class File(Struct):
    """One file of the folder."""

    sha256: str
    bytes: int


class HeadEntry(Struct):
    """One head: its labels are the next columns of the output."""

    name: str
    labels: list[str]
    reading: Reading = "tags"


class Manifest(Struct):
    """What a model folder holds."""

    name: str
    version: str
    format: str = FORMAT
    license: str = ""
    architecture: dict[str, int | str] = field(default_factory=dict)
    heads: list[HeadEntry] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)
    training: dict[str, str] = field(default_factory=dict)


def find(name_or_path: str | Path) -> Path:
    """Give the folder of a model: a path, or a name of a shipped model, ``small`` or ``small/3``.

    Raises `ModelError` that lists the places searched.
    """
    direct = Path(name_or_path)
    if (direct / MANIFEST).is_file():
        return direct
    roots = model_roots()
    for root in roots:
        folder = root / str(name_or_path)
        if (folder / MANIFEST).is_file():
            return folder
        versions = [child for child in folder.glob("*") if (child / MANIFEST).is_file()]
        if versions:
            return max(versions, key=_version_key)
    searched = ", ".join(str(place) for place in [direct, *roots])
    raise ModelError(f"no model {str(name_or_path)!r}: no {MANIFEST} under any of {searched}")


def model_roots() -> list[Path]:
    """Give where shipped models may be: inside the installed package, else beside an editable checkout's ``src``."""
    package = Path(str(resources.files("finnlp_zh")))
    return [package / "_models", package.parents[1] / "models"]


def available() -> list[Path]:
    """Give the folders of all shipped models."""
    return sorted(path.parent for root in model_roots() for path in root.glob(f"*/*/{MANIFEST}"))


def _version_key(folder: Path) -> tuple[list[int], str]:
    return [int(part) for part in folder.name.split(".") if part.isdigit()], folder.name


def read_manifest(folder: Path) -> Manifest:
    """Read the folder's manifest. Raises `ModelError` where it is missing, broken or of another format."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise ModelError(f"{folder}: {MANIFEST} cannot be read: {error}") from error
    except msgspec.DecodeError as error:
        raise ModelError(f"{folder / MANIFEST}: not a model manifest: {error}") from error
    if manifest.format != FORMAT:
        raise ModelError(f"{folder / MANIFEST}: format {manifest.format!r}, this version reads {FORMAT!r}")
    return manifest


def check_files(folder: Path, manifest: Manifest, names: list[str]) -> None:
    """Make sure that the named files are there and have the manifest's hashes.

    Raises `ModelError` naming the file that is missing or altered.
    """
    for name in names:
        path = folder / name
        if name not in manifest.files:
            raise ModelError(f"{folder}: the manifest lists no {name}; export the model again")
        if not path.is_file():
            raise ModelError(f"{path} is missing; install the model again")
        if sha256_of(path) != manifest.files[name].sha256:
            raise ModelError(f"{path} was altered: its hash is not the manifest's; install the model again")


def sha256_of(path: Path) -> str:
    """Give the file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest, names: list[str]) -> Manifest:
    """Write the manifest with the hashes of the named files, and give it."""
    manifest.files = {name: File(sha256_of(folder / name), (folder / name).stat().st_size) for name in names}
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (folder / MANIFEST).write_bytes(data + b"\n")
    return manifest
