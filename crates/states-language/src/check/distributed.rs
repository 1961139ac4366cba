//! The fields of a Distributed Map. The model has none of `ItemReader` and `ResultWriter` yet.

use std::sync::Arc;

use query::mix;

use super::fields::{self, Field};
use super::map::ProcessorMode;
use super::{Checker, FROM_ZERO, Object, Place, Range};
use crate::diagnostic::code;
use crate::machine::{Distributed, ItemBatcher, QueryLanguage};

/// AWS's bounds, of the developer guide's pages on ItemReader, ItemBatcher and the Map state.
const MAX_ITEMS: Range = Range {
    minimum: 0,
    maximum: 100_000_000,
};
const MAX_INPUT_BYTES: Range = Range {
    minimum: 0,
    maximum: 262_144,
};
const MAX_LABEL_CHARACTERS: usize = 40;

const PATH: Option<QueryLanguage> = Some(QueryLanguage::JsonPath);
const JSONATA: Option<QueryLanguage> = Some(QueryLanguage::Jsonata);
const READER: &[Field] = &[
    ("Resource", None),
    ("ReaderConfig", None),
    ("Parameters", PATH),
    ("Arguments", JSONATA),
];
const READER_CONFIG: &[Field] = &[
    ("InputType", None),
    ("CSVHeaderLocation", None),
    ("CSVHeaders", None),
    ("CSVDelimiter", None),
    ("ManifestType", None),
    ("Transformation", None),
    ("ItemsPointer", None),
    ("ExpectedBucketOwner", None),
    ("MaxItems", None),
    ("MaxItemsPath", PATH),
];
const BATCHER: &[Field] = &[
    ("MaxItemsPerBatch", None),
    ("MaxItemsPerBatchPath", PATH),
    ("MaxInputBytesPerBatch", None),
    ("MaxInputBytesPerBatchPath", PATH),
    ("BatchInput", None),
];
const WRITER: &[Field] = &[
    ("Resource", None),
    ("Parameters", PATH),
    ("Arguments", JSONATA),
    ("WriterConfig", None),
];
const WRITER_CONFIG: &[Field] = &[("OutputType", None), ("Transformation", None)];

const BATCH_BOUNDS: &[&str] = &[
    "MaxItemsPerBatch",
    "MaxItemsPerBatchPath",
    "MaxInputBytesPerBatch",
    "MaxInputBytesPerBatchPath",
];

/// Fields that say nothing to an inline Map. AWS accepts a tolerance for failures there, and says nothing of these.
const DISTRIBUTED_ONLY: &[&str] = &["Label", "ItemReader", "ItemBatcher", "ResultWriter"];

impl<'s> Checker<'s> {
    pub(super) fn distributed(
        &mut self,
        object: Object<'s, '_>,
        state_name: &str,
        mode: Option<ProcessorMode>,
        language: QueryLanguage,
    ) -> Option<Distributed> {
        for member in object.members.iter().filter(|member| {
            mode == Some(ProcessorMode::Inline) && DISTRIBUTED_ONLY.contains(&member.key.as_str())
        }) {
            let message = format!("Field '{}' has no effect on an inline Map", member.key);
            let hint = "it belongs to a Map whose ProcessorConfig has \"Mode\": \"DISTRIBUTED\"";
            self.warning(code::SCHEMA, object.place, member.key_span, message)
                .hint = Some(hint.to_owned());
        }
        let label = self.label(object);
        self.part(object, "ItemReader", READER, language, |checker, reader| {
            checker.required(reader, &["Resource"]);
            checker.string_field(reader, "Resource");
            checker.template_field(reader, "Parameters", language);
            checker.template_field(reader, "Arguments", language);
            checker.part(
                reader,
                "ReaderConfig",
                READER_CONFIG,
                language,
                |checker, config| {
                    for name in [
                        "InputType",
                        "CSVHeaderLocation",
                        "CSVDelimiter",
                        "ManifestType",
                        "Transformation",
                    ] {
                        checker.string_field(config, name);
                    }
                    checker.dynamic_integer(
                        config,
                        "MaxItems",
                        "MaxItemsPath",
                        MAX_ITEMS,
                        language,
                    );
                },
            );
        });
        let batcher = self.part(
            object,
            "ItemBatcher",
            BATCHER,
            language,
            |checker, batcher| {
                checker.at_least_one(batcher, BATCH_BOUNDS);
                ItemBatcher {
                    max_items: checker.dynamic_integer(
                        batcher,
                        "MaxItemsPerBatch",
                        "MaxItemsPerBatchPath",
                        FROM_ZERO,
                        language,
                    ),
                    max_input_bytes: checker.dynamic_integer(
                        batcher,
                        "MaxInputBytesPerBatch",
                        "MaxInputBytesPerBatchPath",
                        MAX_INPUT_BYTES,
                        language,
                    ),
                    input: checker.template_field(batcher, "BatchInput", language),
                }
            },
        );
        self.part(
            object,
            "ResultWriter",
            WRITER,
            language,
            |checker, writer| {
                checker.string_field(writer, "Resource");
                checker.template_field(writer, "Parameters", language);
                checker.template_field(writer, "Arguments", language);
                checker.part(
                    writer,
                    "WriterConfig",
                    WRITER_CONFIG,
                    language,
                    |checker, config| {
                        checker.string_field(config, "OutputType");
                        checker.string_field(config, "Transformation");
                    },
                );
            },
        );
        let Some(ProcessorMode::Distributed(Some(execution_type))) = mode else {
            return None;
        };
        Some(Distributed {
            execution_type,
            label: label.map_or_else(|| default_label(state_name), Arc::from),
            batcher,
            has_item_reader: object.get("ItemReader").is_some(),
            has_result_writer: object.get("ResultWriter").is_some(),
        })
    }

    /// AWS's rules, of the developer guide's page on the Distributed Map's fields.
    fn label(&mut self, object: Object<'s, '_>) -> Option<&'s str> {
        let label = self.string_field(object, "Label")?;
        let span = object.get("Label").map_or(object.span(), |node| node.span);
        let place = object.place.key("Label");
        let characters = label.chars().count();
        if characters > MAX_LABEL_CHARACTERS {
            let message = format!(
                "A label can have at most {MAX_LABEL_CHARACTERS} characters, this one has {characters}"
            );
            self.schema(&place, span, message);
        } else if label.is_empty() {
            self.schema(&place, span, "Value cannot be empty");
        }
        if let Some(refused) = label.chars().find(|&c| !may_be_in_label(c)) {
            let message = format!(
                "A label cannot have the character '{}'",
                refused.escape_debug()
            );
            self.schema(&place, span, message);
        }
        if let Some(first) = self.labels.insert(label, span) {
            let line = self.source.position(first.start).line;
            self.schema(&place, span, format!("Duplicate Label: {label}"))
                .hint = Some(format!(
                "labels are unique in the whole state machine; the other is in line {line}"
            ));
        }
        Some(label)
    }

    /// An object in a field, with the fields that it may have.
    fn part<T>(
        &mut self,
        object: Object<'s, '_>,
        name: &'static str,
        known: &[fields::Field],
        language: QueryLanguage,
        check: impl FnOnce(&mut Self, Object<'s, '_>) -> T,
    ) -> Option<T> {
        let place: Place<'_> = object.place.key(name);
        let part = self.object(object.get(name)?, &place)?;
        self.fields(part, &[known], language);
        Some(check(self, part))
    }
}

fn may_be_in_label(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"?*<>{}[]:;,\\|^~$#%&`\"/".contains(c)
}

/// A label for a Map that has none: told by the state's name, and unique as that is.
fn default_label(state_name: &str) -> Arc<str> {
    let hash = state_name
        .bytes()
        .fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let readable: String = state_name
        .chars()
        .take(MAX_LABEL_CHARACTERS - 9)
        .map(|c| if plain(c) { c } else { '-' })
        .collect();
    format!("{readable}-{:08x}", hash as u32).into()
}
