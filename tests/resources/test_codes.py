import pytest

from finnlp_zh.resources.codes import canonical_code, code_identity


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("600000", "600000.SH"),
        ("600000.SH", "600000.SH"),
        ("sh600000", "600000.SH"),
        ("SZ 000001", "000001.SZ"),
        ("SZ：300001", "300001.SZ"),
        ("688001", "688001.SH"),
        ("830799", "830799.BJ"),
        ("０００００１", "000001.SZ"),
        ("0700.HK", "00700.HK"),
        ("00700", "00700.HK"),
        ("HK:700", "00700.HK"),
        ("港交所：9988", "09988.HK"),
        ("NYSE:BABA", "BABA"),
        ("纳斯达克：JD", "JD"),
        ("BABA.US", "BABA"),
        ("BRK.B", "BRK.B"),
        ("2024", None),
        ("202405", None),
        ("123456", None),
        ("公司", None),
        ("", None),
    ],
)
def test_every_way_of_writing_a_code_has_one_canonical_form(written, canonical):
    assert canonical_code(written) == canonical


def test_the_range_of_a_mainland_code_decides_its_exchange_whatever_the_press_wrote():
    assert canonical_code("300001.SH") == "300001.SZ"


@pytest.mark.parametrize(
    ("code", "id"),
    [
        ("600000.SH", "cn-stock:600000.SH"),
        ("830799.BJ", "cn-stock:830799.BJ"),
        ("00700.HK", "hk-stock:00700.HK"),
        ("BABA", "us-stock:BABA"),
        ("BRK.B", "us-stock:BRK.B"),
        ("7203.T", "jp-stock:7203.T"),
    ],
)
def test_a_code_gives_the_identity_of_its_market(code, id):
    assert code_identity(code) == id
