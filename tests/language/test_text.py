"""From files of text to sequences of tokens."""

import gzip
import json
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.errors import InputError
from causeway.language import token_files, tokenisers
from causeway.language.corpora import documents
from causeway.language.packing import Sequences, drawn
from causeway.language.pieces import Pieces
from causeway.language.settings import Corpus
from causeway.language.splitting import split
from causeway.language.tokenisers import UNKNOWN, Bytes, Characters

TEXTS = ["To be, or not to be: 1234567.", "naïve café\n\tindented — “quoted” 😀"]


def all_tokenisers():
    return [Bytes(), Characters.of(TEXTS), Pieces.of(TEXTS * 5, 300)]


@pytest.fixture
def corpus(tmp_path):
    """Write a corpus in one of the forms."""

    def make(form, texts=TEXTS):
        path = tmp_path / f"corpus.{form}"
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        if form in ("jsonl", "JSONL", "ndjson"):
            path.write_text(lines)
        elif form in ("jsonl.gz", "NDJSON.GZ"):
            path.write_bytes(gzip.compress(lines.encode()))
        elif form == "parquet":
            pq.write_table(pa.table({"text": [*texts, None], "id": [1, 2, 3]}), path)
        elif form == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                for number, text in enumerate(texts):
                    archive.writestr(f"folder/{number}.txt", text)
                archive.writestr("README", "not a document")
        else:
            path.mkdir()
            for number, text in enumerate(texts):
                (path / f"{number}.txt").write_text(text)
            (path / "README").write_text("not a document")
        return path

    return make


@pytest.mark.parametrize(
    "form", ["jsonl", "JSONL", "ndjson", "jsonl.gz", "NDJSON.GZ", "parquet", "zip", "folder"]
)
def test_every_form_of_a_corpus_gives_the_same_documents(corpus, form):
    pattern = "*.txt" if form in ("zip", "folder") else "*"
    assert list(documents(Corpus(path=corpus(form), pattern=pattern))) == TEXTS


def test_hidden_files_of_a_folder_are_no_documents(corpus):
    path = corpus("folder")
    (path / "README").unlink()
    for hidden in (".DS_Store", ".git/HEAD", "part/.notes/0.txt"):
        (path / hidden).parent.mkdir(parents=True, exist_ok=True)
        (path / hidden).write_text("not a document")
    assert list(documents(Corpus(path=path))) == TEXTS


def test_a_text_file_is_one_document(tmp_path):
    path = tmp_path / "speech"
    path.write_bytes("naïve".encode("latin-1"))
    assert list(documents(Corpus(path=path, encoding="latin-1"))) == ["naïve"]
    with pytest.raises(InputError, match="is not utf-8 text"):
        list(documents(Corpus(path=path)))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b" \n", "has no text"),
        ("a.jsonl", b"{}\n", "line 1: has no key 'text'"),
        ("a.jsonl", b'{"text": "a"}\n[1]\n', "line 2: has no key"),
        ("a.jsonl", b"{\n", "is no JSON"),
        ("a.jsonl", b'{"text": 3}\n', "is no text"),
        ("a.ndjson", b'{"text": "a"}\n{"text": "b\\ud800"}\n', "line 2: .* at character 1"),
        ("a.json", b'{"text": "a"}\n', "a.json: is JSON.*as .jsonl"),
        ("a.JSON.gz", gzip.compress(b"[]"), "a.JSON: is JSON"),
        ("a.gz", gzip.compress(b"text" * 99)[:-9], "is no gzip file"),
        ("a.parquet", b"text", "is no Parquet file"),
        ("a.zip", b"text", "is no ZIP file"),
        ("a.gz", b"text", "is no gzip file"),
        (None, None, "no such file"),
    ],
)
def test_bad_corpora_are_named(tmp_path, name, content, message):
    path = tmp_path / (name or "absent")
    if name:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(documents(Corpus(path=path)))


@pytest.mark.parametrize(
    ("column", "message"), [("id", "holds int64"), ("body", "no column 'body' but text, id")]
)
def test_bad_columns_are_named(corpus, column, message):
    with pytest.raises(InputError, match=message):
        list(documents(Corpus(path=corpus("parquet"), column=column)))


def test_json_lines_end_where_lines_of_files_do(tmp_path):
    # A JSON string may contain separators that other ways of reading lines cut at.
    text = "one\u2028two\x85three"
    line = json.dumps({"text": text}, ensure_ascii=False) + "\r\n"
    (tmp_path / "a.jsonl").write_bytes(line.encode() * 2)
    assert list(documents(Corpus(path=tmp_path / "a.jsonl"))) == [text] * 2
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo\r")
    assert list(documents(Corpus(path=tmp_path / "a.txt"))) == ["one\r\ntwo\r"]


@given(st.lists(st.text(min_size=1), min_size=1))
@settings(max_examples=30)
def test_parts_of_a_split_follow_each_other(texts):
    parts = split(lambda: iter(texts), 0.2, 0.1)
    whole = "".join(texts)
    assert "".join(text for part in parts for text in part) == whole
    lengths = [sum(map(len, part)) for part in parts]
    # A border between two characters goes to either.
    assert lengths[0] == pytest.approx(len(whole) * 0.7, abs=0.501)
    assert lengths[2] == pytest.approx(len(whole) * 0.1, abs=0.501)
    assert [part.empty for part in parts] == [not length for length in lengths]


def test_parts_of_a_split_hold_documents_apart_and_no_text():
    alive = []

    def read():
        for number in range(100):
            text = Counted(f"{number:010}", alive)
            yield text

    train, valid, test = split(read, 0.1, 0.105)
    assert list(train)[-2:] == ["0000000078", "00000"]
    assert [*valid][:2] == ["00079", "0000000080"]
    assert len([*test]) == 11
    for _ in train:
        assert len(alive) <= 2
    with pytest.raises(ValueError, match="leave nothing"):
        split(lambda: ["text"], 0.5, 0.5)


class Counted(str):
    """Text that says while it is alive."""

    def __new__(cls, text, alive):
        made = super().__new__(cls, text)
        made.alive = alive
        alive.append(text)
        return made

    def __del__(self):
        self.alive.remove(str(self))


@pytest.mark.parametrize("number", range(3))
def test_text_survives_tokens(number):
    tokeniser = all_tokenisers()[number]
    for text in TEXTS:
        tokens = tokeniser.encode(text)
        assert tokens.max() < tokeniser.size - 1
        assert tokeniser.decode([*tokens, tokeniser.size - 1]) == text
    together = [tokens.tolist() for tokens in tokeniser.encode_all(TEXTS)]
    assert together == [tokeniser.encode(text).tolist() for text in TEXTS]


@given(st.text())
@settings(max_examples=50)
def test_bytes_hold_any_text(text):
    tokeniser = Bytes()
    assert tokeniser.decode(tokeniser.encode(text)) == text


def test_characters_are_looked_up():
    tokeniser = Characters.of(["hello"])
    naive = [tokeniser.symbols.index(symbol) for symbol in "hello"]
    assert tokeniser.encode("hello").tolist() == naive
    assert tokeniser.decode(tokeniser.encode("help\U0010ffff")) == f"hel{UNKNOWN}{UNKNOWN}"
    assert tokeniser.size == len("ehlo") + 2


def test_pieces_merge_what_is_frequent_and_few_digits():
    tokeniser = Pieces.of(["the then there 123456"] * 20, 300)
    assert len(tokeniser.encode("the")) == 1
    digits = [tokeniser.decode([token]) for token in tokeniser.encode("1234567")]
    assert max(map(len, digits)) == 3
    with pytest.raises(InputError, match="cannot hold 256 bytes"):
        Pieces.of(["text"], 256)


@pytest.mark.parametrize("number", range(3))
def test_tokenisers_come_back_from_their_files(tmp_path, number):
    made = all_tokenisers()[number]
    tokenisers.save(made, tmp_path / "tokeniser.json")
    read = tokenisers.load(tmp_path / "tokeniser.json")
    assert read.size == made.size
    assert tokenisers.digest(read) == tokenisers.digest(made)
    assert read.encode(TEXTS[1]).tolist() == made.encode(TEXTS[1]).tolist()


@pytest.mark.parametrize("content", ["", "{}", '{"kind": "words"}', '{"kind": "pieces"}', "[]"])
def test_files_that_are_no_tokenisers_are_named(tmp_path, content):
    path = tmp_path / "tokeniser.json"
    path.write_text(content)
    with pytest.raises(InputError, match="is no tokeniser"):
        tokenisers.load(path)


def test_digests_tell_tokenisers_apart():
    assert len({tokenisers.digest(tokeniser) for tokeniser in all_tokenisers()}) == 3


@pytest.mark.parametrize("number", range(3))
def test_token_files_hold_documents_and_their_ends(tmp_path, number):
    tokeniser = all_tokenisers()[number]
    path = tmp_path / "train.bin"
    told = token_files.write(path, TEXTS, tokeniser)
    tokens, description = token_files.read(path)
    end = tokeniser.size - 1
    expected = [*tokeniser.encode(TEXTS[0]), end, *tokeniser.encode(TEXTS[1]), end]
    assert tokens.tolist() == expected
    assert told == description
    assert description.tokens == len(expected)
    assert description.documents == 2
    assert description.bytes == sum(len(text.encode()) for text in TEXTS)
    assert description.tokeniser == tokenisers.digest(tokeniser)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["train.bin", "train.json"]
    assert not tokens.flags.writeable
    token_files.verify(path)


def test_documents_are_encoded_in_batches(tmp_path, monkeypatch):
    batches = []

    def encode_all(self, texts):
        batches.append(len(texts))
        return [self.encode(text) for text in texts]

    monkeypatch.setattr(Bytes, "encode_all", encode_all)
    monkeypatch.setattr(token_files, "BATCH", 10)
    told = token_files.write(tmp_path / "a.bin", (text for text in ["abcd"] * 7), Bytes())
    assert batches == [3, 3, 1]
    assert told.documents == 7
    assert told.tokens == 7 * 5


@pytest.mark.parametrize(
    ("vocabulary", "dtype"), [(256, "u1"), (257, "<u2"), (65_536, "<u2"), (65_537, "<u4")]
)
def test_tokens_are_as_narrow_as_they_can_be(vocabulary, dtype):
    assert token_files.narrowest(vocabulary) == np.dtype(dtype)
    with pytest.raises(InputError, match="32 bits"):
        token_files.narrowest(2**32 + 1)


class Overflowing(Bytes):
    """Gives a token that it does not have."""

    def encode(self, text):
        return np.array([300])


def test_tokens_beyond_the_vocabulary_are_refused(tmp_path):
    with pytest.raises(InputError, match="token 300 lies beyond a vocabulary of 257"):
        token_files.write(tmp_path / "train.bin", TEXTS, Overflowing())
    assert not (tmp_path / "train.json").exists()


def test_no_documents_make_no_file(tmp_path):
    with pytest.raises(InputError, match="no documents"):
        token_files.write(tmp_path / "train.bin", [], Bytes())
    assert not list(tmp_path.iterdir())


def test_damage_is_noticed(tmp_path):
    path = tmp_path / "train.bin"
    token_files.write(path, TEXTS, Bytes())
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(InputError, match=r"has \d+ bytes, not"):
        token_files.read(path)
    path.write_bytes(b"\xff\xff" + content[2:])
    with pytest.raises(InputError, match="checksum"):
        token_files.verify(path)
    with pytest.raises(InputError, match="beyond its vocabulary of 257"):
        Sequences(path, 4).rows(np.array([0]))
    path.with_suffix(".json").write_text("{}")
    with pytest.raises(InputError, match="describes no tokens"):
        token_files.read(path)
    path.with_suffix(".json").unlink()
    with pytest.raises(InputError, match=r"train.json: is missing"):
        token_files.read(path)


def test_sequences_are_pieces_of_the_tokens(tmp_path):
    path = tmp_path / "train.bin"
    token_files.write(path, ["abcdefgh", "ij"], Bytes())
    sequences = Sequences(path, 5)
    assert len(sequences) == 2
    rows = sequences.rows(np.array([1, 0]))
    assert rows.tolist() == [[*b"fgh", 256, *b"i"], [*b"abcde"]]
    with pytest.raises(InputError, match="12 tokens are fewer than one sequence of 13"):
        Sequences(path, 13)


def test_each_pass_sees_each_sequence_once():
    numbers = np.concatenate([drawn(7, 4, step, seed=3) for step in range(7)])
    passes = numbers.reshape(4, 7)
    assert all(sorted(row) == list(range(7)) for row in passes.tolist())
    assert len({tuple(row) for row in passes.tolist()}) > 1
    assert drawn(7, 4, 5, seed=3).tolist() == numbers[20:24].tolist()
    assert drawn(7, 28, 0, seed=4).tolist() != numbers.tolist()
