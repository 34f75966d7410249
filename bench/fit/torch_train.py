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

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts/peers/torch"))
from networks import Encoder, convolutions, perceptron, resnet18  # noqa: E402

warnings.filterwarnings("ignore")


def encoder(fused=True):
    return Encoder(1000, 64, width=128, layers=4, widening=4, spread=0.1, fused=fused)


def pictures_network():
    return nn.Sequential(nn.Unflatten(1, (1, 28)), convolutions(28, (16, 32), 128, nn.ReLU()))


def adam(parameters):
    return torch.optim.Adam(parameters)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.001, momentum=0.9)


# Network, optimizer, batch size.
NETWORKS = {
    "perceptron": (lambda: perceptron(784, 256), adam, 64),
    "convolutions": (pictures_network, adam, 64),
    "encoder": (encoder, adam, 16),
    "resnet18": (resnet18, momentum, 8),
}


def export(folder):
    torch.manual_seed(0)
    words = torch.randint(0, 1000, (512, 64))
    pictures = torch.randn(32, 3, 224, 224)
    for name, network, x, classes in [
        ("encoder", encoder(fused=False), words, 4),
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
