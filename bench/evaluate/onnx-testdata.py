"""Runs every test of libonnx-testdata by Python's onnxruntime and writes one JSON line for each.

    onnx-testdata.py DATA CASES

A line has the model, its inputs and expected outputs (base64 of the machine's bytes), and whether
onnxruntime gives them: `right`, `wrong`, an error, or that the values are no tensors.
"""
import base64, json, sys
from pathlib import Path
import numpy as np, onnx, onnxruntime as ort
from onnx import numpy_helper

RTOL, ATOL = 1e-3, 1e-5
ort.set_default_logger_severity(4)


def value(file, declared):
    """The array of a .pb file; None for sequences and optionals."""
    if declared.type.WhichOneof("value") != "tensor_type":
        return None
    tensor = onnx.TensorProto.FromString(file.read_bytes())
    return numpy_helper.to_array(tensor)


def equal(ours, theirs):
    if not isinstance(ours, np.ndarray) or ours.shape != theirs.shape:
        return False
    if theirs.dtype == object or theirs.dtype.kind in "SU":
        return bool((ours.astype(str) == theirs.astype(str)).all())
    return np.allclose(ours.astype(np.float64), theirs.astype(np.float64), RTOL, ATOL, equal_nan=True)


def packed(name, array):
    data = None if array.dtype == object or array.dtype.kind in "SU" else base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"name": name, "type": str(array.dtype), "shape": list(array.shape), "data": data}


def cases(data):
    for model in sorted(data.glob("*/*/model.onnx")):
        graph = onnx.load(model).graph
        constant = {tensor.name for tensor in graph.initializer}
        inputs = [entry for entry in graph.input if entry.name not in constant]
        for folder in sorted(model.parent.glob("test_data_set_*")):
            case = {"name": str(folder.relative_to(data)), "model": str(model)}
            given = sorted(folder.glob("input_*.pb"), key=lambda file: int(file.stem[6:]))
            wanted = sorted(folder.glob("output_*.pb"), key=lambda file: int(file.stem[7:]))
            try:
                feeds = {entry.name: value(file, entry) for entry, file in zip(inputs, given)}
                expected = {entry.name: value(file, entry) for entry, file in zip(graph.output, wanted)}
                if any(array is None for array in [*feeds.values(), *expected.values()]):
                    yield {**case, "python": "not tensors"}
                    continue
                session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
                given_back = session.run(list(expected), feeds)
                right = all(equal(ours, theirs) for ours, theirs in zip(given_back, expected.values()))
                yield {**case, "python": "right" if right else "wrong",
                       "inputs": [packed(*pair) for pair in feeds.items()],
                       "outputs": [packed(*pair) for pair in expected.items()]}
            except Exception as error:
                yield {**case, "python": f"error: {str(error)[:200]}"}


with open(sys.argv[2], "w") as file:
    for case in cases(Path(sys.argv[1])):
        file.write(json.dumps(case) + "\n")
