"""The same net and batch as training.rs, in PyTorch: examples a second on two threads."""
import time
import torch
from torch import nn

BATCH, STEPS, ROUNDS = 128, 64, 12
torch.set_num_threads(2)
torch.manual_seed(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(38, 128, 2), nn.Linear(128, 38)

    def forward(self, x):
        return self.head(self.lstm(x)[0])


def speed():
    net = Net()
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    x = nn.functional.one_hot(torch.randint(38, (STEPS, BATCH)), 38).float()
    y = torch.randint(38, (STEPS * BATCH,))
    for round in range(ROUNDS + 1):
        if round == 1: start = time.time()
        adam.zero_grad()
        loss = nn.functional.cross_entropy(net(x).reshape(-1, 38), y)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        adam.step()
    return ROUNDS * BATCH / (time.time() - start), loss.item()


with_mkldnn = speed()
print(f'PyTorch {torch.__version__}: {with_mkldnn[0]:7.1f} examples a second (loss {with_mkldnn[1]:.3f})')
torch.backends.mkldnn.enabled = False
print(f'PyTorch without mkldnn: {speed()[0]:7.1f} examples a second')
