//! Two signature bases, line beside line.

use serde::Serialize;

/// One line of both bases; `None` where a base has no such line.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    pub expected: Option<String>,
    pub received: Option<String>,
}

/// Puts bases with as many lines side by side as they are, so that another order is seen, and others by
/// the component that each line is about.
pub(super) fn align(expected: &str, received: &str) -> Vec<Line> {
    let mut theirs: Vec<Option<&str>> = received.lines().map(Some).collect();
    let ours: Vec<&str> = expected.lines().collect();
    if ours.len() == theirs.len() {
        return ours
            .into_iter()
            .zip(theirs)
            .map(|(ours, theirs)| line(Some(ours), theirs))
            .collect();
    }
    let mut lines = Vec::new();
    for ours in ours {
        let same = theirs.iter_mut().find(|line| line.is_some_and(|line| name(line) == name(ours)));
        lines.push(line(Some(ours), same.and_then(Option::take)));
    }
    lines.extend(theirs.into_iter().flatten().map(|theirs| line(None, Some(theirs))));
    lines
}

fn line(expected: Option<&str>, received: Option<&str>) -> Line {
    Line { expected: expected.map(Into::into), received: received.map(Into::into) }
}

fn name(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_line_leaves_a_gap_and_a_further_one_comes_last() {
        let lines = align("\"a\": 1\n\"b\": 2\n\"c\": 3", "\"c\": 3\n\"d\": 4");
        assert_eq!(
            lines,
            [
                line(Some("\"a\": 1"), None),
                line(Some("\"b\": 2"), None),
                line(Some("\"c\": 3"), Some("\"c\": 3")),
                line(None, Some("\"d\": 4")),
            ]
        );
    }

    #[test]
    fn another_order_is_seen() {
        let lines = align("\"a\": 1\n\"b\": 2", "\"b\": 2\n\"a\": 1");
        assert_eq!(lines[0], line(Some("\"a\": 1"), Some("\"b\": 2")));
    }
}
