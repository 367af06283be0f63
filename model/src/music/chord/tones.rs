//! Sets of pitch classes, and the tones that the letters after a root's name ask for.

/// A set of pitch classes, as bits: bit 0 is C, or the root where tones are counted from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PitchClasses(u16);

impl PitchClasses {
    /// None.
    pub const NONE: Self = Self(0);

    /// These, each taken modulo 12.
    #[must_use]
    pub const fn of(classes: &[u8]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < classes.len() {
            bits |= 1 << (classes[at] % 12);
            at += 1;
        }
        Self(bits)
    }

    /// Is this one among them?
    #[must_use]
    pub const fn has(self, class: u8) -> bool {
        self.0 >> (class % 12) & 1 == 1
    }

    /// All moved up by so many semitones.
    #[must_use]
    pub const fn raised(self, semitones: u8) -> Self {
        let by = semitones % 12;
        Self((self.0 << by | self.0 >> (12 - by)) & 0xfff)
    }

    /// Both together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// From C upwards.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..12).filter(move |&class| self.has(class))
    }
}

impl FromIterator<u8> for PitchClasses {
    fn from_iter<I: IntoIterator<Item = u8>>(classes: I) -> Self {
        classes.into_iter().fold(Self::NONE, |all, class| all.or(Self::of(&[class])))
    }
}

/// The tones of a chord while its suffix is read, in semitones above the root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tones {
    /// `None` where it is left out or suspended.
    third: Option<u8>,
    fifth: Option<u8>,
    /// The seventh that an extension brings with it, minor unless *maj* was said.
    seventh: Option<u8>,
    /// *maj* was said, of a seventh that may follow.
    major: bool,
    /// All other tones.
    more: PitchClasses,
}

/// What may stand after a root's name, each with what it means; longer words before those that they begin with. Words of
/// several letters are read in either case; of single ones `M` is major and `m` minor.
const WORDS: [(&str, Word); 25] = [
    ("major", Word::Major),
    ("minor", Word::Minor),
    ("maj", Word::Major),
    ("min", Word::Minor),
    ("dom", Word::Nothing),
    ("dim", Word::Diminished),
    ("aug", Word::Augmented),
    ("sus2", Word::Suspended(2)),
    ("sus4", Word::Suspended(5)),
    ("sus", Word::Suspended(5)),
    ("omit3", Word::NoThird),
    ("omit5", Word::NoFifth),
    ("no3", Word::NoThird),
    ("no5", Word::NoFifth),
    ("add", Word::Add),
    ("alt", Word::Altered),
    ("ma", Word::Major),
    ("mi", Word::Minor),
    ("Δ", Word::Delta),
    ("ø", Word::HalfDiminished),
    ("°", Word::Diminished),
    ("o", Word::Diminished),
    ("M", Word::Major),
    ("m", Word::Minor),
    ("j", Word::Major),
];

#[derive(Clone, Copy, Debug)]
enum Word {
    Nothing,
    Major,
    Minor,
    Delta,
    Diminished,
    HalfDiminished,
    Augmented,
    Suspended(u8),
    NoThird,
    NoFifth,
    Add,
    Altered,
}

impl Tones {
    /// The tones that a suffix asks for; `None` where it cannot be understood.
    pub(super) fn read(suffix: &str) -> Option<PitchClasses> {
        let text = plain(suffix);
        let mut tones = Self { third: Some(4), fifth: Some(7), seventh: None, major: false, more: PitchClasses::NONE };
        let mut rest = text.as_str();
        let mut first = true;
        while !rest.is_empty() {
            rest = tones.next(rest, first)?;
            first = false;
        }
        let root = PitchClasses::of(&[0]);
        let own = [tones.third, tones.fifth, tones.seventh].into_iter().flatten();
        Some(own.fold(root.or(tones.more), |all, tone| all.or(PitchClasses::of(&[tone]))))
    }

    /// Takes the next word; what is left of the text.
    fn next<'a>(&mut self, text: &'a str, first: bool) -> Option<&'a str> {
        // A sign before a number changes a tone. Where nothing stands before `-` or `+`, that holds for the fifth alone:
        // `C-7` is minor, `C7-9` has a flat ninth, `C+5` is augmented.
        if let Some((sign, after)) = sign(text)
            && let Some((degree, rest)) = number(after)
            && (degree == 5 || !(first && text.starts_with(['-', '+'])))
        {
            self.alter(degree, sign)?;
            return Some(rest);
        }
        if let Some(rest) = text.strip_prefix('-') {
            self.third = Some(3);
            return Some(rest);
        }
        if let Some(rest) = text.strip_prefix('+') {
            self.fifth = Some(8);
            return Some(rest);
        }
        if let Some(rest) = text.strip_prefix("6/9").or_else(|| text.strip_prefix("69")) {
            self.more = self.more.or(PitchClasses::of(&[9, 2]));
            return Some(rest);
        }
        if let Some((degree, rest)) = number(text) {
            self.extend(degree)?;
            return Some(rest);
        }
        // Before the `ma` of `maj` is found in it.
        if let Some(rest) = text.strip_prefix('m').filter(|rest| after(rest, "add").is_some()) {
            self.third = Some(3);
            return Some(rest);
        }
        let (word, rest) = WORDS.iter().find_map(|(word, meaning)| Some((*meaning, after(text, word)?)))?;
        match word {
            Word::Nothing => {}
            // After the number: `C7M`.
            Word::Major if self.seventh == Some(10) => self.seventh = Some(11),
            Word::Major => self.major = true,
            Word::Minor => self.third = Some(3),
            // A triangle means the seventh, whether its number is written or not.
            Word::Delta => (self.major, self.seventh) = (true, Some(11)),
            Word::Diminished => (self.third, self.fifth) = (Some(3), Some(6)),
            Word::HalfDiminished => (self.third, self.fifth, self.seventh) = (Some(3), Some(6), Some(10)),
            Word::Augmented => self.fifth = Some(8),
            Word::Suspended(tone) => {
                self.third = None;
                self.more = self.more.or(PitchClasses::of(&[tone]));
            }
            Word::NoThird => self.third = None,
            Word::NoFifth => self.fifth = None,
            Word::Add => {
                let (sign, rest) = sign(rest).unwrap_or((0, rest));
                let (degree, rest) = number(rest)?;
                self.alter(degree, sign)?;
                return Some(rest);
            }
            // The altered dominant, as its plainest form is played.
            Word::Altered => {
                (self.fifth, self.seventh) = (Some(8), Some(10));
            }
        }
        Some(rest)
    }

    /// A number without a sign, and all that it brings with it.
    fn extend(&mut self, degree: u8) -> Option<()> {
        let seventh = match (self.major, self.seventh) {
            (_, Some(known)) => known,
            (true, None) => 11,
            // A diminished chord has the diminished seventh.
            (false, None) if self.third == Some(3) && self.fifth == Some(6) => 9,
            (false, None) => 10,
        };
        let more: &[u8] = match degree {
            2 => &[2],
            4 => {
                self.third = None;
                &[5]
            }
            5 => {
                self.third = None;
                &[]
            }
            6 => &[9],
            7 => &[],
            9 => &[2],
            11 => &[2, 5],
            13 => &[2, 9],
            _ => return None,
        };
        if degree >= 7 {
            self.seventh = Some(seventh);
        }
        self.more = self.more.or(PitchClasses::of(more));
        Some(())
    }

    /// A tone that is added, or changed by a semitone: the fifth in place of the plain one, any other beside what is there.
    fn alter(&mut self, degree: u8, sign: i8) -> Option<()> {
        let tone: i8 = match degree {
            2 | 9 => 2,
            4 | 11 => 5,
            5 => 7,
            6 | 13 => 9,
            // `Cadd7` is in nobody's use, `Cm#7` is.
            7 if sign > 0 => 10,
            _ => return None,
        };
        let tone = u8::try_from(tone + sign).ok()?;
        match degree {
            5 => self.fifth = Some(tone),
            7 => self.seventh = Some(tone),
            _ => self.more = self.more.or(PitchClasses::of(&[tone])),
        }
        Some(())
    }
}

/// One spelling of the signs: without brackets, commas and spaces.
fn plain(suffix: &str) -> String {
    let one = |letter: char| match letter {
        '♭' => 'b',
        '♯' => '#',
        '△' | '∆' | '▵' => 'Δ',
        'Ø' | '∅' => 'ø',
        'º' | '˚' => '°',
        '−' | '–' | '‐' => '-',
        other => other,
    };
    suffix.chars().filter(|letter| !matches!(letter, '(' | ')' | ',' | ' ' | '^')).map(one).collect()
}

/// What follows this word, if the text begins with it. Words of one letter are read as they are written.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.get(..word.len())?;
    let same = if word.chars().count() == 1 { start == word } else { start.eq_ignore_ascii_case(word) };
    same.then(|| &text[word.len()..])
}

/// A sign that raises or lowers.
fn sign(text: &str) -> Option<(i8, &str)> {
    let sharp = text.strip_prefix(['#', '+']).map(|rest| (1, rest));
    sharp.or_else(|| text.strip_prefix(['b', '-']).map(|rest| (-1, rest)))
}

/// A number from 2 to 13, as chords have them.
fn number(text: &str) -> Option<(u8, &str)> {
    let two = text.get(..2).and_then(|digits| digits.parse::<u8>().ok()).filter(|&number| matches!(number, 11 | 13));
    if let Some(number) = two {
        return Some((number, &text[2..]));
    }
    let one = text.get(..1).and_then(|digit| digit.parse::<u8>().ok()).filter(|&number| number >= 2);
    one.map(|number| (number, &text[1..]))
}
