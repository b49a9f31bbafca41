"""Quality: scoring records against gold, with intervals, error listings and a gate that floors may not fall through."""

from finnlp_zh.evaluation.runner import Report, corpus_hash, evaluate, list_errors, predict, score_layer

__all__ = ["Report", "corpus_hash", "evaluate", "list_errors", "predict", "score_layer"]
