"""The service as a process of its own, spoken to over real HTTP on the loopback."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from finnlp_zh import load
from finnlp_zh.types import decode, json_schema

pytest.importorskip("fastapi")

TEXT = "东湖银行行长周明远表示，前三季度净利润{}亿元，同比增长5.2%，部分贷款出现逾期。"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    process: subprocess.Popen[str]
    port: int

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers = {"Content-Type": "application/json"} | headers
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def begin(self, whole: bytes, sent: int) -> socket.socket:
        """Send a request's head and the first bytes of its body."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        head = f"POST /annotate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(whole)}"
        line.sendall(head.encode() + b"\r\n\r\n" + whole[:sent])
        return line


@contextmanager
def serving(*options: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "finnlp_zh", "serve", "--port", "0", "--model", "none", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.fullmatch(r"serving at http://127\.0\.0\.1:(\d+)\n", line)
        assert found is not None, line + process.communicate()[1]
        yield Server(process, int(found[1]))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert errors == ""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--max-body", "20000", "--max-articles", "4", "--max-characters", "2000") as running:
        yield running


def _expected(text: str, **options: Any) -> Any:
    return load(None)(text, **options).record


def test_one_article_gives_one_record(server: Server) -> None:
    article = {"text": TEXT.format(3), "doc_id": "甲", "published": "2026-03-18"}
    answer = server.ask("POST", "/annotate", article)
    assert answer.status == 200
    assert decode(answer.body) == _expected(TEXT.format(3), doc_id="甲", published="2026-03-18")


def test_a_list_gives_as_many_records_in_order(server: Server) -> None:
    answer = server.ask("POST", "/annotate", [{"text": TEXT.format(1)}, {"text": ""}, {"text": "甲", "doc_id": "乙"}])
    assert answer.status == 200
    assert [record["doc_id"] for record in answer.json] == ["text#1", "text#2", "乙"]
    assert decode(json.dumps(answer.json[0])) == _expected(TEXT.format(1), doc_id="text#1")


def test_concurrent_requests_share_batches_and_mix_nothing_up(server: Server) -> None:
    texts = [TEXT.format(number) for number in range(60)]
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda text: server.ask("POST", "/annotate", {"text": text}), texts))
    nlp = load(None)
    assert [answer.status for answer in answers] == [200] * 60
    assert [decode(answer.body) for answer in answers] == [nlp(text).record for text in texts]


@pytest.mark.parametrize(
    ("body", "status", "code", "place"),
    [
        (b'{"text": "\xe4\xb8', 400, "not_an_article", "$"),
        (b'{"text": "\\ud800"}', 400, "not_an_article", "$"),
        (b"7", 422, "not_an_article", "$"),
        (b'[{"text": "a"}, {"text": 7}]', 422, "not_an_article", "$[1].text"),
        (b'{"text": "a", "published": "2026-13-01"}', 422, "not_an_article", "$.published"),
        (b'{"text": "a", "lang": "zh"}', 422, "not_an_article", "$"),
        (b'[{"text": "a"}, {"text": "' + b"a" * 2001 + b'"}]', 413, "too_large", "$[1].text"),
        (json.dumps([{"text": "a"}] * 5).encode(), 413, "too_large", "$"),
        (b'{"text": "' + b"a" * 20_001 + b'"}', 413, "too_large", None),
    ],
)
def test_refusals_name_the_place_and_the_remedy(
    server: Server, body: bytes, status: int, code: str, place: str | None
) -> None:
    answer = server.ask("POST", "/annotate", body, **{"Content-Type": "application/json"})
    error = answer.json["error"]
    assert (answer.status, error["code"], error["place"]) == (status, code, place)
    assert error["message"]
    assert error["remedy"]


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    parts = iter([b'{"text": "'] + [b"a" * 1000] * 30)
    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/annotate", parts, headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_other_refusals_are_json_too(server: Server) -> None:
    for method, path, status in [("GET", "/nothing", 404), ("GET", "/annotate", 405), ("GET", "/docs", 404)]:
        answer = server.ask(method, path)
        assert answer.status == status
        assert "POST /annotate" in answer.json["error"]["remedy"]
    plain = server.ask("POST", "/annotate", b'{"text": "a"}', **{"Content-Type": "text/plain"})
    assert (plain.status, plain.json["error"]["code"]) == (415, "not_json")  # so no other site's page can send it


def test_schema_health_and_interface(server: Server) -> None:
    assert server.ask("GET", "/schema").json == json.loads(json.dumps(json_schema()))
    assert server.ask("GET", "/healthz").json == {"status": "ok", "model": "none", "pipeline": load(None).version}
    body = server.ask("GET", "/openapi.json").json["paths"]["/annotate"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"]["oneOf"][0]["required"] == ["text"]


def test_metrics_count_requests_by_route(server: Server) -> None:
    server.ask("GET", "/made/up/by/anyone")
    server.ask("POST", "/annotate", {"text": "甲"})
    answer = server.ask("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    shown = answer.body.decode()
    assert re.search(r'^finnlp_requests_total\{route="/annotate",status="200"\} [1-9]', shown, re.MULTILINE)
    assert re.search(r'^finnlp_requests_total\{route="other",status="404"\} [1-9]', shown, re.MULTILINE)
    assert "made/up" not in shown
    assert re.search(r'^finnlp_articles_total\{outcome="annotated"\} [1-9]', shown, re.MULTILINE)
    assert "\nfinnlp_waiting_characters 0.0\n" in shown


def test_too_many_requests_are_put_off_and_the_others_are_answered() -> None:
    whole = json.dumps({"text": TEXT.format(1)}).encode()
    with serving("--max-requests", "1") as server:
        with server.begin(whole, 5) as slow:
            while server.ask("GET", "/metrics").body.find(b"finnlp_requests_open 2.0") < 0:
                pass  # until the slow request is inside, besides the one that asks
            put_off = server.ask("POST", "/annotate", {"text": "甲"})
            slow.sendall(whole[5:])
            assert slow.recv(100).startswith(b"HTTP/1.1 200")
        assert (put_off.status, put_off.json["error"]["code"]) == (429, "busy")
        assert put_off.headers["retry-after"] == "1"
        assert server.ask("POST", "/annotate", {"text": "甲"}).status == 200


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with serving("--timeout", "0.3") as server, server.begin(b'{"text": "a"}', 5) as slow:
        assert slow.recv(100).startswith(b"HTTP/1.1 408")


def test_stop_answers_what_is_under_way() -> None:
    whole = json.dumps({"text": TEXT.format(1)}).encode()
    with serving() as server, server.begin(whole, 5) as slow:
        while server.ask("GET", "/metrics").body.find(b"finnlp_requests_open 2.0") < 0:
            pass
        server.process.send_signal(signal.SIGTERM)
        while _lets_in(server):
            pass
        assert server.process.poll() is None
        slow.sendall(whole[5:])
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        assert server.process.wait(30) == 0


def _lets_in(server: Server) -> bool:
    try:
        return server.ask("GET", "/healthz").status == 200
    except OSError:
        return False


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "-m", "finnlp_zh", "serve", "--model", "none", "--port", str(port)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert run.returncode == 2
    assert f"127.0.0.1:{port}" in run.stderr
    assert "choose another --port" in run.stderr


# ---- the page -------------------------------------------------------------------------------------------------------

HOSTILE = "</textarea></script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def _paste(server: Server, **fields: str) -> Answer:
    body = urlencode(fields).encode()
    return server.ask("POST", "/", body, **{"Content-Type": "application/x-www-form-urlencoded"})


def test_page_fetches_nothing_and_sends_to_itself(server: Server) -> None:
    page = server.ask("GET", "/").body.decode()
    assert "form-action 'self'" in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"']", page)


def test_pasted_article_comes_back_annotated(server: Server) -> None:
    answer = _paste(server, text=TEXT.format(3) + "\r\n" + HOSTILE, published="2026-03-18")
    page = answer.body.decode()
    assert answer.status == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    (article,) = json.loads(data[1])["articles"]
    assert article["text"] == TEXT.format(3) + "\n" + HOSTILE
    assert article["published"] == "2026-03-18"
    assert [entity["name"] for entity in article["entities"]][:2] == ["东湖银行", "周明远"]
    assert page.count("<script") == 2
    assert "<img" not in page


def test_page_shows_what_is_wrong(server: Server) -> None:
    answer = _paste(server, text="甲" * 2001)
    assert answer.status == 413
    assert "2,001 characters" in answer.body.decode()
    assert _paste(server, text="甲", published="<b>").status == 422


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_browser_draws_the_page_and_runs_nothing_of_the_article(server: Server, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(_paste(server, text=TEXT.format(3) + HOSTILE).body)
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    options += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    dump = subprocess.run(
        [str(CHROMIUM), *options, page.as_uri()], capture_output=True, timeout=180, check=True, encoding="utf-8"
    ).stdout
    assert "<title>finnlp-zh</title>" in dump
    assert 'class="e-ORG' in dump
    assert "<img" not in dump
