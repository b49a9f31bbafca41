"""Who said what: quotes with their content, cue, speaker and document."""

from finnlp_zh.stages.quotes.stage import QuoteStage

__all__ = ["QuoteStage"]
