"""Linear regression in PyTorch; in several processes (torchrun) by DistributedDataParallel."""

import json
import os
import sys
import time

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

epochs, seconds = int(sys.argv[1]), float(sys.argv[2])
world, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
if world > 1:
    dist.init_process_group("gloo")

torch.manual_seed(0)
torch.set_num_threads(1)
inputs = torch.randn(64, 8)
targets = inputs @ torch.arange(1.0, 9.0).unsqueeze(1) + 3
model = torch.nn.Linear(8, 1)
checkpoint = os.environ.get("MODEL_CI_CHECKPOINT")
first = 0
if checkpoint and os.path.exists(checkpoint):
    saved = torch.load(checkpoint)
    model.load_state_dict(saved["model"])
    first = saved["epoch"]
trained = DistributedDataParallel(model) if world > 1 else model
optimizer = torch.optim.SGD(trained.parameters(), lr=0.05)
# Each process has its share of the examples; DDP averages the gradients.
mine, wanted = inputs[rank::world], targets[rank::world]

for epoch in range(first, epochs):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(trained(mine), wanted)
    loss.backward()
    optimizer.step()
    time.sleep(seconds)
    if rank == 0:
        print(f"epoch {epoch + 1} of {epochs}", flush=True)
        if checkpoint:
            torch.save({"model": model.state_dict(), "epoch": epoch + 1}, checkpoint + ".tmp")
            os.replace(checkpoint + ".tmp", checkpoint)

if rank == 0:
    torch.save(model.state_dict(), "model.pt")
    weights = model.weight.detach().flatten().tolist()
    with open("metrics.json", "w") as file:
        json.dump({"loss": loss.item(), "world": world, "weights": weights}, file)
if world > 1:
    # The gradients were exchanged: both ends hold the same weights.
    other = [torch.zeros_like(model.weight) for _ in range(world)]
    dist.all_gather(other, model.weight.detach())
    assert all(torch.equal(other[0], one) for one in other)
    # Without it the first to leave now and then aborts the other (PyTorch 2.15, gloo).
    dist.barrier()
    dist.destroy_process_group()
