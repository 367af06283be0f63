"""Logits and gradients of small one-voice nets, computed with PyTorch in double precision.

    python model/tests/reference/melody.py > model/tests/reference/melody.json

The tests compare `model`'s numbers with the ones printed here; they need neither Python nor PyTorch. Weights and inputs
are no files: both sides make them with `unit`, a hash of a name and an index. Written against PyTorch 2.15.
"""

import json

import torch
import torch.nn.functional as F

from rmvae import bits, numbers, unit

torch.set_default_dtype(torch.float64)

BATCH, STEPS = 2, 7
ATTENTION = 3


class Weights(dict):
    """Weights by name, made when they are first asked for."""

    def take(self, name, *shape):
        if name not in self:
            self[name] = (numbers(name, *shape) - 0.5).requires_grad_()
        return self[name]


def lstm(weights, name, x, state, hidden):
    """One step of PyTorch's own LSTM cell: the gates in the order input, forget, cell, output."""
    width = x.shape[1]
    w = weights.take(f"{name}.input", width, 4 * hidden)
    u = weights.take(f"{name}.recurrent", hidden, 4 * hidden)
    b = weights.take(f"{name}.bias", 4 * hidden)
    return torch.lstm_cell(x, state, w.T, u.T, b, torch.zeros_like(b))


def zeros(hidden):
    return torch.zeros(BATCH, hidden), torch.zeros(BATCH, hidden)


def head(weights, x, classes):
    return x @ weights.take("head.weight", x.shape[1], classes) + weights.take("head.bias", classes)


def melody_rnn(weights, inputs, classes, units, attends):
    """Layers of LSTM; with attention u_i = v'tanh(W1 h_i + W2 c), a = softmax(u), d = sum a_i h_i over the last outputs."""
    states = [zeros(hidden) for hidden in units]
    last = units[-1]
    attended, outputs, out = torch.zeros(BATCH, last), [], []
    for x in inputs:
        if attends:
            x = torch.cat([x, attended], 1)
        for layer, hidden in enumerate(units):
            states[layer] = lstm(weights, f"layers.{layer}", x, states[layer], hidden)
            x = states[layer][0]
        if attends:
            if outputs:
                h = torch.stack(outputs[-ATTENTION:], 1)
                keys = h @ weights.take("attention.keys.weight", last, last)
                query = states[-1][1] @ weights.take("attention.query.weight", last, last)
                u = torch.tanh(keys + query[:, None]) @ weights.take("attention.score.weight", last, 1)
                attended = (torch.softmax(u, 1) * h).sum(1)
            outputs.append(x)
            x = torch.cat([x, attended], 1)
        out.append(head(weights, x, classes))
    return torch.cat(out)


def melody_lstm(weights, inputs, classes, hidden):
    state, out = zeros(hidden), []
    for x in inputs:
        state = lstm(weights, "lstm", x, state, hidden)
        out.append(head(weights, state[0], classes))
    return torch.cat(out)


def plain_rnn(weights, inputs, classes, hidden):
    state, out = torch.zeros(BATCH, hidden), []
    u = weights.take("input", classes, hidden)
    w = weights.take("recurrent", hidden, hidden)
    v = weights.take("output", hidden, classes)
    for x in inputs:
        state = torch.tanh(x @ u + state @ w)
        out.append(state @ v)
    return torch.cat(out)


def case(name, width, classes, forward):
    weights = Weights()
    inputs = [bits(f"{name}.input.{step}", BATCH, width) for step in range(STEPS)]
    targets = torch.tensor([int(unit(f"{name}.target", i) * classes) for i in range(STEPS * BATCH)])
    logits = forward(weights, inputs)
    loss = F.cross_entropy(logits, targets)
    loss.backward()
    gradients = {
        key: [w.grad.norm().item(), (w.grad.flatten() * (numbers(f"direction.{key}", w.numel()) - 0.5)).sum().item()]
        for key, w in weights.items()
    }
    near = lambda values: [round(value, 8) for value in values]
    return {
        "logits": near(logits.flatten().tolist()),
        "loss": round(loss.item(), 8),
        "gradients": {key: near(pair) for key, pair in gradients.items()},
    }


if __name__ == "__main__":
    print(json.dumps({
        "basic": case("basic", 38, 38, lambda w, x: melody_rnn(w, x, 38, [6, 5], False)),
        "mono": case("mono", 130, 130, lambda w, x: melody_rnn(w, x, 130, [4], False)),
        "lookback": case("lookback", 121, 40, lambda w, x: melody_rnn(w, x, 40, [6, 5], False)),
        "attention": case("attention", 74, 40, lambda w, x: melody_rnn(w, x, 40, [6, 5], True)),
        "melody-lstm": case("melody-lstm", 64, 64, lambda w, x: melody_lstm(w, x, 64, 5)),
        "plain-rnn": case("plain-rnn", 90, 90, lambda w, x: plain_rnn(w, x, 90, 4)),
    }, separators=(",", ":")))
