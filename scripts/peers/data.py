"""Writes the fixtures of __tests__/data by the programs that users write data sets with.

Run by scripts/peers/data.sh; the files are committed, so `npm test` needs no Python.
"""
import base64, json, sys, zlib
from pathlib import Path
import numpy as np, pandas as pd, pyarrow as pa, pyarrow.parquet as pq
from PIL import Image
from scipy import stats
from tokenizers import (
    Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers,
)

out = Path(sys.argv[1])
random = np.random.default_rng(7)


def table(rows=50):
    """Every type of column that a model may be fed with, with nulls where pandas allows them."""
    nothing = lambda values: [None if i % 7 == 3 else v for i, v in enumerate(values)]
    numbers = random.normal(size=rows)
    return pa.table(
        {
            "float": pa.array(numbers.astype(np.float32)),
            "double": pa.array(numbers),
            "nullable": pa.array(nothing(numbers.tolist()), pa.float64()),
            "byte": pa.array((np.arange(rows) % 200).astype(np.uint8)),
            "int": pa.array(np.arange(rows, dtype=np.int32) - 20),
            "long": pa.array([2**53 + i for i in range(rows)], pa.int64()),
            "missing": pa.array(nothing(list(range(rows))), pa.int64()),
            "flag": pa.array([i % 3 == 0 for i in range(rows)]),
            "text": pa.array([f"Größe {i} 🙂" if i % 5 else "" for i in range(rows)]),
            "city": pa.array(nothing([["Bonn", "Köln"][i % 2] for i in range(rows)])).dictionary_encode(),
            "time": pa.array([1_700_000_000_000 + i for i in range(rows)], pa.timestamp("ms")),
            "price": pa.array([None if i == 1 else i / 4 for i in range(rows)]).cast(pa.decimal128(10, 2)),
            "vector": pa.array(random.normal(size=(rows, 4)).tolist(), pa.list_(pa.float64(), 4)),
            "list": pa.array([[1.5] * (i % 3) for i in range(rows)]),
            "image": pa.array([{"bytes": bytes([i, 1, 2]), "path": f"{i}.png"} for i in range(rows)]),
            "blob": pa.array([bytes([i]) * 3 for i in range(rows)]),
        }
    )


def plain(value):
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if hasattr(value, "timestamp"):
        return round(value.replace(tzinfo=__import__("datetime").timezone.utc).timestamp() * 1000)
    if type(value).__name__ == "Decimal":
        return float(value)
    return str(value) if isinstance(value, int) and abs(value) > 2**53 else value


def parquet():
    whole = table()
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
        pq.write_table(whole, out / f"{codec}.parquet", compression=codec, row_group_size=20)
    pq.write_table(whole, out / "v2.parquet", data_page_version="2.0", data_page_size=128,
                   compression="zstd", use_dictionary=False, write_page_index=True)
    pq.write_table(whole.slice(0, 0), out / "empty.parquet")

    rows = range(1000)
    numbers = pa.table({
        "whole": pa.array(rows, pa.int32()),
        "some": pa.array([None if row % 7 == 0 else row / 4 for row in rows], pa.float64()),
        "few": pa.array([None if row % 11 == 0 else row % 5 for row in rows], pa.int64()),
        "flag": pa.array([row % 3 == 0 for row in rows], pa.bool_()),
    })
    for version in ("1.0", "2.0"):
        pq.write_table(numbers, out / f"pages-{version[0]}.parquet", data_page_version=version,
                       data_page_size=256, write_batch_size=50, row_group_size=700,
                       use_dictionary=["few"])
    times = [None if row == 1 else 1_700_000_000_000_000_000 + row for row in range(3)]
    pq.write_table(pa.table({"when": pa.array(times, pa.timestamp("ns"))}), out / "nanoseconds.parquet")
    rows = [{name: plain(value) for name, value in row.items()} for row in whole.to_pylist()]
    (out / "table.json").write_text(json.dumps(rows, ensure_ascii=False) + "\n")


def csv():
    frame = pd.DataFrame(
        {
            "id": range(12),
            "amount": [1.5, -2e-7, float("nan"), 1e300, float("inf")] + [0.1] * 7,
            "note": ['a "quoted" word', "two\nlines", "comma, semicolon;", "", "NA", "ü"] + ["x"] * 6,
            "flag": [True, False] * 6,
        }
    )
    frame.to_csv(out / "pandas.csv", index=False)
    frame.to_csv(out / "crlf.csv", index=False, lineterminator="\r\n")
    frame.to_csv(out / "pandas.tsv", index=False, sep="\t")
    frame.to_json(out / "pandas.jsonl", orient="records", lines=True, force_ascii=False)


def images():
    """PNG of every kind, JPEG, and the levels that Pillow gives after each way of preparing them."""
    folder = out / "images"
    y, x = np.mgrid[0:37, 0:53]
    picture = np.stack([(x * 5) % 256, (y * 7) % 256, (x * y) % 256], 2).astype(np.uint8)
    noise = random.integers(0, 256, (64, 48, 3), dtype=np.uint8)
    kinds = {
        "cat/gradient.png": Image.fromarray(picture),
        "cat/noise.png": Image.fromarray(noise),
        "dog/gray.png": Image.fromarray(noise[:, :, 0]),
        "dog/alpha.png": Image.fromarray(np.dstack([picture, picture[:, :, 0]])),
        "dog/palette.png": Image.fromarray(picture).quantize(16),
        "dog/smooth.jpg": Image.fromarray(picture).resize((40, 32)),
    }
    for name, image in kinds.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        image.save(folder / name, **({"quality": 95, "subsampling": 0} if name.endswith("jpg") else {}))
    cases = []
    for name in sorted(kinds):
        for size in [[16, 24], [37, 53], [90, 71], [5, 200], [1, 1]]:
            for mode, channels in [("RGB", "rgb"), ("L", "gray")]:
                levels = Image.open(folder / name).convert(mode)
                if levels.mode != mode: raise ValueError(levels.mode)
                resized = levels.resize((size[1], size[0]), Image.Resampling.BILINEAR)
                cases.append({"name": name, "resize": size, "channels": channels,
                              "levels": base64.b64encode(zlib.compress(resized.tobytes(), 9)).decode()})
    (out / "resized.json").write_text(json.dumps(cases) + "\n")


TEXTS = ["", "Hello, world!", "The quick brown fox jumps over the lazy dog. " * 3, "naïve café — Ünïcode 🙂🙂",
         "  spaces\tand\nlines  ", "unbelievably antidisestablishmentarianism", "a" * 120, "数学 is fun", "don't stop"]


def word_piece(corpus, special):
    """A WordPiece tokenizer that is the same however often it is trained.

    The trainer numbers the continued letters (##a) as it meets them in a hash map whose seed is
    random, and equally frequent pairs are merged by number. Given as special tokens they have fixed
    numbers; the vocabulary then goes into a tokenizer that does not hold them for special.
    """
    def of(vocabulary):
        tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        return tokenizer

    trained = of({})
    text = trained.normalizer.normalize_str("".join(corpus))
    letters = sorted({letter for word, _ in trained.pre_tokenizer.pre_tokenize_str(text) for letter in word})
    trained.train_from_iterator(corpus, trainers.WordPieceTrainer(
        vocab_size=200, special_tokens=special + ["##" + letter for letter in letters]))
    tokenizer = of(trained.get_vocab())
    tokenizer.add_special_tokens(special)
    return tokenizer


def tokenizers():
    """Two small tokenizers trained here, as BERT and GPT-2 have them, and what each gives."""
    corpus = TEXTS + ["quick dogs and lazy foxes jump over the world, unbelievably quick"] * 4
    bert = word_piece(corpus, ["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    bert.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    gpt = Tokenizer(models.BPE())
    gpt.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    gpt.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    gpt.decoder = decoders.ByteLevel()
    cases = []
    for name, tokenizer in [("bert", bert), ("gpt", gpt)]:
        tokenizer.save(str(out / f"{name}.tokenizer.json"), pretty=False)
        for length in [8, 16, 512]:
            tokenizer.enable_truncation(length)
            tokenizer.enable_padding(pad_id=0, pad_token="[PAD]" if name == "bert" else "<|endoftext|>")
            for pairs in [False, True]:
                batch = [(text, TEXTS[-1 - i]) for i, text in enumerate(TEXTS)] if pairs else TEXTS
                encoded = tokenizer.encode_batch(batch)
                cases.append({"tokenizer": name, "length": length, "pairs": pairs,
                              "ids": [e.ids for e in encoded], "types": [e.type_ids for e in encoded],
                              "mask": [e.attention_mask for e in encoded]})
        tokenizer.no_truncation(); tokenizer.no_padding()
    rows = [{"text": text, "pair": TEXTS[-1 - i]} for i, text in enumerate(TEXTS)]
    (out / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (out / "tokens.json").write_text(json.dumps(cases) + "\n")


def drift():
    """SciPy's two-sample Kolmogorov-Smirnov test, with ties and unequal counts."""
    cases = []
    for count, other, shift in [(20, 30, 0), (100, 80, 0.3), (400, 500, 0.1), (7, 9, 2)]:
        for digits in [None, 1]:
            a, b = random.normal(size=count), random.normal(shift, size=other)
            if digits: a, b = a.round(digits), b.round(digits)
            found = stats.ks_2samp(a, b, method="asymp")
            cases.append({"a": a.tolist(), "b": b.tolist(),
                          "statistic": found.statistic, "p": found.pvalue})
    (out / "drift.json").write_text(json.dumps(cases) + "\n")


parquet()
csv()
images()
tokenizers()
drift()
