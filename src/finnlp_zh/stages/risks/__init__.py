"""Risks: which of fourteen kinds of risk a sentence tells of, and whether it has happened."""

from finnlp_zh.stages.risks.stage import RiskStage

__all__ = ["RiskStage"]
