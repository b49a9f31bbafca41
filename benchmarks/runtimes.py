"""Ways to run one encoder on the CPU, on the same windows in one run: speed on one core, and labels kept.

    python benchmarks/runtimes.py FILE… [--model small] [--characters 15000]

Our graph (`finnlp_zh.training.export`) stands beside onnxruntime's own tools on torch's export of the same weights (its
transformer optimiser, dynamic and static int8 quantisation) and, where it is installed, OpenVINO in bfloat16 where the
processor has it. Each is given one window at a time, so that the output for an article depends on nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.transformers import optimizer
from throughput import read_texts

from finnlp_zh.encoder import load
from finnlp_zh.encoder.features import Logits
from finnlp_zh.encoder.model import ONNX, find
from finnlp_zh.encoder.vocabulary import Frame
from finnlp_zh.encoder.windows import cut

_FLOAT_TYPE = 1  # onnx.TensorProto.FLOAT
_CALIBRATION = 20  # windows

Engine = Callable[[Frame], Logits]


class _Windows(CalibrationDataReader):  # type: ignore[misc]
    """Feeds windows to the static quantisation, which measures the activations on them."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = iter(frames)

    def get_next(self) -> dict[str, Any] | None:
        """Give the next window's inputs."""
        frame = next(self._frames, None)
        return None if frame is None else _feed(frame)


def _feed(frame: Frame) -> dict[str, Any]:
    return {name: ids[None] for name, ids in frame._asdict().items()}


def onnx_engine(path: Path) -> Engine:
    """Run a graph in onnxruntime, one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda frame: session.run(None, _feed(frame))[0][0]


def openvino_engine(path: Path) -> Engine:
    """Run torch's float graph in OpenVINO, one thread."""
    import openvino

    settings = {"INFERENCE_PRECISION_HINT": "bf16", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    request = openvino.Core().compile_model(str(path), "CPU", settings).create_infer_request()

    def run(frame: Frame) -> Logits:
        request.infer(_feed(frame))
        found: Logits = request.get_output_tensor(0).data[0].copy()
        return found

    return run


def engines(name: str, frames: Sequence[Frame], folder: Path) -> Iterator[tuple[str, Engine]]:
    """Give each way's name and engine; the first is the exact one."""
    network: Any = load(name, device="cpu", runtime="torch").runtime._network  # type: ignore[attr-defined]
    plain, better, dynamic, static = (folder / f"{way}.onnx" for way in ("plain", "better", "dynamic", "static"))
    sample = tuple(torch.from_numpy(ids[None]) for ids in frames[0])
    names = list(frames[0]._fields)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            sample,
            str(plain),
            input_names=names,
            output_names=["logits"],
            dynamic_axes={name: {1: "length"} for name in names},
            opset_version=17,
            dynamo=False,
        )
    size = network.size
    better_model = optimizer.optimize_model(
        str(plain), model_type="bert", num_heads=size.attention_heads, hidden_size=size.width, opt_level=1
    )
    better_model.save_model_to_file(str(better))
    kinds: dict[str, Any] = {"per_channel": True, "weight_type": QuantType.QInt8}
    quantize_dynamic(better, dynamic, extra_options={"DefaultTensorType": _FLOAT_TYPE}, **kinds)
    reader = _Windows(frames[:_CALIBRATION])
    quantize_static(plain, static, reader, quant_format=QuantFormat.QDQ, op_types_to_quantize=["MatMul"], **kinds)
    yield "onnxruntime, float32", onnx_engine(plain)
    yield "onnxruntime, float32, transformer optimiser", onnx_engine(better)
    yield "onnxruntime, dynamic int8 after the optimiser", onnx_engine(dynamic)
    yield "onnxruntime, static int8", onnx_engine(static)
    if (find(name) / ONNX).is_file():
        yield "onnxruntime, our int8 graph", onnx_engine(find(name) / ONNX)
    try:
        yield f"OpenVINO {metadata.version('openvino')}, bfloat16", openvino_engine(plain)
    except metadata.PackageNotFoundError:
        print("openvino is not installed: left out")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--model", default="small")
    parser.add_argument("--characters", type=int, default=15_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    encoder = load(options.model, device="cpu", runtime="torch")
    texts = read_texts(options.paths, options.characters)
    frames = [encoder.vocabulary.frame(text[window.start : window.end]) for text in texts for window in cut(text)]
    total = sum(map(len, texts))
    columns, at = [], 0
    for head in encoder.heads:
        columns.append(slice(at, at + len(head.labels)))
        at += len(head.labels)
    exact: list[Any] = []
    print(f"onnxruntime {onnxruntime.__version__}, torch {torch.__version__}, {encoder.id}, {total:,} characters")
    with tempfile.TemporaryDirectory() as folder:
        for name, engine in engines(options.model, frames, Path(folder)):
            engine(frames[0])
            started = time.process_time()
            found = [engine(frame) for frame in frames]
            spent = time.process_time() - started
            exact = exact or found
            same = [
                (one[:, column].argmax(1) == other[:, column].argmax(1)).mean()
                for one, other in zip(found, exact, strict=True)
                for column in columns
            ]
            print(f"{name:<48}{total / spent:>9,.0f} characters a processor second  same labels {np.mean(same):7.2%}")


if __name__ == "__main__":
    main()
