"""The losses of all heads of one batch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from finnlp_zh.encoder.heads import Head
from finnlp_zh.training.batches import Batch, PooledRows

_PER_ITEM = 24.0  # a pooled item weighs as much as this many characters


def head_losses(
    logits: Tensor, batch: Batch, heads: Mapping[str, Head], columns: Mapping[str, slice]
) -> dict[str, Tensor]:
    """Give each head's loss per character of the batch; ``logits`` has shape (rows, length, outputs)."""
    losses = {}
    device = logits.device
    weights = torch.from_numpy(batch.weights).to(device)[:, None]
    for name, allowed in batch.allowed.items():
        rows = logits[..., columns[name]]
        labels = torch.from_numpy(allowed.view("int64")).to(device)
        losses[name] = (partial_label_loss(rows, labels) * weights).sum() / batch.size
    flat = logits.flatten(0, 1)
    for name, pooled in batch.pooled.items():
        losses[name] = _pooled_loss(flat[:, columns[name]], pooled, heads[name]) * _PER_ITEM / batch.size
    return losses


def partial_label_loss(logits: Tensor, allowed: Tensor) -> Tensor:
    """Give -log of the allowed labels' summed probability, 0 where the bit set ``allowed`` is empty."""
    places = torch.arange(logits.shape[-1], device=logits.device)
    open_ = ((allowed[..., None] >> places) & 1).bool()
    possible = logits.masked_fill(~open_, -1e4).logsumexp(-1)
    loss: Tensor = (logits.logsumexp(-1) - possible) * (allowed != 0)
    return loss


def _pooled_loss(flat: Tensor, pooled: PooledRows, head: Head) -> Tensor:
    positions, items, targets, weights = (torch.from_numpy(part).to(flat.device) for part in pooled)
    total = flat.new_zeros((len(targets), flat.shape[-1]))
    total = total.index_add(0, items, flat[positions])
    mean = total / torch.bincount(items, minlength=len(targets)).clamp(min=1)[:, None]
    if head.reading == "flags":
        known = (targets >= 0).float()
        each = functional.binary_cross_entropy_with_logits(mean, targets.clamp(min=0).float(), reduction="none")
        loss: Tensor = ((each * known).sum(1) * weights).sum()
        return loss
    chosen = functional.cross_entropy(mean, targets[:, 0], reduction="none")
    weighted: Tensor = (chosen * weights).sum()
    return weighted
