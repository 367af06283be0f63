//! What something is, guessed by what is most like it.

/// How many of the nearest guess. Chosen: odd, and fewer than there are of any kind that is told from others.
const NEIGHBOURS: usize = 5;

/// Of these, each so far away, the kind that most of the nearest are; of several the one of the nearest. `None` of none.
///
/// # Source
/// Nearest neighbours: T. Cover and P. Hart, "Nearest neighbor pattern classification" (1967).
pub(super) fn guessed<K: Copy + PartialEq>(known: impl IntoIterator<Item = (f32, K)>) -> Option<K> {
    let mut near: Vec<(f32, K)> = known.into_iter().collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    near.truncate(NEIGHBOURS);
    let votes = |kind: K| near.iter().filter(|(_, other)| *other == kind).count();
    let most = near.iter().map(|(_, kind)| votes(*kind)).max();
    near.iter().map(|(_, kind)| *kind).find(|&kind| Some(votes(kind)) == most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_of_the_nearest_five_say_it_and_the_nearest_where_as_many_do() {
        assert_eq!(guessed([(3.0, 'b'), (1.0, 'a'), (2.0, 'b'), (4.0, 'b'), (5.0, 'a'), (6.0, 'a')]), Some('b'));
        assert_eq!(guessed([(1.0, 'a'), (2.0, 'b'), (3.0, 'b'), (4.0, 'a'), (5.0, 'c')]), Some('a'));
        assert_eq!(guessed(std::iter::empty::<(f32, char)>()), None);
    }
}
