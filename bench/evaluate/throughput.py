"""The peer of throughput.ts: makes models and data, and answers them in a loop of its own.

    throughput.py make FOLDER    throughput.py run FOLDER MODEL THREADS BATCH (as-given | by-length) PASSES
"""
import json, sys, time
from pathlib import Path
import numpy as np

folder = Path(sys.argv[2])


def make():
    import torch
    from torch import nn

    torch.manual_seed(1)
    random = np.random.default_rng(1)

    class Reader(nn.Module):
        """A transformer of the size of small sentence encoders, with a mask."""

        def __init__(self, width=256, layers=4):
            super().__init__()
            self.words = nn.Embedding(8000, width)
            self.places = nn.Embedding(512, width)
            self.blocks = nn.ModuleList(nn.ModuleDict(dict(
                qkv=nn.Linear(width, 3 * width), out=nn.Linear(width, width),
                first=nn.LayerNorm(width), second=nn.LayerNorm(width),
                up=nn.Linear(width, 4 * width), down=nn.Linear(4 * width, width),
            )) for _ in range(layers))
            self.head = nn.Linear(width, 4)

        def forward(self, ids, mask):
            batch, length = ids.shape
            x = self.words(ids) + self.places(torch.arange(length))
            closed = (1.0 - mask[:, None, None, :].float()) * -1e9
            for block in self.blocks:
                q, k, v = (part.reshape(batch, length, 8, 32).transpose(1, 2)
                           for part in block["qkv"](block["first"](x)).chunk(3, -1))
                scores = torch.softmax(q @ k.transpose(2, 3) / 32**0.5 + closed, -1) @ v
                x = x + block["out"](scores.transpose(1, 2).reshape(batch, length, -1))
                x = x + block["down"](torch.relu(block["up"](block["second"](x))))
            return self.head((x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True))

    def export(name, model, example, axes):
        torch.onnx.export(model.eval(), example, str(folder / f"{name}.onnx"), dynamo=False,
                          input_names=list(axes), output_names=["scores"],
                          dynamic_axes={**axes, "scores": {0: "n"}})

    # Lengths as reviews have them: most are short, a few are very long.
    lengths = np.clip(random.lognormal(3.3, 0.9, 3000), 3, 256).astype(np.int32)
    real = np.arange(lengths.max()) < lengths[:, None]
    ids = np.where(real, random.integers(1, 8000, real.shape), 0)
    text = (torch.ones(2, 8, dtype=torch.int64),) * 2
    export("transformer", Reader(), text, {name: {0: "n", 1: "tokens"} for name in ("ids", "mask")})
    np.savez(folder / "transformer.npz", ids=ids, mask=real.astype(np.int64), lengths=lengths)

    def layer(a, b, stride):
        return [nn.Conv2d(a, b, 3, stride, 1), nn.BatchNorm2d(b), nn.ReLU()]

    images = nn.Sequential(*layer(3, 32, 2), *layer(32, 64, 2), *layer(64, 128, 2), *layer(128, 128, 1),
                           nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))
    export("images", images, (torch.ones(2, 3, 64, 64),), {"x": {0: "n"}})
    np.savez(folder / "images.npz", x=random.normal(size=(3000, 3, 64, 64)).astype(np.float32))

    rows = nn.Sequential(nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 2))
    export("table", rows, (torch.ones(2, 64),), {"x": {0: "n"}})
    np.savez(folder / "table.npz", x=random.normal(size=(200000, 64)).astype(np.float32))

    class Series(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells = nn.LSTM(16, 64, batch_first=True)
            self.head = nn.Linear(64, 2)

        def forward(self, x):
            return self.head(self.cells(x)[0][:, -1])

    export("series", Series(), (torch.ones(2, 100, 16),), {"x": {0: "n"}})
    np.savez(folder / "series.npz", x=random.normal(size=(6000, 100, 16)).astype(np.float32))


def run(name, threads, batch, order, passes):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(folder / f"{name}.onnx", options, providers=["CPUExecutionProvider"])
    arrays = dict(np.load(folder / f"{name}.npz"))
    lengths = arrays.pop("lengths", None)
    count = len(next(iter(arrays.values())))
    rows = np.argsort(-lengths, kind="stable") if order == "by-length" else None
    scores = np.empty((count, session.get_outputs()[0].shape[1]), np.float32)

    def answer(begin, end):
        chosen = slice(begin, end) if rows is None else rows[begin:end]
        longest = None if lengths is None else lengths[chosen].max()
        feeds = {key: value[chosen] if longest is None else value[chosen, :longest]
                 for key, value in arrays.items()}
        scores[chosen] = session.run(["scores"], feeds)[0]

    answer(0, batch)
    start = time.perf_counter()
    for _ in range(passes):
        for begin in range(0, count, batch):
            answer(begin, min(count, begin + batch))
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "sum": passes * float(np.abs(scores).sum())}))


make() if sys.argv[1] == "make" else run(sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6], int(sys.argv[7]))
