from pathlib import Path

import pytest

import bertlab.training
from bertlab.training.corpus import is_held_out
from bertlab.training.recipe import Recipe, Text

EVERYDAY = Path(bertlab.training.__file__).with_name("everyday.toml")


def test_the_recipe_that_made_bertlab_mini():
    recipe = Recipe.read(EVERYDAY)
    assert [text.held_out for text in recipe.texts if text.held_out] == ["wikipedia", "prose"]
    assert sum(text.pairs for text in recipe.texts) == pytest.approx(1)
    assert sum(text.singles for text in recipe.texts) == pytest.approx(1)
    assert all(text.license and text.about for text in recipe.texts)
    lists = [text for text in recipe.texts if "sentences" in text.file or "captions" in text.file]
    assert len(lists) == 3
    assert not any(text.pairs for text in lists)  # they have no order


def test_lines_are_dropped_names_varied_and_documents_thinned(tmp_path):
    documents = [[f"Tom is here {number}.", "The end."] for number in range(400)]
    (tmp_path / "list.txt").write_text("\n\n".join("\n".join(lines) for lines in documents))
    text = Text("list.txt", keep=0.25, names=True)
    recipe = Recipe((text,), drop=("The end.",))
    read = [list(recipe.documents(text, tmp_path, held_out=held_out)) for held_out in (False, True)]
    assert 70 < len(read[0]) + len(read[1]) < 130
    assert all(len(document) == 1 for document in read[0])
    assert len({document[0].split()[0] for document in read[0]}) > 20
    assert not any(map(is_held_out, read[0]))
    assert all(map(is_held_out, read[1]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a share of the pairs"),
        ("singles = 0.2\n[[text]]\nfile = 'a.txt'\npairs = 1.0\n", "no .* has a share of them"),
    ],
)
def test_a_recipe_that_makes_no_batch_is_refused(tmp_path, content, message):
    path = tmp_path / "recipe.toml"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        Recipe.read(path)


def test_only_what_changes_the_words_changes_the_fingerprint():
    recipe = Recipe(())
    plain = recipe.fingerprint(Text("a.txt", pairs=0.5))
    assert plain == recipe.fingerprint(Text("a.txt", pairs=0.7, license="CC0"))
    assert plain != recipe.fingerprint(Text("a.txt", names=True))
    assert plain != Recipe((), drop=("word",)).fingerprint(Text("a.txt"))
