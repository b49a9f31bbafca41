"""Named entities: finding, identity within the article, and the roles of persons."""

from finnlp_zh.stages.entities.stage import EntityStage

__all__ = ["EntityStage"]
