"""The two engines behind one protocol: onnxruntime int8 on the CPU, torch on CUDA or the CPU.

Both give a window the same logits whatever else is encoded beside it: onnxruntime runs every window alone and
unpadded (its activation scales are measured per window); torch masks padding, which leaves rounding in the last bits.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from finnlp_zh.encoder.batching import batches
from finnlp_zh.encoder.features import Logits
from finnlp_zh.encoder.vocabulary import PAD, Frame
from finnlp_zh.errors import ModelError

# Padded characters of one torch pass: on the CPU, of the pass that measures a GPU's memory, and the bounds of what
# that measure may give and memory trouble may bring it down to.
_CPU_BUDGET = 8_192
_PROBE = 8_192
_LEAST_BUDGET = 512
_MOST_BUDGET = 131_072
# Share of the free memory that a pass may take: other processes on the card, and fragments, need the rest.
_MEMORY_SHARE = 0.6


class Runtime(Protocol):
    """Turns framed windows into logits."""

    @property
    def device(self) -> str:
        """Give the device that the runtime uses, as in ``cpu`` or ``cuda:0``."""
        ...

    def logits(self, frames: Sequence[Frame]) -> list[Logits]:
        """Give for each frame its logits, shape (length, outputs), the edge tokens' rows included."""
        ...


class OnnxRuntime:
    """The int8 graph on the CPU: one window a call, ``threads`` calls side by side."""

    device = "cpu"

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # One thread a window scales better than many threads in one window: there is nothing to wait for.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.threads = threads or available_threads()
        self._pool: ThreadPoolExecutor | None = None

    def logits(self, frames: Sequence[Frame]) -> list[Logits]:
        """Give for each frame its logits, shape (length, outputs)."""
        if self.threads == 1 or len(frames) < 2:
            return [self._run(frame) for frame in frames]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="finnlp-encoder")
        # Longest first: no thread is left alone with a long window at the end.
        order = sorted(range(len(frames)), key=lambda index: -len(frames[index].characters))
        found: list[Any] = [None] * len(frames)
        for index, rows in zip(order, self._pool.map(self._run, [frames[index] for index in order]), strict=True):
            found[index] = rows
        return found

    def _run(self, frame: Frame) -> Logits:
        feed = {"characters": frame.characters[None], "words": frame.words[None], "places": frame.places[None]}
        rows: Logits = self._session.run(["logits"], feed)[0][0]
        return rows

    def __getstate__(self) -> None:
        raise TypeError("a session cannot be sent to another process: load the model there")


class TorchRuntime:
    """The network in torch: token-budget batches, half precision on CUDA, float32 on the CPU."""

    def __init__(self, network: Any, *, device: str, threads: int | None = None) -> None:
        import torch

        if threads and device == "cpu":
            torch.set_num_threads(threads)
        self.device = device
        self._torch = torch
        half = torch.bfloat16 if device != "cpu" and torch.cuda.is_bf16_supported() else torch.float16
        self._network = network.eval().to(device=device, dtype=torch.float32 if device == "cpu" else half)
        self.budget = _CPU_BUDGET if device == "cpu" else self._measured_budget()

    def _measured_budget(self) -> int:
        """Run one full pass over made-up windows and give how many characters the device's free memory holds."""
        cuda = self._torch.cuda
        length = self._network.size.positions
        ids = self._torch.ones((_PROBE // length, length), dtype=self._torch.int64, device=self.device)
        before = cuda.memory_allocated(self.device)
        cuda.reset_peak_memory_stats(self.device)
        with self._torch.inference_mode():
            self._network(ids, ids.new_zeros(ids.shape), ids.new_zeros(ids.shape)).float()
        used = cuda.max_memory_allocated(self.device) - before
        return fitting_budget(cuda.mem_get_info(self.device)[0], used, ids.numel())

    def logits(self, frames: Sequence[Frame]) -> list[Logits]:
        """Give for each frame its logits, shape (length, outputs); a batch that does not fit is halved."""
        found: list[Any] = [None] * len(frames)
        lengths = [len(frame.characters) for frame in frames]
        waiting = batches(lengths, budget=self.budget)[::-1]
        while waiting:
            batch = waiting.pop()
            try:
                rows = self._run([frames[index] for index in batch])
            except self._torch.OutOfMemoryError:
                if len(batch) == 1:
                    raise
                self.budget = max(_LEAST_BUDGET, self.budget // 2)
                waiting += [batch[len(batch) // 2 :], batch[: len(batch) // 2]]
                continue
            for index, row in zip(batch, rows, strict=True):
                found[index] = row
        return found

    def _run(self, frames: Sequence[Frame]) -> list[Logits]:
        width = max(len(frame.characters) for frame in frames)
        ids = np.full((3, len(frames), width), PAD, np.int64)
        for row, frame in enumerate(frames):
            for part, values in enumerate(frame):
                ids[part, row, : len(values)] = values
        with self._torch.inference_mode():
            tensors = self._torch.from_numpy(ids).to(self.device, non_blocking=True)
            logits = self._network(*tensors).float().cpu().numpy()
        return [logits[row, : len(frame.characters)] for row, frame in enumerate(frames)]


def fitting_budget(free: int, used: int, characters: int) -> int:
    """Give how many padded characters one pass may hold.

    ``free`` is the device's free memory in bytes, ``used`` what a pass over ``characters`` took.

    >>> fitting_budget(free=10_000_000_000, used=400_000_000, characters=8192)
    122880
    """
    fitting = int(free * _MEMORY_SHARE / max(1, used) * characters)
    return min(_MOST_BUDGET, max(_LEAST_BUDGET, fitting))


def available_threads() -> int:
    """Give how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def cuda_driver_present() -> bool:
    """Tell whether the CUDA driver library can be loaded; importing torch to ask would take seconds."""
    for name in ("libcuda.so.1", "nvcuda.dll"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def cuda_usable() -> bool:
    """Tell whether torch is installed and sees a CUDA device."""
    if not cuda_driver_present():
        return False
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def check_cuda(device: str) -> None:
    """Make sure that ``device`` (``cuda`` or ``cuda:N``) is there.

    Raises `ModelError` that says what is missing and what to do.
    """
    if not cuda_driver_present():
        raise ModelError(f"device {device!r}: no CUDA driver on this machine; use device='cpu' or 'auto'")
    try:
        import torch
    except ImportError as error:
        message = f"device {device!r}: torch is not installed; pip install 'finnlp-zh[torch]', or use device='cpu'"
        raise ModelError(message) from error
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    number = int(device.partition(":")[2] or 0)
    if number >= count:
        raise ModelError(f"device {device!r}: torch sees {count} CUDA devices; use device='cpu' or another number")
