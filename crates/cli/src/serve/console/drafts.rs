//! `/_ui/drafts`: definitions that somebody is working on. Whoever saves says which revision was seen, so that two people do not
//! overwrite each other.

use std::sync::{Arc, PoisonError};

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Document, DocumentWrite, Error, Store};

use super::{Console, UiRequest, invalid, not_found, ok, read, unavailable, with_status};
use crate::serve::http::answers::{Answer, Refusal};

/// What lists show of them, with the revision as version, and the texts, which lists need not read: written together.
const DRAFTS: &str = "drafts";
const TEXTS: &str = "draft-texts";
const MAX_DRAFTS: usize = 200;
/// As AWS limits a definition, with room for what substitutions take away.
const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;
/// Of all the rest.
const MAX_BYTES: usize = 64 * 1024;
const MAX_ID_BYTES: usize = 256;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Draft {
    #[serde(default)]
    state_machine_arn: Option<String>,
    #[serde(default)]
    base_revision_id: Option<String>,
    name: String,
    language: Language,
    #[serde(default)]
    config: Map<String, Value>,
    #[serde(default)]
    saved_millis: i64,
    #[serde(default)]
    user: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Language {
    Json,
    Yaml,
}

#[derive(Deserialize)]
struct Given {
    /// The one that was seen; 0: it is new.
    #[serde(default)]
    revision: u64,
    text: String,
    #[serde(flatten)]
    draft: Draft,
}

/// Newest first, without their texts.
pub fn list(console: &Console) -> Result<Answer, Refusal> {
    let read = || -> Result<Vec<Value>, Error> {
        let documents = console.store.documents(DRAFTS, None, MAX_DRAFTS)?;
        let mut drafts = documents.iter().map(shown).collect::<Result<Vec<_>, _>>()?;
        drafts.sort_by_key(|draft| std::cmp::Reverse(draft["savedMillis"].as_i64()));
        Ok(drafts)
    };
    ok(&read().map_err(|error| unavailable(&error))?)
}

pub fn one(console: &Console, id: &str, request: &UiRequest) -> Result<Answer, Refusal> {
    if id.is_empty() || id.len() > MAX_ID_BYTES || id.contains(char::is_control) {
        return Err(invalid(format!(
            "A draft's id has 1 to {MAX_ID_BYTES} bytes, without control characters."
        )));
    }
    match request.parts.method {
        Method::PUT => put(console, id, request),
        Method::DELETE => {
            let deleted = write(&*console.store, id, None, None);
            deleted.map_err(|error| unavailable(&error))?;
            Ok(with_status(StatusCode::NO_CONTENT, ""))
        }
        _ => match find(console, id).map_err(|error| unavailable(&error))? {
            Some(draft) => ok(&draft),
            None => Err(not_found(
                "DraftDoesNotExist",
                format!("There is no draft '{id}'."),
            )),
        },
    }
}

fn put(console: &Console, id: &str, request: &UiRequest) -> Result<Answer, Refusal> {
    let Given {
        revision,
        text,
        mut draft,
    } = read(&request.body)?;
    if text.len() > MAX_TEXT_BYTES {
        let message = format!("A draft has at most {MAX_TEXT_BYTES} bytes of text.");
        return Err(invalid(message));
    }
    draft.saved_millis = jiff::Timestamp::now().as_millisecond();
    draft.user = request.caller.principal.clone();
    let mut saved = json!(draft);
    let body = saved.to_string();
    if body.len() > MAX_BYTES {
        let message = format!("A draft has at most {MAX_BYTES} bytes beside its text.");
        return Err(invalid(message));
    }
    let store = &*console.store;
    let save = || -> Result<bool, Error> {
        let _alone = console
            .drafts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if revision == 0 && store.documents(DRAFTS, None, MAX_DRAFTS)?.len() == MAX_DRAFTS {
            return Ok(false);
        }
        write(store, id, Some(revision), Some((&body, &text)))?;
        Ok(true)
    };
    match save() {
        Ok(true) => {
            saved["id"] = id.into();
            saved["revision"] = (revision + 1).into();
            saved["text"] = text.into();
            ok(&saved)
        }
        Ok(false) => {
            let message = format!("There are {MAX_DRAFTS} drafts: delete some of them first.");
            Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "TooManyDrafts",
                message,
            ))
        }
        Err(Error::Conflict(_)) => conflict(console, id),
        Err(error) => Err(unavailable(&error)),
    }
}

/// Somebody else saved or deleted it: `draft` is theirs, null if there is none.
fn conflict(console: &Console, id: &str) -> Result<Answer, Refusal> {
    let theirs = find(console, id).map_err(|error| unavailable(&error))?;
    let message = match &theirs {
        Some(draft) => {
            let user = draft["user"].as_str().unwrap_or_default();
            format!("{user} has saved this draft meanwhile.")
        }
        None => "This draft was deleted meanwhile.".to_owned(),
    };
    let body = json!({ "error": "Conflict", "message": message, "draft": theirs });
    Ok(with_status(StatusCode::CONFLICT, body.to_string()))
}

fn find(console: &Console, id: &str) -> Result<Option<Value>, Error> {
    let document = console.store.document(DRAFTS, id)?;
    let text = console.store.document(TEXTS, id)?;
    // One without the other: it is deleted at this moment.
    let (Some(document), Some(text)) = (document, text) else {
        return Ok(None);
    };
    let mut draft = shown(&document)?;
    draft["text"] = (*text.body).into();
    Ok(Some(draft))
}

fn shown(document: &Document) -> Result<Value, Error> {
    let body: Result<Value, _> = serde_json::from_str(&document.body);
    let mut body = body.map_err(|error| Error::Corrupt(error.to_string()))?;
    body["id"] = (*document.key).into();
    body["revision"] = document.version.into();
    Ok(body)
}

/// `draft`: with its text; None deletes.
fn write(
    store: &dyn Store,
    id: &str,
    expected_version: Option<u64>,
    draft: Option<(&str, &str)>,
) -> Result<(), Error> {
    let (body, text) = draft.unzip();
    let write = |collection: &str, expected_version, body: Option<&str>| DocumentWrite {
        collection: collection.into(),
        key: id.into(),
        expected_version,
        body: body.map(Arc::from),
    };
    let writes = vec![
        write(DRAFTS, expected_version, body),
        write(TEXTS, None, text),
    ];
    store.write(writes, None)
}
