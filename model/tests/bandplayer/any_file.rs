//! MIDI files of every kind, made at random: all events that the standard knows, many tracks, odd divisions.

use model::Rng;

/// Ticks per quarter note, and frames: what programs write, what none writes, and what none should.
const DIVISIONS: [[u8; 2]; 16] = [
    [0, 1],
    [0, 3],
    [0, 5],
    [0, 7],
    [0, 24],
    [0, 96],
    [0, 101],
    [0, 120],
    [1, 0x80],
    [1, 0xe0],
    [3, 0xe9],
    [60, 0],
    [0x7f, 0xff],
    [0xe8, 4],
    [0xe7, 40],
    [0xe2, 80],
];

/// The parts of a file.
pub(crate) struct Chunks {
    pub(crate) header: Vec<u8>,
    /// Name and bytes.
    pub(crate) rest: Vec<([u8; 4], Vec<u8>)>,
}

impl Chunks {
    /// The chunks of a file without a fault.
    pub(crate) fn of(mut file: &[u8]) -> Self {
        let mut rest = Vec::new();
        while !file.is_empty() {
            let (head, behind) = file.split_at(8);
            let size = u32::from_be_bytes(head[4..].try_into().expect("four bytes"));
            let (bytes, next) = behind.split_at(usize::try_from(size).expect("a small file"));
            rest.push((head[..4].try_into().expect("four bytes"), bytes.to_vec()));
            file = next;
        }
        Self { header: rest.remove(0).1, rest }
    }
}

/// A file that has a Soprano with notes and no Tenor.
pub(crate) fn any_file(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let rng = &mut rng;
    let one = rng.below(5) == 0;
    let tracks = if one { 1 } else { 1 + rng.below(20) };
    let division = DIVISIONS[rng.below(DIVISIONS.len())];
    let [high, low] = division.map(usize::from);
    // Half a second of film, or a quarter note.
    let quarter = if high >= 0x80 { (256 - high) * low / 2 } else { high << 8 | low };
    let mut out = b"MThd\0\0\0\x06\0".to_vec();
    out.extend([u8::from(!one), 0, u8::try_from(tracks).expect("few tracks")]);
    out.extend(division);
    let soprano = rng.below(tracks);
    for track in 0..tracks {
        chunk(&mut out, b"MTrk", &self::track(track == soprano, track, quarter, rng));
        if rng.below(10) == 0 {
            chunk(&mut out, b"XFIH", &text(rng));
        }
    }
    out
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], bytes: &[u8]) {
    out.extend(name);
    out.extend(u32::try_from(bytes.len()).expect("few bytes").to_be_bytes());
    out.extend(bytes);
}

fn track(soprano: bool, number: usize, quarter: usize, rng: &mut Rng) -> Vec<u8> {
    let names: [&[u8]; 6] = [b"Alto", b"Bass (8vb)", b"Piano", b"", b"\x83\x73\x83\x41\x83\x6d", b"Fl\xf6te "];
    let own = u8::try_from(number % 16).expect("a channel");
    let channel = |rng: &mut Rng| if rng.below(4) == 0 { byte(rng.below(16)) } else { own };
    let mut events: Vec<(usize, Vec<u8>)> = Vec::new();
    if soprano {
        events.push((0, meta(3, b"Soprano")));
    } else if rng.below(5) > 0 {
        events.push((0, meta(3, names[rng.below(names.len())])));
    }
    for _ in 0..5 + rng.below(60) {
        let tick = rng.below(quarter * 24 + 1);
        let voice = if soprano { own } else { channel(rng) };
        events.push((tick, event(voice, rng)));
    }
    for _ in 0..if soprano { 20 } else { rng.below(30) } {
        let on = rng.below(quarter * 22 + 1);
        let off = on + 1 + rng.below(2 * quarter);
        let (voice, key) = (if soprano { own } else { channel(rng) }, byte(48 + rng.below(36)));
        events.push((on, vec![0x90 | voice, key, byte(1 + rng.below(127))]));
        let release =
            if rng.below(2) == 0 { vec![0x90 | voice, key, 0] } else { vec![0x80 | voice, key, byte(rng.below(128))] };
        events.push((off, release));
    }
    events.sort_by_key(|event| event.0);
    events.push((events.last().map_or(0, |last| last.0) + rng.below(quarter), meta(0x2f, b"")));
    let (mut out, mut last, mut status) = (Vec::new(), 0, 0);
    for (tick, bytes) in events {
        number_of(&mut out, tick - last);
        last = tick;
        let same = bytes[0] == status && rng.below(2) == 0;
        out.extend(&bytes[usize::from(same)..]);
        status = if bytes[0] < 0xf0 { bytes[0] } else { 0 };
    }
    out
}

/// Any event that is no note.
fn event(channel: u8, rng: &mut Rng) -> Vec<u8> {
    let data = |rng: &mut Rng| byte(rng.below(128));
    match rng.below(18) {
        0 => vec![0xa0 | channel, data(rng), data(rng)],
        1 => vec![0xb0 | channel, [1, 7, 10, 11, 64, 66, 91, 100, 101, 6][rng.below(10)], data(rng)],
        2 => vec![0xb0 | channel, data(rng).min(119), data(rng)],
        3 => vec![0xc0 | channel, data(rng)],
        4 => vec![0xd0 | channel, data(rng)],
        5 => vec![0xe0 | channel, data(rng), data(rng)],
        6 => {
            let mut out = vec![0xf0];
            let body = text(rng);
            number_of(&mut out, body.len() + 1);
            out.extend(body.iter().map(|byte| byte & 0x7f));
            out.push(0xf7);
            out
        }
        7 => {
            let mut out = vec![0xf7];
            let body = text(rng);
            number_of(&mut out, body.len());
            out.extend(body);
            out
        }
        // Text, copyright, instrument, lyric, marker, cue and the rest of them; not a name.
        8..=11 => meta([1, 2, 4, 5, 6, 7, 8, 9, 0x0a][rng.below(9)], &text(rng)),
        12 => meta(0x20, &[byte(rng.below(16))]),
        13 => meta(0x21, &[byte(rng.below(4))]),
        14 => meta(0x51, &[5 + byte(rng.below(8)), byte(rng.below(256)), byte(rng.below(256))]),
        15 => match rng.below(4) {
            0 => meta(0x54, &[0x41, 0, 1, 2, 3]),
            1 => meta(0x59, &[byte(rng.below(15)).wrapping_sub(7), byte(rng.below(2))]),
            2 => meta(0x00, &[0, byte(rng.below(256))]),
            _ => meta(
                0x58,
                [[4, 2, 24, 8], [3, 2, 24, 8], [6, 3, 36, 8], [5, 5, 24, 8], [7, 3, 24, 8]][rng.below(5)].as_slice(),
            ),
        },
        16 => meta(0x7f, &text(rng)),
        _ => meta(byte(0x60 + rng.below(16)), &text(rng)),
    }
}

fn meta(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0xff, kind];
    number_of(&mut out, bytes.len());
    out.extend(bytes);
    out
}

fn text(rng: &mut Rng) -> Vec<u8> {
    // Now and then longer than a length of one byte says.
    let most = if rng.below(20) == 0 { 300 } else { 12 };
    (0..rng.below(most)).map(|_| byte(rng.below(256))).collect()
}

fn byte(number: usize) -> u8 {
    u8::try_from(number).expect("a byte")
}

/// A variable-length number.
fn number_of(out: &mut Vec<u8>, number: usize) {
    for shift in [21, 14, 7] {
        if number >> shift > 0 {
            out.push(byte(number >> shift & 0x7f) | 0x80);
        }
    }
    out.push(byte(number & 0x7f));
}
