"""Distillation: a smaller network that starts from layers of a trained one and learns to give what that one gives.

The student follows the teacher's last vectors (mean squared error) and, on the heads that are read as tags, its
distribution over the labels (Hinton et al. 2015, arXiv:1503.02531), on every text that it reads, labelled or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from finnlp_zh.encoder import model
from finnlp_zh.encoder.network import Architecture, Network, count_layers
from finnlp_zh.encoder.vocabulary import PAD
from finnlp_zh.errors import ConfigError


def shrink(state: Mapping[str, Tensor], *, layers: Sequence[int], feed_forward: int) -> dict[str, Tensor]:
    """Give the state of a smaller network: the named layers, in each the feed-forward units with the largest weights.

    A unit's size is the product of the norms of its incoming and outgoing weights. Raises `ConfigError` where the
    network has no such layer or fewer units.
    """
    known = count_layers(state)
    if any(not 0 <= layer < known for layer in layers):
        raise ConfigError(f"[start] layers = {list(layers)}: the model has the layers 0 to {known - 1}")
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("layers.")}
    for place, layer in enumerate(layers):
        prefix = f"layers.{layer}."
        parts = {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
        incoming, outgoing = parts["expansion.weight"], parts["contraction.weight"]
        if len(incoming) < feed_forward:
            raise ConfigError(f"[size] feed_forward = {feed_forward}: the model to start from has {len(incoming)}")
        sizes = incoming.norm(dim=1) * outgoing.norm(dim=0)
        units = sizes.argsort(descending=True)[:feed_forward].sort().values
        parts["expansion.weight"], parts["expansion.bias"] = incoming[units], parts["expansion.bias"][units]
        parts["contraction.weight"] = outgoing[:, units]
        kept |= {f"layers.{place}.{name}": tensor for name, tensor in parts.items()}
    return kept


class Teacher:
    """A trained model in evaluation mode; its vocabulary must be the student's."""

    def __init__(self, folder: Path, *, characters: int, words: int, device: torch.device) -> None:
        manifest = model.read_manifest(folder)
        model.check_files(folder, manifest, [model.WEIGHTS])
        size = Architecture(**manifest.architecture)  # type: ignore[arg-type]
        if (size.characters, size.words) != (characters, words):
            raise ConfigError(f"[teacher] {folder} has another vocabulary: start the student from it")
        self.network = Network(size)
        self.network.load_state_dict(
            {name: tensor.float() for name, tensor in load_file(folder / model.WEIGHTS).items()}
        )
        self.network.eval().to(device)
        columns, at = {}, 0
        for head in manifest.heads:
            if head.reading == "tags":
                columns[head.name] = slice(at, at + len(head.labels))
            at += len(head.labels)
        self.columns = columns

    def loss(
        self,
        ids: Sequence[Tensor],
        hidden: Tensor,
        logits: Tensor,
        columns: Mapping[str, slice],
        taught: Sequence[bool],
    ) -> dict[str, Tensor]:
        """Give how far the student is from the teacher, a mean over the characters of all rows.

        ``ids`` are what both read, of shape (rows, length); ``hidden`` and ``logits`` are the student's, with its heads
        in ``columns``. Rows that are not ``taught`` count as no distance.
        """
        chosen = torch.tensor(taught, device=logits.device)
        real = ids[0] != PAD
        total = real.sum()
        ours = real & chosen[:, None]
        theirs = real[chosen]
        with torch.no_grad():
            wanted = self.network.hidden(*(part[chosen] for part in ids))
            targets = self.network.outputs(wanted).float()
        distance = functional.mse_loss(hidden[ours].float(), wanted[theirs].float(), reduction="sum")
        divergence = logits.new_zeros(())
        for name, column in self.columns.items():
            given, aimed = logits[..., columns[name]][ours], targets[..., column][theirs]
            pair = given.log_softmax(-1), aimed.log_softmax(-1)
            divergence = divergence + functional.kl_div(*pair, reduction="sum", log_target=True)
        return {"vectors": distance / (total * hidden.shape[-1]), "distributions": divergence / total}
