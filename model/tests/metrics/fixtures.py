"""Makes the songs of this folder and the numbers that they are held against.

usage: python3 fixtures.py TOOL

TOOL is the script that defines the metrics; it is not part of this repository. The songs are made here from
a seed: nobody's music. Standard library only.
"""
import json, pathlib, random, struct, subprocess, sys

HERE = pathlib.Path(__file__).parent


def var(n):
    out = [n & 127]
    while n > 127:
        n >>= 7
        out.insert(0, n & 127 | 128)
    return bytes(out)


def track(name, notes, meter=None):
    events = [(0, 0, b'\xff\x03' + var(len(name)) + name.encode())]
    if meter: events.append((0, 0, b'\xff\x58\x04' + bytes([meter[0], meter[1].bit_length() - 1, 24, 8])))
    for start, end, pitch in notes:
        events += [(start * 120, 2, bytes([0x90, pitch, 80])), (end * 120, 1, bytes([0x80, pitch, 64]))]
    data, last = b'', 0
    for tick, _, message in sorted(events):
        data += var(tick - last) + message
        last = tick
    data += b'\0\xff\x2f\0'
    return b'MTrk' + struct.pack('>I', len(data)) + data


def save(name, meter, tracks):
    chunks = [track('conductor', [], meter)] + [track(*each) for each in tracks]
    (HERE / name).write_bytes(b'MThd' + struct.pack('>IHHH', 6, 1, len(chunks), 480) + b''.join(chunks))


def song(rng, length, bars, shift=0, rests=0.1):
    lead, chords, bass = [], [], []
    for bar in range(bars):
        root = rng.choice([0, 5, 7, 9]) + shift
        at = bar * length
        if rng.random() > rests:
            bass.append((at, at + rng.choice([length // 2, length]), 36 + root))
            chords += [(at, at + length, 60 + root + k) for k in rng.choice([(0, 4, 7), (0, 3, 7), (0, 4, 7, 10, 14)])]
        step = 0
        while step < length:
            n = rng.choice([1, 2, 2, 4, 6])
            if rng.random() > rests: lead.append((at + step, at + min(length, step + n), 72 + rng.choice([0, 2, 4, 5, 7, 9, 11])))
            step += n
    return [('Lead', lead), ('Chords', chords), ('Bass', bass)]


def main():
    cases = [('pop', (4, 4), 16, 24, 'Lead', 5), ('waltz', (3, 4), 12, 17, 'Lead', 3), ('bass', (4, 4), 16, 20, 'Bass', 5)]
    expected = {}
    for seed, (name, meter, length, bars, user, first) in enumerate(cases):
        rng = random.Random(100 + seed)
        save(f'{name}-people.mid', meter, song(rng, length, bars))
        save(f'{name}-band.mid', meter, song(rng, length, bars - 2, shift=seed, rests=0.3))
        tool = [sys.executable, sys.argv[1], '--json', '--user', user, '--from', str(first)]
        said = subprocess.check_output(tool + [HERE / f'{name}-people.mid', HERE / f'{name}-band.mid'])
        expected[name] = dict(user=user, first=first, **json.loads(said))
    (HERE / 'expected.json').write_text(json.dumps(expected, indent=1) + '\n')


main()
