//! What an export makes: files by their paths, for a folder or for standard output.

use std::path::Path;

use crate::error::CliError;

#[derive(Debug, Default)]
pub struct Files {
    pub list: Vec<(String, Content)>,
    /// What is not as in the source: for people.
    pub notes: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub enum Content {
    Text(String),
    Binary(Vec<u8>),
}

impl Content {
    fn bytes(&self) -> &[u8] {
        match self {
            Content::Text(text) => text.as_bytes(),
            Content::Binary(bytes) => bytes,
        }
    }
}

impl Files {
    pub fn text(&mut self, path: &str, text: impl Into<String>) {
        self.list
            .push((path.to_owned(), Content::Text(text.into())));
    }

    pub fn binary(&mut self, path: &str, bytes: Vec<u8>) {
        self.list.push((path.to_owned(), Content::Binary(bytes)));
    }

    /// One text: files with `#` comments that name them, unless there is only one.
    pub fn one_text(&self) -> String {
        let texts: Vec<_> = self
            .list
            .iter()
            .filter_map(|(path, content)| match content {
                Content::Text(text) => Some((path, text)),
                Content::Binary(_) => None,
            })
            .collect();
        match &texts[..] {
            [(_, text)] => (*text).clone(),
            many => {
                let parts = many
                    .iter()
                    .map(|(path, text)| format!("# {path}\n\n{text}"));
                parts.collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// Writes all of them into a folder, which is made when it is missing. What is there and differs is kept without `force`.
    pub fn write(&self, folder: &Path, force: bool) -> Result<(), CliError> {
        let differs = |path: &String, content: &Content| {
            let path = folder.join(path);
            path.exists() && std::fs::read(&path).ok().as_deref() != Some(content.bytes())
        };
        let kept: Vec<String> = self
            .list
            .iter()
            .filter(|(path, content)| !force && differs(path, content))
            .map(|(path, _)| folder.join(path).display().to_string())
            .collect();
        if !kept.is_empty() {
            return Err(CliError::user(format!(
                "these files are there with another content, and nothing was written:\n  {}",
                kept.join("\n  ")
            ))
            .with_hint("--force overwrites them; --out DIR names another folder"));
        }
        for (path, content) in &self.list {
            let path = folder.join(path);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&path, content.bytes()))
                .map_err(|error| {
                    CliError::user(format!("{} cannot be written: {error}", path.display()))
                })?;
        }
        Ok(())
    }
}
