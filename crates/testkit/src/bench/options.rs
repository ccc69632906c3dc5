//! What the measuring programs have in common: their end, and numbers among their words.

use super::Result;
use std::process::ExitCode;

/// The end of a program; tells what was wrong.
pub fn ended(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The number behind the option `name`. It is never nothing: there would be nothing to measure.
///
/// # Errors
/// When it is no number above 0.
pub fn number(name: &str, value: &str) -> Result<usize> {
    match value.parse() {
        Ok(0) | Err(_) => Err(format!("{name}: `{value}` is no number above 0").into()),
        Ok(number) => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_above_zero_are_sizes() {
        assert_eq!(number("--runs", "3").ok(), Some(3));
        for bad in ["0", "-1", "many", ""] {
            let error = number("--runs", bad).expect_err(bad).to_string();
            assert!(error.starts_with("--runs:"), "{error}");
        }
    }
}
