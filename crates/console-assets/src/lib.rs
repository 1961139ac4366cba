//! The console's files, as `console/dist` had them when this was built (`build.rs`).

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Below `/console/`: `index.html`, `assets/index-D1a2.js`.
    pub path: &'static str,
    pub media_type: &'static str,
    /// Of its content; in quotes, as the header has it.
    pub etag: &'static str,
    pub content: Content,
}

#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// Every browser takes it, without TLS too (unlike Brotli), so it is the one form that is kept.
    Gzip(&'static [u8]),
    /// What compression does not make smaller.
    Plain(&'static [u8]),
}

impl Asset {
    /// Its name changes with its content, so it may be kept for ever.
    pub fn is_immutable(&self) -> bool {
        self.path.starts_with("assets/")
    }
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The console was left out of this build (`UI=skip`, or npm was not there); `index.html` says so.
pub fn is_placeholder() -> bool {
    IS_PLACEHOLDER
}

/// `path` as in [`Asset::path`].
pub fn find(path: &str) -> Option<&'static Asset> {
    let found = ASSETS.binary_search_by(|asset| asset.path.cmp(path));
    found.ok().and_then(|at| ASSETS.get(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_page_to_show() {
        let index = find("index.html").unwrap();
        assert_eq!(index.media_type, "text/html; charset=utf-8");
        assert!(!index.is_immutable());
        assert!(find("../Cargo.toml").is_none());
    }

    #[test]
    fn they_can_be_found() {
        assert!(ASSETS.is_sorted_by_key(|asset| asset.path));
    }
}
