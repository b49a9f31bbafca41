"""The encoder as a torch module: a BERT body (Devlin et al. 2019) over characters and the words that cover them.

With a ``stride`` of 2 the layers see pairs of characters, as in a funnel (Dai et al. 2020, arXiv:2006.03236): a pair's
vectors are merged before the first layer, and after the last one spread over its characters again, where each meets
its own embedding and its neighbours. Half the positions take half the time in the products and a quarter in attention.

Needs torch; the onnxruntime path never imports this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from finnlp_zh.encoder.vocabulary import PAD


@dataclass(frozen=True, slots=True)
class Architecture:
    """The encoder's sizes; ``outputs`` is the number of logits of all heads together."""

    characters: int
    words: int
    outputs: int
    layers: int = 5
    width: int = 384
    attention_heads: int = 12
    feed_forward: int = 1536
    positions: int = 256
    activation: str = "gelu"
    stride: int = 1

    def as_dict(self) -> dict[str, int | str]:
        """Give the sizes as a plain mapping."""
        return asdict(self)


class Layer(nn.Module):
    """One post-norm transformer layer."""

    def __init__(self, size: Architecture, dropout: float) -> None:
        super().__init__()
        self.attention_heads = size.attention_heads
        self.dropout = dropout
        self.activation = functional.relu if size.activation == "relu" else functional.gelu
        self.query_key_value = nn.Linear(size.width, 3 * size.width)
        self.attention_output = nn.Linear(size.width, size.width)
        self.attention_norm = nn.LayerNorm(size.width, eps=1e-12)
        self.expansion = nn.Linear(size.width, size.feed_forward)
        self.contraction = nn.Linear(size.feed_forward, size.width)
        self.output_norm = nn.LayerNorm(size.width, eps=1e-12)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """Give the next layer's vectors, shape as ``hidden``: (batch, length, width)."""
        batch, length, width = hidden.shape
        heads = self.attention_heads
        mixed = self.query_key_value(hidden).view(batch, length, 3, heads, width // heads)
        query, key, value = mixed.permute(2, 0, 3, 1, 4).unbind(0)
        if self.training and hidden.device.type == "cpu":
            context = _attend(query, key, value, bias)
        else:
            context = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        context = self.attention_output(context.transpose(1, 2).reshape(batch, length, width))
        hidden = self.attention_norm(hidden + self._drop(context))
        expanded = self.contraction(self.activation(self.expansion(hidden)))
        output: Tensor = self.output_norm(hidden + self._drop(expanded))
        return output

    def _drop(self, vectors: Tensor) -> Tensor:
        return drop(vectors, self.dropout) if self.training and self.dropout else vectors


def drop(vectors: Tensor, share: float) -> Tensor:
    """Dropout, the share rounded to 1/256 on the CPU: there a byte an element is drawn, a fifth of the usual time."""
    if vectors.device.type != "cpu":
        return functional.dropout(vectors, share)
    dropped = round(256 * share)
    draws = torch.empty((vectors.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
    kept = draws.view(torch.uint8)[: vectors.numel()].view(vectors.shape) >= dropped
    return vectors * (kept * (256 / (256 - dropped))).to(vectors.dtype)


def _attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Attention written out: its backward pass takes a third of the fused kernel's time on the CPU."""
    scores = torch.matmul(query * query.shape[-1] ** -0.5, key.transpose(-1, -2))
    shares = (scores.float() + bias).softmax(-1)
    context: Tensor = torch.matmul(shares.to(value.dtype), value)
    return context


class Merging(nn.Module):
    """The vectors of ``stride`` characters in, one out; at first their mean."""

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.product = nn.Linear(stride * width, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        with torch.no_grad():
            self.product.weight += torch.eye(width).repeat(1, stride) / stride

    def forward(self, embedded: Tensor) -> Tensor:
        """Give vectors of shape (batch, length / stride, width) for (batch, length, width)."""
        batch, length, width = embedded.shape
        merged: Tensor = self.norm(self.product(embedded.reshape(batch, length // self.stride, self.stride * width)))
        return merged


class Spreading(nn.Module):
    """One vector in, ``stride`` characters' out, each with its own embedding and what its two neighbours give it.

    At first every character gets the sum of the group's vector and its own embedding.
    """

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        self.product = nn.Linear(width, stride * width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.taps = nn.Parameter(torch.tensor([0.0, 1.0, 0.0])[:, None].repeat(1, width))
        self.expansion = nn.Linear(width, width)
        self.contraction = nn.Linear(width, width)
        self.output_norm = nn.LayerNorm(width, eps=1e-12)
        with torch.no_grad():
            self.product.weight += torch.eye(width).repeat(stride, 1)
            self.contraction.weight *= 0.1

    def forward(self, hidden: Tensor, embedded: Tensor, real: Tensor) -> Tensor:
        """Give the characters' vectors, shape as ``embedded``; ``real`` is 0 on padding, shape (batch, length, 1)."""
        own = self.norm(self.product(hidden).view(embedded.shape) + embedded) * real
        before, after = functional.pad(own, (0, 0, 1, 0))[:, :-1], functional.pad(own, (0, 0, 0, 1))[:, 1:]
        mixed = self.taps[0] * before + self.taps[1] * own + self.taps[2] * after
        output: Tensor = self.output_norm(own + self.contraction(functional.relu(self.expansion(mixed))))
        return output


class Network(nn.Module):
    """Characters and words in, the logits of all heads out, side by side."""

    def __init__(self, size: Architecture, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.size = size
        self.dropout = dropout
        self.characters = nn.Embedding(size.characters, size.width)
        self.words = nn.Embedding(size.words + 1, size.width)
        self.places = nn.Embedding(4, size.width)
        self.positions = nn.Embedding(size.positions, size.width)
        self.norm = nn.LayerNorm(size.width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(size, dropout) for _ in range(size.layers))
        if size.stride > 1:
            self.merging = Merging(size.width, size.stride)
            self.spreading = Spreading(size.width, size.stride)
        self.outputs = nn.Linear(size.width, size.outputs)
        for embedding in (self.characters, self.words, self.places, self.positions):
            nn.init.normal_(embedding.weight, std=0.02)

    def hidden(self, characters: Tensor, words: Tensor, places: Tensor) -> Tensor:
        """Give the last layer's vectors, shape (batch, length, width), for ids of shape (batch, length)."""
        length, stride = characters.shape[1], self.size.stride
        if stride > 1:  # and not where something is missing: a tracer would take that for settled
            missing = -length % stride
            characters = functional.pad(characters, (0, missing), value=PAD)
            words, places = (functional.pad(ids, (0, missing)) for ids in (words, places))
        embedded = self.characters(characters) + self.words(words) + self.places(places)
        embedded = self.norm(embedded + self.positions.weight[: characters.shape[1]])
        if self.training and self.dropout:
            embedded = drop(embedded, self.dropout)
        real = characters != PAD
        hidden = self.merging(embedded) if stride > 1 else embedded
        bias = torch.where(real[:, ::stride], 0.0, -1e4)[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, bias)
        if stride > 1:
            hidden = self.spreading(hidden, embedded, real[..., None])[:, :length]
        last: Tensor = hidden
        return last

    def forward(self, characters: Tensor, words: Tensor, places: Tensor) -> Tensor:
        """Give the logits, shape (batch, length, outputs)."""
        logits: Tensor = self.outputs(self.hidden(characters, words, places))
        return logits


def count_layers(names: Iterable[str]) -> int:
    """Give how many layers the weights of these names have."""
    return sum(name.startswith("layers.") and name.endswith(".expansion.weight") for name in names)


def copy_bert(network: Network, state: dict[str, Tensor], rows: list[int]) -> None:
    """Fill the network from a BERT state dict: its bottom layers, and the character rows named by ``rows``."""
    with torch.no_grad():
        state = {name: tensor.float() for name, tensor in state.items()}
        network.characters.weight.copy_(state["embeddings.word_embeddings.weight"][rows])
        positions = state["embeddings.position_embeddings.weight"][: network.size.positions]
        network.positions.weight.copy_(positions + state["embeddings.token_type_embeddings.weight"][0])
        _copy(network.norm, state, "embeddings.LayerNorm")
        for number, layer in enumerate(network.layers):
            _copy_layer(layer, state, f"encoder.layer.{number}")


def _copy_layer(layer: Any, state: dict[str, Tensor], prefix: str) -> None:
    parts = [f"{prefix}.attention.self.{part}" for part in ("query", "key", "value")]
    layer.query_key_value.weight.copy_(torch.cat([state[f"{part}.weight"] for part in parts]))
    layer.query_key_value.bias.copy_(torch.cat([state[f"{part}.bias"] for part in parts]))
    _copy(layer.attention_output, state, f"{prefix}.attention.output.dense")
    _copy(layer.attention_norm, state, f"{prefix}.attention.output.LayerNorm")
    _copy(layer.expansion, state, f"{prefix}.intermediate.dense")
    _copy(layer.contraction, state, f"{prefix}.output.dense")
    _copy(layer.output_norm, state, f"{prefix}.output.LayerNorm")


def _copy(module: Any, state: dict[str, Tensor], name: str) -> None:
    module.weight.copy_(state[f"{name}.weight"])
    module.bias.copy_(state[f"{name}.bias"])
