"""One pass over articles: windows, runtime, and every head's logits back on the characters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from finnlp_zh.encoder import model
from finnlp_zh.encoder.features import Features, Logits
from finnlp_zh.encoder.heads import Head
from finnlp_zh.encoder.runtimes import OnnxRuntime, Runtime, TorchRuntime, check_cuda, cuda_usable
from finnlp_zh.encoder.vocabulary import Vocabulary, read_vocabulary
from finnlp_zh.encoder.windows import cut
from finnlp_zh.errors import ModelError

RuntimeName = Literal["auto", "onnxruntime", "torch"]


class Encoder:
    """A loaded model. Its output for an article does not depend on what is encoded beside it."""

    def __init__(
        self, name: str, version: str, vocabulary: Vocabulary, heads: Sequence[Head], runtime: Runtime
    ) -> None:
        self.name = name
        self.version = version
        self.vocabulary = vocabulary
        self.heads = tuple(heads)
        self.runtime = runtime
        self._labels = {head.name: head.labels for head in heads}

    @property
    def id(self) -> str:
        """Give the model's name and version, as in ``small/3``."""
        return f"{self.name}/{self.version}"

    @property
    def device(self) -> str:
        """Give the device that the model runs on."""
        return self.runtime.device

    def encode(self, texts: Sequence[str]) -> list[Features]:
        """Give the features of each text, all of its characters: nothing is truncated at any length."""
        jobs = [(index, window) for index, text in enumerate(texts) for window in cut(text)]
        frames = [self.vocabulary.frame(texts[index][window.start : window.end]) for index, window in jobs]
        outputs = sum(len(head.labels) for head in self.heads)
        rows = [np.zeros((len(text), outputs), np.float32) for text in texts]
        for (index, window), logits in zip(jobs, self.runtime.logits(frames), strict=True):
            first = 1 + window.keep_start - window.start
            kept = logits[first : first + window.keep_end - window.keep_start]
            rows[index][window.keep_start : window.keep_end] = kept
        return [self._features(row) for row in rows]

    def _features(self, rows: Logits) -> Features:
        logits, at = {}, 0
        for head in self.heads:
            logits[head.name] = rows[:, at : at + len(head.labels)]
            at += len(head.labels)
        return Features(logits, self._labels)


def load(
    name_or_path: str | Path = "small",
    *,
    device: str = "auto",
    runtime: RuntimeName = "auto",
    threads: int | None = None,
) -> Encoder:
    """Load a model folder, checking every file's hash.

    ``device`` is ``auto`` (CUDA where torch sees one, else the int8 graph on the CPU), ``cpu``, ``cuda`` or
    ``cuda:N``. ``runtime`` picks the engine where the device leaves a choice. ``threads`` defaults to the cores that
    this process may use. Raises `ModelError` for a missing or altered model, or a device that is not there.
    """
    folder = model.find(name_or_path)
    manifest = model.read_manifest(folder)
    if device == "auto":
        device = "cuda" if runtime != "onnxruntime" and cuda_usable() else "cpu"
    if device.startswith("cuda"):
        check_cuda(device)
        if runtime == "onnxruntime":
            raise ModelError(f"device {device!r}: the int8 graph runs on the CPU; use runtime='torch'")
    elif device != "cpu":
        raise ModelError(f"unknown device {device!r}: use 'auto', 'cpu', 'cuda' or 'cuda:N'")
    heads = [Head(entry.name, tuple(entry.labels), entry.reading) for entry in manifest.heads]
    model.check_files(folder, manifest, [model.CHARACTERS, model.WORDS])
    vocabulary = read_vocabulary(folder / model.CHARACTERS, folder / model.WORDS)
    engine: Runtime
    if runtime == "auto" and device == "cpu":
        # A model without the int8 graph, as "base" ships, runs on the CPU in torch.
        runtime = "onnxruntime" if model.ONNX in manifest.files else "torch"
    if device == "cpu" and runtime == "onnxruntime":
        model.check_files(folder, manifest, [model.ONNX])
        engine = OnnxRuntime(folder / model.ONNX, threads=threads)
    else:
        model.check_files(folder, manifest, [model.WEIGHTS])
        engine = TorchRuntime(_network(folder, manifest), device=device, threads=threads)
    return Encoder(manifest.name, manifest.version, vocabulary, heads, engine)


def _network(folder: Path, manifest: model.Manifest) -> object:
    try:
        from safetensors.torch import load_file

        from finnlp_zh.encoder.network import Architecture, Network
    except ImportError as error:
        message = f"{folder}: the torch runtime needs torch and safetensors; pip install 'finnlp-zh[torch]'"
        raise ModelError(message) from error
    network = Network(Architecture(**manifest.architecture))  # type: ignore[arg-type]
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(folder / model.WEIGHTS).items()})
    return network
