"""What is answered in place of a record: one form for every refusal, with the place and the remedy."""

from __future__ import annotations

from typing import Any

import msgspec

from finnlp_zh.engine.workers import Failure


class Problem(Exception):
    """A request, or one article of it, that gets no record.

    ``code`` is stable, for programs; ``place`` is a path into the request (``$[2].text``), or ``None`` for the whole.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        remedy: str,
        *,
        place: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.remedy = remedy
        self.place = place
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers that the answer needs."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    def body(self) -> dict[str, Any]:
        """Give the answer's JSON."""
        error = {"code": self.code, "place": self.place, "message": self.message, "remedy": self.remedy}
        return {"error": error}


def too_large(what: str, limit: str, remedy: str, *, place: str | None = None) -> Problem:
    """Give the refusal of more than the limits allow."""
    return Problem(413, "too_large", f"{what}; the limit is {limit}", remedy, place=place)


def not_annotated(failure: Failure, place: str) -> Problem:
    """Give the answer for an article on which the pipeline failed."""
    remedy = "leave the article out or change it; please report it, with the text, as a bug of finnlp-zh"
    return Problem(500, "not_annotated", f"stage {failure.stage}: {failure.message}", remedy, place=place)


def not_decoded(error: msgspec.DecodeError) -> Problem:
    """Give the refusal of a body that is no article and no list of articles."""
    message, _, place = str(error).partition(" - at `")
    remedy = 'send {"text": "…"} or a list of such objects; "doc_id" and "published" (YYYY-MM-DD) may stand beside it'
    status = 422 if isinstance(error, msgspec.ValidationError) else 400
    return Problem(status, "not_an_article", message, remedy, place=place.rstrip("`") or "$")
