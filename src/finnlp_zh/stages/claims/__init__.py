"""Numeric claims: every figure with value, unit, modifier, period, metric, subject and source."""

from finnlp_zh.stages.claims.assembly import ClaimStage

__all__ = ["ClaimStage"]
