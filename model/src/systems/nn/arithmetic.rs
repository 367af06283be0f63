//! The arithmetic of layers as plain loops that a compiler turns into the processor's vectors: for nets that play one row
//! after another, where a tensor for each step would cost more than its arithmetic.

/// Does this in the widest vectors that the processor has. The numbers are the same with any: no loop here sums along a
/// vector, and no product is fused with a sum.
pub(crate) fn in_wide_vectors<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// A row's numbers with their places.
pub fn dense(row: &[f32]) -> impl Iterator<Item = (usize, f32)> {
    row.iter().copied().enumerate()
}

/// Adds the product of a row with a matrix `[row, out]`. Four rows of the matrix are added at a time, always in the
/// same order, so that the sums are the same everywhere.
pub fn add_rows(row: impl Iterator<Item = (usize, f32)>, matrix: &[f32], out: &mut [f32]) {
    in_wide_vectors(
        #[inline(always)]
        || add_rows_in_any(row, matrix, out),
    );
}

#[inline(always)]
fn add_rows_in_any(row: impl Iterator<Item = (usize, f32)>, matrix: &[f32], out: &mut [f32]) {
    let mut four = [(0, 0.0); 4];
    let mut found = 0;
    for (index, x) in row {
        if x != 0.0 {
            four[found] = (index, x);
            found += 1;
            if found == 4 {
                add_four(four, matrix, out);
                found = 0;
            }
        }
    }
    if found > 0 {
        let first = four[0].0;
        four[found..].fill((first, 0.0));
        add_four(four, matrix, out);
    }
}

/// The same of several rows with one matrix, `[rows, row]` to `[rows, out]`: the same numbers, but the matrix, which is
/// larger than a processor's nearest memory, is read once for all of them.
///
/// # Panics
/// If both are not so many.
pub fn add_many_rows(rows: &[f32], matrix: &[f32], outs: &mut [f32], count: usize) {
    assert!(rows.len().is_multiple_of(count) && outs.len().is_multiple_of(count), "so many rows each");
    let (size, width) = (rows.len() / count.max(1), outs.len() / count.max(1));
    in_wide_vectors(
        #[inline(always)]
        || {
            let each = || rows.chunks_exact(size.max(1));
            // Which four are added together depends on the zeros of each row.
            if rows.contains(&0.0) {
                for (row, out) in each().zip(outs.chunks_exact_mut(width.max(1))) {
                    add_rows_in_any(dense(row), matrix, out);
                }
                return;
            }
            for from in (0..size).step_by(4) {
                for (row, out) in each().zip(outs.chunks_exact_mut(width.max(1))) {
                    let mut four = [(from, 0.0); 4];
                    for (place, index) in four.iter_mut().zip(from..size) {
                        *place = (index, row[index]);
                    }
                    add_four(four, matrix, out);
                }
            }
        },
    );
}

/// Adds four rows of a matrix, each so many times.
#[inline(always)]
fn add_four(four: [(usize, f32); 4], matrix: &[f32], out: &mut [f32]) {
    let width = out.len();
    let [a, b, c, d] = four.map(|(index, _)| &matrix[index * width..(index + 1) * width]);
    let lines = a.iter().zip(b).zip(c.iter().zip(d));
    for (out, ((a, b), (c, d))) in out.iter_mut().zip(lines) {
        *out += (four[0].1 * a + four[1].1 * b) + (four[2].1 * c + four[3].1 * d);
    }
}

/// Adds the product of a row of which little is 0 with a matrix `[row, out]`: eight rows of the matrix at a time.
pub fn add_product(row: &[f32], matrix: &[f32], out: &mut [f32]) {
    in_wide_vectors(
        #[inline(always)]
        || add_product_in_any(row, matrix, out),
    );
}

#[inline(always)]
fn add_product_in_any(row: &[f32], matrix: &[f32], out: &mut [f32]) {
    let width = out.len();
    let (eights, rest) = row.as_chunks::<8>();
    let mut lines = matrix.chunks_exact(8 * width);
    for (x, lines) in eights.iter().zip(&mut lines) {
        let mut each = lines.chunks_exact(width);
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|_| each.next().unwrap_or_default());
        let upper = a.iter().zip(b).zip(c.iter().zip(d));
        let lower = e.iter().zip(f).zip(g.iter().zip(h));
        for (out, (((a, b), (c, d)), ((e, f), (g, h)))) in out.iter_mut().zip(upper.zip(lower)) {
            *out += ((x[0] * a + x[1] * b) + (x[2] * c + x[3] * d)) + ((x[4] * e + x[5] * f) + (x[6] * g + x[7] * h));
        }
    }
    add_rows_in_any(dense(rest), &matrix[eights.len() * 8 * width..], out);
}

/// One step of an LSTM from the sums of its gates.
///
/// # Shapes
/// - gates: `[4 · hidden]` in the order input, forget, cell, output; overwritten
/// - hidden, cell: `[hidden]`
pub fn step_cell(gates: &mut [f32], hidden: &mut [f32], cell: &mut [f32]) {
    in_wide_vectors(
        #[inline(always)]
        || step_cell_in_any(gates, hidden, cell),
    );
}

#[inline(always)]
fn step_cell_in_any(gates: &mut [f32], hidden: &mut [f32], cell: &mut [f32]) {
    let size = hidden.len();
    let (entries, rest) = gates.split_at_mut(size);
    let (keeps, rest) = rest.split_at_mut(size);
    let (news, outs) = rest.split_at_mut(size);
    let sums = entries.iter().zip(keeps.iter()).zip(news.iter().zip(outs.iter()));
    for (((entry, keep), (new, out)), (hidden, cell)) in sums.zip(hidden.iter_mut().zip(cell)) {
        *cell = sigmoid(*keep) * *cell + sigmoid(*entry) * tanh(*new);
        *hidden = sigmoid(*out) * tanh(*cell);
    }
}

/// What each number of a row is to a query, weighted: `out[i] = weight[i] · tanh(row[i] + query[i])`.
pub fn compare(row: &[f32], query: &[f32], weight: &[f32], out: &mut [f32]) {
    in_wide_vectors(
        #[inline(always)]
        || {
            for (out, ((x, query), weight)) in out.iter_mut().zip(row.iter().zip(query).zip(weight)) {
                *out = weight * tanh(x + query);
            }
        },
    );
}

/// e^x for x from −87 to 87, and beyond that its value at the nearer end; at most 2e-7 off relatively, without a branch
/// or a call, so that many are computed side by side.
///
/// # Source
/// Cephes' `expf` (Moshier 1992): x = k · ln 2 + r, a polynomial for e^r, k into the exponent's bits.
#[must_use]
#[inline]
pub fn exp(x: f32) -> f32 {
    /// 1.5 · 2^23: adding it leaves the nearest whole number in the lowest bits. Required by the form of an f32.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = x - k * 0.693_359_4 + k * 2.121_944_4e-4;
    let mut sum = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        sum = sum * r + coefficient;
    }
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    (sum * r * r + r + 1.0) * f32::from_bits(power)
}

/// 1 / (1 + e^−x).
#[must_use]
#[inline]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// From the same exponential: at most 2e-7 off.
#[must_use]
#[inline]
pub fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "that is the point")]
    fn the_exponential_is_as_good_as_a_f32_can_be() {
        for index in -8700..=8700 {
            let x = f64::from(index) / 100.0;
            let (found, expected) = (f64::from(exp(x as f32)), f64::from(x as f32).exp());
            assert!((found / expected - 1.0).abs() < 3e-7, "e^{x} = {expected}, not {found}");
        }
        assert!([exp(-1e9), exp(1e9), sigmoid(-1e9), tanh(1e9)].iter().all(|x| x.is_finite()));
        assert_eq!([exp(0.0), sigmoid(0.0), tanh(0.0)], [1.0, 0.5, 0.0]);
    }

    /// The first of the two steps in `nn::lstm`, worked by hand there: every sum is 1, the forget gate's 2.
    #[test]
    fn a_step_worked_by_hand() {
        let (mut hidden, mut cell) = ([0.0], [0.0]);
        step_cell(&mut [1.0, 2.0, 1.0, 1.0], &mut hidden, &mut cell);
        assert!((cell[0] - 0.556_769_9).abs() < 1e-6 && (hidden[0] - 0.369_606_4).abs() < 1e-6);
    }

    #[test]
    fn a_product_of_any_number_of_rows() {
        for rows in 0..7 {
            let row: Vec<f32> = (0..rows).map(|i| [2.0, 0.0, 3.0][i % 3]).collect();
            let mut out = [1.0, 1.0];
            add_rows(dense(&row), &[1.0, 10.0].repeat(rows), &mut out);
            let sum: f32 = row.iter().sum();
            assert_eq!(out, [1.0 + sum, 1.0 + 10.0 * sum]);
        }
    }

    #[test]
    fn both_products_are_the_product() {
        let mut rng = Rng::new(5);
        for (inputs, outputs) in [(1, 3), (8, 5), (21, 12), (3, 1)] {
            let row: Vec<f32> = (0..inputs).map(|_| rng.normal()).collect();
            let matrix: Vec<f32> = (0..inputs * outputs).map(|_| rng.normal()).collect();
            let sum = |out: usize| (0..inputs).map(|at| row[at] * matrix[at * outputs + out]).sum::<f32>() + 1.0;
            let (mut sparse, mut full) = (vec![1.0; outputs], vec![1.0; outputs]);
            add_rows(dense(&row), &matrix, &mut sparse);
            add_product(&row, &matrix, &mut full);
            for out in 0..outputs {
                assert!((sparse[out] - sum(out)).abs() < 1e-4 && (full[out] - sum(out)).abs() < 1e-4);
            }
        }
    }

    /// A band plays the same, however many measures it may choose from.
    #[test]
    fn rows_side_by_side_have_the_numbers_that_each_has_alone() {
        let mut rng = Rng::new(7);
        for (count, inputs, outputs) in [(0, 4, 4), (1, 5, 3), (12, 64, 48), (3, 8, 1), (2, 3, 2), (4, 21, 13)] {
            for zeros in [false, true] {
                let mut rows: Vec<f32> = (0..count * inputs).map(|_| rng.normal()).collect();
                if zeros {
                    rows.iter_mut().step_by(3).for_each(|x| *x = 0.0);
                }
                let matrix: Vec<f32> = (0..inputs * outputs).map(|_| rng.normal()).collect();
                let start: Vec<f32> = (0..count * outputs).map(|_| rng.normal()).collect();
                let (mut together, mut alone) = (start.clone(), start);
                add_many_rows(&rows, &matrix, &mut together, count);
                for (row, out) in rows.chunks_exact(inputs).zip(alone.chunks_exact_mut(outputs)) {
                    add_rows(dense(row), &matrix, out);
                }
                assert_eq!(together, alone);
            }
        }
    }

    /// The music is the same on every processor.
    #[test]
    fn wide_vectors_change_no_number() {
        let mut rng = Rng::new(6);
        let mut some = |count: usize| (0..count).map(|_| rng.normal()).collect::<Vec<f32>>();
        for (inputs, units) in [(3, 1), (21, 13), (64, 48)] {
            let (row, matrix, start) = (some(inputs), some(inputs * 4 * units), some(4 * units));
            let mut sums = [(); 4].map(|()| start.clone());
            add_rows(dense(&row), &matrix, &mut sums[0]);
            add_rows_in_any(dense(&row), &matrix, &mut sums[1]);
            assert_eq!(sums[0], sums[1]);
            add_product(&row, &matrix, &mut sums[2]);
            add_product_in_any(&row, &matrix, &mut sums[3]);
            assert_eq!(sums[2], sums[3]);
            let (mut hidden, mut cell) = (some(units), some(units));
            let (mut plain_hidden, mut plain_cell) = (hidden.clone(), cell.clone());
            step_cell(&mut sums[0], &mut hidden, &mut cell);
            step_cell_in_any(&mut sums[1], &mut plain_hidden, &mut plain_cell);
            assert_eq!((hidden, cell), (plain_hidden, plain_cell));
            let (query, weight, mut out) = (some(4 * units), some(4 * units), vec![0.0; 4 * units]);
            compare(&start, &query, &weight, &mut out);
            for (at, out) in out.iter().enumerate() {
                assert_eq!(*out, weight[at] * tanh(start[at] + query[at]));
            }
        }
    }
}
