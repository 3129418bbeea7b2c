//! The tag that a plain scalar has by its characters alone: YAML 1.1, "Type Library" (<https://yaml.org/type/>), as PyYAML's
//! `Resolver` has it. Mirrors `BaseResolver.resolve` for scalars, with the implicit resolvers that PyYAML registers.
//!
//! PyYAML differs from the type library: `y` and `n` are strings, an exponent needs a sign, an int in octal needs no `o` (so
//! `0o17` is a string), and a float needs a dot.

/// The tags that PyYAML's implicit resolvers give, but for `!!yaml`: that is an indicator alone, which no plain scalar can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `!!bool`
    Bool,
    /// `!!float`
    Float,
    /// `!!int`
    Int,
    /// `!!merge`: `<<`
    Merge,
    /// `!!null`
    Null,
    /// `!!str`: whatever has no other tag.
    Str,
    /// `!!timestamp`
    Timestamp,
    /// `!!value`: `=`
    Value,
}

/// The tag of a plain scalar, which is ASCII and has no tab. (One that is not ASCII is a `str`.)
pub fn resolve(scalar: &[u8]) -> Tag {
    let Some(&first) = scalar.first() else { return Tag::Null };
    // The expressions end in `$`, which is also before a line break at the very end.
    let text = scalar.strip_suffix(b"\n").unwrap_or(scalar);
    let is = |matches: bool, tag: Tag| if matches { tag } else { Tag::Str };
    match first {
        b'-' | b'+' | b'.' | b'0'..=b'9' => number(text),
        b'<' => is(text == b"<<", Tag::Merge),
        b'=' => is(text == b"=", Tag::Value),
        b'~' => is(text == b"~", Tag::Null),
        b'n' | b'N' if matches!(text, b"null" | b"Null" | b"NULL") => Tag::Null,
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => is(is_bool(text), Tag::Bool),
        _ => Tag::Str,
    }
}

/// Whether it is one of the words of `!!bool`, in lower case, in upper case or with a capital.
fn is_bool(text: &[u8]) -> bool {
    let words: [&[u8]; 6] = [b"yes", b"no", b"true", b"false", b"on", b"off"];
    let has_one_case = text.iter().skip(1).all(u8::is_ascii_lowercase) || text.iter().all(u8::is_ascii_uppercase);
    has_one_case && words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The tag of a scalar that begins with a sign, a dot or a digit.
fn number(text: &[u8]) -> Tag {
    if is_float(text) {
        Tag::Float
    } else if is_int(text) {
        Tag::Int
    } else if is_timestamp(text) {
        Tag::Timestamp
    } else {
        Tag::Str
    }
}

/// `!!float`, in base 10 or 60.
fn is_float(text: &[u8]) -> bool {
    let unsigned = without_sign(text);
    if let Some(rest) = text.strip_prefix(b".") {
        if matches!(rest, b"nan" | b"NaN" | b"NAN") {
            return true;
        }
        // The only form without a digit before the dot has no sign.
        if rest.first().is_some_and(u8::is_ascii_digit) {
            return is_exponent_or_nothing(after(rest, is_digit_or_underscore));
        }
    }
    if matches!(unsigned, b".inf" | b".Inf" | b".INF") {
        return true;
    }
    if !unsigned.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let rest = after(unsigned, is_digit_or_underscore);
    match rest.first() {
        Some(b'.') => is_exponent_or_nothing(after(&rest[1..], is_digit_or_underscore)),
        Some(b':') => sexagesimals(rest)
            .and_then(|rest| rest.strip_prefix(b"."))
            .is_some_and(|rest| after(rest, is_digit_or_underscore).is_empty()),
        _ => false,
    }
}

/// `!!int`, in base 2, 8, 10, 16 or 60.
fn is_int(text: &[u8]) -> bool {
    let unsigned = without_sign(text);
    match unsigned {
        [b'0'] => true,
        [b'0', b'b', digits @ ..] => !digits.is_empty() && digits.iter().all(|byte| matches!(byte, b'0' | b'1' | b'_')),
        [b'0', b'x', digits @ ..] => {
            !digits.is_empty() && digits.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'_')
        }
        [b'0', digits @ ..] => digits.iter().all(|byte| matches!(byte, b'0'..=b'7' | b'_')),
        [b'1'..=b'9', rest @ ..] => {
            let rest = after(rest, is_digit_or_underscore);
            rest.is_empty() || sexagesimals(rest).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

/// `!!timestamp`: a date of the form YYYY-MM-DD, or a date and a time, in which single digits are allowed.
fn is_timestamp(text: &[u8]) -> bool {
    date_and_time(text).is_some_and(<[u8]>::is_empty)
}

/// What follows a timestamp.
fn date_and_time(text: &[u8]) -> Option<&[u8]> {
    let date = digits(text, 4, 4)?.strip_prefix(b"-")?;
    let month = digits(date, 1, 2)?;
    let day = digits(month.strip_prefix(b"-")?, 1, 2)?;
    let time = match day.split_first() {
        // YYYY-MM-DD; the text has ten characters where both have two digits.
        None => return (text.len() == 10).then_some(day),
        Some((b'T' | b't', time)) => time,
        Some((b' ', rest)) => after_spaces(rest),
        Some(_) => return None,
    };
    let minutes = digits(time, 1, 2)?.strip_prefix(b":")?;
    let seconds = digits(minutes, 2, 2)?.strip_prefix(b":")?;
    let mut rest = digits(seconds, 2, 2)?;
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = after(fraction, |byte| byte.is_ascii_digit());
    }
    // A time zone, or none.
    match after_spaces(rest).split_first() {
        None => Some(rest),
        Some((b'Z', rest)) => Some(rest),
        Some((b'-' | b'+', rest)) => {
            let rest = digits(rest, 1, 2)?;
            rest.strip_prefix(b":").map_or(Some(rest), |minutes| digits(minutes, 2, 2))
        }
        Some(_) => None,
    }
}

/// What follows the spaces, if there are any.
fn after_spaces(text: &[u8]) -> &[u8] {
    after(text, |byte| byte == b' ')
}

/// What follows as many digits as there are, which have to be so many.
fn digits(text: &[u8], least: usize, most: usize) -> Option<&[u8]> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (least..=most).contains(&count).then(|| &text[count..])
}

/// What follows `:` and a number below 60, once or more often; `None` where it doesn't begin so.
fn sexagesimals(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    while let Some(next) = rest.strip_prefix(b":") {
        rest = match next {
            [b'0'..=b'5', b'0'..=b'9', rest @ ..] | [b'0'..=b'9', rest @ ..] => rest,
            _ => return None,
        };
    }
    (rest.len() < text.len()).then_some(rest)
}

fn without_sign(text: &[u8]) -> &[u8] {
    match text {
        [b'-' | b'+', rest @ ..] => rest,
        _ => text,
    }
}

/// What follows the bytes that are `such`.
fn after(text: &[u8], such: impl Fn(u8) -> bool) -> &[u8] {
    let count = text.iter().take_while(|byte| such(**byte)).count();
    &text[count..]
}

fn is_digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

fn is_exponent_or_nothing(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'e' | b'E', b'-' | b'+', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}
