"""The peer of tabular.ts: makes the data and the model, and answers them in a loop of its own.

    tabular.py make FOLDER ROWS    tabular.py run FOLDER
"""
import json, resource, sys, time
from pathlib import Path
import numpy as np, pyarrow as pa, pyarrow.parquet as pq

folder = Path(sys.argv[2])
FEATURES = 20


def make(rows):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from skl2onnx import to_onnx

    random = np.random.default_rng(1)
    x = random.normal(size=(rows, FEATURES)).astype(np.float32)
    y = (x @ random.normal(size=FEATURES) + random.normal(size=rows) > 0).astype(np.int64)
    columns = {f"f{i}": x[:, i] for i in range(FEATURES)}
    pq.write_table(pa.table({**columns, "label": y}), folder / "test.parquet")
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x[:20000], y[:20000])
    onnx = to_onnx(model, x[:1], options={"zipmap": False}, target_opset=17)
    (folder / "models/table/model.onnx").write_bytes(onnx.SerializeToString())


def run():
    import onnxruntime as ort

    start = time.perf_counter()
    session = ort.InferenceSession(folder / "models/table/model.onnx")
    right = count = 0
    names = [f"f{i}" for i in range(FEATURES)]
    for batch in pq.ParquetFile(folder / "test.parquet").iter_batches(65536):
        x = np.stack([batch.column(name).to_numpy() for name in names], 1)
        scores = session.run(["probabilities"], {session.get_inputs()[0].name: x})[0]
        right += int((scores.argmax(1) == batch.column("label").to_numpy()).sum())
        count += len(x)
    print(json.dumps({"accuracy": right / count, "seconds": time.perf_counter() - start,
                      "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


make(int(sys.argv[3])) if sys.argv[1] == "make" else run()
