"""The routes: /annotate, /schema, /healthz, /metrics, and a page at / to paste an article into."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from finnlp_zh.engine.workers import Annotator, Failure
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.reading import ReadOptions, read_text
from finnlp_zh.service.batching import Article, Batcher, Limits
from finnlp_zh.service.metrics import CountRequests, Metrics
from finnlp_zh.service.page import paste_page
from finnlp_zh.service.problems import Problem, not_annotated, not_decoded, too_large
from finnlp_zh.types import Record, encode, json_schema

_ARTICLE: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "description": "The article; offsets are code points of this string."},
        "doc_id": {"type": ["string", "null"], "description": "Comes back in the record."},
        "published": {"type": ["string", "null"], "format": "date", "description": "Anchors 今年 or 上月."},
    },
}
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"oneOf": [_ARTICLE, {"type": "array", "items": _ARTICLE}]}}},
}
_decode = msgspec.json.Decoder(Article | list[Article]).decode
_json = msgspec.json.Encoder().encode


def create_app(nlp: Pipeline, limits: Limits | None = None) -> FastAPI:
    """Give the ASGI app over a loaded pipeline; `serve` runs it, and so does any ASGI server, one process a copy."""
    limits = limits or Limits()
    metrics = Metrics()
    annotator = Annotator(nlp, ReadOptions())

    def annotate(articles: Sequence[Article]) -> list[Record | Failure]:
        return annotator.annotate([_record(article) for article in articles])

    batcher = Batcher(annotate, limits, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Loads what loads late, the encoder's threads among it, before the first request waits for it.
        await asyncio.to_thread(annotate, [Article("东湖银行公告称，净利润增长8%。")] * 2)
        await batcher.start()
        yield
        await batcher.stop()

    # The stock pages of documentation fetch their script from elsewhere; /openapi.json is enough.
    app = FastAPI(title="finnlp-zh", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(CountRequests, metrics=metrics)
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_bug)
    entered = _Door(limits)

    @app.post("/annotate", openapi_extra={"requestBody": _BODY})
    async def annotate_articles(request: Request) -> Response:
        """Annotate an article, or a list of them: one record, or as many records or errors in the same order."""
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise Problem(415, "not_json", "the body is not declared as JSON", "set Content-Type: application/json")
        async with entered(request) as body:
            articles = _articles(body, limits)
            many = isinstance(articles, list)
            results = await batcher.submit(articles if isinstance(articles, list) else [articles])
        if not many:
            if isinstance(results[0], Failure):
                raise not_annotated(results[0], "$")
            return Response(encode(results[0]), media_type="application/json")
        parts = (
            _json(not_annotated(result, f"$[{number}]").body()) if isinstance(result, Failure) else encode(result)
            for number, result in enumerate(results)
        )
        return Response(b"[" + b",\n".join(parts) + b"]", media_type="application/json")

    @app.get("/schema")
    async def schema() -> Response:
        """Give the JSON Schema of a record."""
        return Response(_json(json_schema()), media_type="application/schema+json")

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        """Tell that requests are taken, and by which pipeline."""
        return {"status": "ok", "model": nlp.encoder.id if nlp.encoder else "none", "pipeline": nlp.version}

    @app.get("/metrics")
    async def show_metrics() -> Response:
        """Give the counters in the Prometheus text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    _add_page(app, entered, batcher, limits)
    return app


def _add_page(app: FastAPI, entered: _Door, batcher: Batcher, limits: Limits) -> None:
    @app.get("/", response_class=HTMLResponse)
    async def page() -> HTMLResponse:
        """Give the page to paste an article into."""
        return _page(paste_page())

    @app.post("/", response_class=HTMLResponse)
    async def annotated_page(request: Request) -> HTMLResponse:
        """Give the page with the article that its form sent, annotated."""
        text = published = ""
        try:
            async with entered(request) as body:
                fields = parse_qs(body.decode("utf-8", "replace"))
                # A form's text comes with the line ends of the network.
                text = fields.get("text", [""])[0].replace("\r\n", "\n")
                published = fields.get("published", [""])[0]
                article = _articles(_json({"text": text, "published": published or None}), limits)
                assert isinstance(article, Article)
                (result,) = await batcher.submit([article])
            if isinstance(result, Failure):
                raise not_annotated(result, "$")
        except Problem as problem:
            shown = paste_page(text=text, published=published, problem=f"{problem.message}: {problem.remedy}")
            return _page(shown, problem.status, problem.headers)
        return _page(await asyncio.to_thread(paste_page, result, text=text, published=published))


class _Door:
    """Lets a request in: not too many at a time, not too large, not too slow in coming."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._inside = 0

    @asynccontextmanager
    async def __call__(self, request: Request) -> AsyncIterator[bytes]:
        if self._inside >= self._limits.requests:
            what = f"{self._inside} requests are under way (the limit is {self._limits.requests})"
            raise Problem(429, "busy", what, "send it again in a second", retry_after=1)
        self._inside += 1
        try:
            yield await self._body(request)
        finally:
            self._inside -= 1

    async def _body(self, request: Request) -> bytes:
        limit = self._limits.body
        refusal = too_large("the body is larger", f"{limit:,} bytes", "send fewer articles, or shorter ones")
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise refusal
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.seconds):
                async for part in request.stream():
                    body += part
                    if len(body) > limit:
                        raise refusal
        except TimeoutError as error:
            what = f"the body did not come in within {self._limits.seconds:g} seconds"
            raise Problem(408, "too_slow", what, "send it again over a faster line, or send less at once") from error
        return bytes(body)


def _articles(body: bytes, limits: Limits) -> Article | list[Article]:
    try:
        found: Article | list[Article] = _decode(body)
    except msgspec.DecodeError as error:
        raise not_decoded(error) from error
    articles = found if isinstance(found, list) else [found]
    if len(articles) > limits.articles:
        raise too_large(
            f"{len(articles):,} articles", f"{limits.articles:,} a request", "send them in parts", place="$"
        )
    for number, article in enumerate(articles):
        if len(article.text) > limits.characters:
            place = f"$[{number}].text" if isinstance(found, list) else "$.text"
            what, limit = f"{len(article.text):,} characters", f"{limits.characters:,} an article"
            raise too_large(what, limit, "split it into articles", place=place)
        if article.doc_id is None:
            article.doc_id = f"text#{number + 1}" if isinstance(found, list) else "text"
    return found


def _record(article: Article) -> Record:
    record = read_text(article.text, doc_id=article.doc_id or "text")
    if article.published is not None:
        record.published = article.published.isoformat()
    return record


def _page(content: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    safe = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(content, status, safe | (headers or {}))


async def _answer_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return Response(_json(error.body()), error.status, error.headers, "application/json")


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    routes = "POST /annotate, GET /schema, /healthz, /metrics, /openapi.json, and / for a page"
    what = f"{request.method} {request.url.path}: {error.detail}"
    problem = Problem(error.status_code, "no_such_route", what, f"there are {routes}")
    return Response(_json(problem.body()), error.status_code, error.headers, "application/json")


async def _answer_bug(request: Request, error: Exception) -> Response:
    """Answer what nobody has foreseen; the server logs its trace."""
    what = f"the service failed on this request: {type(error).__name__}"
    return await _answer_problem(request, Problem(500, "bug", what, "please report it with the service's log"))
