"""Files that the fuzzer broke: each is refused with the place and the remedy, and what is whole is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from finnlp_zh.reading import ReadFailure, ReadOptions, read_bytes
from finnlp_zh.types import Record

TEXT = "东湖银行公布三季报，前三季度净利润同比增长5.2%，不良贷款率1.28%。"


def _read(data: bytes, suffix: str) -> list[Record | ReadFailure]:
    return list(read_bytes(data, name="a", options=ReadOptions(), suffix=suffix))


@pytest.fixture
def parquet(tmp_path: Path) -> bytes:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    table = pa.table({"text": [TEXT, TEXT.replace("东湖", "\0\0"), TEXT]})
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, compression="none", use_dictionary=False, write_statistics=False)
    return path.read_bytes()


def test_a_row_that_does_not_decode_costs_no_other(parquet: bytes) -> None:
    first, second, third = _read(parquet.replace(b"\0\0\xe9\x93\xb6", b"\xff\xff\xe9\x93\xb6"), ".parquet")
    assert isinstance(first, Record)
    assert isinstance(third, Record)
    assert isinstance(second, ReadFailure)
    assert second.place == "row 2"
    assert "write the file anew" in second.message


def test_a_damaged_page_is_named(parquet: bytes) -> None:
    *_, last = _read(parquet[:4] + b"\xff" * 8 + parquet[12:], ".parquet")
    assert isinstance(last, ReadFailure)
    assert "not a whole Parquet file" in last.message
    assert "write it anew" in last.message
