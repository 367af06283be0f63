"""One forward step, each loss and the gradients of a small RMVAE, computed with PyTorch in double precision.

    python model/tests/reference/rmvae.py > model/tests/reference/rmvae.json

The tests compare `model`'s numbers with the ones printed here; they need neither Python nor PyTorch. Weights and inputs
are no files: both sides make them with `unit`, a hash of a name and an index. Written against PyTorch 2.15.
"""

import json
import zlib

import torch
import torch.nn.functional as F
from torch.distributions import Normal, kl_divergence

torch.set_default_dtype(torch.float64)

STEPS, PER_VOICE, STRENGTH, LOOPS = 16, 38, 12, 2
FRAME, ENCODER, MEASURE, LATENT, RECURRENT, CONTEXT, DECODER, CHANNELS = 5, 6, 7, 4, 8, 9, 6, 2
BATCH, MEASURES = 2, 3
ROWS, PREDICTED = (MEASURES + 1) * BATCH, MEASURES * BATCH
BETA = 0.5
WEIGHTS = dict(kl=0.25, duration=2.0, scale=0.1, rhythm=0.2, semitone=0.3, tone=0.4, tritone=0.5)
# (monophonic, lowest key, pitches)
VOICES = [(True, 60, 5), (False, 48, 6), (True, 40, 4)]


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
    count = 1
    for size in shape:
        count *= size
    return torch.tensor([unit(name, i) for i in range(count)]).reshape(shape)


def bits(name, *shape):
    return (numbers(name, *shape) < 0.25).double()


class Net:
    """Weights by name, made when they are first asked for. In training, normalisation is by the batch."""

    def __init__(self, case, training):
        self.case, self.training, self.weights = case, training, {}

    def weight(self, name, *shape):
        if name not in self.weights:
            self.weights[name] = (numbers(name, *shape) - 0.5).requires_grad_()
        return self.weights[name]

    def linear(self, name, x, outputs, bias=True):
        y = x @ self.weight(f"{name}.weight", x.shape[1], outputs)
        return y + self.weight(f"{name}.bias", outputs) if bias else y

    def lstm(self, name, inputs, hidden, state, constant=None):
        """Outputs of all steps and the last state; `constant` is added to the gates of every step."""
        w = self.weight(f"{name}.input", inputs[0].shape[1], 4 * hidden)
        u = self.weight(f"{name}.recurrent", hidden, 4 * hidden)
        b = self.weight(f"{name}.bias", 4 * hidden)
        if constant is not None:
            # One more input per gate, through an identity matrix.
            inputs = [torch.cat([x, constant], 1) for x in inputs]
            w = torch.cat([w, torch.eye(4 * hidden)], 0)
        outputs = []
        for x in inputs:
            state = torch.lstm_cell(x, state, w.T, u.T, b, torch.zeros_like(b))
            outputs.append(state[0])
        return outputs, state

    def norm(self, name, picture):
        channels = picture.shape[1]
        mean, var = numbers(f"{name}.running_mean", channels) - 0.5, numbers(f"{name}.running_var", channels) + 0.5
        gamma, beta = self.weight(f"{name}.gamma", channels), self.weight(f"{name}.beta", channels)
        return F.leaky_relu(F.batch_norm(picture, mean, var, gamma, beta, self.training), 0.1)

    def read_picture(self, name, voice, frames):
        mono, _, _ = VOICES[voice]
        channels = 1 if mono else 2
        picture = torch.stack(frames, 1)
        rows, steps, width = picture.shape
        picture = picture.reshape(rows, steps, channels, width // channels).permute(0, 2, 1, 3)
        for block, outputs in enumerate((CHANNELS, 2 * CHANNELS)):
            at = f"{name}.blocks.{block}"
            kernel = self.weight(f"{at}.convolution.weight", outputs, picture.shape[1], 5, 5)
            bias = self.weight(f"{at}.convolution.bias", outputs)
            picture = self.norm(f"{at}.norm", F.conv2d(picture, kernel, bias, stride=2, padding=2))
        return picture.flatten(1)

    def paint(self, voice, context):
        name, (mono, _, pitches) = f"decoders.{voice}", VOICES[voice]
        width = self.width(voice) if mono else pitches
        half, quarter = (width + 1) // 2, ((width + 1) // 2 + 1) // 2
        start = F.leaky_relu(self.linear(f"{name}.start", context, 2 * CHANNELS * 4 * quarter), 0.1)
        picture = start.reshape(-1, 2 * CHANNELS, 4, quarter)
        for block, (channels, columns) in enumerate(((CHANNELS, half), (1 if mono else 2, width))):
            at = f"{name}.blocks.{block}"
            kernel = self.weight(f"{at}.convolution.weight", picture.shape[1], channels, 5, 5)
            bias = self.weight(f"{at}.convolution.bias", channels)
            more = (1, columns - (2 * picture.shape[3] - 1))
            picture = F.conv_transpose2d(picture, kernel, bias, stride=2, padding=2, output_padding=more)
            if block == 0:
                picture = self.norm(f"{at}.norm", picture)
        return [picture[:, :, step].flatten(1) for step in range(STEPS)]

    def encode(self, voice, frames):
        if self.case["convolutional"]:
            read = self.read_picture(f"encoders.{voice}", voice, frames)
            return self.gaussian(f"encoders.{voice}", read)
        name, rows = f"encoders.{voice}", frames[0].shape[0]
        dense = [F.leaky_relu(self.linear(f"{name}.frame", x, FRAME), 0.1) for x in frames]
        zeros = (torch.zeros(rows, ENCODER), torch.zeros(rows, ENCODER))
        _, forward = self.lstm(f"{name}.forward", dense, ENCODER, zeros)
        _, backward = self.lstm(f"{name}.backward", dense[::-1], ENCODER, zeros)
        return self.gaussian(name, torch.cat([forward[0], backward[0]], 1))

    def gaussian(self, name, read):
        measure = F.leaky_relu(self.linear(f"{name}.measure", read, MEASURE), 0.1)
        mean = self.linear(f"{name}.mean", measure, LATENT)
        return mean, self.linear(f"{name}.log_var", measure, LATENT).clamp(-5, 5)

    def remember(self, z):
        for layer in range(2):
            zeros = (torch.zeros(z[0].shape[0], RECURRENT), torch.zeros(z[0].shape[0], RECURRENT))
            z, _ = self.lstm(f"recurrent.{layer}", z, RECURRENT, zeros)
        return z

    def decode(self, voice, inputs, context):
        if self.case["convolutional"]:
            return self.paint(voice, context)
        name = f"decoders.{voice}"
        start = torch.tanh(self.linear(f"{name}.start", context, DECODER))
        gates = self.linear(f"{name}.context", context, 4 * DECODER, bias=False)
        state = (start, torch.zeros_like(start))
        outputs, _ = self.lstm(f"{name}.forward", inputs, DECODER, state, gates)
        if not self.case["frame_before"]:
            other, _ = self.lstm(f"{name}.backward", inputs[::-1], DECODER, state, gates)
            outputs = [torch.cat(pair, 1) for pair in zip(outputs, other[::-1])]
        logits = [self.linear(f"{name}.heads", hidden, self.width(voice)) for hidden in outputs]
        if self.case["loop_expert"]:
            logits = [x + self.loops(voice, step) for x, step in zip(logits, inputs)]
        return logits

    def loops(self, voice, step):
        """The looped measures' voices as experts: events that they have become likelier, others less likely."""
        mono, _, pitches = VOICES[voice]
        own = self.width(voice) if mono else pitches
        at, change = self.before(voice), 0
        for which in range(LOOPS):
            events, heard, strength = step[:, at : at + own], step[:, at + own], step[:, at + own + 1 :][:, :STRENGTH]
            at += own + 1 + STRENGTH
            trust = strength @ self.weight(f"decoders.{voice}.loops.{which}", STRENGTH, 2)
            starts, stays = trust[:, :1], trust[:, 1:]
            if mono:
                keep = events[:, -1:]
                change = change + torch.cat([events[:, :-1] * starts, (2 * keep - heard[:, None]) * stays], 1)
            else:
                absent = heard[:, None] - events
                change = change + torch.cat([events * starts - absent * stays, torch.zeros_like(events)], 1)
        return change

    def width(self, voice):
        mono, _, pitches = VOICES[voice]
        return pitches + 1 + self.case["rests"] if mono else 2 * pitches

    def before(self, voice):
        mono, _, pitches = VOICES[voice]
        return (pitches + 2 if mono else 2 * pitches + 1) if self.case["frame_before"] else 0

    def input_width(self, voice):
        mono, _, pitches = VOICES[voice]
        own = self.width(voice) if mono else pitches
        loops = LOOPS * (own + 1 + STRENGTH) if self.case["loop_expert"] else 0
        others = len(VOICES) * PER_VOICE if self.case["voice_chain"] else 0
        return self.before(voice) + loops + others + STEPS + 1

    def chain(self, voice):
        pitches = VOICES[voice][2]
        return self.weight(f"decoders.{voice}.chain", pitches, pitches).triu(1) if self.case["pitch_chain"] else None


def product(experts, prior):
    """Of (mean, log variance, mask [rows, 1])."""
    precision = torch.full_like(experts[0][0], float(prior))
    weighted, present = torch.zeros_like(precision), torch.zeros(precision.shape[0], 1)
    for mean, log_var, mask in experts:
        each = mask / log_var.exp()
        precision, weighted, present = precision + each, weighted + mean * each, present + mask
    if not prior:
        precision = torch.where(present == 0, torch.ones_like(precision), precision)
    return weighted / precision, -precision.log()


def mono_nll(head, logits, target):
    if head == "softmax":
        return F.cross_entropy(logits, target, reduction="none")[:, None]
    keep = F.binary_cross_entropy_with_logits(logits[:, -1:], target[:, -1:], reduction="none")
    return keep - (F.log_softmax(logits[:, :-1], 1) * target[:, :-1]).sum(1, keepdim=True)


def poly_nll(logits, chain, target):
    if chain is not None:
        logits = logits + target @ chain
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(1, keepdim=True)


def duration_loss(raw, target, active):
    return ((torch.relu(raw) / 16 - target / 16) ** 2 * active).sum(1, keepdim=True)


def onset_mass(head, mono, pitches, logits):
    if not mono:
        return torch.sigmoid(logits[:, :pitches])
    if head == "softmax":
        return F.softmax(logits, 1)[:, :pitches]
    return F.softmax(logits[:, :-1], 1)[:, :pitches] * (1 - torch.sigmoid(logits[:, -1:]))


def share_loss(predicted, truth):
    """Row by row, as Vignal describes it."""
    rows = []
    for mass, true in zip(predicted / predicted.sum(1, keepdim=True), truth):
        total, absent = true.sum(), max((true == 0).sum().item(), 1)
        if total == 0:
            rows.append(mass.sum() * 0)
            continue
        reward = sum(mass[i] * true[i] / total for i in range(len(true)) if true[i] > 0)
        penalty = sum(mass[i] / absent for i in range(len(true)) if true[i] == 0)
        rows.append(penalty - reward)
    return torch.stack(rows)[:, None]


def harmony_loss(mass, semitone, tone, tritone):
    def pairs(distance):
        found = {tuple(sorted((a, (a + distance) % 12))) for a in range(12)}
        return sum(mass[:, a] * mass[:, b] for a, b in found)

    return (semitone * pairs(1) + tone * pairs(2) + tritone * pairs(6))[:, None]


def fold(low, pitches):
    matrix = torch.zeros(pitches, 12)
    for pitch in range(pitches):
        matrix[pitch, (pitch + low) % 12] = 1
    return matrix


def windows(net):
    """A batch of windows as the trainer would give it, but of arbitrary bits."""
    one_hot = lambda name, rows, width: F.one_hot((numbers(name, rows) * width).long(), width).double()
    out = dict(frames=[], inputs=[], targets=[], present=[], plan=[])
    for voice, (mono, _, pitches) in enumerate(VOICES):
        per_step = lambda what, rows, width: [bits(f"{what}.{voice}.{s}", rows, width) for s in range(STEPS)]
        out["frames"].append(per_step("frames", ROWS, net.width(voice)))
        out["inputs"].append(per_step("inputs", PREDICTED, net.input_width(voice)))
        out["present"].append((numbers(f"present.{voice}", ROWS, 1) < 0.6).double())
        out["plan"].append(bits(f"plan.{voice}", PREDICTED, 1))
        targets = []
        for step in range(STEPS):
            if mono:
                targets.append(one_hot(f"target.{voice}.{step}", PREDICTED, net.width(voice)))
            else:
                starts = bits(f"target.{voice}.{step}", PREDICTED, pitches)
                lengths = (numbers(f"length.{voice}.{step}", PREDICTED, pitches) * 8).floor() + 1
                targets.append(torch.cat([starts, starts * lengths], 1))
        out["targets"].append(targets)
    # The second window's measures have 12 steps.
    out["weight"] = [torch.tensor([1.0, float(s < 12)] * MEASURES)[:, None] for s in range(STEPS)]
    for targets in out["targets"]:
        for step in range(STEPS):
            targets[step] = targets[step] * out["weight"][step]
    out["loop_row"] = (numbers("loop_row", PREDICTED) * PREDICTED).long()
    out["looped"] = (numbers("looped", PREDICTED, 1) < 0.5).double()
    out["noise"] = numbers("noise", PREDICTED, LATENT) * 2 - 1
    return out


def run(case):
    """The numbers of a forward step at play; loss and gradients as in training."""
    return {**step(case, training=False), **{k: v for k, v in step(case, training=True).items() if k in LEARNT}}


LEARNT = ("nll", "kl", "total", "gradients")


def step(case, training):
    net = Net(case, training)
    w = windows(net)
    experts = [(*net.encode(v, w["frames"][v]), w["present"][v]) for v in range(len(VOICES))]
    if case["rpoe"]:
        measures, before = [], None
        for m in range(MEASURES + 1):
            here = [tuple(x[m * BATCH : (m + 1) * BATCH] for x in expert) for expert in experts]
            here += [(*before, torch.ones(BATCH, 1))] if before else []
            before = product(here, case["prior"])
            measures.append(before)
        mean, log_var = (torch.cat(parts) for parts in zip(*measures))
    else:
        mean, log_var = product(experts, case["prior"])
    heard = Normal(mean[:PREDICTED], (log_var[:PREDICTED] / 2).exp())
    z = heard.mean + heard.stddev * w["noise"]
    remembered = torch.cat(net.remember(list(z.chunk(MEASURES))))
    parts = [remembered]
    if case["plan_expert"]:
        planned = [(m[BATCH:], s[BATCH:], w["plan"][v]) for v, (m, s, _) in enumerate(experts)]
        known = (sum(w["plan"]) > 0).double()
        parts += [product(planned, case["prior"])[0] * known, known]
    if case["loop_expert"]:
        parts += [mean[w["loop_row"]] * w["looped"], w["looped"]]
    context = F.leaky_relu(net.linear("context", torch.cat(parts, 1), CONTEXT), 0.1)

    nll, duration, harmony = 0, 0, 0
    class_mass, class_truth = [0] * STEPS, 0
    step_mass, step_truth = [0] * STEPS, [0] * STEPS
    outputs = [net.decode(v, w["inputs"][v], context) for v in range(len(VOICES))]
    for voice, (mono, low, pitches) in enumerate(VOICES):
        for at in range(STEPS):
            logits, target, weight = outputs[voice][at], w["targets"][voice][at], w["weight"][at]
            starts = target[:, :pitches]
            mass = onset_mass(case["head"], mono, pitches, logits) * weight
            class_mass[at] = class_mass[at] + mass @ fold(low, pitches)
            class_truth = class_truth + starts @ fold(low, pitches)
            step_mass[at] = step_mass[at] + mass.sum(1, keepdim=True)
            step_truth[at] = step_truth[at] + starts.sum(1, keepdim=True)
            if mono:
                nll = nll + mono_nll(case["head"], logits, target) * weight
            else:
                nll = nll + poly_nll(logits[:, :pitches], net.chain(voice), starts) * weight
                duration = duration + duration_loss(logits[:, pitches:], target[:, pitches:], starts) * weight
    for mass in class_mass:
        harmony = harmony + harmony_loss(mass, WEIGHTS["semitone"], WEIGHTS["tone"], WEIGHTS["tritone"])
    scale = share_loss(sum(class_mass), class_truth)
    rhythm = share_loss(torch.cat(step_mass, 1), torch.cat(step_truth, 1))
    kl = kl_divergence(heard, Normal(0, 1)).sum(1, keepdim=True)
    extra = duration * WEIGHTS["duration"] + harmony + scale * WEIGHTS["scale"] + rhythm * WEIGHTS["rhythm"]
    cells = sum(weight.sum() for weight in w["weight"]) * len(VOICES)
    total = (nll + extra + kl * BETA * WEIGHTS["kl"]).sum() / PREDICTED
    total.backward()

    flat = lambda x: [round(value, 9) for value in x.detach().flatten().tolist()]
    return {
        "case": case,
        "mean": flat(mean),
        "log_var": flat(log_var),
        "remembered": flat(remembered),
        "context": flat(context),
        "outputs": [[flat(outputs[v][at]) for at in (0, 1, 15)] for v in range(len(VOICES))],
        "nll": (nll.sum() / cells).item(),
        "kl": kl.mean().item(),
        "total": total.item(),
        # Of every weight the length of its gradient, and its product with an arbitrary direction.
        "gradients": {
            name: [x.grad.norm().item(), (x.grad * (numbers(f"direction.{name}", *x.shape) - 0.5)).sum().item()]
            for name, x in net.weights.items()
        },
    }


def losses():
    """Each loss on arbitrary numbers."""
    logits = lambda name, width: numbers(name, 3, width) * 6 - 3
    one_hot = F.one_hot(torch.tensor([0, 6, 5]), 7).double()
    flat = lambda x: [round(value, 9) for value in x.flatten().tolist()]
    chain = (numbers("chain", 6, 6) - 0.5).triu(1)
    truth = bits("truth", 3, 12) * numbers("weight", 3, 12)
    truth[2] = 0
    return {
        "mono_softmax": flat(mono_nll("softmax", logits("mono", 7), one_hot)),
        "mono_binary": flat(mono_nll("binary", logits("mono", 7), one_hot)),
        "poly": flat(poly_nll(logits("poly", 6), None, bits("active", 3, 6))),
        "poly_chain": flat(poly_nll(logits("poly", 6), chain, bits("active", 3, 6))),
        "duration": flat(duration_loss(logits("raw", 6), numbers("lengths", 3, 6) * 16, bits("active", 3, 6))),
        "mass_softmax": flat(onset_mass("softmax", True, 5, logits("mono", 7))),
        "mass_binary": flat(onset_mass("binary", True, 5, logits("mono", 7))),
        "mass_poly": flat(onset_mass("binary", False, 6, logits("both", 12))),
        "share": flat(share_loss(numbers("predicted", 3, 12), truth)),
        "harmony": flat(harmony_loss(numbers("predicted", 3, 12), 0.3, 0.4, 0.5)),
        "kl": flat(kl_divergence(Normal(logits("mean", 4), (logits("log_var", 4) / 2).exp()), Normal(0, 1)).sum(1)),
    }


OURS = dict(head="binary", rests=True, prior=True, rpoe=False, frame_before=True, pitch_chain=True, voice_chain=True,
            loop_expert=True, plan_expert=True, convolutional=False)
PUBLISHED = dict(head="softmax", rests=False, prior=False, rpoe=True, frame_before=False, pitch_chain=False,
                 voice_chain=False, loop_expert=False, plan_expert=False, convolutional=False)
CONVOLUTIONAL = dict(PUBLISHED, convolutional=True)

if __name__ == "__main__":
    print(json.dumps({"losses": losses(), "cases": [run(OURS), run(PUBLISHED), run(CONVOLUTIONAL)]}, indent=None, separators=(",", ":")))
