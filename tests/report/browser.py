"""Headless Chromium for the tests of pages: runs a script in a page and gives what it left."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HOSTILE = (
    "</script><script>document.title='owned'</script><!-- <script> \u2028<img src=x onerror=\"document.title='owned'\">"
    "<a href='javascript:document.title=1'>央行</a> @DATA@ @SCRIPT@ 😀"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")


def browse(page: Path, *, script: str = "", size: str = "1200,900") -> str:
    """Give the page's DOM after its scripts ran, ``script`` among them, allowed by a hash of its own."""
    content = page.read_text("utf-8")
    if script:
        allowed = f"script-src 'sha256-{digest(script)}' "
        content = content.replace("script-src ", allowed, 1).replace("</body>", f"<script>{script}</script></body>")
        page = page.with_name("driven.html")
        page.write_text(content, "utf-8")
    return _run(page, "--dump-dom", f"--window-size={size}")


def print_page(page: Path, view: str) -> Path:
    """Give the PDF that printing a view of the page makes."""
    target = page.with_suffix(".pdf")
    _run(page, f"--print-to-pdf={target}", "--no-pdf-header-footer", fragment=f"#{view}")
    return target


def _run(page: Path, *options: str, fragment: str = "") -> str:
    assert CHROMIUM is not None
    common = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    common.append(f"--user-data-dir={page.parent / 'profile'}")
    command = [CHROMIUM, *common, *options, page.as_uri() + fragment]
    return subprocess.run(command, capture_output=True, timeout=180, check=True, encoding="utf-8").stdout


def digest(content: str) -> str:
    """Give the hash by which a content security policy names a script or style."""
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def result_of(page: Path, script: str) -> Any:
    """Run ``script`` in the page and give what it left in ``window.result``."""
    script += "document.body.setAttribute('data-result', JSON.stringify(window.result));"
    found = re.search(r'data-result="([^"]*)"', browse(page, script=f"(() => {{ {script} }})();"))
    assert found is not None, "the script did not run to its end"
    return json.loads(html.unescape(found[1]))
