//! The fields of a Distributed Map. They are checked here; the model has none of them yet.

use super::fields::{self, Field};
use super::{Checker, FROM_ZERO, Object, Place, Range};
use crate::diagnostic::code;
use crate::machine::{ProcessorMode, QueryLanguage};

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

/// Fields that say nothing to an inline Map. AWS accepts a tolerance for failures there, and says nothing of these.
const DISTRIBUTED_ONLY: &[&str] = &["Label", "ItemReader", "ItemBatcher", "ResultWriter"];

impl<'s> Checker<'s> {
    pub(super) fn distributed(
        &mut self,
        object: Object<'s, '_>,
        mode: Option<ProcessorMode>,
        language: QueryLanguage,
    ) {
        for member in object.members.iter().filter(|member| {
            mode == Some(ProcessorMode::Inline) && DISTRIBUTED_ONLY.contains(&member.key.as_str())
        }) {
            let message = format!("Field '{}' has no effect on an inline Map", member.key);
            let hint = "it belongs to a Map whose ProcessorConfig has \"Mode\": \"DISTRIBUTED\"";
            self.warning(code::SCHEMA, object.place, member.key_span, message)
                .hint = Some(hint.to_owned());
        }
        self.label(object);
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
        self.part(
            object,
            "ItemBatcher",
            BATCHER,
            language,
            |checker, batcher| {
                checker.dynamic_integer(
                    batcher,
                    "MaxItemsPerBatch",
                    "MaxItemsPerBatchPath",
                    FROM_ZERO,
                    language,
                );
                checker.dynamic_integer(
                    batcher,
                    "MaxInputBytesPerBatch",
                    "MaxInputBytesPerBatchPath",
                    MAX_INPUT_BYTES,
                    language,
                );
                checker.template_field(batcher, "BatchInput", language);
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
    }

    fn label(&mut self, object: Object<'s, '_>) {
        let Some(label) = self.string_field(object, "Label") else {
            return;
        };
        let characters = label.chars().count();
        if characters > MAX_LABEL_CHARACTERS {
            let span = object.get("Label").map_or(object.span(), |node| node.span);
            let message = format!(
                "A label can have at most {MAX_LABEL_CHARACTERS} characters, this one has {characters}"
            );
            self.schema(&object.place.key("Label"), span, message);
        }
    }

    /// An object in a field, with the fields that it may have.
    fn part(
        &mut self,
        object: Object<'s, '_>,
        name: &'static str,
        known: &[fields::Field],
        language: QueryLanguage,
        check: impl FnOnce(&mut Self, Object<'s, '_>),
    ) {
        let Some(node) = object.get(name) else { return };
        let place: Place<'_> = object.place.key(name);
        if let Some(part) = self.object(node, &place) {
            self.fields(part, &[known], language);
            check(self, part);
        }
    }
}
