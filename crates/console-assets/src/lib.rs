//! The console's files, as `console/dist` had them when this was built (`build.rs`).

/// One file. At least one of its forms is there.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Below `/console/`: `index.html`, `assets/index-D1a2.js`.
    pub path: &'static str,
    pub media_type: &'static str,
    /// Of its content; in quotes, as the header has it.
    pub etag: &'static str,
    pub brotli: Option<&'static [u8]>,
    pub gzip: Option<&'static [u8]>,
    /// Only of files that compression does not make smaller.
    pub plain: Option<&'static [u8]>,
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
        assert!(index.plain.is_some() || index.gzip.is_some());
        assert!(!index.is_immutable());
        assert!(find("../Cargo.toml").is_none());
    }

    #[test]
    fn every_asset_has_one_form_that_everybody_can_read() {
        assert!(ASSETS.is_sorted_by_key(|asset| asset.path));
        for asset in ASSETS {
            assert!(asset.plain.is_some() || asset.gzip.is_some(), "{asset:?}");
        }
    }
}
