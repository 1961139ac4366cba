//! `/_ui/drafts`: definitions that somebody is working on. Whoever saves says which revision was seen, so that two people do not
//! overwrite each other.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Document, DocumentWrite, Error, Store};

use super::{Console, UiRequest, invalid, not_found, ok, unavailable, with_status};
use crate::serve::http::answers::{Answer, Refusal};

const COLLECTION: &str = "drafts";
const MAX_DRAFTS: usize = 200;
/// As AWS limits a definition, with room for what substitutions take away.
const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;
const MAX_ID_BYTES: usize = 256;

/// As it is stored, under its id and with its revision as version.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Draft {
    #[serde(default)]
    state_machine_arn: Option<String>,
    #[serde(default)]
    base_revision_id: Option<String>,
    name: String,
    text: String,
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
    #[serde(flatten)]
    draft: Draft,
}

/// Newest first, without their texts.
pub fn list(console: &Console) -> Result<Answer, Refusal> {
    let read = || -> Result<Vec<Value>, Error> {
        let documents = console.store.documents(COLLECTION, None, MAX_DRAFTS)?;
        let mut drafts = documents.iter().map(shown).collect::<Result<Vec<_>, _>>()?;
        drafts.sort_by_key(|draft| std::cmp::Reverse(draft["savedMillis"].as_i64()));
        for draft in drafts.iter_mut().filter_map(Value::as_object_mut) {
            draft.remove("text");
        }
        Ok(drafts)
    };
    ok(&read().map_err(|error| unavailable(&error))?)
}

pub fn one(console: &Console, id: &str, request: &UiRequest) -> Result<Answer, Refusal> {
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        let message = format!("A draft's id has 1 to {MAX_ID_BYTES} bytes.");
        return Err(invalid(message));
    }
    match request.parts.method {
        Method::PUT => put(console, id, request),
        Method::DELETE => {
            write(&*console.store, id, None, None).map_err(|error| unavailable(&error))?;
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
    let given: Result<Given, _> = serde_json::from_slice(&request.body);
    let Given {
        revision,
        mut draft,
    } = given.map_err(|error| invalid(format!("This is no draft: {error}")))?;
    if draft.text.len() > MAX_TEXT_BYTES {
        let message = format!("A draft has at most {MAX_TEXT_BYTES} bytes of text.");
        return Err(invalid(message));
    }
    draft.saved_millis = jiff::Timestamp::now().as_millisecond();
    draft.user = request.caller.principal.clone();
    let store = &*console.store;
    let save = || -> Result<Option<()>, Error> {
        let others = store.documents(COLLECTION, None, MAX_DRAFTS)?;
        if revision == 0 && others.len() >= MAX_DRAFTS {
            return Ok(None);
        }
        let body = serde_json::to_string(&draft);
        let body = body.map_err(|error| Error::Corrupt(error.to_string()))?;
        write(store, id, Some(revision), Some(body.into())).map(Some)
    };
    match save() {
        Ok(Some(())) => {}
        Ok(None) => {
            let message = format!("There are {MAX_DRAFTS} drafts: delete some of them first.");
            return Err(Refusal::new(StatusCode::CONFLICT, "TooManyDrafts", message));
        }
        Err(Error::Conflict(_)) => return conflict(console, id),
        Err(error) => return Err(unavailable(&error)),
    }
    let mut saved = json!(draft);
    saved["id"] = id.into();
    saved["revision"] = (revision + 1).into();
    ok(&saved)
}

/// Somebody else saved or deleted it: `draft` is theirs, null if there is none.
fn conflict(console: &Console, id: &str) -> Result<Answer, Refusal> {
    let theirs = find(console, id).map_err(|error| unavailable(&error))?;
    let message = match &theirs {
        Some(draft) => format!("{} has saved this draft meanwhile.", draft["user"]),
        None => "This draft was deleted meanwhile.".to_owned(),
    };
    let body = json!({ "error": "Conflict", "message": message, "draft": theirs });
    Ok(with_status(StatusCode::CONFLICT, body.to_string()))
}

fn find(console: &Console, id: &str) -> Result<Option<Value>, Error> {
    let document = console.store.document(COLLECTION, id)?;
    document.as_ref().map(shown).transpose()
}

fn shown(document: &Document) -> Result<Value, Error> {
    let body: Result<Value, _> = serde_json::from_str(&document.body);
    let mut body = body.map_err(|error| Error::Corrupt(error.to_string()))?;
    body["id"] = (*document.key).into();
    body["revision"] = document.version.into();
    Ok(body)
}

fn write(
    store: &dyn Store,
    id: &str,
    expected_version: Option<u64>,
    body: Option<Arc<str>>,
) -> Result<(), Error> {
    let write = DocumentWrite {
        collection: COLLECTION.into(),
        key: id.into(),
        expected_version,
        body,
    };
    store.write(vec![write], None)
}
