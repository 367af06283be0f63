"""The logits, the cost and the gradients of a small biaxial LSTM, computed with PyTorch in double precision.

    python model/tests/reference/biaxial.py > model/tests/reference/biaxial.json

The tests compare `model`'s numbers with the ones printed here; they need neither Python nor PyTorch. Weights and music
are no files: both sides make them with `unit`, a hash of a name and an index. Written against PyTorch 2.15.
"""

import json
import zlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

LOW, PITCHES, INPUTS = 24, 78, 80
BATCH, STEPS, MEASURE = 2, 5, 3
TIME, NOTE = [6, 5], [4, 3]


def unit(name, index):
    """A number in [0, 1): MurmurHash3's finaliser over CRC-32 of the name and the index times the golden ratio."""
    x = zlib.crc32(name.encode()) ^ (index * 0x9E3779B9 & 0xFFFFFFFF)
    x ^= x >> 16
    x = x * 0x85EBCA6B & 0xFFFFFFFF
    x ^= x >> 13
    x = x * 0xC2B2AE35 & 0xFFFFFFFF
    x ^= x >> 16
    return x / 2**32


def numbers(name, *shape):
    count = torch.Size(shape).numel()
    return torch.tensor([unit(name, i) for i in range(count)]).reshape(shape)


def music():
    """(played, struck): [windows, sixteenths, pitches, 2]."""
    played = numbers("played", BATCH, STEPS + 1, PITCHES) < 0.1
    struck = played & (numbers("struck", BATCH, STEPS + 1, PITCHES) < 0.5)
    return torch.stack([played, struck], 3).double()


def encode(state, at):
    """The 80 numbers of each pitch, as Johnson's program makes them."""
    count = [0] * 12
    for pitch in range(PITCHES):
        if state[pitch][0] == 1:
            count[(pitch + LOW) % 12] += 1
    rows = []
    for pitch in range(PITCHES):
        one_class = (pitch + LOW) % 12
        row = [pitch] + [int(i == one_class) for i in range(12)]
        for other in range(pitch - 12, pitch + 13):
            row += [int(x) for x in state[other]] if 0 <= other < PITCHES else [0, 0]
        row += count[one_class:] + count[:one_class]
        row += [2 * x - 1 for x in [at % 2, at // 2 % 2, at // 4 % 2, at // 8 % 2]]
        rows.append(row + [0])
    return rows


class Net:
    def __init__(self):
        self.weights = {}

    def weight(self, name, *shape):
        if name not in self.weights:
            values = numbers(name, *shape) - 0.5
            if name == "time.0.input":
                values[0] /= PITCHES
            self.weights[name] = values.requires_grad_()
        return self.weights[name]

    def lstm(self, name, inputs, hidden):
        w = self.weight(f"{name}.input", inputs[0].shape[1], 4 * hidden)
        u = self.weight(f"{name}.recurrent", hidden, 4 * hidden)
        b = self.weight(f"{name}.bias", 4 * hidden)
        state = (torch.zeros(inputs[0].shape[0], hidden), torch.zeros(inputs[0].shape[0], hidden))
        outputs = []
        for x in inputs:
            state = torch.lstm_cell(x, state, w.T, u.T, b, torch.zeros_like(b))
            outputs.append(state[0])
        return outputs

    def logits(self, state):
        """[windows, sixteenths, pitches, 2]."""
        steps = []
        for step in range(STEPS):
            steps.append(torch.tensor([encode(state[b, step], step % MEASURE) for b in range(BATCH)]).double())
        outputs = [x.reshape(BATCH * PITCHES, INPUTS) for x in steps]
        for layer, hidden in enumerate(TIME):
            outputs = self.lstm(f"time.{layer}", outputs, hidden)
        along = torch.stack(outputs, 1).reshape(BATCH, PITCHES, STEPS, TIME[-1]).permute(0, 2, 1, 3)
        below = F.pad(state[:, 1:, :-1], (0, 0, 1, 0))
        rows = torch.cat([along, below], 3).reshape(BATCH * STEPS, PITCHES, TIME[-1] + 2)
        outputs = [rows[:, pitch] for pitch in range(PITCHES)]
        for layer, hidden in enumerate(NOTE):
            outputs = self.lstm(f"note.{layer}", outputs, hidden)
        logits = torch.stack(outputs, 1) @ self.weight("head.weight", NOTE[-1], 2) + self.weight("head.bias", 2)
        return logits.reshape(BATCH, STEPS, PITCHES, 2)


state, net = music(), Net()
logits = net.logits(state)
target = state[:, 1:]
played = target[..., :1]
mask = torch.cat([torch.ones_like(played), played], 3)
nll = (F.binary_cross_entropy_with_logits(logits, target, reduction="none") * mask).sum()
nll.backward()
print(
    json.dumps(
        {
            "logits": [round(x, 9) for x in logits.detach()[:, :, [0, 30, 77]].flatten().tolist()],
            "nll": nll.item(),
            # Of every weight the length of its gradient, and its product with an arbitrary direction.
            "gradients": {
                name: [x.grad.norm().item(), (x.grad * (numbers(f"direction.{name}", *x.shape) - 0.5)).sum().item()]
                for name, x in net.weights.items()
            },
        },
        indent=1,
    )
)
