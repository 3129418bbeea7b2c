//! Chance: drawn from the kernel each time, so that processes that were forked from one draw each its own.

use rustix::rand::{GetRandomFlags, getrandom};

/// True for a share of the draws, 0.0 to 1.0; always, where the kernel gives no random numbers.
pub fn draw(share: f64) -> bool {
    let mut drawn = [0; 8];
    if share >= 1.0 || !matches!(getrandom(&mut drawn, GetRandomFlags::NONBLOCK), Ok(8)) {
        return true;
    }
    // 53 bits: a number below 1.0, each of which is a float.
    ((u64::from_ne_bytes(drawn) >> 11) as f64) < share * (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn a_share_of_the_draws() {
        let drawn = |share: f64| (0..10_000).filter(|_| draw(share)).count();
        assert_eq!((drawn(0.0), drawn(1.0)), (0, 10_000));
        assert!((2_000..3_000).contains(&drawn(0.25)), "ten standard deviations on either side");
    }
}
