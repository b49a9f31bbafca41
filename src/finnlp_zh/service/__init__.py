"""The pipeline behind HTTP: concurrent requests share batches, and what is too large, too late or too much is refused.

An extra (``serve``): FastAPI, uvicorn and the Prometheus client. Nothing is fetched and nothing is kept: an article is
in memory while it is annotated, and in no log.
"""

from finnlp_zh.service.app import create_app
from finnlp_zh.service.batching import Limits
from finnlp_zh.service.server import serve

__all__ = ["Limits", "create_app", "serve"]
