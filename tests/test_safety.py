"""What the package never does: it unpickles nothing, evaluates nothing, and talks to nobody while it runs."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "finnlp_zh"
ARTICLES = ROOT / "examples" / "articles"

# Modules that turn bytes into running code, and modules that reach other machines.
_UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "imp", "code", "codeop"}
_NETWORK = {
    "aiohttp", "ftplib", "httpx", "http.client", "huggingface_hub", "imaplib", "requests", "smtplib", "telnetlib",
    "urllib.request", "urllib3", "xmlrpc",
}  # fmt: skip
_CALLS = {"eval", "exec", "compile", "__import__"}
_METHODS = {"torch.load", "torch.hub", "yaml.load", "yaml.unsafe_load", "os.system", "os.popen", "pandas.read_pickle"}


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        names = {alias.name for alias in node.names}
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    else:
        return set()
    return names | {name.split(".")[0] for name in names}


def test_nothing_is_unpickled_or_evaluated() -> None:
    for path, tree in _trees():
        for node in ast.walk(tree):
            where = f"{path.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}"
            assert not _imported(node) & _UNSAFE, where
            if not isinstance(node, ast.Call):
                continue
            options = {option.arg: option.value for option in node.keywords}
            name = ast.unparse(node.func)
            assert not (isinstance(node.func, ast.Name) and name in _CALLS), where
            assert name not in _METHODS, where
            if name.endswith(("np.load", "numpy.load")):
                allowed = options.get("allow_pickle")
                assert isinstance(allowed, ast.Constant), where
                assert allowed.value is False, where
            trusted = options.get("trust_remote_code")
            assert trusted is None or (isinstance(trusted, ast.Constant) and trusted.value is False), where
            if name.endswith("from_pretrained"):
                assert "local_files_only" in options, where
            if ".AutoModel" in f".{name}" and name.endswith("from_pretrained"):
                assert "use_safetensors" in options, where


def test_no_module_reaches_for_the_network() -> None:
    for path, tree in _trees():
        used = set().union(*map(_imported, ast.walk(tree)))
        assert not used & _NETWORK, path
        if "socket" in used:
            assert path.parent.name == "service", f"{path}: only the service listens, and nothing calls out"


def test_weights_are_safetensors_or_onnx_with_pinned_hashes() -> None:
    models = sorted((ROOT / "models").glob("*/*/manifest.json"))
    assert models
    for manifest in models:
        pinned = json.loads(manifest.read_text("utf-8"))["files"]
        for path in manifest.parent.iterdir():
            kinds = {".json", ".md", ".onnx", ".safetensors", ".svg", ".tsv", ".txt"}
            assert path.suffix in kinds, f"{path}: no such file belongs to a model"
            if path.suffix in (".onnx", ".safetensors", ".tsv", ".txt"):
                assert hashlib.sha256(path.read_bytes()).hexdigest() == pinned[path.name]["sha256"], path


# ---- without a network ----------------------------------------------------------------------------------------------

_NO_SOCKETS = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"):
        raise SystemExit(f"reached for the network: {event} {arguments}")
sys.addaudithook(refuse)
"""


def _without_network(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process in which an attempt to reach another machine ends it."""
    command = [sys.executable, "-c", _NO_SOCKETS + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_the_guard_sees_an_attempt() -> None:
    run = _without_network("import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')")
    assert run.returncode != 0
    assert "reached for the network" in run.stderr


def test_annotate_needs_no_network(tmp_path: Path) -> None:
    code = "from finnlp_zh.cli import main; sys.argv[0] = 'finnlp'; main()"
    run = _without_network(code, "annotate", str(ARTICLES), "-o", str(tmp_path / "out"), "--workers", "1")
    assert run.returncode == 0, run.stderr
    assert len((tmp_path / "out" / "records.jsonl").read_text("utf-8").splitlines()) >= 9
    run = _without_network(code, "report", str(tmp_path / "out"), "-o", str(tmp_path / "report.html"))
    assert run.returncode == 0, run.stderr


def test_every_stage_in_python_needs_no_network() -> None:
    code = (
        "import finnlp_zh; from finnlp_zh.loading import ON_REQUEST, STAGES; "
        "nlp = finnlp_zh.load(stages=[*STAGES, 'tone', 'attitude']); "
        "print(len(nlp('东湖银行行长周明远表示，净利润增长8%。').quotes))"
    )
    run = _without_network(code)
    assert run.stdout.strip() == "1", run.stderr


# ---- whose code it is -----------------------------------------------------------------------------------------------

# Licences that let a user do with the package what ours does; the MPL binds changes to its own files alone.
_PERMISSIVE = re.compile(
    r"\b(?:MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|Unlicense|Zlib|HPND|CC0|Public[- ]Domain|MPL"
    r"|Mozilla Public License 2\.0)\b",
    re.IGNORECASE,
)
_BINDING = re.compile(
    r"\b(?:A?GPL|GNU (?:Affero )?General Public|SSPL|BUSL|Commons Clause|NonCommercial)\b", re.IGNORECASE
)
_STATED_ELSEWHERE = {"hanlp_downloader": "Apache-2.0"}  # by the LICENSE of its repository, hankcs/hanlp-downloader
EXTRAS = ("html", "pdf", "parquet", "traditional", "report", "serve", "torch", "jieba", "spacy", "hanlp", "ray")


def _licence(distribution: metadata.Distribution) -> str:
    about = distribution.metadata
    if stated := about.get("License-Expression"):
        return stated
    classes = [value.split(" :: ")[-1] for value in about.get_all("Classifier", []) if value.startswith("License")]
    classes = [value for value in classes if value != "OSI Approved"]
    text = (about.get("License") or "").strip().splitlines()
    stated = "; ".join(classes) or (text[0] if text else "")
    return stated or _STATED_ELSEWHERE.get(about["Name"], "unknown")


def _dependencies() -> dict[str, str]:
    """Give the licence of every installed package that the core or an extra needs, however far down."""
    from packaging.requirements import Requirement

    found: dict[str, str] = {}
    waiting = [("finnlp-zh", frozenset(EXTRAS))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # an extra that is not installed here
        found[distribution.metadata["Name"].lower()] = _licence(distribution)
        for line in distribution.requires or []:
            wanted = Requirement(line)
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in extras | {""}):
                waiting.append((wanted.name, frozenset(wanted.extras)))
    return found


def test_every_dependency_has_a_permissive_licence() -> None:
    found = _dependencies()
    for name, licence in sorted(found.items()):
        print(f"{name:32} {licence}")
    assert {"msgspec", "numpy", "onnxruntime", "typer"} <= set(found)
    barred = {
        name: licence
        for name, licence in found.items()
        if not _PERMISSIVE.search(licence) or (_BINDING.search(licence) and " or " not in licence.lower())
    }
    assert not barred
