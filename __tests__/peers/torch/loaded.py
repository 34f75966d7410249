"""usage: loaded.py MODEL DATA SCORES: checks MODEL in full and runs it on the array `x` of DATA.

Prints, as JSON, the largest difference of its outputs from SCORES, by runtime.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

model, data, scores = sys.argv[1:]
onnx.checker.check_model(model, full_check=True)
x, ours = np.load(data)["x"], np.load(scores)["scores"]
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
evaluator = ReferenceEvaluator(model)
outputs = {
    "onnxruntime": session.run(None, {session.get_inputs()[0].name: x})[0],
    "reference": evaluator.run(None, {evaluator.input_names[0]: x})[0],
}
assert all(output.shape == ours.shape for output in outputs.values())
print(json.dumps({name: float(np.abs(v - ours).max()) for name, v in outputs.items()}))
