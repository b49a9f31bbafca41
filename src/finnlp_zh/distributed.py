"""The same pipeline over a Ray cluster: Ray Data reads, a pool of actors annotates, Parquet comes out.

Every actor holds one model, in a worker process of the engine's own. So both kinds of loss are mended where they are
known: an article that takes its process down costs one error row (`finnlp_zh.engine.workers`), and an actor that is
lost with its machine is replaced by Ray, which gives its articles to the next. The record of an article is the one
that `finnlp_zh.engine` gives, to the byte.

The package, the model and the files named in the options must be there on every machine of the cluster.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from finnlp_zh.engine import Options, Summary
from finnlp_zh.engine.chunks import CHUNK_BYTES, cut_articles
from finnlp_zh.engine.workers import Failure, Pool, Setup
from finnlp_zh.errors import ConfigError, FinnlpError, InputError, ResourceError
from finnlp_zh.reading import InputFile, ReadFailure, ReadOptions, read_bytes, read_file
from finnlp_zh.reading.inputs import SUFFIXES, Found, list_files, name_files
from finnlp_zh.types import SHARD_FINISHED, Record, decode, encode

__all__ = ["annotate", "annotate_to"]

# Of a CPU. Less than one for an actor, so that reading and writing find room on a cluster that is all taken by actors.
_ACTOR_CPUS: Final = 0.75
_TASK_CPUS: Final = 0.25
# Input bytes of one shard for each actor: a quarter of an hour on a CPU, which is what an interrupted run may lose.
_SHARD_BYTES = 20_000_000
# Input bytes of one reading task; a larger file is a task of its own.
_TASK_BYTES: Final = 4_000_000
# Rows that an actor is given at once, where as many are there; what the model sees at once is within `CHUNK_BYTES`.
_ROWS: Final = 64
_ROWS_A_FILE: Final = 20_000

_COUNTS: Final = ("characters", "entities", "quotes", "claims", "risks")


def annotate(dataset: Any, options: Options | None = None, *, gpus: float = 0.0) -> Any:
    """Annotate a `ray.data.Dataset` of articles, one row an article; lazy, like every operation on a data set.

    Args:
        dataset: Rows with a column ``doc_id``, a text, and what else is read from a row of a table (title, day of
            publication), under the usual names or as ``options.reading`` says. Its context is set to small blocks.
        options: How the run is done. ``workers`` is the number of actors, by default one a CPU of the cluster, or as
            many as its GPUs hold; ``resume`` and ``format`` say nothing here.
        gpus: Share of a GPU that each actor takes; with 0 the models run on the CPU.

    Returns:
        A data set of exactly one row for each row of ``dataset``, in no particular order: ``record`` (JSON,
        ``finnlp-zh/1``) with ``doc_id``, ``published`` and the counts of what was found; or, the others being null,
        ``file`` (the ``doc_id``), ``place``, ``stage`` and ``message`` of what failed.

    Raises:
        ConfigError: Wrong options.
        ModelError: As `finnlp_zh.load`, which is tried here first; so are ResourceError and others.
    """
    _, options, setup, _ = _prepare(options or Options(), gpus)
    read = dataset.map_batches(
        _read_rows, fn_args=(options.reading,), batch_size=256, batch_format="pyarrow", num_cpus=_TASK_CPUS
    )
    return _annotated(read, setup, options.workers or 1, gpus)


def annotate_to(
    paths: Sequence[str | Path],
    out: str | Path,
    options: Options | None = None,
    *,
    gpus: float = 0.0,
    on_progress: Callable[[Summary, float], None] | None = None,
) -> Summary:
    """Annotate files and folders into ``out/shard=…/*.parquet``, with the rows that `annotate` gives.

    The input is taken in shards. One that is done says so in a file of its own; a run that is taken up again throws
    away what is not, and goes on. A shard of another pipeline, or one with a file that has changed, is done anew.

    Args:
        paths: Files and folders: local paths that every machine sees, or addresses: ``s3://bucket/news`` and others
            that pyarrow knows, and any that fsspec knows as ``fsspec+PROTOCOL://…``.
        out: A folder, local or an address likewise.
        options: As for `annotate`; ``resume=False`` begins anew.
        gpus: Share of a GPU that each actor takes.
        on_progress: Called after every shard with the summary so far and the share of the input bytes done.

    Returns:
        The summary; an article that fails is counted in ``failures`` and has a row, and is never raised.

    Raises:
        ConfigError: Wrong options, or an output folder that cannot be written.
        InputError: A path that does not exist.
        ResourceError: Ray is not installed.
    """
    started = time.monotonic()
    options = options or Options()
    if options.format != "jsonl":
        raise ConfigError("on Ray the records always come as Parquet, one row an article: leave the format out")
    ray, options, setup, version = _prepare(options, gpus)
    files = _find([str(path) for path in paths])
    if not files:
        raise ConfigError(f"no article files under {', '.join(map(str, paths))}")
    store = _Store(str(out), ray)
    workers = options.workers or 1
    shards = store.take_up(version if options.resume else None, files)
    summary = Summary(skipped=sum(shard.articles for shard in shards.values()))
    finished = {name for shard in shards.values() for name in shard.files}
    waiting = [file for name, file in files.items() if name not in finished]
    total, left = _size(files.values()), _size(waiting)
    for number, group in enumerate(_grouped(waiting, _SHARD_BYTES * workers), start=max(shards, default=0) + 1):
        counts = store.write(number, _annotated(_read(ray, group, options.reading, workers), setup, workers, gpus))
        stamps = {file.named.relative: file.stamp for file in group}
        store.finish(number, _Shard(version, stamps, counts.articles))
        summary.count(counts)
        summary.failures += counts.failures
        summary.seconds = time.monotonic() - started
        left -= _size(group)
        if on_progress is not None:
            on_progress(summary, 1 - left / max(1, total))
    summary.seconds = time.monotonic() - started
    return summary


def _prepare(options: Options, gpus: float) -> tuple[Any, Options, Setup, str]:
    """Start Ray where it does not run, fill in what the options leave open, and see that the pipeline loads."""
    if gpus < 0:
        raise ConfigError(f"an actor cannot take {gpus} of a GPU")
    if not gpus and options.device.startswith("cuda"):
        raise ConfigError("on Ray say which share of a GPU each actor takes, as in --gpus 0.25")
    if options.workers is not None and options.workers < 1:
        raise ConfigError(f"workers must be at least 1, not {options.workers}")
    # The machine that starts the run may have no GPU; the pipeline's version is the same on any device.
    version = Setup(replace(options, device="cpu"), 1).build().version
    ray = _start_ray()
    room = ray.cluster_resources()
    fitting = int(room.get("GPU", 0) / gpus) if gpus else int(room.get("CPU", 1))
    if options.workers is None and not fitting:
        raise ConfigError("the cluster has no room for an actor yet: say how many there will be (--workers)")
    device = "cuda" if gpus and options.device == "auto" else options.device
    options = replace(options, device=device, workers=options.workers or fitting)
    return ray, options, Setup(options, 1), version


def _start_ray() -> Any:
    try:
        import ray  # an extra
        import ray.data
    except ImportError as error:
        raise ResourceError(f"the cluster needs Ray ({error}): pip install 'finnlp-zh[ray]'") from error
    if not ray.is_initialized():
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster of our own reports to nobody
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what matters is raised
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", "The minimum number of concurrent actors")  # little input keeps few busy
    return ray


# ---- reading -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    """An input file, the file system it is on (``None``: the machine's own), and what changes when its bytes do."""

    named: InputFile
    system: Any
    stamp: str


def _find(paths: Sequence[str]) -> dict[str, _File]:
    """Give the files under the paths by their names, in order."""
    found: list[tuple[Found, Any, str]] = []
    for path in paths:
        if "://" in path:
            found += _list_remote(path)
        else:
            found += [(file, None, _stamp(file.path)) for file in list_files(Path(path).absolute())]
    named = name_files([file for file, _, _ in found])
    return {file.relative: _File(file, system, stamp) for file, (_, system, stamp) in zip(named, found, strict=True)}


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return "gone"  # reading will say so
    return f"{status.st_size} {status.st_mtime_ns}"


def _list_remote(address: str) -> Iterator[tuple[Found, Any, str]]:
    from pyarrow import fs

    system, root = _open(address)
    with _reached(address):
        top = system.get_file_info(root)
        if top.type == fs.FileType.NotFound:
            raise InputError(f"{address}: no such file or folder")
        folder = top.type == fs.FileType.Directory
        files = system.get_file_info(fs.FileSelector(root, recursive=True)) if folder else [top]
    for info in sorted(files, key=lambda info: info.path.split("/")):
        name = info.path.removeprefix(root).lstrip("/") if folder else info.base_name
        hidden = any(part.startswith(".") for part in name.split("/"))
        if folder and (info.type != fs.FileType.File or hidden or not name.lower().endswith(SUFFIXES)):
            continue
        file = Found(Path(info.path), name, info.path.lstrip("/"), info.size or 0)
        yield file, system, f"{info.size} {info.mtime_ns}"


def _open(address: str) -> tuple[Any, str]:
    """Give the file system of an address or a local path, and the path on it."""
    from pyarrow import fs

    local = "://" not in address
    with _reached(address):
        system, path = fs.FileSystem.from_uri(str(Path(address).absolute()) if local else address)
    return system, path.rstrip("/")


@contextmanager
def _reached(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"{address}: cannot be reached: {error}; check the address and the rights to it") from error


def _grouped(files: Iterable[_File], size: int) -> Iterator[list[_File]]:
    """Give runs of files that reach ``size`` bytes each."""
    group: list[_File] = []
    for file in files:
        group.append(file)
        if _size(group) >= size:
            yield group
            group = []
    if group:
        yield group


def _size(files: Iterable[_File]) -> int:
    return sum(file.named.size for file in files)


def _read(ray: Any, files: Sequence[_File], reading: ReadOptions, workers: int) -> Any:
    """Give the data set of the files' articles; one block of it names the files of one reading task."""
    import pyarrow as pa

    tasks = []
    systems: list[Any] = []
    for group in _grouped(files, min(_TASK_BYTES, _size(files) // (2 * workers))):
        rows = []
        for file in group:
            if file.system not in systems:
                systems.append(file.system)
            named, system = file.named, systems.index(file.system)
            rows.append({"path": str(named.path), "relative": named.relative, "doc_id": named.doc_id, "system": system})
        tasks.append(pa.Table.from_pylist(rows))
    return ray.data.from_arrow(tasks).map_batches(
        _read_files, fn_args=(systems, reading), batch_size=None, batch_format="pyarrow", num_cpus=_TASK_CPUS
    )


def _read_files(table: Any, systems: Sequence[Any], reading: ReadOptions) -> Iterator[Any]:
    for row in table.to_pylist():
        file = InputFile(Path(row["path"]), row["relative"], row["doc_id"], 0)
        for chunk in cut_articles(_read_file(file, systems[row["system"]], reading)):
            yield _article_table(chunk.articles)


def _read_file(file: InputFile, system: Any, reading: ReadOptions) -> Iterator[Record | ReadFailure]:
    """Read a file, by way of a copy where it is not on this machine: it is gone through more than once."""
    if system is None:
        yield from read_file(file, reading)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, f"copy{file.suffix}")
        try:
            with system.open_input_stream(str(file.path)) as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target)
        except OSError as error:
            yield ReadFailure(file.relative, None, f"{file.path}: cannot be read: {error}; check that it is there")
            return
        yield from read_file(replace(file, path=copy), reading)


def _read_rows(table: Any, reading: ReadOptions) -> Any:
    if "doc_id" not in table.column_names:
        raise ConfigError(f"the rows need a column doc_id; there are {', '.join(table.column_names)}")
    return _article_table([_read_row(row, reading) for row in table.to_pylist()])


def _read_row(row: dict[str, Any], reading: ReadOptions) -> Record | ReadFailure:
    doc_id = row.pop("doc_id")
    if doc_id is None:
        return ReadFailure(
            "a row without a doc_id", None, "give every row a doc_id: it names the article in the output"
        )
    line = msgspec.json.encode(row, enc_hook=str)  # a column of no use here may hold anything
    (article,) = read_bytes(line, name=str(doc_id), options=reading)
    return article


def _article_table(articles: Sequence[Record | ReadFailure]) -> Any:
    import pyarrow as pa

    read = [encode(article) if isinstance(article, Record) else None for article in articles]
    failed = [msgspec.json.encode(article) if isinstance(article, ReadFailure) else None for article in articles]
    return pa.table({"article": pa.array(read, pa.binary()), "failure": pa.array(failed, pa.binary())})


# ---- annotating --------------------------------------------------------------------------------------------------


def _annotated(read: Any, setup: Setup, workers: int, gpus: float) -> Any:
    from ray.data import ActorPoolStrategy

    # A block is what one actor works on at a time, and what it does again after a loss.
    read.context.target_max_block_size = CHUNK_BYTES
    return read.map_batches(
        _Actor,
        fn_constructor_args=(setup,),
        batch_size=_ROWS,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(size=workers),
        num_cpus=_ACTOR_CPUS,
        num_gpus=gpus or None,
    )


class _Actor:
    """What Ray starts ``workers`` times."""

    def __init__(self, setup: Setup) -> None:
        self._pool = Pool(setup, 1)

    def __call__(self, table: Any) -> Any:
        import pyarrow as pa

        rows: list[dict[str, Any]] = []
        for _, outcome in self._pool.run(cut_articles(_articles(table))):
            rows += map(_record_row, outcome.lines)
            rows += map(msgspec.structs.asdict, outcome.failures)
        return pa.Table.from_pylist(rows, _schema())


def _articles(table: Any) -> Iterator[Record | ReadFailure]:
    for article, failure in zip(table["article"].to_pylist(), table["failure"].to_pylist(), strict=True):
        yield decode(article) if article is not None else msgspec.json.decode(failure, type=ReadFailure)


def _record_row(line: bytes) -> dict[str, Any]:
    record = decode(line)
    counts = {name: len(getattr(record, name)) for name in _COUNTS if name != "characters"}
    return {
        "doc_id": record.doc_id,
        "published": record.published,
        "characters": len(record.text),
        **counts,
        "record": line.decode(),
    }


def _schema() -> Any:
    import pyarrow as pa

    counts = [(name, pa.int32()) for name in _COUNTS]
    failure = [(name, pa.string()) for name in Failure.__struct_fields__]
    return pa.schema([("doc_id", pa.string()), ("published", pa.string()), *counts, ("record", pa.string()), *failure])


# ---- writing -----------------------------------------------------------------------------------------------------


class _Shard(msgspec.Struct):
    """What says that a shard is done: by which pipeline, from which files as they were, and how many articles."""

    version: str
    files: dict[str, str]
    articles: int


class _Store:
    """The output folder, on any file system."""

    def __init__(self, out: str, ray: Any) -> None:
        self._out = out
        self._ray = ray
        self._system, self._path = _open(out)

    def take_up(self, version: str | None, files: Mapping[str, _File]) -> dict[int, _Shard]:
        """Give the shards that are done and still true, by number, and delete the others."""
        from pyarrow import fs

        kept: dict[int, _Shard] = {}
        with self._explained():
            self._system.create_dir(self._path, recursive=True)
            for info in self._system.get_file_info(fs.FileSelector(self._path)):
                prefix, _, number = info.base_name.partition("=")
                if prefix != "shard" or not number.isdecimal():
                    continue
                shard = self._finished(info.path)
                if shard is not None and shard.version == version and _unchanged(shard, files):
                    kept[int(number)] = shard
                else:
                    self._system.delete_dir(info.path)
        return kept

    def _finished(self, folder: str) -> _Shard | None:
        try:
            with self._system.open_input_stream(f"{folder}/{SHARD_FINISHED}") as stream:
                return msgspec.json.decode(stream.read(), type=_Shard)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def write(self, number: int, dataset: Any) -> Summary:
        """Write one shard, and count what is in it."""
        import pyarrow.dataset as ds

        folder = self._folder(number)
        with self._explained():
            self._system.create_dir(folder)
            dataset.write_parquet(
                folder,
                filesystem=self._system,
                compression="zstd",
                min_rows_per_file=_ROWS_A_FILE,
                ray_remote_args={"num_cpus": _TASK_CPUS},
            )
            written = ds.dataset(folder, _schema(), format="parquet", filesystem=self._system)
            counts = written.to_table(columns=[*_COUNTS, "stage"])
        failures = counts.num_rows - counts["stage"].null_count
        found = {name: sum(filter(None, counts[name].to_pylist())) for name in _COUNTS}
        return Summary(articles=counts.num_rows - failures, failures=failures, **found)

    def finish(self, number: int, shard: _Shard) -> None:
        """Say that a shard is done."""
        with self._explained(), self._system.open_output_stream(f"{self._folder(number)}/{SHARD_FINISHED}") as stream:
            stream.write(msgspec.json.encode(shard))

    def _folder(self, number: int) -> str:
        return f"{self._path}/shard={number:05}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        again = "run the same command again: the shards that are done stay"
        try:
            yield
        except self._ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None)
            reason = cause if isinstance(cause, FinnlpError) else str(error).strip().rpartition("\n")[2]
            raise ConfigError(f"the run into {self._out} was broken off: {reason}; {again}") from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConfigError(f"cannot write {self._out}: {reason}; free space, or choose another; {again}") from error


def _unchanged(shard: _Shard, files: Mapping[str, _File]) -> bool:
    return all(name in files and files[name].stamp == stamp for name, stamp in shard.files.items())
