"""usage: torch_train.py DATA NETWORK THREADS EPOCHS: prints seconds of each epoch, as JSON."""

import json
import sys
import time

import numpy as np
import torch
from torch import nn

data, network, threads, epochs = sys.argv[1:]
torch.set_num_threads(int(threads))
torch.manual_seed(0)
arrays = np.load(data)
x = torch.from_numpy(arrays["images"]).float() / 255
y = torch.from_numpy(arrays["labels"])
networks = {
    "perceptron": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)
    ),
    "convolutions": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 28)),
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1568, 128), nn.ReLU(), nn.Linear(128, 10),
    ),
}  # fmt: skip
model = networks[network]()
optimizer = torch.optim.Adam(model.parameters())
loss_of = nn.CrossEntropyLoss()
seconds = []
for _ in range(int(epochs)):
    started = time.perf_counter()
    total = 0.0
    for batch in torch.randperm(len(y)).split(64):
        optimizer.zero_grad()
        loss = loss_of(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        total += loss.item()
    seconds.append(time.perf_counter() - started)
print(json.dumps(seconds))
