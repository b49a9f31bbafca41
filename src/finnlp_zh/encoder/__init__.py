"""The encoder: one pass over the characters of an article gives every learned head its evidence."""

from __future__ import annotations

from finnlp_zh.encoder.decode import Labelled, decode_spans
from finnlp_zh.encoder.encoder import Encoder, load
from finnlp_zh.encoder.features import Features

__all__ = ["Encoder", "Features", "Labelled", "decode_spans", "load"]
