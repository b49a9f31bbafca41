"""Stance: what a quote's speaker holds of what the quote is about."""

from finnlp_zh.stages.stance.stage import StanceStage

__all__ = ["StanceStage"]
