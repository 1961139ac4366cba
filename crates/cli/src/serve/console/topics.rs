//! What a stream is about, and where it stands in each topic. Topics are written as they are asked for, so that the id of a message
//! says of each where it goes on: `executions@RUN.7,execution:ARN@55`.

use std::fmt;

use store::ExecutionId;

use super::feed::Place;
use super::invalid;
use crate::serve::http::answers::Refusal;

const MAX_TOPICS: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// None: from now on.
    Executions(Option<Place>),
    /// Tasks that wait for somebody; likewise.
    Tasks(Option<Place>),
    /// Behind an event; None: from now on.
    Execution(ExecutionId, Option<u64>),
}

impl Topic {
    /// Those that are asked for; where one says no place it is that of `last`, the id of the last message that was received.
    pub fn read(asked: &str, last: Option<&str>) -> Result<Vec<Topic>, Refusal> {
        let topics: Result<Vec<Topic>, Refusal> = asked.split(',').map(Topic::parse).collect();
        let mut topics = topics?;
        if topics.len() > MAX_TOPICS {
            return Err(invalid(format!(
                "A stream has at most {MAX_TOPICS} topics."
            )));
        }
        // What cannot be read is of no use, and no fault of who sends it.
        let last = last.unwrap_or_default().split(',');
        for before in last.filter_map(|topic| Topic::parse(topic).ok()) {
            for topic in &mut topics {
                topic.go_on_behind(&before);
            }
        }
        Ok(topics)
    }

    fn parse(text: &str) -> Result<Topic, Refusal> {
        let unknown = || {
            let known = "executions, tasks and execution:ARN, each with @PLACE";
            invalid(format!("There is no topic '{text}': there are {known}."))
        };
        if let Some(arn) = text.strip_prefix("execution:") {
            return Ok(
                match arn.rsplit_once('@').map(|(arn, id)| (arn, id.parse())) {
                    Some((arn, Ok(id))) => Topic::Execution(arn.into(), Some(id)),
                    _ => Topic::Execution(arn.into(), None),
                },
            );
        }
        match text.split_once('@').unwrap_or((text, "")) {
            ("executions", place) => Ok(Topic::Executions(Place::parse(place))),
            ("tasks", place) => Ok(Topic::Tasks(Place::parse(place))),
            _ => Err(unknown()),
        }
    }

    fn go_on_behind(&mut self, before: &Topic) {
        match (self, before) {
            (Topic::Executions(place @ None), Topic::Executions(before))
            | (Topic::Tasks(place @ None), Topic::Tasks(before)) => {
                place.clone_from(before);
            }
            (Topic::Execution(arn, id @ None), Topic::Execution(of, before)) if arn == of => {
                *id = *before;
            }
            _ => {}
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Topic::Executions(None) => f.write_str("executions"),
            Topic::Executions(Some(place)) => write!(f, "executions@{place}"),
            Topic::Tasks(None) => f.write_str("tasks"),
            Topic::Tasks(Some(place)) => write!(f, "tasks@{place}"),
            Topic::Execution(arn, None) => write!(f, "execution:{arn}"),
            Topic::Execution(arn, Some(id)) => write!(f, "execution:{arn}@{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(asked: &str, last: &str) -> String {
        let topics = Topic::read(asked, Some(last)).unwrap();
        let topics: Vec<String> = topics.iter().map(Topic::to_string).collect();
        topics.join(",")
    }

    #[test]
    fn a_stream_goes_on_where_the_last_message_stood() {
        let last = "executions@a.7,execution:arn:x@5,execution:arn:y@6";
        assert_eq!(
            read("execution:arn:x,executions", last),
            "execution:arn:x@5,executions@a.7"
        );
        assert_eq!(
            read("execution:arn:x@2,execution:arn:z", last),
            "execution:arn:x@2,execution:arn:z"
        );
        assert_eq!(read("tasks", "tasks@a.7,executions@a.8"), "tasks@a.7");
        assert_eq!(read("executions", "garbage,@,"), "executions");
        // A name may hold an @.
        assert_eq!(read("execution:arn:a@b", ""), "execution:arn:a@b");
        assert_eq!(read("execution:arn:a@b@3", ""), "execution:arn:a@b@3");
        let error = Topic::read("tusks", None).unwrap_err().message;
        assert!(error.contains("'tusks'"), "{error}");
        Topic::read(&["executions"; 17].join(","), None).unwrap_err();
    }
}
