//! Comparing words as people mean them: full-width and half-width, upper and lower case alike.

use icu_normalizer::ComposingNormalizerBorrowed;

/// NFKC (Unicode Standard Annex 15), then lower case. For comparing only; people are shown what they wrote.
pub fn fold(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text).to_lowercase()
}
