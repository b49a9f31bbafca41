"""Export to ONNX int8: the graph is written node by node in the fused operators that onnxruntime runs fastest.

Weights are int8 with a scale a column, activations are quantised at run time. The runtime gives the graph one
window at a time, so that nothing depends on what else is in a batch, and no mask is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from finnlp_zh.encoder.network import count_layers
from finnlp_zh.encoder.vocabulary import PAD

Array = NDArray[np.float32]
_DOMAIN = "com.microsoft"
_EPSILON = 1e-12
# GELU goes down to -0.17: a row's scale is never below it, nor 0.
_LEAST_PEAK = 0.2


class Graph:
    """A growing ONNX graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        """Add an initialiser."""
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def product(self, source: str, name: str, weight: Array, bias: Array) -> str:
        """Add ``source @ weight.T + bias`` in int8, one activation scale for all rows."""
        inputs = [source, *self._columns(name, weight), self.constant(f"{name}.bias", bias)]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=_DOMAIN)

    def row_product(self, source: str, name: str, weight: Array, bias: Array, *, positive: bool = False) -> str:
        """Add ``source @ weight.T + bias`` in int8, every row scaled to its own largest value.

        In the feed-forward part a few tokens have values ten times the others': with one scale for all rows they
        take the resolution from every other row. ``positive`` says that no row has a large negative value, which
        spares a pass.
        """
        sizes = source if positive else self.node("Abs", [source], f"{name}.sizes")
        peak = self.node("ReduceMax", [sizes], f"{name}.peak", axes=[-1], keepdims=1)
        peak = self.node("Max", [peak, self.shared("least", np.array(_LEAST_PEAK, np.float32))], f"{name}.row_scale")
        scaled = self.node("Div", [source, peak], f"{name}.scaled")
        product = self.node(
            "DynamicQuantizeMatMul", [scaled, *self._columns(name, weight)], f"{name}.product", domain=_DOMAIN
        )
        restored = self.node("Mul", [product, peak], f"{name}.restored")
        return self.node("Add", [restored, self.constant(f"{name}.bias", bias)], name)

    def _columns(self, name: str, weight: Array) -> list[str]:
        values, scales = quantise_columns(weight.T)
        return [
            self.constant(f"{name}.weight", values),
            self.constant(f"{name}.scale", scales),
            self.constant(f"{name}.zero", np.zeros_like(scales, np.int8)),
        ]

    def shared(self, name: str, value: Any) -> str:
        """Add an initialiser once."""
        return name if any(known.name == name for known in self.initialisers) else self.constant(name, value)

    def reshape(self, source: str, shape: list[int], output: str) -> str:
        """Add a new shape for the same values."""
        return self.node("Reshape", [source, self.constant(f"{output}.shape", np.array(shape, np.int64))], output)

    def rows(self, name: str, table: Array, ids: str) -> str:
        """Add the look-up of int8 rows with a scale a row, as float32."""
        values, scales = quantise_columns(table.T)
        found = self.node("Gather", [self.constant(f"{name}.rows", values.T), ids], f"{name}.found")
        factor = self.node("Gather", [self.constant(f"{name}.scales", scales[:, None]), ids], f"{name}.factor")
        floating = self.node("Cast", [found], f"{name}.float", to=TensorProto.FLOAT)
        return self.node("Mul", [floating, factor], name)


def quantise_columns(matrix: Array) -> tuple[NDArray[np.int8], Array]:
    """Give (int8 matrix, scale a column), symmetric around 0."""
    scales = np.maximum(np.abs(matrix).max(axis=0), 1e-8).astype(np.float32) / np.float32(127)
    return np.clip(np.rint(matrix / scales), -127, 127).astype(np.int8), scales


def write_onnx(weights: Mapping[str, Array], path: Path, *, attention_heads: int, activation: str = "gelu") -> None:
    """Write the int8 graph of a network's weights.

    Inputs ``characters``, ``words``, ``places``: int64 of shape (1, length), one unpadded window with its edge tokens.
    Output ``logits``: float32 of shape (1, length, outputs).
    """
    graph = Graph()
    merging = weights.get("merging.product.weight")
    stride = 1 if merging is None else merging.shape[1] // merging.shape[0]
    ids = ["characters", "words", "places"]
    length = graph.node("Shape", ["characters"], "length", start=1, end=2)
    padded = _padded(graph, ids, length, stride) if stride > 1 else ids
    total = ""
    for name, source in zip(ids, padded, strict=True):
        part = graph.rows(f"{name}.embedding", weights[f"{name}.weight"], source)
        total = graph.node("Add", [total, part], f"{name}.sum") if total else part
    table = graph.constant("positions", weights["positions.weight"])
    positions = graph.node("Shape", [padded[0]], "positions.length", start=1, end=2)
    zero = graph.shared("zero", np.zeros(1, np.int64))
    places = graph.node("Slice", [table, zero, positions, zero], "positions.rows")
    embedded = _norm(graph, weights, graph.node("Add", [total, places], "embedded.sum"), "norm", "embedded")
    hidden = embedded
    if stride > 1:
        width = len(weights["merging.product.bias"])
        grouped = graph.reshape(embedded, [1, -1, stride * width], "grouped")
        hidden = _norm(graph, weights, _product(graph, weights, grouped, "merging.product"), "merging.norm", "merged")
    for number in range(count_layers(weights)):
        hidden = _layer(graph, weights, hidden, number, attention_heads, activation)
    if stride > 1:
        spread = _spread(graph, weights, hidden, embedded, padded[0])
        one = graph.shared("one", np.ones(1, np.int64))
        hidden = graph.node("Slice", [spread, zero, length, one], "characters.hidden")
    _product(graph, weights, hidden, "outputs")
    shape = ["batch", "length"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("characters", "words", "places")
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [*shape, len(weights["outputs.bias"])])]
    built = helper.make_graph(graph.nodes, "finnlp_zh_encoder", inputs, outputs, graph.initialisers)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_DOMAIN, 1)]
    model = helper.make_model(built, opset_imports=opsets, producer_name="finnlp-zh", ir_version=8)
    onnx.save(model, path)


def _padded(graph: Graph, ids: Sequence[str], length: str, stride: int) -> list[str]:
    """Fill the ids with padding up to a multiple of ``stride``."""
    modulus = graph.constant("stride", np.array([stride], np.int64))
    missing = graph.node("Mod", [graph.node("Neg", [length], "length.negative"), modulus], "missing")
    pads = graph.node("Concat", [graph.constant("pads", np.zeros(3, np.int64)), missing], "pads.all", axis=0)
    return [graph.node("Pad", [name, pads], f"{name}.padded") for name in ids]


def _spread(graph: Graph, weights: Mapping[str, Array], hidden: str, embedded: str, characters: str) -> str:
    width = len(weights["merging.product.bias"])
    spread = graph.reshape(_product(graph, weights, hidden, "spreading.product"), [1, -1, width], "spreading.rows")
    total = graph.node("Add", [spread, embedded], "spreading.sum")
    own = _norm(graph, weights, total, "spreading.norm", "spreading.own")
    padding = graph.node("Equal", [characters, graph.constant("padding", np.array(PAD, np.int64))], "is_padding")
    real = graph.node("Cast", [graph.node("Not", [padding], "is_real")], "real", to=TensorProto.FLOAT)
    real = graph.node("Unsqueeze", [real, graph.constant("last", np.array([-1], np.int64))], "real.column")
    own = graph.node("Mul", [own, real], "spreading.real")
    one = graph.shared("one", np.ones(1, np.int64))
    framed = graph.node("Pad", [own, graph.constant("frame", np.array([0, 1, 0, 0, 1, 0], np.int64))], "framed")
    parts = []
    # Every character's left neighbour, itself, and its right neighbour: the framed rows without the last two, …
    for place, (start, end) in enumerate([(0, -2), (1, -1), (2, np.iinfo(np.int64).max)]):
        bounds = [graph.constant(f"tap.{place}.{i}", np.array([at], np.int64)) for i, at in enumerate((start, end))]
        rows = graph.node("Slice", [framed, *bounds, one], f"tap.{place}.rows")
        weight = graph.constant(f"tap.{place}", weights["spreading.taps"][place])
        parts.append(graph.node("Mul", [rows, weight], f"tap.{place}.scaled"))
    mixed = graph.node("Sum", parts, "mixed")
    active = graph.node("Relu", [_product(graph, weights, mixed, "spreading.expansion")], "spreading.active")
    contracted = _product(graph, weights, active, "spreading.contraction")
    total = graph.node("Add", [contracted, own], "spreading.output_sum")
    return _norm(graph, weights, total, "spreading.output_norm", "spread")


def _product(graph: Graph, weights: Mapping[str, Array], source: str, name: str) -> str:
    output = "logits" if name == "outputs" else name
    return graph.product(source, output, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _norm(graph: Graph, weights: Mapping[str, Array], source: str, name: str, output: str) -> str:
    # Add and LayerNormalization take a fifth of the time that SkipLayerNormalization takes on the CPU.
    parts = [graph.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias")]
    return graph.node("LayerNormalization", [source, *parts], output, axis=-1, epsilon=_EPSILON)


def _layer(
    graph: Graph, weights: Mapping[str, Array], hidden: str, number: int, attention_heads: int, activation: str
) -> str:
    prefix = f"layers.{number}"

    def pair(name: str) -> tuple[Array, Array]:
        return weights[f"{prefix}.{name}.weight"], weights[f"{prefix}.{name}.bias"]

    def norm(source: str, name: str, output: str) -> str:
        total = graph.node("Add", [source, hidden], f"{output}.sum")
        return _norm(graph, weights, total, f"{prefix}.{name}", output)

    mixed = _product(graph, weights, hidden, f"{prefix}.query_key_value")
    parts = [f"{prefix}.{part}" for part in ("query", "key", "value")]
    graph.nodes.append(helper.make_node("Split", [mixed], parts, name=f"{prefix}.split", axis=-1))
    context = graph.node("MultiHeadAttention", parts, f"{prefix}.context", domain=_DOMAIN, num_heads=attention_heads)
    attended = _product(graph, weights, context, f"{prefix}.attention_output")
    hidden = norm(attended, "attention_norm", f"{prefix}.attended")
    expanded = graph.row_product(hidden, f"{prefix}.expansion", *pair("expansion"))
    kind, domain = ("Relu", "") if activation == "relu" else ("Gelu", _DOMAIN)
    active = graph.node(kind, [expanded], f"{prefix}.active", domain=domain)
    contracted = graph.row_product(active, f"{prefix}.contraction", *pair("contraction"), positive=True)
    return norm(contracted, "output_norm", f"hidden.{number + 1}")
