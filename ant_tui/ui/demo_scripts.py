"""The programs that the demo's tasks run: what people's scripts print, without what they compute."""

from __future__ import annotations

__all__ = ["SCRIPTS"]

_TRAIN = r"""
import argparse, math, random, sys, time

options = argparse.ArgumentParser()
options.add_argument("--model", default="model")
options.add_argument("--lr", default="3e-4")
options.add_argument("--epochs", type=int, default=3)
options.add_argument("--steps", type=int, default=900)
options.add_argument("--pace", type=float, default=0.1)
args = options.parse_args()
chance = random.Random(args.model + args.lr)
print(f"\x1b[1m{args.model}\x1b[0m  lr {args.lr}  devices {__import__('os').environ.get('CUDA_VISIBLE_DEVICES')}")
print("loading weights ... \x1b[32mdone\x1b[0m")
started = time.time()
total = args.epochs * args.steps
for epoch in range(args.epochs):
    begun = time.time()
    for step in range(1, args.steps + 1):
        time.sleep(args.pace * chance.uniform(0.5, 1.5))
        done = epoch * args.steps + step
        loss = 1.6 + 1.9 * math.exp(-done / (0.35 * total)) + chance.gauss(0, 0.02)
        passed = time.time() - begun
        left = passed / step * (args.steps - step)
        filled = "█" * (30 * step // args.steps)
        bar = f"epoch {epoch + 1}/{args.epochs}: {100 * step // args.steps:3d}%|{filled:<30}| {step}/{args.steps}"
        bar += f" [{int(passed) // 60:02d}:{int(passed) % 60:02d}<{int(left) // 60:02d}:{int(left) % 60:02d},"
        bar += f" {step / passed:.2f}it/s]"
        if step % 20 == 0:
            clock = time.strftime("%H:%M:%S")
            tokens = chance.uniform(7.9, 8.4)
            print(f"\r\x1b[K\x1b[2m{clock}\x1b[0m step {done:5d}  \x1b[36mloss {loss:.4f}\x1b[0m  {tokens:.2f}k tok/s")
        if step % 300 == 0:
            print(f"\r\x1b[K\x1b[33mcheckpoint\x1b[0m checkpoints/step_{done}.pt")
        sys.stdout.write("\r" + bar)
    print()
print(f"finished after {time.time() - started:.0f} s")
"""

_EVALUATE = r"""
import sys, time

print("loading whisper-large ... ")
for part in range(1, 41):
    time.sleep(0.12)
    sys.stdout.write(f"\rEvaluating: {part * 100 // 160:3d}%|{'█' * (part // 4):<20}| {part * 4}/160 clips")
print()


def decode(clip):
    return clip["audio"]["array"][: clip["length"]]


decode({"audio": None, "length": 3})
"""

_DOWNLOAD = r"""
import sys, time

names = ["shard-00.tar", "shard-01.tar", "shard-02.tar"]
done = [0.0, 0.0, 0.0]
print("3 files to fetch\n\n\n")
while min(done) < 1:
    time.sleep(0.15)
    sys.stdout.write("\x1b[3A")
    for at, name in enumerate(names):
        done[at] = min(1.0, done[at] + (0.0012, 0.0009, 0.0005)[at])
        filled = int(done[at] * 30)
        bar = "━" * filled + "\x1b[2m" + "━" * (30 - filled) + "\x1b[0m"
        sys.stdout.write(f"\x1b[K{name}  {bar} {done[at] * 100:4.0f}%  {done[at] * 48:4.1f}/48.0 GB\n")
"""

_TOKENISE = r"""
total=${1:-400}
n=0
while [ "$n" -lt "$total" ]; do
    n=$((n + 1))
    echo "[$n/$total] tokenising part-$(printf %05d "$n").jsonl"
    sleep 0.7
done
"""

_CHECK = r"""
echo "checking 12 files"
sleep 1
echo "all checksums agree"
"""

SCRIPTS = {
    "train.py": _TRAIN,
    "evaluate.py": _EVALUATE,
    "download.py": _DOWNLOAD,
    "tokenise.sh": _TOKENISE,
    "check.sh": _CHECK,
}
"""Name of a file → what is in it."""
