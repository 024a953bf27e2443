use std::fmt;

/// One breach of a rule, where it is and what it says.
#[derive(Debug)]
pub struct Complaint {
    path: String,
    line: usize,
    text: String,
}

impl Complaint {
    pub fn new(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, text: text.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}
