"""Fits and saves small models as their users do: scikit-learn, joblib, skl2onnx, safetensors, gguf."""

import pickle
import sys
from pathlib import Path

import joblib
import numpy as np
from safetensors.numpy import save_file
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

import gguf

target = Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)
generator = np.random.default_rng(1)
x = generator.normal(size=(60, 4)).astype(np.float32)
y = (x[:, 0] > 0).astype(int)

estimators = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "forest": RandomForestClassifier(5, random_state=1),
    "boosting": GradientBoostingClassifier(n_estimators=5, random_state=1),
    "histogram": HistGradientBoostingRegressor(max_iter=5, random_state=1),
    "svc": SVC(probability=True, random_state=1),
    "neighbours": KNeighborsClassifier(3),
    "mlp": MLPClassifier((4,), max_iter=20, random_state=1),
    "sgd": SGDClassifier(random_state=1),
}
for name, estimator in estimators.items():
    estimator.fit(x, y)
    joblib.dump(estimator, target / f"{name}.joblib")
    if name != "histogram":
        (target / f"{name}.onnx").write_bytes(to_onnx(estimator, x[:1]).SerializeToString())

for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
    (target / f"forest-{protocol}.pkl").write_bytes(pickle.dumps(estimators["forest"], protocol))
for packing in ("zlib", "gzip", "bz2", "xz", "lzma", "lz4"):
    joblib.dump(estimators["forest"], target / f"forest-{packing}.joblib", compress=(packing, 3))

text = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["a good day", "bad rain"] * 4, [1, 0] * 4)
joblib.dump(text, target / "text.joblib")
joblib.dump(OneHotEncoder().fit([["a"], ["b"]]), target / "encoder.joblib")

np.save(target / "array.npy", x)
np.savez(target / "arrays.npz", x=x, y=y)
np.savez_compressed(target / "packed.npz", x=x, y=y)
save_file({"w": x, "b": y}, target / "model.safetensors", metadata={"format": "np"})

writer = gguf.GGUFWriter(target / "model.gguf", "llama")
writer.add_block_count(1)
writer.add_context_length(8)
writer.add_embedding_length(32)
writer.add_tokenizer_model("gpt2")
writer.add_token_list(["a", "b"])
writer.add_chat_template("{% for message in messages %}{{ message['content'] }}{% endfor %}")
writer.add_tensor("token_embd.weight", np.ones((2, 32), np.float32))
writer.add_tensor("half", np.ones((2, 32), np.float16))
quantized = gguf.quants.quantize(np.ones((2, 32), np.float32), gguf.GGMLQuantizationType.Q8_0)
writer.add_tensor("quantized", quantized, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

# Every kind of value that the metadata has.
kinds = gguf.GGUFWriter(target / "kinds.gguf", "bert")
for name in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"):
    getattr(kinds, f"add_{name}")(f"test.{name}", 7)
kinds.add_float32("test.float32", 0.5)
kinds.add_float64("test.float64", 0.25)
kinds.add_bool("test.bool", True)
kinds.add_array("test.array", [[1, 2], [3, 4]])
kinds.add_tensor("blk.0.attn.weight", np.ones((2, 32), np.float32))
kinds.write_header_to_file()
kinds.write_kv_data_to_file()
kinds.write_tensors_to_file()
kinds.close()

for name in ("Q4_0", "Q5_1", "Q8_0", "Q4_K", "Q6_K", "TQ2_0", "IQ4_NL"):
    try:
        kind = gguf.GGMLQuantizationType[name]
        data = gguf.quants.quantize(np.ones((2, 256), np.float32), kind)
    except NotImplementedError:
        continue
    file = gguf.GGUFWriter(target / f"quantized-{name}.gguf", "llama")
    file.add_tensor("token_embd.weight", data, raw_dtype=kind)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
