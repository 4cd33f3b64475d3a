import numpy as np
from transformers import BertTokenizer

from bertlab.training.tokens import read_tokens, write_tokens


def test_no_held_out_article_is_in_the_training_text(data, tokenizer):
    topics = []
    for held_out in (False, True):
        [corpus] = read_tokens(data, held_out=held_out).values()
        topics.append({t for t in tokenizer.convert_ids_to_tokens(np.unique(corpus.ids)) if t.startswith("topic")})
    assert topics[0] == {f"topic{k}" for k in range(40)}
    assert topics[1] == {f"topic{k}" for k in range(40, 80)}


def test_held_out_text_goes_by_its_heading_and_training_text_by_its_file(data):
    assert [list(read_tokens(data, held_out=held_out)) for held_out in (False, True)] == [["tiny"], ["tiny"]]


def test_text_is_tokenized_once_and_again_when_the_recipe_or_the_vocabulary_changes(recipe, text, tokenizer, tmp_path):
    write_tokens(recipe, text.parent, tmp_path, tokenizer)
    file = tmp_path / "tiny-train.npz"
    written = file.stat().st_mtime_ns
    write_tokens(recipe, text.parent, tmp_path, tokenizer)
    assert file.stat().st_mtime_ns == written

    before = read_tokens(tmp_path, held_out=False)["tiny"].ids
    changed = tmp_path / "changed.toml"
    changed.write_text('drop = ["Topic7 "]\n' + recipe.read_text())
    write_tokens(changed, text.parent, tmp_path, tokenizer)
    assert 0 < len(read_tokens(tmp_path, held_out=False)["tiny"].ids) < len(before)

    pieces = sorted(tokenizer.get_vocab(), reverse=True)
    other = BertTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, do_lower_case=True)
    write_tokens(recipe, text.parent, tmp_path, other)
    assert other.decode(read_tokens(tmp_path, held_out=False)["tiny"].ids[:1]) == "topic0"
