import pytest

from bertlab.training.parts import join_file, split_file


@pytest.fixture
def parts(tmp_path):
    file = tmp_path / "tokens.tar.xz"
    file.write_bytes(bytes(range(100)))
    return split_file(file, tmp_path / "parts", size=37)


def test_parts_give_the_file_again(parts, tmp_path):
    assert [part.stat().st_size for part in parts] == [37, 37, 26]
    joined = join_file(tmp_path / "parts", tmp_path / "again" / "tokens.tar.xz")
    assert joined.read_bytes() == bytes(range(100))


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_missing_or_damaged_part_is_noticed_and_no_file_is_left(parts, tmp_path, harm):
    if harm == "missing":
        parts[1].unlink()
    else:
        parts[1].write_bytes(bytes(37))
    with pytest.raises(ValueError, match="send them again"):
        join_file(tmp_path / "parts", tmp_path / "again" / "tokens.tar.xz")
    assert not (tmp_path / "again" / "tokens.tar.xz").exists()
