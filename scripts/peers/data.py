"""Writes the fixtures of __tests__/data by the programs that users write data sets with.

Run by scripts/peers/data.sh; the files are committed, so `npm test` needs no Python.
"""
import json, sys
from pathlib import Path
import numpy as np, pandas as pd, pyarrow as pa, pyarrow.parquet as pq

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


parquet()
csv()
