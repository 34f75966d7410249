"""Trains a network of the benchmark with PyTorch, or exports what both programs start from.

usage: torch_train.py export FOLDER: writes encoder.onnx, encoder.npz, resnet18.onnx, resnet18.npz
       torch_train.py train FOLDER NETWORK THREADS EPOCHS: prints, as JSON, the seconds of each epoch
       and the largest resident set in bytes
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

warnings.filterwarnings("ignore")


def perceptron():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))


def convolutions():
    return nn.Sequential(
        nn.Unflatten(1, (1, 28)),
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1568, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


class Encoder(nn.Module):
    """Four layers over 64 words, 128 wide, with PyTorch's fused attention."""

    def __init__(self, width=128, heads=4, layers=4, fused=True):
        super().__init__()
        self.heads, self.fused = heads, fused
        self.words = nn.Embedding(1000, width)
        self.places = nn.Parameter(torch.randn(64, width) * 0.1)
        self.layers = nn.ModuleList(nn.ModuleDict({
            "qkv": nn.Linear(width, 3 * width), "out": nn.Linear(width, width),
            "wide": nn.Linear(width, 4 * width), "narrow": nn.Linear(4 * width, width),
            "first": nn.LayerNorm(width), "second": nn.LayerNorm(width),
        }) for _ in range(layers))  # fmt: skip
        self.head = nn.Linear(width, 4)

    def forward(self, ids):
        x = self.words(ids) + self.places
        batch, length, width = x.shape
        for layer in self.layers:
            split = (batch, length, 3, self.heads, width // self.heads)
            q, k, v = layer["qkv"](layer["first"](x)).reshape(split).permute(2, 0, 3, 1, 4)
            if self.fused:
                mixed = F.scaled_dot_product_attention(q, k, v)
            else:
                mixed = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1) @ v
            x = x + layer["out"](mixed.transpose(1, 2).flatten(2))
            x = x + layer["narrow"](F.gelu(layer["wide"](layer["second"](x))))
        return self.head(x.mean(1))


class Block(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.a = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.b = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(filters) for _ in range(2))
        self.skip = nn.Identity()
        if stride > 1:
            self.skip = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )

    def forward(self, x):
        y = self.norms[1](self.b(F.relu(self.norms[0](self.a(x)))))
        return F.relu(y + self.skip(x))


def resnet18():
    shapes = [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1)]
    shapes += [(128, 256, 2), (256, 256, 1), (256, 512, 2), (512, 512, 1)]
    return nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.MaxPool2d(3, 2, 1), *(Block(*shape) for shape in shapes),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10),
    )  # fmt: skip


def adam(parameters):
    return torch.optim.Adam(parameters)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.001, momentum=0.9)


# Network, optimizer, batch size.
NETWORKS = {
    "perceptron": (perceptron, adam, 64),
    "convolutions": (convolutions, adam, 64),
    "encoder": (Encoder, adam, 16),
    "resnet18": (resnet18, momentum, 8),
}


def export(folder):
    torch.manual_seed(0)
    words = torch.randint(0, 1000, (512, 64))
    pictures = torch.randn(32, 3, 224, 224)
    for name, network, x, classes in [
        ("encoder", Encoder(fused=False), words, 4),
        ("resnet18", resnet18(), pictures, 10),
    ]:
        with torch.no_grad():  # the exporter would store equal parameters once
            for value in network.state_dict().values():
                if value.dim() == 1:
                    value.add_(torch.rand_like(value) * 0.01)
        torch.onnx.export(
            network.eval(), (x[:2],), str(folder / f"{name}.onnx"), dynamo=False, opset_version=17,
            input_names=["x"], output_names=["scores"], dynamic_axes={"x": {0: "batch"}},
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
        )  # fmt: skip
        labels = torch.randint(0, classes, (len(x),))
        np.savez(folder / f"{name}.npz", images=x.numpy(), labels=labels.numpy())


def train(folder, name, threads, epochs):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    make, optimizer_of, batch_size = NETWORKS[name]
    data = "train" if name in ("perceptron", "convolutions") else name
    arrays = np.load(folder / f"{data}.npz")
    x, y = torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"])
    if x.dtype == torch.uint8:
        x = x.float() / 255
    model = make()
    optimizer = optimizer_of(model.parameters())
    seconds = []
    for _ in range(epochs):
        started = time.perf_counter()
        total = 0.0
        for batch in torch.randperm(len(y)).split(batch_size):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            total += loss.item()
        seconds.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak": peak}))


if sys.argv[1] == "export":
    export(Path(sys.argv[2]))
else:
    train(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
