"""The output folder: whole lines only, and what an earlier run has already finished.

``records.jsonl`` grows by whole chunks and is cut back to its last whole line when a run is taken up again, so that a
run killed at any point loses nothing but the chunk in flight and repeats nothing. ``run.json`` names the pipeline
that wrote the records.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

from finnlp_zh.engine.chunks import Finished
from finnlp_zh.errors import ConfigError
from finnlp_zh.files import whole_file
from finnlp_zh.types import Source


class _Written(msgspec.Struct):
    """The part of a written record that says what it was made from."""

    source: Source | None = None


class _Run(msgspec.Struct):
    version: str


_decode_written = msgspec.json.Decoder(_Written).decode
_encode = msgspec.json.Encoder().encode


class Journal:
    """The open output folder of one run; a context manager.

    Args:
        folder: Made if need be.
        version: Of the pipeline; records of another version are thrown away.
        resume: Whether to keep what an earlier run of this version has written.

    Raises:
        ConfigError: The folder cannot be made or written, or the disk is full; what was written before stays whole.
    """

    def __init__(self, folder: Path, *, version: str, resume: bool) -> None:
        self.records = folder / "records.jsonl"
        self.errors = folder / "errors.jsonl"
        self._run = folder / "run.json"
        with _explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if not (resume and self._same_version(version)):
                self.records.unlink(missing_ok=True)
            self.done = self._recover()
            with whole_file(self._run) as stream:
                stream.write(_encode(_Run(version)))
            self._stream = self.records.open("ab", buffering=0)
            self._error_stream = self.errors.open("wb", buffering=0)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._error_stream.close()

    def write(self, lines: Sequence[bytes], failures: Sequence[msgspec.Struct]) -> None:
        """Append a chunk's records and failures, each file in one whole write."""
        with _explained(self.records):
            _append(self._stream, lines)
            _append(self._error_stream, [_encode(failure) for failure in failures])

    def finish(self) -> None:
        """Make sure that the records have reached the disk."""
        with _explained(self.records):
            os.fsync(self._stream.fileno())

    def _same_version(self, version: str) -> bool:
        try:
            return msgspec.json.decode(self._run.read_bytes(), type=_Run).version == version
        except (OSError, msgspec.DecodeError):
            return False

    def forget(self, paths: Collection[str]) -> None:
        """Take out the records of these source files, because their bytes have changed since."""
        if not paths:
            return
        with _explained(self.records):
            self._stream.close()
            kept = (line for line, source in self._written() if source is None or source.path not in paths)
            with whole_file(self.records) as stream:
                stream.writelines(kept)
            self._stream = self.records.open("ab", buffering=0)
        for path in paths:
            self.done.pop(path, None)

    def _recover(self) -> dict[str, Finished]:
        """Read what is finished, and cut off a torn last line."""
        done: dict[str, Finished] = {}
        whole = 0
        for line, source in self._written():
            whole += len(line)
            if source is not None:
                finished = done.setdefault(source.path, Finished(source.sha256))
                finished.parts.add(source.part)
                finished.total = source.parts
        if self.records.exists():
            os.truncate(self.records, whole)
        return done

    def _written(self) -> Iterator[tuple[bytes, Source | None]]:
        """Give each whole line of the records with the source that it names."""
        if not self.records.exists():
            return
        with self.records.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    return
                try:
                    source = _decode_written(line).source
                except msgspec.DecodeError:
                    return  # a power cut can leave a line of nothing; what follows is done again
                yield line, source


def _append(stream: IO[bytes], lines: Iterable[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    start = stream.seek(0, os.SEEK_END)
    try:
        _write_all(stream, data)
    except OSError:
        with contextlib.suppress(OSError):
            os.truncate(stream.fileno(), start)  # a full disk leaves no half line behind
        raise


def _write_all(stream: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:  # an unbuffered stream may take less than it is given
        view = view[stream.write(view) :]


@contextlib.contextmanager
def _explained(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"cannot write {place}: {error.strerror or error}; free space or choose another output folder, then run "
            "the same command again: it goes on where it stopped"
        ) from error
